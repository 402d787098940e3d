output "id" {
  description = "Id of the API: what metrics and local stand-ins know it by."
  value       = aws_apigatewayv2_api.this.id
}

output "url" {
  description = "Address that clients call, without a slash at its end."
  value       = aws_apigatewayv2_api.this.api_endpoint
}

output "access_log_group_name" {
  description = "Where each request is written down."
  value       = aws_cloudwatch_log_group.access.name
}
