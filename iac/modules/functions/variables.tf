variable "name" {
  description = "Name of the function and of its role."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,62}[a-z0-9]$", var.name))
    error_message = "The name must be 3 to 64 lower-case letters, digits and hyphens: IAM allows no more."
  }
}

variable "description" {
  description = "What the function does, in one sentence."
  type        = string
}

variable "account_id" {
  description = "Account in which the function runs."
  type        = string

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "An account id has 12 digits."
  }
}

variable "package" {
  description = "Zip with one entry, `bootstrap`, and the command that makes it: what a plan without the zip tells to run."
  type = object({
    path    = string
    made_by = optional(string, "cargo xtask package")
  })
}

variable "architecture" {
  description = "What the zip was built for: `x86_64` or `arm64`."
  type        = string
  default     = "x86_64"

  validation {
    condition     = contains(["x86_64", "arm64"], var.architecture)
    error_message = "Lambda knows x86_64 and arm64."
  }
}

variable "memory_mb" {
  description = "Memory, and with it the share of a processor: 1769 MB are one."
  type        = number
  default     = 256

  validation {
    condition     = var.memory_mb >= 128 && var.memory_mb <= 10240 && floor(var.memory_mb) == var.memory_mb
    error_message = "Lambda gives 128 to 10240 MB."
  }
}

variable "timeout_seconds" {
  description = "How long one call may take."
  type        = number
  default     = 30

  validation {
    condition     = var.timeout_seconds >= 1 && var.timeout_seconds <= 900
    error_message = "Lambda allows 1 to 900 seconds."
  }
}

variable "environment" {
  description = "Environment variables. They are settings and can be read by whoever may see the function: no secrets."
  type        = map(string)
  default     = {}
}

variable "statements" {
  description = "What the function may do beside writing its logs: named actions on named resources, with conditions as IAM writes them."
  type = list(object({
    sid        = string
    actions    = list(string)
    resources  = list(string)
    conditions = optional(map(map(list(string))), {})
  }))
  default = []

  validation {
    condition     = alltrue([for action in flatten(var.statements[*].actions) : can(regex("^[a-z0-9-]+:[A-Za-z0-9]+$", action))])
    error_message = "Actions are named one by one, without wildcards: `s3:GetObject`."
  }

  validation {
    condition     = alltrue([for statement in var.statements : length(statement.resources) > 0 && length(statement.actions) > 0])
    error_message = "A statement names at least one action and one resource."
  }

  validation {
    condition     = alltrue([for statement in var.statements : can(regex("^[A-Za-z0-9]+$", statement.sid))])
    error_message = "A sid is letters and digits."
  }
}

variable "asynchronous" {
  description = "For calls that wait for no answer: how often a failed one is tried again, and how old it may get. Then it is a dead letter."
  type = object({
    retries             = optional(number, 2)
    maximum_age_seconds = optional(number, 21600)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.asynchronous.retries >= 0 && var.asynchronous.retries <= 2
    error_message = "Lambda tries again at most 2 times."
  }

  validation {
    condition     = var.asynchronous.maximum_age_seconds >= 60 && var.asynchronous.maximum_age_seconds <= 21600
    error_message = "Lambda keeps a call 60 to 21600 seconds."
  }
}

variable "reserved_concurrency" {
  description = "How many calls run at once, taken from the account's share and kept for this function. -1: as many as the account has."
  type        = number
  default     = -1

  validation {
    condition     = var.reserved_concurrency >= -1
    error_message = "A number of calls, 0 to stop the function, or -1 for no limit."
  }
}

variable "tracing" {
  description = "Whether calls are traced by X-Ray."
  type        = bool
  default     = true
}

variable "log_retention_days" {
  description = "Days that logs are kept."
  type        = number
  default     = 90

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "CloudWatch keeps logs 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, or a number of whole years up to 10."
  }
}

variable "kms_key_arn" {
  description = "KMS key for the environment variables and the logs. Its policy has to let CloudWatch's logs use it (see `key`)."
  type        = string
}

variable "kms_key_alias" {
  description = "Alias of that key, `alias/<name>`: the role is allowed the key by it."
  type        = string

  validation {
    condition     = startswith(var.kms_key_alias, "alias/")
    error_message = "An alias begins with alias/."
  }
}

variable "permissions_boundary_arn" {
  description = "Boundary of the role: the most that it can ever be given. Null: none."
  type        = string
  default     = null
}
