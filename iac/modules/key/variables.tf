variable "name" {
  description = "Name of the environment, usually `<project>-<environment>`: the key's alias, and a part of the name of every log group that it encrypts."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,38}[a-z0-9]$", var.name))
    error_message = "The name must be 3 to 40 lower-case letters, digits and hyphens."
  }
}

variable "account_id" {
  description = "Account that owns the key."
  type        = string

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "An account id has 12 digits."
  }
}

variable "description" {
  description = "What the key is for, as its owner reads it in the console."
  type        = string
}

variable "reader_accounts" {
  description = "Other accounts that may decrypt with the key what their own policies let them read, such as a model that was trained here."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for account in var.reader_accounts : can(regex("^[0-9]{12}$", account))])
    error_message = "An account id has 12 digits."
  }
}
