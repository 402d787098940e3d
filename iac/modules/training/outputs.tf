output "pipeline_name" {
  description = "Pipeline to start an execution of."
  value       = local.pipeline_name
  depends_on  = [aws_sagemaker_pipeline.this]
}

output "pipeline_arn" {
  description = "ARN of the pipeline. It is made of its name, so a plan knows it before the pipeline exists."
  value       = "${local.arn}:sagemaker:${local.scope}:pipeline/${local.pipeline_name}"
}

output "model_package_group_name" {
  description = "Group of the registry that versions of the model belong to."
  value       = aws_sagemaker_model_package_group.this.model_package_group_name
}

output "role_arn" {
  description = "Role that executions run as."
  value       = local.role_arn
  depends_on  = [aws_iam_role.execution]
}
