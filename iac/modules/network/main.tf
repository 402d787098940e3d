# A network of private subnets, one a zone. AWS's services are reached by endpoints inside of it; the internet only where it
# is switched on. Everything that passes is written down.

data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  arn    = "arn:${data.aws_partition.current.partition}"
  region = data.aws_region.current.name

  # A quarter of the block for each of up to three zones, and the last one, cut again, for what faces the internet.
  private = { for index, zone in var.zones : zone => cidrsubnet(var.cidr, 2, index) }
  public  = var.internet == "none" ? {} : { for index, zone in var.zones : zone => cidrsubnet(var.cidr, 4, 12 + index) }

  # One gateway for all zones is cheap, one in each survives the loss of a zone.
  gateways = var.internet == "none" ? [] : var.internet == "one-gateway" ? [var.zones[0]] : var.zones
}

resource "aws_vpc" "this" {
  cidr_block           = var.cidr
  enable_dns_support   = true
  enable_dns_hostnames = true # endpoints answer under the services' own names

  tags = { Name = var.name }
}

# The group that everything without one gets: it lets nothing in or out.
resource "aws_default_security_group" "this" {
  vpc_id = aws_vpc.this.id

  tags = { Name = "${var.name}-default" }
}

resource "aws_subnet" "private" {
  for_each = local.private

  vpc_id            = aws_vpc.this.id
  availability_zone = each.key
  cidr_block        = each.value

  tags = merge({ Name = "${var.name}-private-${each.key}" }, var.private_subnet_tags)
}

resource "aws_route_table" "private" {
  for_each = local.private

  vpc_id = aws_vpc.this.id

  tags = { Name = "${var.name}-private-${each.key}" }
}

resource "aws_route_table_association" "private" {
  for_each = local.private

  subnet_id      = aws_subnet.private[each.key].id
  route_table_id = aws_route_table.private[each.key].id
}
