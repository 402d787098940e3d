variable "name" {
  description = "Beginning of every name, usually `<project>-<environment>`."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,38}[a-z0-9]$", var.name))
    error_message = "The name must be 3 to 40 lower-case letters, digits and hyphens."
  }
}

variable "account_id" {
  description = "Account that is watched."
  type        = string

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "An account id has 12 digits."
  }
}

variable "emails" {
  description = "Who is told. Each address has to confirm once."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for address in var.emails : can(regex("^[^@ ]+@[^@ ]+$", address))])
    error_message = "An address has one @."
  }
}

variable "functions" {
  description = "Functions that are watched: a short name, and the function's."
  type        = map(string)
  default     = {}
}

variable "dead_letter_queues" {
  description = "Queues that should be empty: a short name, and the queue's."
  type        = map(string)
  default     = {}
}

variable "apis" {
  description = "HTTP APIs that are watched: a short name, and the API's id."
  type        = map(string)
  default     = {}
}

variable "endpoints" {
  description = "SageMaker endpoints on the dashboard. Their alarms are their own (see `endpoint`)."
  type        = list(string)
  default     = []
}

variable "thresholds" {
  description = "What is too much: failed calls of a function in 5 minutes, share of 5xx answers of an API, milliseconds of its slowest hundredth."
  type = object({
    function_errors      = optional(number, 0)
    api_error_share      = optional(number, 0.01)
    api_p99_milliseconds = optional(number, 1000)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.thresholds.function_errors >= 0 && var.thresholds.api_error_share >= 0 && var.thresholds.api_error_share < 1 && var.thresholds.api_p99_milliseconds > 0
    error_message = "Counts and shares are not negative, a share is below 1, and some time has to pass."
  }
}

variable "dashboard" {
  description = "Whether there is a dashboard."
  type        = bool
  default     = true
}

variable "monthly_budget_usd" {
  description = "What a month may cost, in USD. Null: no budget."
  type        = number
  default     = null

  validation {
    condition     = var.monthly_budget_usd == null ? true : var.monthly_budget_usd > 0
    error_message = "A budget is more than nothing."
  }
}

variable "budget_tags" {
  description = "Tags whose costs count, by name; they have to be activated for cost allocation. None: the whole account."
  type        = map(string)
  default     = {}
}

variable "kms_key_arn" {
  description = "KMS key of the topic. Its policy has to let CloudWatch's alarms use it (see `key`)."
  type        = string
}
