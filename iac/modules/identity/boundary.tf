# The most that any role made by `apply` can ever do, whatever policy it is given: a workflow that may write policies
# could otherwise write itself an administrator.

resource "aws_iam_policy" "boundary" {
  name        = "${var.name}-boundary"
  description = "The most that a role made by the apply workflow of ${var.name} can do"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "DataOfTheSystem"
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:PutObject"]
        Resource = "${local.name_arns.buckets}/*"
      },
      {
        Sid       = "KeyOfTheSystem"
        Effect    = "Allow"
        Action    = ["kms:Decrypt", "kms:GenerateDataKey", "kms:CreateGrant", "kms:DescribeKey"]
        Resource  = local.name_arns.keys
        Condition = { "ForAnyValue:StringEquals" = { "kms:ResourceAliases" = var.kms_key_alias } }
      },
      {
        Sid      = "Images"
        Effect   = "Allow"
        Action   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
        Resource = "${local.arn}:ecr:*:*:repository/*"
      },
      {
        # Neither has a resource to name: one token for a registry, one stream of metrics for an account.
        Sid      = "WithoutResource"
        Effect   = "Allow"
        Action   = ["ecr:GetAuthorizationToken", "cloudwatch:PutMetricData"]
        Resource = "*"
      },
      {
        Sid      = "AlarmsOfTheSystem"
        Effect   = "Allow"
        Action   = "cloudwatch:DescribeAlarms"
        Resource = local.name_arns.alarms
      },
      {
        Sid      = "LogsOfTheSystem"
        Effect   = "Allow"
        Action   = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
        Resource = "${local.arn}:logs:${local.region}:${var.account_id}:log-group:/aws/sagemaker/*"
      },
    ]
  })
}
