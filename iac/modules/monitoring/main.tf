# Who is told when something is wrong, and of what. Each alarm is about a thing that a person has to do something about: a
# letter that was never delivered, a function that fails, an API that answers with errors.

locals {
  topic_arn = "arn:${data.aws_partition.current.partition}:sns:${data.aws_region.current.name}:${var.account_id}:${local.topic}"
  topic     = "${var.name}-alarms"
}

data "aws_partition" "current" {}
data "aws_region" "current" {}

resource "aws_sns_topic" "alarms" {
  name              = local.topic
  kms_master_key_id = var.kms_key_arn

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "AlarmsOfTheSystem"
        Effect    = "Allow"
        Action    = "sns:Publish"
        Resource  = local.topic_arn
        Principal = { Service = "cloudwatch.amazonaws.com" }
        Condition = {
          StringEquals = { "aws:SourceAccount" = var.account_id }
          ArnLike      = { "aws:SourceArn" = "arn:${data.aws_partition.current.partition}:cloudwatch:${data.aws_region.current.name}:${var.account_id}:alarm:${var.name}-*" }
        }
      },
      {
        Sid       = "NobodyInClear"
        Effect    = "Deny"
        Action    = "sns:Publish"
        Resource  = local.topic_arn
        Principal = "*"
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
    ]
  })
}

# An address has to be confirmed by whoever reads it.
resource "aws_sns_topic_subscription" "email" {
  for_each = var.emails

  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = each.value
}
