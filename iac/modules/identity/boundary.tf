# The most that any role made by `apply` can ever do, whatever policy it is given: a workflow that may write policies
# could otherwise write itself an administrator.

resource "aws_iam_policy" "boundary" {
  name        = "${var.name}-boundary"
  description = "The most that a role made by the apply workflow of ${var.name} can do"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(local.trained_statements, [
      {
        Sid      = "DataOfTheSystem"
        Effect   = "Allow"
        Action   = ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject*", "s3:PutObject", "s3:PutObjectTagging"]
        Resource = "${local.name_arns.buckets}/*"
      },
      {
        Sid      = "ListsOfTheSystem"
        Effect   = "Allow"
        Action   = "s3:ListBucket"
        Resource = local.name_arns.buckets
      },
      {
        Sid       = "KeyOfTheSystem"
        Effect    = "Allow"
        Action    = ["kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"]
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
        # None has a resource to name: one token for a registry, one stream of metrics and one of traces for an account.
        Sid    = "WithoutResource"
        Effect = "Allow"
        Action = [
          "cloudwatch:PutMetricData",
          "ecr:GetAuthorizationToken",
          "glue:GetSecurityConfiguration",
          "xray:PutTelemetryRecords",
          "xray:PutTraceSegments",
        ]
        Resource = "*"
      },
      {
        Sid      = "AlarmsOfTheSystem"
        Effect   = "Allow"
        Action   = "cloudwatch:DescribeAlarms"
        Resource = local.name_arns.alarms
      },
      {
        Sid    = "LogsOfTheSystem"
        Effect = "Allow"
        Action = ["logs:AssociateKmsKey", "logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
        Resource = [
          for group in ["/aws/sagemaker/*", "/aws-glue/*", "/aws/lambda/${var.name}-*"] :
          "${local.arn}:logs:${local.region}:${var.account_id}:log-group:${group}"
        ]
      },
      {
        Sid      = "LettersOfTheSystem"
        Effect   = "Allow"
        Action   = "sqs:SendMessage"
        Resource = local.name_arns.queues
      },
      {
        Sid      = "RunsOfTheSystem"
        Effect   = "Allow"
        Action   = ["glue:GetWorkflowRun", "glue:GetWorkflowRunProperties", "glue:GetWorkflowRuns", "glue:StartWorkflowRun", "lambda:InvokeFunction", "sagemaker:StartPipelineExecution"]
        Resource = concat(local.glue_arns, [local.name_arns.functions, local.name_arns.pipelines])
      },
      {
        # Training makes jobs and versions, a function in dev puts them into service, the API asks and describes.
        Sid    = "ModelsOfTheSystem"
        Effect = "Allow"
        Action = [
          "sagemaker:AddTags",
          "sagemaker:Create*",
          "sagemaker:Describe*",
          "sagemaker:InvokeEndpoint",
          "sagemaker:Stop*Job",
          "sagemaker:UpdateEndpoint",
        ]
        Resource = concat(
          [local.name_arns.models, local.name_arns.configs, local.name_arns.endpoints, local.name_arns.packages],
          [for kind in ["model-package-group/*", "processing-job/pipelines-*", "training-job/pipelines-*"] : "${local.arn}:sagemaker:${local.region}:${var.account_id}:${kind}"],
        )
      },
      {
        Sid       = "RolesForSageMaker"
        Effect    = "Allow"
        Action    = "iam:PassRole"
        Resource  = concat(local.serving_role_arns, lookup(local.service_role_arns, "sagemaker.amazonaws.com", []))
        Condition = { StringEquals = { "iam:PassedToService" = "sagemaker.amazonaws.com" } }
      },
    ])
  })
}
