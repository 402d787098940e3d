variable "name" {
  description = "Beginning of every name, usually `<project>-<environment>`. The endpoint's models and configurations begin so as well."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,28}[a-z0-9]$", var.name))
    error_message = "The name must be 3 to 30 lower-case letters, digits and hyphens."
  }
}

variable "account_id" {
  description = "Account in which the endpoint serves."
  type        = string

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "An account id has 12 digits."
  }
}

variable "endpoint_name" {
  description = "Endpoint that is watched. It need not exist yet."
  type        = string
}

variable "package" {
  description = "Zip of the function `drift-monitor` (see `functions`)."
  type        = object({ path = string, made_by = optional(string) })
}

variable "architecture" {
  description = "What the zip was built for: `x86_64` or `arm64`."
  type        = string
  default     = "x86_64"
}

variable "model_packages" {
  description = "ARNs of the model packages that may serve, or a pattern of them: they name their baselines."
  type        = list(string)

  validation {
    condition     = length(var.model_packages) > 0
    error_message = "Without packages there is no baseline."
  }
}

variable "baselines" {
  description = "ARNs of the objects with baselines, or patterns of them."
  type        = list(string)
}

variable "baseline_keys" {
  description = "Keys of other environments under which baselines are encrypted, by account and alias."
  type        = list(object({ account_id = string, alias = string }))
  default     = []
}

variable "capture" {
  description = "Bucket, and beginning of the keys, where the endpoint's requests are captured."
  type        = object({ bucket = string, prefix = string })
}

variable "reports" {
  description = "Bucket, and beginning of the keys, where reports are written."
  type        = object({ bucket = string, prefix = string })
}

variable "schedule" {
  description = "When it looks, as EventBridge writes it. Each look compares the last 24 hours."
  type        = string
  default     = "rate(1 hour)"

  validation {
    condition     = can(regex("^(rate|cron)\\(.+\\)$", var.schedule))
    error_message = "A schedule is `rate(...)` or `cron(...)`."
  }
}

variable "topic_arn" {
  description = "Topic that hears of drift. Null: nobody is told, and the alarm can be looked at."
  type        = string
  default     = null
}

variable "kms_key_arn" {
  description = "Key for logs and variables."
  type        = string
}

variable "kms_key_alias" {
  description = "Its alias, by which the role may use it."
  type        = string
}

variable "permissions_boundary_arn" {
  description = "Boundary of the function's role. Null: none."
  type        = string
  default     = null
}
