variable "name" {
  description = "Beginning of every name, usually `<project>-<environment>`."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,28}[a-z0-9]$", var.name))
    error_message = "The name must be 3 to 30 lower-case letters, digits and hyphens: SageMaker allows 63 with what is added to it."
  }
}

variable "environment" {
  description = "Environment that is planned. A release file of another one is refused."
  type        = string
}

variable "account_id" {
  description = "Account in which the endpoint runs."
  type        = string
}

variable "manifest" {
  description = "The decoded release file, `models/<model>/<environment>.yaml`."
  type = object({
    model       = string
    environment = string
    release = object({
      package       = string
      image         = string
      model_data    = object({ url = string, etag = string })
      training_data = object({ sha256 = string })
      metrics       = map(number)
    })
    previous = optional(object({
      package       = string
      image         = string
      model_data    = object({ url = string, etag = string })
      training_data = object({ sha256 = string })
      metrics       = map(number)
    }))
    deployment = object({
      instance_type            = string
      instance_count           = number
      canary_percent           = number
      bake_seconds             = number
      termination_wait_seconds = number
      timeout_seconds          = number
      alarms                   = object({ server_errors = number, p99_latency_ms = number })
    })
  })

  validation {
    condition     = var.manifest.environment == var.environment
    error_message = "The release file is for ${var.manifest.environment}, and this is ${var.environment}."
  }

  validation {
    condition = alltrue([
      for release in [var.manifest.release, var.manifest.previous] :
      can(regex("^arn:aws[a-z-]*:sagemaker:[a-z0-9-]+:[0-9]{12}:model-package/[a-zA-Z0-9-]+/[1-9][0-9]*$", release.package))
      if release != null
    ])
    error_message = "A release pins one version of a model package: its ARN ends in /<group>/<version>."
  }

  validation {
    condition = alltrue([
      for release in [var.manifest.release, var.manifest.previous] :
      can(regex("^[0-9]{12}\\.dkr\\.ecr\\.[a-z0-9-]+\\.[^/]+/[^@]+@sha256:[0-9a-f]{64}$", release.image))
      if release != null
    ])
    error_message = "A release pins its image by digest: <account>.dkr.ecr.<region>.amazonaws.com/<repository>@sha256:<64 digits>."
  }

  validation {
    condition = alltrue([
      for release in [var.manifest.release, var.manifest.previous] :
      startswith(release.model_data.url, "s3://") && can(regex("^[0-9a-f]{64}$", release.training_data.sha256))
      if release != null
    ])
    error_message = "Model data is an s3:// address, training data is named by its sha256 in lower-case hexadecimal."
  }

  validation {
    condition     = try(var.manifest.previous.package, null) != var.manifest.release.package
    error_message = "The previous release is the same package version as the release: there would be nothing to go back to."
  }

  validation {
    condition     = var.manifest.deployment.instance_count >= 2
    error_message = "A canary needs at least 2 instances: one that tries the new model while another still serves the old one."
  }

  validation {
    condition = (
      var.manifest.deployment.canary_percent >= 1 && var.manifest.deployment.canary_percent <= 50
    )
    error_message = "SageMaker allows a canary of at most 50 percent of the instances."
  }

  validation {
    condition = (
      var.manifest.deployment.bake_seconds >= 60 && var.manifest.deployment.bake_seconds <= 3600 &&
      var.manifest.deployment.termination_wait_seconds >= 0 && var.manifest.deployment.termination_wait_seconds <= 3600
    )
    error_message = "A canary bakes 60 to 3600 seconds (an alarm needs a minute to fire); the old instances wait 0 to 3600."
  }

  validation {
    condition = (
      var.manifest.deployment.timeout_seconds >= 600 && var.manifest.deployment.timeout_seconds <= 28800 &&
      var.manifest.deployment.timeout_seconds > var.manifest.deployment.bake_seconds + var.manifest.deployment.termination_wait_seconds
    )
    error_message = "The timeout is 600 to 28800 seconds, and longer than baking and waiting together."
  }

  validation {
    condition     = var.manifest.deployment.alarms.server_errors >= 1 && var.manifest.deployment.alarms.p99_latency_ms > 0
    error_message = "An alarm needs a threshold above zero, or every rollout goes back."
  }
}

variable "kms_key_arn" {
  description = "KMS key for the instances' volumes and for what is captured."
  type        = string
}

variable "kms_key_alias" {
  description = "Alias of that key, `alias/<name>`: the execution role is allowed the key by it."
  type        = string

  validation {
    condition     = startswith(var.kms_key_alias, "alias/")
    error_message = "An alias begins with alias/."
  }
}

variable "model_data_keys" {
  description = "Keys, beside `kms_key_alias`, that models are encrypted with: account and alias of each. For models that another environment has trained."
  type        = list(object({ account_id = string, alias = string }))
  default     = []
}

variable "predictions" {
  description = "Where predictions are reported, and which of them are plausible (see `endpoint`). Null: nobody reports them."
  type = object({
    namespace   = string
    metric_name = string
    dimensions  = map(string)
    minimum     = number
    maximum     = number
    percent     = number
  })
  default = null
}

variable "capture" {
  description = "Bucket that receives requests and answers, and the share of them that is written."
  type = object({
    bucket           = string
    sampling_percent = optional(number, 100)
  })

  validation {
    condition     = var.capture.sampling_percent >= 1 && var.capture.sampling_percent <= 100
    error_message = "The share is 1 to 100 percent."
  }
}

variable "permissions_boundary_arn" {
  description = "Boundary of the execution role: the most that it can ever be given."
  type        = string
}
