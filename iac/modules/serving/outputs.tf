output "endpoint_name" {
  description = "Name under which the model is invoked."
  value       = aws_sagemaker_endpoint.this.name
}

output "endpoint_config_name" {
  description = "Configuration that must serve after an apply: compare it with what `DescribeEndpoint` says."
  value       = aws_sagemaker_endpoint_configuration.release[local.current].name
}

output "model_packages" {
  description = "Model package of each release that is kept, by release."
  value       = { for key, release in local.releases : key => release.package }
}

output "execution_role_arn" {
  description = "Role that SageMaker takes while it serves."
  value       = module.endpoint.execution_role_arn
}

output "alarm_names" {
  description = "Alarms that end a rollout."
  value       = module.endpoint.alarm_names
}
