output "function_name" {
  description = "Function that compares; call it with `{\"since\": \"<time>\"}` to look at another window."
  value       = module.function.name
}

output "alarm_name" {
  description = "Alarm on drifted columns."
  value       = aws_cloudwatch_metric_alarm.drift.alarm_name
}

output "dead_letter_queue_name" {
  description = "Queue of the looks that failed every time."
  value       = module.function.dead_letter_queue_name
}
