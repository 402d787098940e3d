# From cleaned data to a registered model, and to an endpoint that tries it.

module "training" {
  source = "../../modules/training"

  name       = local.name
  model      = local.model
  account_id = var.account_id
  definition = file("${path.module}/${var.pipeline_definition}")
  image      = var.training_image

  parameters = {
    ArtifactsUri      = "s3://${module.data_lake.buckets.artifacts}"
    CodeSha256        = module.code.digests.training
    DeployFunctionArn = module.deploy_endpoint.arn
  }

  reads = [
    { bucket = module.data_lake.buckets.processed, prefix = local.cleaned },
    { bucket = module.data_lake.buckets.artifacts, prefix = local.code },
  ]
  writes          = { bucket = module.data_lake.buckets.artifacts, prefix = local.trained }
  function_arns   = [module.deploy_endpoint.arn]
  reader_accounts = var.reader_accounts

  kms_key_arn              = module.key.arn
  kms_key_alias            = module.key.alias
  permissions_boundary_arn = module.identity.permissions_boundary_arn
}

module "start_training" {
  source = "../../modules/functions"

  name            = "${local.name}-start-training"
  description     = "Checks a cleaned data set against its manifest, and starts the SageMaker pipeline for it"
  account_id      = var.account_id
  package         = { path = "${local.packages}/start-training.zip" }
  architecture    = var.architecture
  memory_mb       = 512
  timeout_seconds = 900

  # By name: the pipeline calls a function, and so cannot be waited for by one.
  environment = { PIPELINE_NAME = "${local.name}-${local.model}" }

  statements = [
    {
      sid       = "ReadTheDataSet"
      actions   = ["s3:GetObject", "s3:GetObjectVersion"]
      resources = ["${module.data_lake.bucket_arns.processed}/${local.cleaned}*"]
    },
    {
      sid       = "SayWhatIsWrongWithIt"
      actions   = ["s3:PutObject"]
      resources = ["${module.data_lake.bucket_arns.processed}/${local.cleaned}*/rejected.json"]
    },
    {
      # Without it S3 says "forbidden" where it means "not there".
      sid       = "TellMissingFromForbidden"
      actions   = ["s3:ListBucket"]
      resources = [module.data_lake.bucket_arns.processed]
    },
    {
      sid       = "StartThePipeline"
      actions   = ["sagemaker:StartPipelineExecution"]
      resources = [module.training.pipeline_arn]
    },
  ]

  kms_key_arn              = module.key.arn
  kms_key_alias            = module.key.alias
  permissions_boundary_arn = module.identity.permissions_boundary_arn
}

# Role and alarms of the endpoint; the endpoint itself is made by the function, for each version that was trained.
module "endpoint" {
  source = "../../modules/endpoint"

  name        = "${local.name}-${local.model}"
  account_id  = var.account_id
  model_data  = ["s3://${module.data_lake.buckets.artifacts}/${local.trained}*"]
  images      = [var.training_image]
  capture_uri = "s3://${module.data_lake.buckets.capture}/${local.model}"
  alarms      = var.deployment.alarms

  kms_key_alias            = module.key.alias
  permissions_boundary_arn = module.identity.permissions_boundary_arn
}

module "deploy_endpoint" {
  source = "../../modules/functions"

  name            = "${local.name}-deploy-endpoint"
  description     = "Puts a registered version into service in ${var.environment}"
  account_id      = var.account_id
  package         = { path = "${local.packages}/deploy-endpoint.zip" }
  architecture    = var.architecture
  timeout_seconds = 120

  environment = {
    ENDPOINT_NAME      = "${local.name}-${local.model}"
    EXECUTION_ROLE_ARN = module.endpoint.execution_role_arn
    KMS_KEY_ARN        = module.key.arn
    CAPTURE_URI        = "s3://${module.data_lake.buckets.capture}/${local.model}"
    DEPLOYMENT         = jsonencode(merge(var.deployment, { alarm_names = module.endpoint.alarm_names }))
  }

  statements = [
    {
      sid = "PutModelsIntoService"
      actions = [
        "sagemaker:AddTags",
        "sagemaker:CreateEndpoint",
        "sagemaker:CreateEndpointConfig",
        "sagemaker:CreateModel",
        "sagemaker:DescribeEndpoint",
        "sagemaker:DescribeEndpointConfig",
        "sagemaker:DescribeModel",
        "sagemaker:UpdateEndpoint",
      ]
      resources = [for kind in ["endpoint", "endpoint-config", "model"] : "${local.sagemaker}:${kind}/${local.name}-${local.model}*"]
    },
    {
      sid       = "ReadTheVersion"
      actions   = ["sagemaker:DescribeModelPackage"]
      resources = ["${local.sagemaker}:model-package/${local.model}/*"]
    },
    {
      sid        = "HandTheServingRoleToSageMaker"
      actions    = ["iam:PassRole"]
      resources  = [module.endpoint.execution_role_arn]
      conditions = { StringEquals = { "iam:PassedToService" = ["sagemaker.amazonaws.com"] } }
    },
    {
      # SageMaker asks for the key in the name of whoever creates the endpoint.
      sid       = "LendTheKeyToSageMaker"
      actions   = ["kms:CreateGrant", "kms:DescribeKey"]
      resources = ["arn:${data.aws_partition.current.partition}:kms:${var.region}:${var.account_id}:key/*"]
      conditions = {
        StringEquals               = { "kms:ViaService" = ["sagemaker.${var.region}.amazonaws.com"] }
        "ForAnyValue:StringEquals" = { "kms:ResourceAliases" = [module.key.alias] }
      }
    },
  ]

  kms_key_arn              = module.key.arn
  kms_key_alias            = module.key.alias
  permissions_boundary_arn = module.identity.permissions_boundary_arn
}

data "aws_partition" "current" {}

locals {
  sagemaker = "arn:${data.aws_partition.current.partition}:sagemaker:${var.region}:${var.account_id}"
}

# Whether it is asked what its model was trained for.
module "drift" {
  source = "../../modules/drift"

  name           = local.name
  account_id     = var.account_id
  endpoint_name  = "${local.name}-${local.model}"
  package        = { path = "${local.packages}/drift-monitor.zip" }
  architecture   = var.architecture
  model_packages = ["${local.sagemaker}:model-package/${local.model}/*"]
  baselines      = ["${module.data_lake.bucket_arns.artifacts}/${local.trained}*/evaluate/baseline/*"]
  capture        = { bucket = module.data_lake.buckets.capture, prefix = "${local.model}/" }
  reports        = { bucket = module.data_lake.buckets.artifacts, prefix = "drift/" }

  kms_key_arn              = module.key.arn
  kms_key_alias            = module.key.alias
  permissions_boundary_arn = module.identity.permissions_boundary_arn
}
