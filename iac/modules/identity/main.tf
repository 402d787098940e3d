# Who the workflows are in AWS. GitHub signs a token for each job, AWS trades it for a role, and no key is kept anywhere.
# One role for each kind of job, each with its own file: what it may do, and which jobs may take it.

data "aws_partition" "current" {}
data "aws_region" "current" {}

# GitHub's certificates are checked by AWS itself: no thumbprints to keep current.
resource "aws_iam_openid_connect_provider" "github" {
  count = var.create_oidc_provider ? 1 : 0

  url            = "https://${local.issuer}"
  client_id_list = [local.audience]
}

locals {
  arn    = "arn:${data.aws_partition.current.partition}"
  region = data.aws_region.current.name

  issuer   = "token.actions.githubusercontent.com"
  audience = "sts.amazonaws.com"

  # By name, because an account has one such provider: so trust policies are known before it exists.
  provider_arn = "${local.arn}:iam::${var.account_id}:oidc-provider/${local.issuer}"

  # GitHub says who a job is in two forms: by names, and, for repositories made or renamed since July 2026, by names with
  # ids that nobody can take over. A repository has one of them, and which one is seen only in its tokens.
  repositories = [
    "repo:${var.github.owner}/${var.github.repository}",
    "repo:${var.github.owner}@${var.github.owner_id}/${var.github.repository}@${var.github.repository_id}",
  ]

  # Which jobs take which role. Whole subjects, without wildcards.
  jobs = {
    plan           = ["pull_request", "ref:refs/heads/${var.github.branch}"]
    model-approval = ["pull_request", "ref:refs/heads/${var.github.branch}", "environment:${var.environment}"]
    model-promote  = ["ref:refs/heads/${var.github.branch}", "environment:${var.environment}"]
    image-push     = ["ref:refs/heads/${var.github.branch}"]
    eks-rollout    = ["environment:${var.environment}"]
    apply          = ["environment:${var.environment}"]
  }

  trust = {
    for role, jobs in local.jobs : role => jsonencode({
      Version = "2012-10-17"
      Statement = [{
        Effect    = "Allow"
        Action    = "sts:AssumeRoleWithWebIdentity"
        Principal = { Federated = local.provider_arn }
        Condition = {
          StringEquals = {
            "${local.issuer}:aud" = local.audience
            "${local.issuer}:sub" = [for subject in setproduct(local.repositories, jobs) : join(":", subject)]
          }
        }
      }]
    })
  }

  # What the roles are about, by name: names are known before the things exist, so a plan shows every policy in full.
  name_arns = {
    state      = "${local.arn}:s3:::${var.state.bucket}/${var.state.key}"
    state_lock = "${local.arn}:s3:::${var.state.bucket}/${var.state.key}.tflock"
    buckets    = "${local.arn}:s3:::${var.name}-*"
    repository = "${local.arn}:ecr:${local.region}:${var.account_id}:repository/${var.name}-*"
    keys       = "${local.arn}:kms:${local.region}:${var.account_id}:key/*"
    alarms     = "${local.arn}:cloudwatch:${local.region}:${var.account_id}:alarm:${var.name}-*"
    models     = "${local.arn}:sagemaker:${local.region}:${var.account_id}:model/${var.name}-*"
    configs    = "${local.arn}:sagemaker:${local.region}:${var.account_id}:endpoint-config/${var.name}-*"
    endpoints  = "${local.arn}:sagemaker:${local.region}:${var.account_id}:endpoint/${var.name}-*"
    packages   = "${local.arn}:sagemaker:${local.region}:${var.account_id}:model-package/*/*"
    functions  = "${local.arn}:lambda:${local.region}:${var.account_id}:function:${var.name}-*"
    queues     = "${local.arn}:sqs:${local.region}:${var.account_id}:${var.name}-*"
    topics     = "${local.arn}:sns:${local.region}:${var.account_id}:${var.name}-*"
    rules      = "${local.arn}:events:${local.region}:${var.account_id}:rule/${var.name}-*"
    pipelines  = "${local.arn}:sagemaker:${local.region}:${var.account_id}:pipeline/${var.name}-*"
    dashboards = "${local.arn}:cloudwatch::${var.account_id}:dashboard/${var.name}"
    apis       = "${local.arn}:apigateway:${local.region}::/apis*"
    api_tags   = "${local.arn}:apigateway:${local.region}::/tags/*"
    cluster    = "${local.arn}:eks:${local.region}:${var.account_id}:cluster/${var.name}"
    roles      = "${local.arn}:iam::${var.account_id}:role/${var.name}-*"
    boundary   = "${local.arn}:iam::${var.account_id}:policy/${var.name}-boundary"
  }

  log_group_arns = [
    for beginning in ["/aws/lambda/${var.name}-", "/aws/apigateway/${var.name}-"] :
    "${local.arn}:logs:${local.region}:${var.account_id}:log-group:${beginning}*"
  ]

  glue_arns = [
    for kind in ["job", "trigger", "workflow"] : "${local.arn}:glue:${local.region}:${var.account_id}:${kind}/${var.name}-*"
  ]

  # The other roles that services take, by service, and named one by one as well.
  service_role_arns = {
    for service in distinct(values(var.service_roles)) :
    service => [for role, taker in var.service_roles : "${local.arn}:iam::${var.account_id}:role/${var.name}-${role}" if taker == service]
  }
  written_role_arns = concat(local.serving_role_arns, flatten(values(local.service_role_arns)))

  # Models that another environment trained are in its buckets, encrypted with its key.
  trained = var.trained_elsewhere == null ? [] : [var.trained_elsewhere]

  trained_statements = flatten([
    for source in local.trained : [
      {
        Sid      = "ReadWhatWasTrainedElsewhere"
        Effect   = "Allow"
        Action   = "s3:GetObject"
        Resource = "${local.arn}:s3:::${source.name}-artifacts-${source.account_id}/*"
      },
      {
        Sid       = "WithItsKey"
        Effect    = "Allow"
        Action    = ["kms:Decrypt", "kms:DescribeKey"]
        Resource  = "${local.arn}:kms:${local.region}:${source.account_id}:key/*"
        Condition = { "ForAnyValue:StringEquals" = { "kms:ResourceAliases" = "alias/${source.name}" } }
      },
    ]
  ])

  # The roles that SageMaker takes, named one by one: iac/modules/serving names them so.
  serving_role_arns = [for model in var.models : "${local.arn}:iam::${var.account_id}:role/${var.name}-${model}-serving"]
}
