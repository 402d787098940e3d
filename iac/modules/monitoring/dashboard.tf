# One page: what comes in, what is answered, what went wrong. Rows that would be empty are left out.

locals {
  # Each is a list of metrics as CloudWatch writes them.
  widgets = {
    "Requests and errors of the API" = concat([for id in values(var.apis) : ["AWS/ApiGateway", "Count", "ApiId", id]], [for id in values(var.apis) : ["AWS/ApiGateway", "5xx", "ApiId", id]])
    "Latency of the API"             = [for id in values(var.apis) : ["AWS/ApiGateway", "Latency", "ApiId", id]]
    "Calls of functions"             = [for name in values(var.functions) : ["AWS/Lambda", "Invocations", "FunctionName", name]]
    "Errors of functions"            = [for name in values(var.functions) : ["AWS/Lambda", "Errors", "FunctionName", name]]
    "Calls of endpoints"             = [for name in var.endpoints : ["AWS/SageMaker", "Invocations", "EndpointName", name, "VariantName", "primary"]]
    "Latency of endpoints"           = [for name in var.endpoints : ["AWS/SageMaker", "ModelLatency", "EndpointName", name, "VariantName", "primary"]]
    "Dead letters"                   = [for name in values(var.dead_letter_queues) : ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", name]]
  }

  shown = [for title, metrics in local.widgets : { title = title, metrics = metrics } if length(metrics) > 0]
}

resource "aws_cloudwatch_dashboard" "this" {
  count = var.dashboard ? 1 : 0

  dashboard_name = var.name

  dashboard_body = jsonencode({
    widgets = [
      for index, widget in local.shown : {
        type   = "metric"
        x      = (index % 2) * 12
        y      = floor(index / 2) * 6
        width  = 12
        height = 6
        properties = {
          title   = widget.title
          metrics = widget.metrics
          region  = data.aws_region.current.name
          stat    = startswith(widget.title, "Latency") ? "p99" : "Sum"
          period  = 60
        }
      }
    ]
  })
}
