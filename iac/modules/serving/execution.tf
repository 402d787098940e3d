# What SageMaker may do while it serves: read the model, write what it captured, look at the alarms of its own rollout.

resource "aws_iam_role" "execution" {
  name                 = "${local.endpoint_name}-serving"
  description          = "Serves ${local.endpoint_name}"
  permissions_boundary = var.permissions_boundary_arn

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "sagemaker.amazonaws.com" }
      Condition = { StringEquals = { "aws:SourceAccount" = var.account_id } }
    }]
  })
}

resource "aws_iam_role_policy" "execution" {
  name = "serving"
  role = aws_iam_role.execution.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "ReadTheModel"
        Effect   = "Allow"
        Action   = "s3:GetObject"
        Resource = [for release in local.pinned : "${local.arn}:s3:::${trimprefix(release.model_data.url, "s3://")}"]
      },
      {
        Sid      = "WriteWhatWasCaptured"
        Effect   = "Allow"
        Action   = "s3:PutObject"
        Resource = "${local.arn}:s3:::${var.capture.bucket}/${var.manifest.model}/*"
      },
      {
        Sid      = "PullTheImage"
        Effect   = "Allow"
        Action   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
        Resource = distinct([for image in local.images : "${local.arn}:ecr:${image.region}:${image.account}:repository/${image.repository}"])
      },
      {
        # ECR hands out one token for the whole registry: there is no resource to name.
        Sid      = "LogInToTheRegistry"
        Effect   = "Allow"
        Action   = "ecr:GetAuthorizationToken"
        Resource = "*"
      },
      {
        # The key is named by its alias: its ARN is not known before it exists.
        Sid       = "UseTheKey"
        Effect    = "Allow"
        Action    = ["kms:Decrypt", "kms:GenerateDataKey", "kms:CreateGrant", "kms:DescribeKey"]
        Resource  = "${local.arn}:kms:${local.region}:${var.account_id}:key/*"
        Condition = { "ForAnyValue:StringEquals" = { "kms:ResourceAliases" = var.kms_key_alias } }
      },
      {
        Sid      = "SeeTheAlarmsOfARollout"
        Effect   = "Allow"
        Action   = "cloudwatch:DescribeAlarms"
        Resource = "${local.arn}:cloudwatch:${local.region}:${var.account_id}:alarm:${local.endpoint_name}-*"
      },
      {
        Sid      = "WriteLogs"
        Effect   = "Allow"
        Action   = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
        Resource = "${local.arn}:logs:${local.region}:${var.account_id}:log-group:/aws/sagemaker/Endpoints/${local.endpoint_name}*"
      },
      {
        # CloudWatch metrics have no ARN; the namespace is the only fence there is.
        Sid       = "WriteMetrics"
        Effect    = "Allow"
        Action    = "cloudwatch:PutMetricData"
        Resource  = "*"
        Condition = { StringEquals = { "cloudwatch:namespace" = ["AWS/SageMaker", "/aws/sagemaker/Endpoints"] } }
      },
    ]
  })
}

locals {
  arn    = "arn:${data.aws_partition.current.partition}"
  region = data.aws_region.current.name

  images = [
    for release in local.pinned :
    regex("^(?P<account>[0-9]{12})\\.dkr\\.ecr\\.(?P<region>[a-z0-9-]+)\\.[^/]+/(?P<repository>[^@:]+)", release.image)
  ]
}
