# One key for the data, logs, images and volumes of an environment. Which person or role may use it is said in IAM, by its
# alias; the services that have no role to be given anything, such as CloudWatch's logs, are named in the key's policy.

data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  arn    = "arn:${data.aws_partition.current.partition}"
  region = data.aws_region.current.name
}

resource "aws_kms_key" "this" {
  description             = var.description
  enable_key_rotation     = true
  deletion_window_in_days = 30

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat([
      {
        # Without it nobody could change the key again. It makes IAM the place where use is allowed.
        Sid       = "TheAccountDecidesInIam"
        Effect    = "Allow"
        Action    = "kms:*"
        Resource  = "*"
        Principal = { AWS = "${local.arn}:iam::${var.account_id}:root" }
      },
      {
        # For log groups whose name says that they are this system's, and no others of the account.
        Sid       = "Logs"
        Effect    = "Allow"
        Action    = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:GenerateDataKey", "kms:DescribeKey"]
        Resource  = "*"
        Principal = { Service = "logs.${local.region}.amazonaws.com" }
        Condition = {
          ArnLike = { "kms:EncryptionContext:aws:logs:arn" = "${local.arn}:logs:${local.region}:${var.account_id}:log-group:*${var.name}*" }
        }
      },
      {
        # An alarm can reach an encrypted topic only if its sender may use the topic's key.
        Sid       = "Alarms"
        Effect    = "Allow"
        Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource  = "*"
        Principal = { Service = "cloudwatch.amazonaws.com" }
        Condition = { StringEquals = { "aws:SourceAccount" = var.account_id } }
      },
      ], [
      for readers in length(var.reader_accounts) == 0 ? [] : [var.reader_accounts] : {
        # They read, and write nothing with it. Who of them may is said in their own account.
        Sid       = "OtherAccountsRead"
        Effect    = "Allow"
        Action    = ["kms:Decrypt", "kms:DescribeKey"]
        Resource  = "*"
        Principal = { AWS = [for account in readers : "${local.arn}:iam::${account}:root"] }
      }
    ])
  })

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_kms_alias" "this" {
  name          = "alias/${var.name}"
  target_key_id = aws_kms_key.this.key_id
}
