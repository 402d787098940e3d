output "workflow_name" {
  description = "Workflow to start, with run properties."
  value       = local.workflow_name
  depends_on  = [aws_glue_trigger.start]
}

output "workflow_arn" {
  description = "ARN of the workflow. It is made of its name, so a plan knows it before the workflow exists."
  value       = "${local.arn}:glue:${local.scope}:workflow/${local.workflow_name}"
  depends_on  = [aws_glue_workflow.this]
}

output "job_name" {
  description = "Job that the workflow runs."
  value       = aws_glue_job.this.name
}

output "role_arn" {
  description = "Role that the job runs as."
  value       = aws_iam_role.this.arn
}
