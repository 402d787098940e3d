variable "name" {
  description = "Beginning of every bucket's name, usually `<project>-<environment>`."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,38}[a-z0-9]$", var.name))
    error_message = "The name must be 3 to 40 lower-case letters, digits and hyphens: S3 allows 63 with what is added to it."
  }
}

variable "account_id" {
  description = "Account that owns the buckets. It ends their names, which are unique in the whole world."
  type        = string

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "An account id has 12 digits."
  }
}

variable "encryption" {
  description = "How objects are encrypted: `aws:kms` with the key's ARN, or `AES256` with keys that S3 holds."
  # The algorithm is a value of its own: whether a key that is still to be created is set cannot be known in a plan.
  type = object({
    algorithm   = string
    kms_key_arn = optional(string)
  })
  default = { algorithm = "AES256" }

  validation {
    condition     = contains(["aws:kms", "AES256"], var.encryption.algorithm)
    error_message = "The algorithm must be aws:kms or AES256."
  }

  validation {
    condition     = (var.encryption.algorithm == "aws:kms") == (var.encryption.kms_key_arn != null)
    error_message = "aws:kms needs kms_key_arn, and AES256 takes none."
  }
}

variable "retention" {
  description = "Per bucket: days that superseded versions are kept, and days after which objects expire (null: never). A bucket that is not named keeps everything."
  type = map(object({
    noncurrent_days = number
    expire_days     = optional(number)
  }))
  default = {
    raw       = { noncurrent_days = 365 }
    processed = { noncurrent_days = 30 }
    artifacts = { noncurrent_days = 365 }
    capture   = { noncurrent_days = 7, expire_days = 90 }
  }
  nullable = false

  validation {
    condition     = length(setsubtract(keys(var.retention), ["raw", "processed", "artifacts", "capture"])) == 0
    error_message = "Retention is for raw, processed, artifacts and capture."
  }

  validation {
    condition     = alltrue([for r in values(var.retention) : r.noncurrent_days >= 1 && coalesce(r.expire_days, 1) >= 1])
    error_message = "Retention is counted in whole days, at least 1."
  }
}

variable "reader_accounts" {
  description = "Other accounts that may read the artifacts, to serve a model that was trained here. With a KMS key, its policy has to name them too."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for account in var.reader_accounts : can(regex("^[0-9]{12}$", account))])
    error_message = "An account id has 12 digits."
  }
}
