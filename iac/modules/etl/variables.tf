variable "name" {
  description = "Beginning of every name, usually `<project>-<environment>`."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,28}[a-z0-9]$", var.name))
    error_message = "The name must be 3 to 30 lower-case letters, digits and hyphens."
  }
}

variable "dataset" {
  description = "What the data is about: the workflow is `<name>-<dataset>`, the job `<name>-clean-<dataset>`."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,20}$", var.dataset))
    error_message = "A data set's name is 2 to 21 lower-case letters, digits and hyphens."
  }
}

variable "account_id" {
  description = "Account in which the job runs."
  type        = string

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "An account id has 12 digits."
  }
}

variable "engine" {
  description = "`python` (a Python shell with `capacity` DPU, 0.0625 or 1) or `spark` (Glue 5.0 with `workers` of `worker_type`)."
  type = object({
    type        = string
    capacity    = optional(number, 0.0625)
    worker_type = optional(string, "G.1X")
    workers     = optional(number, 2)
  })
  default  = { type = "python" }
  nullable = false

  validation {
    condition     = contains(["python", "spark"], var.engine.type)
    error_message = "The engine is python or spark."
  }

  validation {
    condition     = contains([0.0625, 1], var.engine.capacity)
    error_message = "A Python shell has 0.0625 or 1 DPU."
  }

  validation {
    condition     = var.engine.workers >= 2 && contains(["G.1X", "G.2X", "G.4X", "G.8X"], var.engine.worker_type)
    error_message = "Spark needs at least 2 workers, of type G.1X, G.2X, G.4X or G.8X."
  }
}

variable "script_uri" {
  description = "Address of the job's script."
  type        = string

  validation {
    condition     = startswith(var.script_uri, "s3://")
    error_message = "Glue reads its script from an s3:// address."
  }
}

variable "libraries" {
  description = "Addresses of wheels or zips that the script imports."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for uri in var.libraries : startswith(uri, "s3://")])
    error_message = "Glue reads libraries from s3:// addresses."
  }
}

variable "arguments" {
  description = "The job's own arguments, each beginning with `--`."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for argument in keys(var.arguments) : startswith(argument, "--")])
    error_message = "An argument begins with --."
  }
}

variable "input" {
  description = "Bucket and prefix of the delivered files."
  type        = object({ bucket = string, prefix = string })
}

variable "output" {
  description = "Bucket and prefix of the cleaned data."
  type        = object({ bucket = string, prefix = string })
}

variable "code" {
  description = "Bucket and prefix of the script, its libraries and what its arguments name."
  type        = object({ bucket = string, prefix = string })
}

variable "max_concurrent_runs" {
  description = "How many files are cleaned at once. A start beyond that is refused, and tried again by whoever starts."
  type        = number
  default     = 4

  validation {
    condition     = var.max_concurrent_runs >= 1 && var.max_concurrent_runs <= 1000
    error_message = "At least one run at once, at most 1000."
  }
}

variable "timeout_minutes" {
  description = "When a run is given up."
  type        = number
  default     = 60

  validation {
    condition     = var.timeout_minutes >= 1 && var.timeout_minutes <= 7200
    error_message = "A timeout is 1 to 7200 minutes."
  }
}

variable "retries" {
  description = "How often Glue starts a failed run again. The job writes its manifest last, so a run that failed half-way is simply done again."
  type        = number
  default     = 1

  validation {
    condition     = var.retries >= 0 && var.retries <= 10
    error_message = "Glue tries again 0 to 10 times."
  }
}

variable "kms_key_arn" {
  description = "KMS key for what the job writes: data, logs, bookmarks."
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
