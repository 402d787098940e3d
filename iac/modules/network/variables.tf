variable "name" {
  description = "Name of the network, usually `<project>-<environment>`."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,38}[a-z0-9]$", var.name))
    error_message = "The name must be 3 to 40 lower-case letters, digits and hyphens."
  }
}

variable "account_id" {
  description = "Account that owns the network."
  type        = string

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "An account id has 12 digits."
  }
}

variable "cidr" {
  description = "Addresses of the network."
  type        = string
  default     = "10.20.0.0/16"

  validation {
    condition     = can(cidrhost(var.cidr, 0)) && try(tonumber(split("/", var.cidr)[1]) >= 16 && tonumber(split("/", var.cidr)[1]) <= 22, false)
    error_message = "A block of addresses from /16 to /22, such as 10.20.0.0/16: pods take an address each."
  }
}

variable "zones" {
  description = "Availability zones, 2 or 3: one private subnet in each."
  type        = list(string)

  validation {
    condition     = length(var.zones) >= 2 && length(var.zones) <= 3 && length(distinct(var.zones)) == length(var.zones)
    error_message = "2 or 3 different zones: with one, its loss is the loss of everything."
  }
}

variable "internet" {
  description = "The way out: `none`, `one-gateway` for all zones, or `gateway-per-zone`."
  type        = string
  default     = "none"

  validation {
    condition     = contains(["none", "one-gateway", "gateway-per-zone"], var.internet)
    error_message = "The way out is none, one-gateway or gateway-per-zone."
  }
}

variable "endpoints" {
  description = "Services that are reached inside of the network, by the end of their endpoint's name. S3 is always among them."
  type        = set(string)
  default     = ["ec2", "ecr.api", "ecr.dkr", "eks", "eks-auth", "kms", "logs", "sagemaker.runtime", "sts"]

  validation {
    condition     = alltrue([for service in var.endpoints : can(regex("^[a-z0-9.-]+$", service)) && service != "s3"])
    error_message = "A service is the end of an endpoint's name, such as ecr.api; S3 has a gateway already."
  }
}

variable "private_subnet_tags" {
  description = "Further tags of the private subnets, such as `kubernetes.io/role/internal-elb`."
  type        = map(string)
  default     = {}
}

variable "public_subnet_tags" {
  description = "Further tags of the public subnets, such as `kubernetes.io/role/elb`."
  type        = map(string)
  default     = {}
}

variable "log_retention_days" {
  description = "Days that flow logs are kept."
  type        = number
  default     = 30
}

variable "kms_key_arn" {
  description = "KMS key for the flow logs. Its policy has to let CloudWatch's logs use it (see `key`)."
  type        = string
}

variable "permissions_boundary_arn" {
  description = "Boundary of the flow logs' role: the most that it can ever be given. Null: none."
  type        = string
  default     = null
}
