variable "name" {
  description = "Name of the API."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,62}[a-z0-9]$", var.name))
    error_message = "The name must be 3 to 64 lower-case letters, digits and hyphens."
  }
}

variable "description" {
  description = "What the API is for, in one sentence."
  type        = string
}

variable "function" {
  description = "Function that answers."
  type        = object({ name = string, arn = string })
}

variable "routes" {
  description = "Routes as `METHOD /path`, each with its own limits where it needs some: requests per second, and how many at once."
  type = map(object({
    requests_per_second = optional(number)
    burst               = optional(number)
  }))

  validation {
    condition     = length(var.routes) > 0 && alltrue([for route in keys(var.routes) : can(regex("^(GET|POST|PUT|PATCH|DELETE) /[A-Za-z0-9._{}/+-]*$", route))])
    error_message = "A route is a method and a path: `POST /predict`."
  }

  validation {
    condition     = alltrue([for limits in values(var.routes) : (limits.burst == null) == (limits.requests_per_second == null)])
    error_message = "A route has both limits or none."
  }
}

variable "jwt" {
  description = "Who issues the tokens that callers must bring, and for which audiences. Null: whoever can reach the API may call it."
  type        = object({ issuer = string, audiences = list(string) })
  default     = null

  validation {
    condition     = var.jwt == null ? true : startswith(var.jwt.issuer, "https://") && length(var.jwt.audiences) > 0
    error_message = "An issuer is an https:// address, and a token is for at least one audience."
  }
}

variable "open_routes" {
  description = "Routes that need no token even so, such as `GET /health`."
  type        = list(string)
  default     = []

  validation {
    condition     = length(setsubtract(var.open_routes, keys(var.routes))) == 0
    error_message = "Only a route of the API can be open."
  }
}

variable "throttling" {
  description = "Limits of all routes that have none of their own, and of unknown paths."
  type        = object({ requests_per_second = number, burst = number })
  default     = { requests_per_second = 50, burst = 100 }

  validation {
    condition     = var.throttling.requests_per_second > 0 && var.throttling.burst > 0
    error_message = "A limit of 0 would refuse everything."
  }
}

variable "timeout_milliseconds" {
  description = "How long the function may take to answer, before the caller is told."
  type        = number
  default     = 10000

  validation {
    condition     = var.timeout_milliseconds >= 50 && var.timeout_milliseconds <= 30000
    error_message = "An HTTP API waits 50 to 30000 milliseconds."
  }
}

variable "cors_origins" {
  description = "Web pages of which origins may call the API from a browser. None by default: servers need no permission."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for origin in var.cors_origins : can(regex("^https?://[^*/]+$", origin))])
    error_message = "An origin is a scheme and a host, without a path and without a wildcard."
  }
}

variable "log_retention_days" {
  description = "Days that access logs are kept."
  type        = number
  default     = 90
}

variable "kms_key_arn" {
  description = "KMS key for the access logs. Its policy has to let CloudWatch's logs use it (see `key`)."
  type        = string
}
