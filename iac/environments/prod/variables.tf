variable "project" {
  description = "First part of every name, and a tag of everything."
  type        = string
  default     = "towpath"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,18}[a-z0-9]$", var.project))
    error_message = "The project must be 3 to 20 lower-case letters, digits and hyphens, beginning with a letter."
  }
}

variable "environment" {
  description = "Environment that this folder describes; it also names the release files."
  type        = string
  default     = "prod"

  validation {
    condition     = var.environment == "prod"
    error_message = "This folder is prod: another environment is another folder with a state of its own."
  }
}

variable "account_id" {
  description = "AWS account that is changed. Any other one is refused."
  type        = string

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "An account id has 12 digits."
  }
}

variable "region" {
  description = "AWS region of everything."
  type        = string
  default     = "eu-central-1"

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "A region looks like eu-central-1."
  }
}

variable "state_bucket" {
  description = "Bucket of the Terraform state, the same as `-backend-config=bucket=...`: the workflows' roles are given this state and no other."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.state_bucket))
    error_message = "A bucket's name is 3 to 63 lower-case letters, digits, dots and hyphens."
  }
}

variable "github" {
  description = "Repository whose workflows may take the roles, with the ids that GitHub's API gives for owner and repository."
  type = object({
    owner         = string
    owner_id      = string
    repository    = string
    repository_id = string
    branch        = optional(string, "main")
  })
}

variable "create_oidc_provider" {
  description = "Whether GitHub's identity provider is made here. An account has one: say false where another state owns it."
  type        = bool
  default     = true
}

variable "retention" {
  description = "How long the data lake keeps things, per bucket (see its README). Null: the module's own defaults; `{}`: everything, for ever."
  type = map(object({
    noncurrent_days = number
    expire_days     = optional(number)
  }))
  default = null
}

variable "training" {
  description = "Environment that trains what is served here, and its account. Null: the same account."
  type = object({
    environment = string
    account_id  = optional(string)
  })
  default = { environment = "dev" }
}

variable "api" {
  description = "The REST API in front of the model: limits of `POST /predict`, who may call it, and the share of implausible answers that ends a rollout. `{}`: with the defaults; null: none."
  type = object({
    lambda_folder             = optional(string)
    architecture              = optional(string, "x86_64")
    reserved_concurrency      = optional(number, -1)
    predictions               = optional(object({ requests_per_second = number, burst = number }), { requests_per_second = 20, burst = 40 })
    jwt                       = optional(object({ issuer = string, audiences = list(string) }))
    cors_origins              = optional(list(string), [])
    maximum_implausible_share = optional(number, 0.05)
  })
  default = null
}
