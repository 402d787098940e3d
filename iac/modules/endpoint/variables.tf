variable "name" {
  description = "Name of the endpoint, usually `<project>-<environment>-<model>`."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,52}[a-z0-9]$", var.name))
    error_message = "The name must be 3 to 54 lower-case letters, digits and hyphens: IAM allows 64 with what is added to it."
  }
}

variable "account_id" {
  description = "Account in which the endpoint runs."
  type        = string

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "An account id has 12 digits."
  }
}

variable "model_data" {
  description = "Addresses of the models that may be served: whole ones where they are known, or a folder and `*`."
  type        = list(string)

  validation {
    condition     = length(var.model_data) > 0 && alltrue([for uri in var.model_data : can(regex("^s3://[^/*]+/[^*]+\\*?$", uri))])
    error_message = "Model data is an s3:// address with a bucket and a key, at most with a * at its end."
  }
}

variable "model_data_keys" {
  description = "Keys, beside `kms_key_alias`, that models are encrypted with: account and alias of each. For models that another environment has trained."
  type        = list(object({ account_id = string, alias = string }))
  default     = []

  validation {
    condition     = alltrue([for source in var.model_data_keys : startswith(source.alias, "alias/") && can(regex("^[0-9]{12}$", source.account_id))])
    error_message = "A key is an account's 12 digits and an alias that begins with alias/."
  }
}

variable "images" {
  description = "Images that the endpoint runs."
  type        = list(string)

  validation {
    condition     = length(var.images) > 0 && alltrue([for image in var.images : can(regex("^[0-9]{12}\\.dkr\\.ecr\\.[a-z0-9-]+\\.[^/]+/[^@:]+", image))])
    error_message = "An image is <account>.dkr.ecr.<region>.amazonaws.com/<repository>."
  }
}

variable "capture_uri" {
  description = "Address below which requests and answers are written, without a slash at its end."
  type        = string

  validation {
    condition     = can(regex("^s3://[^/]+/.*[^/]$", var.capture_uri))
    error_message = "An s3:// address with a folder, without a slash at its end."
  }
}

variable "alarms" {
  description = "What ends a rollout: answers with a 5xx in one minute, and milliseconds of the model in two minutes one after the other."
  type        = object({ server_errors = number, p99_latency_ms = number })

  validation {
    condition     = var.alarms.server_errors >= 1 && var.alarms.p99_latency_ms > 0
    error_message = "An alarm needs a threshold above zero, or every rollout goes back."
  }
}

variable "predictions" {
  description = "Where predictions of this endpoint are reported, what is plausible, and how many percent of a minute's predictions have to be. Fewer end a rollout. Null: nobody reports them."
  type = object({
    namespace   = string
    metric_name = string
    dimensions  = map(string)
    minimum     = number
    maximum     = number
    percent     = number
  })
  default = null

  validation {
    condition     = var.predictions == null ? true : var.predictions.minimum >= 0 && var.predictions.minimum < var.predictions.maximum && var.predictions.percent > 0 && var.predictions.percent < 100
    error_message = "The minimum is not negative and below the maximum, and the percentage is above 0 and below 100: a single prediction may be off."
  }
}

variable "kms_key_alias" {
  description = "Alias of the key for volumes and captured data, `alias/<name>`: the role is allowed the key by it."
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
