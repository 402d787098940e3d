# Whether an endpoint is asked what its model was approved on: a function that compares captured requests with the package's
# baseline, a schedule that calls it, and an alarm on what it counts. It tells people, and changes nothing.

data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  arn       = "arn:${data.aws_partition.current.partition}"
  region    = data.aws_region.current.name
  sagemaker = "${local.arn}:sagemaker:${local.region}:${var.account_id}"
  function  = "${var.name}-drift-monitor"
  rule      = "${local.function}-schedule"
}

module "function" {
  source = "../functions"

  name            = local.function
  description     = "Compares what ${var.endpoint_name} is asked with what its model was approved on"
  account_id      = var.account_id
  package         = var.package
  architecture    = var.architecture
  memory_mb       = 512
  timeout_seconds = 300

  environment = {
    ENDPOINT_NAME = var.endpoint_name
    REPORTS_URI   = "s3://${var.reports.bucket}/${var.reports.prefix}"
  }

  statements = concat([
    {
      sid     = "SeeWhatServes"
      actions = ["sagemaker:DescribeEndpoint", "sagemaker:DescribeEndpointConfig", "sagemaker:DescribeModel"]
      resources = [
        "${local.sagemaker}:endpoint/${var.endpoint_name}",
        "${local.sagemaker}:endpoint-config/${var.name}-*",
        "${local.sagemaker}:model/${var.name}-*",
      ]
    },
    {
      sid       = "SeeItsBaseline"
      actions   = ["sagemaker:DescribeModelPackage"]
      resources = var.model_packages
    },
    {
      sid       = "ReadBaselines"
      actions   = ["s3:GetObject"]
      resources = var.baselines
    },
    {
      sid       = "ReadWhatWasAsked"
      actions   = ["s3:GetObject"]
      resources = ["${local.arn}:s3:::${var.capture.bucket}/${var.capture.prefix}*"]
    },
    {
      sid        = "FindWhatWasAsked"
      actions    = ["s3:ListBucket"]
      resources  = ["${local.arn}:s3:::${var.capture.bucket}"]
      conditions = { StringLike = { "s3:prefix" = ["${var.capture.prefix}*"] } }
    },
    {
      sid       = "WriteReports"
      actions   = ["s3:PutObject"]
      resources = ["${local.arn}:s3:::${var.reports.bucket}/${var.reports.prefix}*"]
    },
    ], [for key in var.baseline_keys : {
      sid        = "DecryptWhereItWasTrained${key.account_id}"
      actions    = ["kms:Decrypt"]
      resources  = ["${local.arn}:kms:${local.region}:${key.account_id}:key/*"]
      conditions = { "ForAnyValue:StringEquals" = { "kms:ResourceAliases" = [key.alias] } }
  }])

  kms_key_arn              = var.kms_key_arn
  kms_key_alias            = var.kms_key_alias
  permissions_boundary_arn = var.permissions_boundary_arn
}

resource "aws_cloudwatch_event_rule" "schedule" {
  name                = local.rule
  description         = "Looks for drift on ${var.endpoint_name}"
  schedule_expression = var.schedule
}

resource "aws_cloudwatch_event_target" "schedule" {
  rule      = aws_cloudwatch_event_rule.schedule.name
  target_id = "function"
  arn       = module.function.arn

  depends_on = [aws_lambda_permission.schedule]
}

resource "aws_lambda_permission" "schedule" {
  statement_id   = "schedule"
  action         = "lambda:InvokeFunction"
  function_name  = module.function.name
  principal      = "events.amazonaws.com"
  source_arn     = "${local.arn}:events:${local.region}:${var.account_id}:rule/${local.rule}"
  source_account = var.account_id
}

resource "aws_cloudwatch_metric_alarm" "drift" {
  alarm_name        = "${local.function}-drift"
  alarm_description = "What ${var.endpoint_name} is asked, or says, is not what its model was approved on: read the report in ${var.reports.bucket}."
  alarm_actions     = var.topic_arn == null ? [] : [var.topic_arn]

  namespace   = "Towpath"
  metric_name = "ColumnsDrifted"
  dimensions  = { function = local.function }
  statistic   = "Maximum"

  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  period              = 3600
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
}
