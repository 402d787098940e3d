# Subnets, and the way out. Runs without AWS.

mock_provider "aws" {
  override_data {
    target = data.aws_partition.current
    values = { partition = "aws" }
  }

  override_data {
    target = data.aws_region.current
    values = { name = "eu-central-1" }
  }
}

variables {
  name        = "towpath-prod"
  account_id  = "111122223333"
  zones       = ["eu-central-1a", "eu-central-1b", "eu-central-1c"]
  kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/0d5b6c1e-1111-4222-8333-444455556666"
}

run "private_by_default" {
  command = plan

  assert {
    condition     = { for zone, subnet in aws_subnet.private : zone => subnet.cidr_block } == { "eu-central-1a" = "10.20.0.0/18", "eu-central-1b" = "10.20.64.0/18", "eu-central-1c" = "10.20.128.0/18" }
    error_message = "A quarter of the addresses for each zone."
  }

  assert {
    condition     = length(aws_subnet.public) + length(aws_internet_gateway.this) + length(aws_nat_gateway.this) + length(aws_route.out) == 0
    error_message = "There is no way out unless it is switched on."
  }

  assert {
    condition     = alltrue([for endpoint in values(aws_vpc_endpoint.service) : endpoint.private_dns_enabled])
    error_message = "Services are reached under their own names."
  }
}

run "one_gateway_serves_all_zones" {
  command = plan

  variables {
    internet = "one-gateway"
  }

  assert {
    condition     = keys(aws_nat_gateway.this) == ["eu-central-1a"] && length(aws_route.out) == 3
    error_message = "One gateway, and a route to it from each zone."
  }

  assert {
    condition     = toset([for subnet in values(aws_subnet.public) : subnet.cidr_block]) == toset(["10.20.192.0/20", "10.20.208.0/20", "10.20.224.0/20"])
    error_message = "Public subnets lie in the last quarter."
  }
}

run "a_gateway_in_each_zone" {
  command = plan

  variables {
    internet = "gateway-per-zone"
  }

  assert {
    condition     = length(aws_nat_gateway.this) == 3
    error_message = "The loss of a zone must not take the way out from the others."
  }
}

run "one_zone_is_not_enough" {
  command = plan

  variables {
    zones = ["eu-central-1a"]
  }

  expect_failures = [var.zones]
}

run "a_handful_of_addresses_is_not_enough" {
  command = plan

  variables {
    cidr = "10.20.0.0/24"
  }

  expect_failures = [var.cidr]
}
