output "execution_role_arn" {
  description = "Role that SageMaker takes while it serves. It is made of its name, so a plan knows it before the role exists."
  value       = "${local.arn}:iam::${var.account_id}:role/${var.name}-serving"
  # SageMaker checks what the role may read when the model is created.
  depends_on = [aws_iam_role_policy.execution]
}

output "variant_name" {
  description = "Name that the endpoint's variant must have, for the alarms to see it."
  value       = local.variant_name
}

output "alarm_names" {
  description = "Alarms that end a rollout."
  value = concat(
    [aws_cloudwatch_metric_alarm.server_errors.alarm_name, aws_cloudwatch_metric_alarm.latency.alarm_name],
    aws_cloudwatch_metric_alarm.predictions[*].alarm_name,
  )
}
