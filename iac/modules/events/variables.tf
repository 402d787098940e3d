variable "name" {
  description = "Beginning of every name, usually `<project>-<environment>`."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,28}[a-z0-9]$", var.name))
    error_message = "The name must be 3 to 30 lower-case letters, digits and hyphens: EventBridge allows 64 with what is added to it."
  }
}

variable "account_id" {
  description = "Account in which the events happen."
  type        = string

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "An account id has 12 digits."
  }
}

variable "rules" {
  description = "Per rule: the bucket, and the beginning and the end of the keys. The bucket has to send its events to EventBridge (see `data-lake`)."
  type = map(object({
    description = string
    bucket      = string
    prefix      = string
    suffix      = optional(string, "")
  }))

  validation {
    condition     = alltrue([for key in keys(var.rules) : can(regex("^[a-z][a-z0-9-]{0,20}$", key))])
    error_message = "A rule's name is 1 to 21 lower-case letters, digits and hyphens."
  }

  validation {
    condition     = alltrue([for rule in values(var.rules) : length(rule.prefix) > 0])
    error_message = "A rule for every key of a bucket would also see what the functions write there."
  }

  validation {
    condition     = alltrue([for rule in values(var.rules) : !strcontains("${rule.prefix}${rule.suffix}", "*")])
    error_message = "Prefix and suffix are taken literally: a `*` would be a wildcard."
  }
}

variable "functions" {
  description = "Per rule: the function that is told. Apart from the rules, so that rules and queues need not wait for functions."
  type        = map(object({ name = string, arn = string }))

  validation {
    condition     = toset(keys(var.functions)) == toset(keys(var.rules))
    error_message = "Each rule has a function, and each function a rule."
  }
}

variable "retry" {
  description = "How often EventBridge tries to hand over an event, and for how long."
  type = object({
    attempts            = optional(number, 24)
    maximum_age_seconds = optional(number, 21600)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.retry.attempts >= 0 && var.retry.attempts <= 185
    error_message = "EventBridge tries again at most 185 times."
  }

  validation {
    condition     = var.retry.maximum_age_seconds >= 60 && var.retry.maximum_age_seconds <= 86400
    error_message = "EventBridge keeps an event 60 seconds to a day."
  }
}
