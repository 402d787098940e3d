output "topic_arn" {
  description = "Topic of all alarms, for whoever else has to tell something."
  value       = aws_sns_topic.alarms.arn
}
