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
      Sid      = "SeeTheBoundary"
      Effect   = "Allow"
      Action   = ["iam:GetPolicy", "iam:GetPolicyVersion"]
      Resource = local.name_arns.boundary
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
  ]
}
