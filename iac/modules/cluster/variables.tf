variable "name" {
  description = "Name of the cluster."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,46}[a-z0-9]$", var.name))
    error_message = "The name must be 3 to 48 lower-case letters, digits and hyphens: IAM allows 64 with what is added to it."
  }
}

variable "account_id" {
  description = "Account in which the cluster runs."
  type        = string

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "An account id has 12 digits."
  }
}

variable "kubernetes_version" {
  description = "Kubernetes, as `major.minor`."
  type        = string
  default     = "1.35"

  validation {
    condition     = can(regex("^1\\.[0-9]{2}$", var.kubernetes_version))
    error_message = "A version of Kubernetes is its first two numbers: 1.35."
  }
}

variable "subnet_ids" {
  description = "Private subnets of the control plane's network interfaces and of the nodes, in at least two zones."
  type        = list(string)

  validation {
    condition     = length(var.subnet_ids) >= 2
    error_message = "EKS needs subnets in at least two zones."
  }
}

variable "public_access_cidrs" {
  description = "Addresses from which the cluster's API can be reached over the internet. None: from inside of the network only."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for cidr in var.public_access_cidrs : can(cidrhost(cidr, 0)) && !endswith(cidr, "/0")])
    error_message = "Blocks of addresses, such as 203.0.113.0/24: the whole internet is none."
  }
}

variable "access" {
  description = "Who may do what: a role, one of EKS's access policies, and the namespaces that it counts in (none: the whole cluster)."
  type = map(object({
    principal_arn = string
    policy        = string
    namespaces    = optional(list(string), [])
  }))

  validation {
    condition     = alltrue([for entry in values(var.access) : can(regex("^AmazonEKS[A-Za-z]+Policy$", entry.policy))])
    error_message = "An access policy is one of EKS's own, such as AmazonEKSEditPolicy."
  }

  validation {
    condition     = anytrue([for entry in values(var.access) : entry.policy == "AmazonEKSClusterAdminPolicy" && length(entry.namespaces) == 0])
    error_message = "Somebody has to be AmazonEKSClusterAdminPolicy: the creator is not by himself, and nobody could enter."
  }
}

variable "nodes" {
  description = "Nodes: what for, how many, how large."
  type = object({
    architecture   = optional(string, "x86_64")
    instance_types = optional(list(string), ["m6i.large"])
    minimum        = optional(number, 2)
    maximum        = optional(number, 4)
    disk_gb        = optional(number, 50)
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains(["x86_64", "arm64"], var.nodes.architecture) && var.nodes.minimum >= 1 && var.nodes.maximum >= var.nodes.minimum && var.nodes.disk_gb >= 20
    error_message = "x86_64 or arm64, at least one node, not fewer at most than at least, and 20 GB."
  }
}

variable "ingress" {
  description = "F5's NGINX ingress controller: chart version and namespace of what `ingress_release` tells to install. Null: none, traffic comes in another way."
  type = object({
    version       = string
    namespace     = optional(string, "nginx-ingress")
    replicas      = optional(number, 2)
    class         = optional(string, "nginx")
    load_balancer = optional(string, "internal")
  })
  default = null

  validation {
    condition     = var.ingress == null ? true : can(regex("^[0-9]+\\.[0-9]+\\.[0-9]+$", var.ingress.version)) && var.ingress.replicas >= 2 && contains(["internal", "internet-facing"], var.ingress.load_balancer)
    error_message = "A chart's version has three numbers; a single replica would be a single point of failure; the load balancer is internal or internet-facing."
  }
}

variable "log_retention_days" {
  description = "Days that the control plane's logs are kept."
  type        = number
  default     = 90
}

variable "kms_key_arn" {
  description = "KMS key for secrets and logs. Its policy has to let CloudWatch's logs use it (see `key`)."
  type        = string
}

variable "permissions_boundary_arn" {
  description = "Boundary of the roles: the most that they can ever be given. Null: none."
  type        = string
  default     = null
}
