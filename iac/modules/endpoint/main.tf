# What an endpoint needs before it exists, whoever creates it: the role that it runs as, and the alarms that end its
# rollouts. In prod Terraform creates the endpoint from a release file (`serving`), in dev a function does, for each
# version that was trained.

data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  arn    = "arn:${data.aws_partition.current.partition}"
  region = data.aws_region.current.name
  scope  = "${local.region}:${var.account_id}"

  # Alarms and the endpoint's variant have to mean the same thing: the name is part of what this module promises.
  variant_name = "primary"

  images = [
    for image in var.images :
    regex("^(?P<account>[0-9]{12})\\.dkr\\.ecr\\.(?P<region>[a-z0-9-]+)\\.[^/]+/(?P<repository>[^@:]+)", image)
  ]
}
