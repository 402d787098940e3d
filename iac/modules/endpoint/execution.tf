# What SageMaker may do while it serves: read the model, write what it captured, look at the alarms of its own rollout.

resource "aws_iam_role" "execution" {
  name                 = "${var.name}-serving"
  description          = "Serves ${var.name}"
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
    Statement = concat(
      [
        {
          Sid      = "ReadTheModel"
          Effect   = "Allow"
          Action   = "s3:GetObject"
          Resource = [for uri in var.model_data : "${local.arn}:s3:::${trimprefix(uri, "s3://")}"]
        },
        {
          Sid      = "WriteWhatWasCaptured"
          Effect   = "Allow"
          Action   = "s3:PutObject"
          Resource = "${local.arn}:s3:::${trimprefix(var.capture_uri, "s3://")}/*"
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
          Resource  = "${local.arn}:kms:${local.scope}:key/*"
          Condition = { "ForAnyValue:StringEquals" = { "kms:ResourceAliases" = var.kms_key_alias } }
        },
        {
          Sid      = "SeeTheAlarmsOfARollout"
          Effect   = "Allow"
          Action   = "cloudwatch:DescribeAlarms"
          Resource = "${local.arn}:cloudwatch:${local.scope}:alarm:${var.name}-*"
        },
        {
          Sid      = "WriteLogs"
          Effect   = "Allow"
          Action   = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
          Resource = "${local.arn}:logs:${local.scope}:log-group:/aws/sagemaker/Endpoints/${var.name}*"
        },
        {
          # CloudWatch metrics have no ARN; the namespace is the only fence there is.
          Sid       = "WriteMetrics"
          Effect    = "Allow"
          Action    = "cloudwatch:PutMetricData"
          Resource  = "*"
          Condition = { StringEquals = { "cloudwatch:namespace" = ["AWS/SageMaker", "/aws/sagemaker/Endpoints"] } }
        },
      ],
      [
        # A model that was trained elsewhere is encrypted with a key from there: it is read with it, and nothing else.
        for source in var.model_data_keys : {
          Sid       = "ReadWhatWasTrainedWith${replace(title(replace(trimprefix(source.alias, "alias/"), "/[^A-Za-z0-9]/", " ")), " ", "")}"
          Effect    = "Allow"
          Action    = ["kms:Decrypt", "kms:DescribeKey"]
          Resource  = "${local.arn}:kms:${local.region}:${source.account_id}:key/*"
          Condition = { "ForAnyValue:StringEquals" = { "kms:ResourceAliases" = source.alias } }
        }
      ],
    )
  })
}
