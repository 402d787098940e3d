variable "name" {
  description = "Beginning of every name, usually `<project>-<environment>`: the roles reach what begins with it."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,38}[a-z0-9]$", var.name))
    error_message = "The name must be 3 to 40 lower-case letters, digits and hyphens."
  }
}

variable "environment" {
  description = "GitHub environment from which may be applied."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]+$", var.environment))
    error_message = "Letters, digits, _ and -: anything else could be read as another subject in GitHub's token."
  }
}

variable "account_id" {
  description = "Account in which the roles live."
  type        = string

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "An account id has 12 digits."
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

  validation {
    condition = alltrue([
      for part in [var.github.owner, var.github.repository, var.github.branch] : can(regex("^[A-Za-z0-9._/-]+$", part))
    ])
    error_message = "Owner, repository and branch are plain names: a wildcard would let other repositories in."
  }

  validation {
    condition     = can(regex("^[0-9]+$", var.github.owner_id)) && can(regex("^[0-9]+$", var.github.repository_id))
    error_message = "The ids are numbers: see `gh api repos/<owner>/<repository> --jq '.owner.id, .id'`."
  }
}

variable "create_oidc_provider" {
  description = "Whether GitHub's identity provider is made here. An account has one: say false where another state owns it."
  type        = bool
  default     = true
}

variable "state" {
  description = "Bucket and key of the Terraform state."
  type = object({
    bucket = string
    key    = string
  })
}

variable "kms_key_alias" {
  description = "Alias of the key that the system's data is encrypted with, `alias/<name>`."
  type        = string

  validation {
    condition     = startswith(var.kms_key_alias, "alias/")
    error_message = "An alias begins with alias/."
  }
}

variable "models" {
  description = "Models that are served: `apply` may write and hand over the role `<name>-<model>-serving` of each."
  type        = list(string)

  validation {
    condition     = alltrue([for model in var.models : can(regex("^[a-z0-9][a-z0-9-]*$", model))])
    error_message = "A model's name is lower-case letters, digits and hyphens: a wildcard would let other roles be handed over."
  }
}

variable "service_roles" {
  description = "Other roles that `apply` may write and hand over: `<name>-<key>`, and the service that takes it."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for role in keys(var.service_roles) : can(regex("^[a-z0-9][a-z0-9-]*$", role))])
    error_message = "A role's name is lower-case letters, digits and hyphens: a wildcard would let other roles be handed over."
  }

  validation {
    condition     = length(setintersection(keys(var.service_roles), ["plan", "model-approval", "model-promote", "image-push", "eks-rollout", "apply"])) == 0
    error_message = "The workflows' own roles are not written by a workflow."
  }

  validation {
    condition     = alltrue([for service in values(var.service_roles) : can(regex("^[a-z0-9-]+\\.amazonaws\\.com$", service))])
    error_message = "A service looks like lambda.amazonaws.com."
  }
}

variable "trained_elsewhere" {
  description = "Environment whose models are served here, `<project>-<environment>`, and its account: its artifacts are read, with its key. Null: what is served is trained here."
  type        = object({ name = string, account_id = string })
  default     = null
}
