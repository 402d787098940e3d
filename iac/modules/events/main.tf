# What happens when an object arrives: EventBridge hands each new object under a prefix to a function. Events come at least
# once, sometimes twice and out of order: the functions know that. What cannot be delivered is kept and not lost.

data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  arn   = "arn:${data.aws_partition.current.partition}"
  scope = "${data.aws_region.current.name}:${var.account_id}"

  # By name, so that policies are known before rules and queues exist.
  rule_names  = { for key, rule in var.rules : key => "${var.name}-${key}" }
  rule_arns   = { for key, name in local.rule_names : key => "${local.arn}:events:${local.scope}:rule/${name}" }
  queue_names = { for key, name in local.rule_names : key => "${name}-undelivered" }
  queue_arns  = { for key, name in local.queue_names : key => "${local.arn}:sqs:${local.scope}:${name}" }

  # One pattern for both ends of a key: two matchers in a list would be an "or".
  keys = {
    for key, rule in var.rules :
    key => rule.suffix == "" ? { prefix = rule.prefix } : { wildcard = "${rule.prefix}*${rule.suffix}" }
  }
}

resource "aws_cloudwatch_event_rule" "this" {
  for_each = var.rules

  name        = local.rule_names[each.key]
  description = each.value.description

  event_pattern = jsonencode({
    source      = ["aws.s3"]
    detail-type = ["Object Created"]
    detail = {
      bucket = { name = [each.value.bucket] }
      object = { key = [local.keys[each.key]] }
    }
  })
}

resource "aws_cloudwatch_event_target" "this" {
  for_each = var.rules

  rule      = aws_cloudwatch_event_rule.this[each.key].name
  target_id = "function"
  arn       = var.functions[each.key].arn

  retry_policy {
    maximum_event_age_in_seconds = var.retry.maximum_age_seconds
    maximum_retry_attempts       = var.retry.attempts
  }

  dead_letter_config {
    arn = aws_sqs_queue.undelivered[each.key].arn
  }

  # Without the permission the first events would go to the dead letters.
  depends_on = [aws_lambda_permission.this]
}

resource "aws_lambda_permission" "this" {
  for_each = var.rules

  statement_id   = "eventbridge-${each.key}"
  action         = "lambda:InvokeFunction"
  function_name  = var.functions[each.key].name
  principal      = "events.amazonaws.com"
  source_arn     = local.rule_arns[each.key]
  source_account = var.account_id
}

# Events that EventBridge could not deliver. They hold names of objects and no data, so the key that SQS holds is enough.
resource "aws_sqs_queue" "undelivered" {
  for_each = var.rules

  name                      = local.queue_names[each.key]
  message_retention_seconds = 1209600 # as long as SQS keeps anything: 14 days
  sqs_managed_sse_enabled   = true

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "EventsOfTheRule"
      Effect    = "Allow"
      Action    = "sqs:SendMessage"
      Resource  = local.queue_arns[each.key]
      Principal = { Service = "events.amazonaws.com" }
      Condition = { ArnEquals = { "aws:SourceArn" = local.rule_arns[each.key] } }
    }]
  })
}
