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
  description = "Environment that this folder describes."
  type        = string
  default     = "dev"

  validation {
    condition     = var.environment == "dev"
    error_message = "This folder is dev: another environment is another folder with a state of its own."
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
  description = "Whether GitHub's identity provider is made here. An account has one: prod owns it where both are in one account."
  type        = bool
  default     = false
}

variable "training_image" {
  description = "Container image that trains and serves, pinned by digest."
  type        = string
}

variable "pipeline_definition" {
  description = "Definition of the SageMaker pipeline, relative to this folder."
  type        = string
  default     = "../../../pipelines/housing.pipeline.json"
}

variable "lambda_folder" {
  description = "Folder with a zip for each function. Null: `dist/lambda` in the repository, where `cargo xtask package` puts them."
  type        = string
  default     = null
}

variable "code_folder" {
  description = "Folder with what runs in Glue and SageMaker. Null: `dist/code` in the repository, where `cargo xtask package` puts it."
  type        = string
  default     = null
}

variable "architecture" {
  description = "What the zips were built for: `x86_64` or `arm64`."
  type        = string
  default     = "x86_64"
}

variable "engine" {
  description = "What cleans the data: a Python shell, or Spark (see the module `etl`)."
  type = object({
    type        = string
    capacity    = optional(number, 0.0625)
    worker_type = optional(string, "G.1X")
    workers     = optional(number, 2)
  })
  default = { type = "python" }
}

variable "deployment" {
  description = "How a new version gets into service here, with the same keys as in `models/<model>/<environment>.yaml`."
  type = object({
    instance_type            = string
    instance_count           = number
    canary_percent           = number
    bake_seconds             = number
    termination_wait_seconds = number
    timeout_seconds          = number
    alarms                   = object({ server_errors = number, p99_latency_ms = number })
  })
  default = {
    instance_type            = "ml.m5.large"
    instance_count           = 2
    canary_percent           = 50
    bake_seconds             = 60
    termination_wait_seconds = 0
    timeout_seconds          = 1800
    alarms                   = { server_errors = 5, p99_latency_ms = 500 }
  }
}

variable "reader_accounts" {
  description = "Other accounts that serve what is trained here."
  type        = list(string)
  default     = []
}

variable "retention" {
  description = "How long the data lake keeps things, per bucket (see its README). Null: the module's own defaults; `{}`: everything, for ever."
  type = map(object({
    noncurrent_days = number
    expire_days     = optional(number)
  }))
  default = null
}
