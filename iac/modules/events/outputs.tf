output "rule_arns" {
  description = "ARN of each rule."
  value       = local.rule_arns
  depends_on  = [aws_cloudwatch_event_rule.this]
}

output "undelivered_queue_names" {
  description = "Per rule: the queue of the events that could not be delivered."
  value       = local.queue_names
  depends_on  = [aws_sqs_queue.undelivered]
}
