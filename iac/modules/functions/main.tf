# One Lambda function from a zip, with all that belongs to it and to nobody else: role, log group, dead letters. What it
# may do is passed in as statements, and each is held to named actions on named resources. Who calls it is said by the
# module of the caller.

data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  arn    = "arn:${data.aws_partition.current.partition}"
  region = data.aws_region.current.name
  scope  = "${local.region}:${var.account_id}"

  # By name: policies are known before anything exists.
  function_arn     = "${local.arn}:lambda:${local.scope}:function:${var.name}"
  log_group        = "/aws/lambda/${var.name}"
  dead_letters     = "${var.name}-dead-letters"
  dead_letters_arn = "${local.arn}:sqs:${local.scope}:${local.dead_letters}"
}

resource "aws_lambda_function" "this" {
  function_name = var.name
  description   = var.description
  role          = aws_iam_role.this.arn

  runtime       = "provided.al2023"
  handler       = "bootstrap"
  architectures = [var.architecture]

  filename         = var.package.path
  source_code_hash = fileexists(var.package.path) ? filebase64sha256(var.package.path) : null

  memory_size                    = var.memory_mb
  timeout                        = var.timeout_seconds
  reserved_concurrent_executions = var.reserved_concurrency
  kms_key_arn                    = var.kms_key_arn

  environment {
    variables = var.environment
  }

  tracing_config {
    mode = var.tracing ? "Active" : "PassThrough"
  }

  logging_config {
    log_format = "JSON"
    log_group  = aws_cloudwatch_log_group.this.name
  }

  lifecycle {
    precondition {
      condition     = fileexists(var.package.path)
      error_message = "There is no ${var.package.path}: run `${var.package.made_by}`."
    }
  }

  # It writes its first line, and reads what it needs, in the moment it is called.
  depends_on = [aws_iam_role_policy.this]
}

resource "aws_cloudwatch_log_group" "this" {
  name              = local.log_group
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
}

# What was given to the function without waiting for an answer, and failed every time.
resource "aws_sqs_queue" "dead_letters" {
  name                      = local.dead_letters
  message_retention_seconds = 1209600 # as long as SQS keeps anything: 14 days
  sqs_managed_sse_enabled   = true
}

resource "aws_lambda_function_event_invoke_config" "this" {
  function_name                = aws_lambda_function.this.function_name
  maximum_retry_attempts       = var.asynchronous.retries
  maximum_event_age_in_seconds = var.asynchronous.maximum_age_seconds

  destination_config {
    on_failure {
      destination = aws_sqs_queue.dead_letters.arn
    }
  }
}
