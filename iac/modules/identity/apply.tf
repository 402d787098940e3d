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
    Statement = concat(local.state_statements, local.refresh_statements, local.approval_statements, [
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
        Sid       = "WriteServingRoles"
        Effect    = "Allow"
        Action    = ["iam:CreateRole", "iam:DeleteRolePolicy", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"]
        Resource  = local.serving_role_arns
        Condition = { StringEquals = { "iam:PermissionsBoundary" = local.name_arns.boundary } }
      },
      {
        Sid      = "DescribeServingRoles"
        Effect   = "Allow"
        Action   = ["iam:TagRole", "iam:UntagRole", "iam:UpdateAssumeRolePolicy", "iam:UpdateRoleDescription"]
        Resource = local.serving_role_arns
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
