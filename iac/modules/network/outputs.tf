output "vpc_id" {
  description = "Id of the network."
  value       = aws_vpc.this.id
}

output "private_subnet_ids" {
  description = "Private subnets, one a zone."
  value       = [for zone in var.zones : aws_subnet.private[zone].id]
}

output "endpoint_security_group_id" {
  description = "Group of the endpoints: they answer to the whole network."
  value       = aws_security_group.endpoints.id
}
