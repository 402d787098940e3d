# What Terraform asks to compare the world with its state: settings of things, never what is in them. The actions are
# those that the provider was seen to call.

locals {
  refresh_statements = [
    {
      Sid    = "SeeBuckets"
      Effect = "Allow"
      Action = [
        "s3:GetAccelerateConfiguration",
        "s3:GetBucketAcl",
        "s3:GetBucketCORS",
        "s3:GetBucketLogging",
        "s3:GetBucketNotification",
        "s3:GetBucketObjectLockConfiguration",
        "s3:GetBucketOwnershipControls",
        "s3:GetBucketPolicy",
        "s3:GetBucketPublicAccessBlock",
        "s3:GetBucketRequestPayment",
        "s3:GetBucketTagging",
        "s3:GetBucketVersioning",
        "s3:GetBucketWebsite",
        "s3:GetEncryptionConfiguration",
        "s3:GetLifecycleConfiguration",
        "s3:GetReplicationConfiguration",
        "s3:ListBucket",
      ]
      Resource = local.name_arns.buckets
    },
    {
      Sid      = "SeeTheRepository"
      Effect   = "Allow"
      Action   = ["ecr:DescribeRepositories", "ecr:GetLifecyclePolicy", "ecr:ListTagsForResource"]
      Resource = local.name_arns.repository
    },
    {
      Sid      = "SeeKeys"
      Effect   = "Allow"
      Action   = ["kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListResourceTags"]
      Resource = local.name_arns.keys
    },
    {
      # KMS lists the aliases of the whole account, or none.
      Sid      = "FindTheAlias"
      Effect   = "Allow"
      Action   = "kms:ListAliases"
      Resource = "*"
    },
    {
      Sid      = "SeeRoles"
      Effect   = "Allow"
      Action   = ["iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies"]
      Resource = local.name_arns.roles
    },
    {
      Sid      = "SeePolicies"
      Effect   = "Allow"
      Action   = ["iam:GetPolicy", "iam:GetPolicyVersion"]
      Resource = "${local.arn}:iam::${var.account_id}:policy/${var.name}-*"
    },
    {
      Sid      = "SeeTheIdentityProvider"
      Effect   = "Allow"
      Action   = "iam:GetOpenIDConnectProvider"
      Resource = local.provider_arn
    },
    {
      Sid      = "SeeAlarms"
      Effect   = "Allow"
      Action   = ["cloudwatch:DescribeAlarms", "cloudwatch:ListTagsForResource"]
      Resource = local.name_arns.alarms
    },
    {
      Sid    = "SeeServing"
      Effect = "Allow"
      Action = [
        "sagemaker:DescribeEndpoint",
        "sagemaker:DescribeEndpointConfig",
        "sagemaker:DescribeModel",
        "sagemaker:ListTags",
      ]
      Resource = [local.name_arns.models, local.name_arns.configs, local.name_arns.endpoints]
    },
    {
      Sid    = "SeeFunctions"
      Effect = "Allow"
      Action = [
        "lambda:GetFunction",
        "lambda:GetFunctionCodeSigningConfig",
        "lambda:GetFunctionEventInvokeConfig",
        "lambda:GetPolicy",
        "lambda:ListVersionsByFunction",
      ]
      Resource = local.name_arns.functions
    },
    {
      Sid      = "SeeQueuesTopicsAndRules"
      Effect   = "Allow"
      Action   = ["sqs:GetQueueAttributes", "sqs:ListQueueTags", "sns:GetSubscriptionAttributes", "sns:GetTopicAttributes", "sns:ListTagsForResource", "events:DescribeRule", "events:ListTagsForResource", "events:ListTargetsByRule"]
      Resource = [local.name_arns.queues, local.name_arns.topics, local.name_arns.rules]
    },
    {
      # Log groups are listed for the whole account, or not at all.
      Sid      = "FindLogGroups"
      Effect   = "Allow"
      Action   = ["logs:DescribeLogGroups", "logs:ListTagsForResource"]
      Resource = "${local.arn}:logs:${local.region}:${var.account_id}:log-group:*"
    },
    {
      Sid      = "SeeApis"
      Effect   = "Allow"
      Action   = "apigateway:GET"
      Resource = local.name_arns.apis
    },
    {
      Sid      = "SeeJobs"
      Effect   = "Allow"
      Action   = ["glue:GetJob", "glue:GetTags", "glue:GetTrigger", "glue:GetWorkflow"]
      Resource = local.glue_arns
    },
    {
      # Glue's encryption settings have no ARN.
      Sid      = "SeeSecurityConfigurations"
      Effect   = "Allow"
      Action   = "glue:GetSecurityConfiguration"
      Resource = "*"
    },
    {
      Sid      = "SeePipelinesAndGroups"
      Effect   = "Allow"
      Action   = ["sagemaker:DescribeModelPackageGroup", "sagemaker:DescribePipeline", "sagemaker:ListTags"]
      Resource = [local.name_arns.pipelines, "${local.arn}:sagemaker:${local.region}:${var.account_id}:model-package-group/*"]
    },
    {
      Sid      = "SeeTheDashboard"
      Effect   = "Allow"
      Action   = "cloudwatch:GetDashboard"
      Resource = local.name_arns.dashboards
    },
    {
      Sid      = "SeeUploadedCode"
      Effect   = "Allow"
      Action   = ["s3:GetObject", "s3:GetObjectTagging"]
      Resource = "${local.arn}:s3:::${var.name}-artifacts-${var.account_id}/code/*"
    },
  ]
}
