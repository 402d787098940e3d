output "name" {
  description = "Name of the function."
  value       = aws_lambda_function.this.function_name
}

output "arn" {
  description = "ARN of the function. It is made of its name, so a plan knows it before the function exists."
  value       = local.function_arn
  depends_on  = [aws_lambda_function.this]
}

output "role_arn" {
  description = "Role that the function runs as."
  value       = aws_iam_role.this.arn
}

output "log_group_name" {
  description = "Where it logs."
  value       = aws_cloudwatch_log_group.this.name
}

output "dead_letter_queue_name" {
  description = "Queue of the calls that failed every time."
  value       = aws_sqs_queue.dead_letters.name
}
