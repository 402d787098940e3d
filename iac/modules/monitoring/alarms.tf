# What the topic hears of.

resource "aws_cloudwatch_metric_alarm" "letters" {
  for_each = var.dead_letter_queues

  alarm_name        = "${var.name}-letters-${each.key}"
  alarm_description = "Something in ${each.value} could not be delivered or done. It stays there for 14 days."
  alarm_actions     = [aws_sns_topic.alarms.arn]

  namespace   = "AWS/SQS"
  metric_name = "ApproximateNumberOfMessagesVisible"
  dimensions  = { QueueName = each.value }
  statistic   = "Maximum"

  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  period              = 300
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
}

resource "aws_cloudwatch_metric_alarm" "errors" {
  for_each = var.functions

  alarm_name        = "${var.name}-errors-${each.key}"
  alarm_description = "The function ${each.value} fails."
  alarm_actions     = [aws_sns_topic.alarms.arn]

  namespace   = "AWS/Lambda"
  metric_name = "Errors"
  dimensions  = { FunctionName = each.value }
  statistic   = "Sum"

  comparison_operator = "GreaterThanThreshold"
  threshold           = var.thresholds.function_errors
  period              = 300
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
}

resource "aws_cloudwatch_metric_alarm" "throttles" {
  for_each = var.functions

  alarm_name        = "${var.name}-throttles-${each.key}"
  alarm_description = "The function ${each.value} is called more often than it may run."
  alarm_actions     = [aws_sns_topic.alarms.arn]

  namespace   = "AWS/Lambda"
  metric_name = "Throttles"
  dimensions  = { FunctionName = each.value }
  statistic   = "Sum"

  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  period              = 300
  evaluation_periods  = 3
  treat_missing_data  = "notBreaching"
}

resource "aws_cloudwatch_metric_alarm" "api_errors" {
  for_each = var.apis

  alarm_name        = "${var.name}-api-errors-${each.key}"
  alarm_description = "The API ${each.key} answers with errors of its own (5xx)."
  alarm_actions     = [aws_sns_topic.alarms.arn]

  namespace   = "AWS/ApiGateway"
  metric_name = "5xx"
  dimensions  = { ApiId = each.value }
  statistic   = "Average" # of all requests: a share

  comparison_operator = "GreaterThanThreshold"
  threshold           = var.thresholds.api_error_share
  period              = 60
  evaluation_periods  = 3
  treat_missing_data  = "notBreaching"
}

resource "aws_cloudwatch_metric_alarm" "api_latency" {
  for_each = var.apis

  alarm_name         = "${var.name}-api-latency-${each.key}"
  alarm_description  = "The API ${each.key} answers slowly."
  alarm_actions      = [aws_sns_topic.alarms.arn]
  namespace          = "AWS/ApiGateway"
  metric_name        = "Latency"
  dimensions         = { ApiId = each.value }
  extended_statistic = "p99"

  comparison_operator = "GreaterThanThreshold"
  threshold           = var.thresholds.api_p99_milliseconds
  period              = 60
  evaluation_periods  = 5
  treat_missing_data  = "notBreaching"
}
