# What an execution of the pipeline may do, and its jobs with it: start jobs of its own, read data and code, write what was
# trained, register it. It cannot approve: that is no part of training.

locals {
  role_name = "${local.pipeline_name}-training"
  role_arn  = "${local.arn}:iam::${var.account_id}:role/${local.role_name}"

  image = regex("^(?P<account>[0-9]{12})\\.dkr\\.ecr\\.(?P<region>[a-z0-9-]+)\\.[^/]+/(?P<repository>[^@:]+)", var.image)
}

resource "aws_iam_role" "execution" {
  name                 = local.role_name
  description          = "Runs the pipeline ${local.pipeline_name} and its jobs"
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
  name = "training"
  role = aws_iam_role.execution.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [
        {
          # A pipeline names its jobs after itself.
          Sid    = "RunJobs"
          Effect = "Allow"
          Action = [
            "sagemaker:AddTags",
            "sagemaker:CreateProcessingJob",
            "sagemaker:CreateTrainingJob",
            "sagemaker:DescribeProcessingJob",
            "sagemaker:DescribeTrainingJob",
            "sagemaker:StopProcessingJob",
            "sagemaker:StopTrainingJob",
          ]
          Resource = [for kind in ["processing-job", "training-job"] : "${local.arn}:sagemaker:${local.scope}:${kind}/pipelines-*"]
        },
        {
          Sid       = "HandItselfToItsJobs"
          Effect    = "Allow"
          Action    = "iam:PassRole"
          Resource  = local.role_arn
          Condition = { StringEquals = { "iam:PassedToService" = "sagemaker.amazonaws.com" } }
        },
        {
          Sid      = "RegisterModels"
          Effect   = "Allow"
          Action   = ["sagemaker:AddTags", "sagemaker:CreateModelPackage", "sagemaker:DescribeModelPackage", "sagemaker:DescribeModelPackageGroup"]
          Resource = [local.group_arn, "${local.arn}:sagemaker:${local.scope}:model-package/${var.model}/*"]
        },
        {
          Sid      = "ReadDataAndCode"
          Effect   = "Allow"
          Action   = "s3:GetObject"
          Resource = [for place in var.reads : "${local.arn}:s3:::${place.bucket}/${place.prefix}*"]
        },
        {
          Sid      = "WriteWhatWasTrained"
          Effect   = "Allow"
          Action   = ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"]
          Resource = "${local.arn}:s3:::${var.writes.bucket}/${var.writes.prefix}*"
        },
        {
          # A job names a folder, and SageMaker lists what is in it.
          Sid       = "ListFolders"
          Effect    = "Allow"
          Action    = "s3:ListBucket"
          Resource  = distinct([for place in concat(var.reads, [var.writes]) : "${local.arn}:s3:::${place.bucket}"])
          Condition = { StringLike = { "s3:prefix" = distinct([for place in concat(var.reads, [var.writes]) : "${place.prefix}*"]) } }
        },
        {
          Sid      = "PullTheImage"
          Effect   = "Allow"
          Action   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
          Resource = "${local.arn}:ecr:${local.image.region}:${local.image.account}:repository/${local.image.repository}"
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
          Action    = ["kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"]
          Resource  = "${local.arn}:kms:${local.scope}:key/*"
          Condition = { "ForAnyValue:StringEquals" = { "kms:ResourceAliases" = var.kms_key_alias } }
        },
        {
          Sid      = "WriteLogs"
          Effect   = "Allow"
          Action   = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
          Resource = "${local.arn}:logs:${local.scope}:log-group:/aws/sagemaker/*"
        },
        {
          # CloudWatch metrics have no ARN; the namespace is the only fence there is.
          Sid       = "WriteMetrics"
          Effect    = "Allow"
          Action    = "cloudwatch:PutMetricData"
          Resource  = "*"
          Condition = { StringEquals = { "cloudwatch:namespace" = ["/aws/sagemaker/ProcessingJobs", "/aws/sagemaker/TrainingJobs"] } }
        },
      ],
      [
        for functions in length(var.function_arns) == 0 ? [] : [var.function_arns] : {
          Sid      = "CallTheLastStep"
          Effect   = "Allow"
          Action   = "lambda:InvokeFunction"
          Resource = functions
        }
      ],
    )
  })
}
