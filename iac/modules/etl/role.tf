# What the job may do: read what was delivered and its own code, write what it made, and log.

resource "aws_iam_role" "this" {
  name                 = local.job_name
  description          = "Runs the Glue job ${local.job_name}"
  permissions_boundary = var.permissions_boundary_arn

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "glue.amazonaws.com" }
      Condition = { StringEquals = { "aws:SourceAccount" = var.account_id } }
    }]
  })
}

resource "aws_iam_role_policy" "this" {
  name = "job"
  role = aws_iam_role.this.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        # The version that was checked, whatever was put over it since.
        Sid      = "ReadWhatWasDelivered"
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:GetObjectVersion"]
        Resource = "${local.arn}:s3:::${var.input.bucket}/${var.input.prefix}*"
      },
      {
        Sid      = "ReadTheCode"
        Effect   = "Allow"
        Action   = "s3:GetObject"
        Resource = "${local.arn}:s3:::${var.code.bucket}/${var.code.prefix}*"
      },
      {
        # It compares with what an earlier run has left, so that the same input is written once.
        Sid      = "WriteWhatItMade"
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
        Resource = "${local.arn}:s3:::${var.output.bucket}/${var.output.prefix}*"
      },
      {
        Sid       = "ListWhatItMade"
        Effect    = "Allow"
        Action    = "s3:ListBucket"
        Resource  = "${local.arn}:s3:::${var.output.bucket}"
        Condition = { StringLike = { "s3:prefix" = "${var.output.prefix}*" } }
      },
      {
        Sid      = "ReadTheRunsProperties"
        Effect   = "Allow"
        Action   = ["glue:GetWorkflowRun", "glue:GetWorkflowRunProperties"]
        Resource = "${local.arn}:glue:${local.scope}:workflow/${local.workflow_name}"
      },
      {
        # It starts with its encryption settings, which have no ARN to name.
        Sid      = "ReadTheSecurityConfiguration"
        Effect   = "Allow"
        Action   = "glue:GetSecurityConfiguration"
        Resource = "*"
      },
      {
        Sid      = "WriteLogs"
        Effect   = "Allow"
        Action   = ["logs:AssociateKmsKey", "logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${local.arn}:logs:${local.scope}:log-group:/aws-glue/*"
      },
      {
        # CloudWatch metrics have no ARN; the namespace is the only fence there is.
        Sid       = "WriteMetrics"
        Effect    = "Allow"
        Action    = "cloudwatch:PutMetricData"
        Resource  = "*"
        Condition = { StringEquals = { "cloudwatch:namespace" = "Glue" } }
      },
      {
        # The key is named by its alias: its ARN is not known before it exists.
        Sid       = "UseTheKey"
        Effect    = "Allow"
        Action    = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"]
        Resource  = "${local.arn}:kms:${local.scope}:key/*"
        Condition = { "ForAnyValue:StringEquals" = { "kms:ResourceAliases" = var.kms_key_alias } }
      },
    ]
  })
}
