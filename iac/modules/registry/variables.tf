variable "name" {
  description = "Name of the repository."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9]+(?:[._/-][a-z0-9]+)*$", var.name)) && length(var.name) >= 2 && length(var.name) <= 256
    error_message = "ECR wants 2 to 256 lower-case letters, digits and single separators (- _ . /)."
  }
}

variable "kms_key_arn" {
  description = "KMS key that encrypts the images."
  type        = string
}

variable "untagged_days" {
  description = "Days after which an image without a tag is removed."
  type        = number
  default     = 14

  validation {
    condition     = var.untagged_days >= 1
    error_message = "At least one day: a push is untagged while it is under way."
  }
}

variable "keep_images" {
  description = "How many images stay, the newest first. It must reach back further than any rollback."
  type        = number
  default     = 200

  validation {
    condition     = var.keep_images >= 20
    error_message = "Keep at least 20 images: a rollback must find the image it goes back to."
  }
}
