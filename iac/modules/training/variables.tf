variable "name" {
  description = "Beginning of every name, usually `<project>-<environment>`."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,28}[a-z0-9]$", var.name))
    error_message = "The name must be 3 to 30 lower-case letters, digits and hyphens."
  }
}

variable "model" {
  description = "Model that is trained: the group of the registry, and the end of the pipeline's name."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,20}$", var.model))
    error_message = "A model's name is 2 to 21 lower-case letters, digits and hyphens."
  }
}

variable "account_id" {
  description = "Account in which models are trained."
  type        = string

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "An account id has 12 digits."
  }
}

variable "definition" {
  description = "The pipeline's definition: the text of the JSON file. `RoleArn`, `KmsKeyId`, `ModelPackageGroupName` and `TrainingImage` are filled in where it has such parameters."
  type        = string

  validation {
    condition     = can(jsondecode(var.definition).Parameters[*].Name) && try(jsondecode(var.definition).Version, "") == "2020-12-01"
    error_message = "A definition is JSON with Version 2020-12-01 and a list of Parameters."
  }
}

variable "parameters" {
  description = "Defaults of further parameters, by name. Numbers are written as text; a name that the definition does not have is refused."
  type        = map(string)
  default     = {}
}

variable "image" {
  description = "Container image of the jobs, pinned by digest."
  type        = string

  validation {
    condition     = can(regex("^[0-9]{12}\\.dkr\\.ecr\\.[a-z0-9-]+\\.[^/]+/[^@]+@sha256:[0-9a-f]{64}$", var.image))
    error_message = "An image is pinned by digest: <account>.dkr.ecr.<region>.amazonaws.com/<repository>@sha256:<64 digits>."
  }
}

variable "reads" {
  description = "Buckets and prefixes that the jobs read: data and code."
  type        = list(object({ bucket = string, prefix = string }))

  validation {
    condition     = length(var.reads) > 0 && alltrue([for place in var.reads : endswith(place.prefix, "/")])
    error_message = "Each prefix is a folder and ends in /."
  }
}

variable "writes" {
  description = "Bucket and prefix that the jobs write to: models and their evaluation."
  type        = object({ bucket = string, prefix = string })

  validation {
    condition     = endswith(var.writes.prefix, "/")
    error_message = "The prefix is a folder and ends in /."
  }
}

variable "function_arns" {
  description = "Functions that steps of the pipeline call."
  type        = list(string)
  default     = []
}

variable "reader_accounts" {
  description = "Other accounts that may look up and use registered versions."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for account in var.reader_accounts : can(regex("^[0-9]{12}$", account))])
    error_message = "An account id has 12 digits."
  }
}

variable "parallel_steps" {
  description = "How many steps of an execution run at once."
  type        = number
  default     = 4

  validation {
    condition     = var.parallel_steps >= 1
    error_message = "At least one step at once."
  }
}

variable "kms_key_arn" {
  description = "KMS key for volumes and results."
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
