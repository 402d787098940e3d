# Applies what was judged. It reaches what begins with the system's name and nothing else, and what it may not do is as
# deliberate as what it may: it deletes no bucket, no repository and no endpoint; and it changes neither keys, nor the
# workflows' roles, nor the boundary. A change of those is applied by an administrator, as the first apply is.

resource "aws_iam_role" "apply" {
  name               = "${var.name}-apply"
  description        = "Applies ${var.name} from the environment ${var.environment}"
  assume_role_policy = local.trust["apply"]

  depends_on = [aws_iam_openid_connect_provider.github]
}

resource "aws_iam_role_policy" "apply" {
  name = "apply"
  role = aws_iam_role.apply.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(local.state_statements, local.approval_statements, [
      {
        Sid      = "WriteTheState"
        Effect   = "Allow"
        Action   = "s3:PutObject"
        Resource = local.name_arns.state
      },
      {
        Sid    = "ConfigureBuckets"
        Effect = "Allow"
        Action = [
          "s3:CreateBucket",
          "s3:PutBucketNotification",
          "s3:PutBucketOwnershipControls",
          "s3:PutBucketPolicy",
          "s3:PutBucketPublicAccessBlock",
          "s3:PutBucketTagging",
          "s3:PutBucketVersioning",
          "s3:PutEncryptionConfiguration",
          "s3:PutLifecycleConfiguration",
        ]
        Resource = local.name_arns.buckets
      },
      {
        Sid    = "ConfigureTheRepository"
        Effect = "Allow"
        Action = [
          "ecr:CreateRepository",
          "ecr:PutImageScanningConfiguration",
          "ecr:PutImageTagMutability",
          "ecr:PutLifecyclePolicy",
          "ecr:TagResource",
          "ecr:UntagResource",
        ]
        Resource = local.name_arns.repository
      },
      {
        # ECR and SageMaker ask for the key in the name of whoever creates the repository or the endpoint.
        Sid      = "LendTheKeyToServices"
        Effect   = "Allow"
        Action   = ["kms:CreateGrant", "kms:RetireGrant"]
        Resource = local.name_arns.keys
        Condition = {
          StringEquals               = { "kms:ViaService" = ["ecr.${local.region}.amazonaws.com", "sagemaker.${local.region}.amazonaws.com"] }
          "ForAnyValue:StringEquals" = { "kms:ResourceAliases" = var.kms_key_alias }
        }
      },
      {
        Sid      = "ConfigureAlarms"
        Effect   = "Allow"
        Action   = ["cloudwatch:DeleteAlarms", "cloudwatch:PutMetricAlarm", "cloudwatch:TagResource", "cloudwatch:UntagResource"]
        Resource = local.name_arns.alarms
      },
      {
        Sid    = "PutModelsIntoService"
        Effect = "Allow"
        Action = [
          "sagemaker:AddTags",
          "sagemaker:CreateEndpoint",
          "sagemaker:CreateEndpointConfig",
          "sagemaker:CreateModel",
          "sagemaker:DeleteEndpointConfig",
          "sagemaker:DeleteModel",
          "sagemaker:DeleteTags",
          "sagemaker:UpdateEndpoint",
        ]
        Resource = [local.name_arns.models, local.name_arns.configs, local.name_arns.endpoints]
      },
      {
        # Only roles that carry the boundary, so that no policy written here can exceed it.
        Sid       = "WriteRolesOfServices"
        Effect    = "Allow"
        Action    = ["iam:CreateRole", "iam:DeleteRolePolicy", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"]
        Resource  = local.written_role_arns
        Condition = { StringEquals = { "iam:PermissionsBoundary" = local.name_arns.boundary } }
      },
      {
        Sid      = "DescribeRolesOfServices"
        Effect   = "Allow"
        Action   = ["iam:TagRole", "iam:UntagRole", "iam:UpdateAssumeRolePolicy", "iam:UpdateRoleDescription"]
        Resource = local.written_role_arns
      },
      {
        Sid       = "HandServingRolesToSageMaker"
        Effect    = "Allow"
        Action    = "iam:PassRole"
        Resource  = local.serving_role_arns
        Condition = { StringEquals = { "iam:PassedToService" = "sagemaker.amazonaws.com" } }
      },
    ])
  })
}

# Of its own, because the inline policies of a role are together at most 10,240 characters long.
resource "aws_iam_policy" "services" {
  name        = "${var.name}-apply-services"
  description = "Changes the functions, queues, APIs, rules, jobs and pipelines of ${var.name}"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat([
      {
        Sid    = "ConfigureFunctions"
        Effect = "Allow"
        Action = [
          "lambda:AddPermission",
          "lambda:CreateFunction",
          "lambda:DeleteFunctionConcurrency",
          "lambda:DeleteFunctionEventInvokeConfig",
          "lambda:PutFunctionConcurrency",
          "lambda:PutFunctionEventInvokeConfig",
          "lambda:RemovePermission",
          "lambda:TagResource",
          "lambda:UntagResource",
          "lambda:UpdateFunctionCode",
          "lambda:UpdateFunctionConfiguration",
          "lambda:UpdateFunctionEventInvokeConfig",
        ]
        Resource = local.name_arns.functions
      },
      {
        Sid      = "ConfigureQueuesAndTopics"
        Effect   = "Allow"
        Action   = ["sqs:CreateQueue", "sqs:SetQueueAttributes", "sqs:TagQueue", "sqs:UntagQueue", "sns:CreateTopic", "sns:SetTopicAttributes", "sns:Subscribe", "sns:TagResource", "sns:Unsubscribe", "sns:UntagResource"]
        Resource = [local.name_arns.queues, local.name_arns.topics]
      },
      {
        Sid      = "ConfigureLogGroups"
        Effect   = "Allow"
        Action   = ["logs:AssociateKmsKey", "logs:CreateLogGroup", "logs:PutRetentionPolicy", "logs:TagResource", "logs:UntagResource"]
        Resource = local.log_group_arns
      },
      {
        # APIs have ids and no names, so this reaches every API of the account, and deletes none.
        Sid      = "ConfigureApis"
        Effect   = "Allow"
        Action   = ["apigateway:PATCH", "apigateway:POST", "apigateway:PUT"]
        Resource = [local.name_arns.apis, local.name_arns.api_tags]
      },
      {
        Sid      = "ConfigureRules"
        Effect   = "Allow"
        Action   = ["events:PutRule", "events:PutTargets", "events:RemoveTargets", "events:TagResource", "events:UntagResource"]
        Resource = local.name_arns.rules
      },
      {
        Sid      = "ConfigureJobs"
        Effect   = "Allow"
        Action   = ["glue:CreateJob", "glue:CreateTrigger", "glue:CreateWorkflow", "glue:TagResource", "glue:UntagResource", "glue:UpdateJob", "glue:UpdateTrigger", "glue:UpdateWorkflow"]
        Resource = local.glue_arns
      },
      {
        Sid      = "ConfigurePipelines"
        Effect   = "Allow"
        Action   = ["sagemaker:AddTags", "sagemaker:CreatePipeline", "sagemaker:DeleteTags", "sagemaker:UpdatePipeline"]
        Resource = local.name_arns.pipelines
      },
      {
        Sid      = "ConfigureTheDashboard"
        Effect   = "Allow"
        Action   = "cloudwatch:PutDashboard"
        Resource = local.name_arns.dashboards
      },
      {
        Sid      = "UploadCode"
        Effect   = "Allow"
        Action   = ["s3:DeleteObject", "s3:PutObject", "s3:PutObjectTagging"]
        Resource = "${local.arn}:s3:::${var.name}-artifacts-${var.account_id}/code/*"
      },
      ], [
      for service, arns in local.service_role_arns : {
        Sid       = "HandRolesTo${replace(title(replace(split(".", service)[0], "-", " ")), " ", "")}"
        Effect    = "Allow"
        Action    = "iam:PassRole"
        Resource  = arns
        Condition = { StringEquals = { "iam:PassedToService" = service } }
      }
    ])
  })
}

resource "aws_iam_role_policy_attachment" "apply" {
  for_each = { services = aws_iam_policy.services.arn, refresh = aws_iam_policy.refresh.arn }

  role       = aws_iam_role.apply.name
  policy_arn = each.value
}
