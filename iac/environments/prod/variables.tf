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
  description = "The REST API in front of the model: limits of `POST /predict`, who may call it, and which predictions are plausible: fewer than `percent` of them within the two, in US dollars, end a rollout. `{}`: with the defaults; null: none."
  type = object({
    lambda_folder        = optional(string)
    architecture         = optional(string, "x86_64")
    reserved_concurrency = optional(number, -1)
    predictions          = optional(object({ requests_per_second = number, burst = number }), { requests_per_second = 20, burst = 40 })
    jwt                  = optional(object({ issuer = string, audiences = list(string) }))
    cors_origins         = optional(list(string), [])
    plausible            = optional(object({ minimum = number, maximum = number, percent = number }), { minimum = 10000, maximum = 1000000, percent = 95 })
  })
  default = null
}

variable "drift" {
  description = "Whether, and when, captured requests are compared with what the model was approved on. `{}`: with the defaults; null: not at all."
  type = object({
    lambda_folder = optional(string)
    architecture  = optional(string, "x86_64")
    schedule      = optional(string, "rate(1 hour)")
  })
  default = null
}

variable "cluster" {
  description = "The EKS cluster for the frontend, with the network that it lies in: zones, way out, who administers it, nodes, ingress controller. Null: none."
  type = object({
    zones               = list(string)
    administrator_arns  = list(string)
    internet            = optional(string, "one-gateway")
    public_access_cidrs = optional(list(string), [])
    kubernetes_version  = optional(string, "1.35")
    frontend_namespace  = optional(string, "frontend")

    nodes = optional(object({
      architecture   = optional(string, "x86_64")
      instance_types = optional(list(string), ["m6i.large"])
      minimum        = optional(number, 2)
      maximum        = optional(number, 4)
      disk_gb        = optional(number, 50)
    }), {})

    ingress = optional(object({
      version       = string
      load_balancer = optional(string, "internal")
    }))
  })
  default = null

  validation {
    condition     = var.cluster == null ? true : length(var.cluster.administrator_arns) > 0
    error_message = "Name at least one administrator: whoever creates the cluster is none by that."
  }
}

variable "monitoring" {
  description = "Who is told of alarms, whether there is a dashboard, and what a month may cost (null: no limit). Null: no alarms but those that end a rollout."
  type = object({
    emails             = optional(set(string), [])
    dashboard          = optional(bool, true)
    monthly_budget_usd = optional(number)
  })
  default = null
}
