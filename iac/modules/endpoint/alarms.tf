# What ends a rollout: an alarm that fires while the canary bakes makes SageMaker go back. Without alarms, baking protects
# nothing. No traffic is no alarm, or nothing could be deployed at night.

locals {
  alarm_dimensions = {
    EndpointName = var.name
    VariantName  = local.variant_name
  }
}

resource "aws_cloudwatch_metric_alarm" "server_errors" {
  alarm_name        = "${var.name}-server-errors"
  alarm_description = "The model answers with errors. A rollout that is under way goes back."

  namespace   = "AWS/SageMaker"
  metric_name = "Invocation5XXErrors"
  dimensions  = local.alarm_dimensions
  statistic   = "Sum"

  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = var.alarms.server_errors
  period              = 60
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
}

resource "aws_cloudwatch_metric_alarm" "latency" {
  alarm_name        = "${var.name}-latency"
  alarm_description = "The model answers too slowly. A rollout that is under way goes back."

  namespace          = "AWS/SageMaker"
  metric_name        = "ModelLatency"
  dimensions         = local.alarm_dimensions
  extended_statistic = "p99"

  comparison_operator = "GreaterThanThreshold"
  threshold           = var.alarms.p99_latency_ms * 1000 # the metric counts microseconds
  period              = 60
  evaluation_periods  = 2
  treat_missing_data  = "notBreaching"
}

# A model that answers 200 with nonsense breaks neither of the two above. Whoever asks it reports what it said; the alarm
# looks at how many of a minute's predictions lie where predictions can lie.
resource "aws_cloudwatch_metric_alarm" "predictions" {
  count = var.predictions == null ? 0 : 1

  alarm_name        = "${var.name}-predictions"
  alarm_description = "The model answers what cannot be true. A rollout that is under way goes back."

  namespace   = var.predictions.namespace
  metric_name = var.predictions.metric_name
  dimensions  = var.predictions.dimensions

  # The percentage of values between the two.
  extended_statistic = "PR(${var.predictions.minimum}:${var.predictions.maximum})"

  comparison_operator = "LessThanThreshold"
  threshold           = var.predictions.percent
  period              = 60
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
}
