# The reference system in dev: where data arrives, models are trained, and each new one is tried at once. The environment
# decides names and wiring; what a thing is made of is in its module.
#
#   raw/incoming/ -> start-etl -> Glue workflow -> processed/housing/ -> start-training -> SageMaker pipeline
#                 -> registry, waiting for approval -> deploy-endpoint -> endpoint

locals {
  name  = "${var.project}-${var.environment}"
  model = "housing"

  repository = "${path.module}/../../.."
  packages   = coalesce(var.lambda_folder, "${local.repository}/dist/lambda")

  # Where the stages hand over to each other. The functions and the job know the same places.
  incoming     = "incoming/"
  quarantine   = "quarantine/"
  runs         = "runs/"
  code         = "code/"
  trained      = "training/"
  cleaned      = "${local.model}/"
  manifest_end = "/manifest.json"
}

module "key" {
  source = "../../modules/key"

  name        = local.name
  account_id  = var.account_id
  description = "Data, logs, images and volumes of ${local.name}"

  reader_accounts = var.reader_accounts
}

module "data_lake" {
  source = "../../modules/data-lake"

  name       = local.name
  account_id = var.account_id

  encryption = {
    algorithm   = "aws:kms"
    kms_key_arn = module.key.arn
  }

  retention       = var.retention
  reader_accounts = var.reader_accounts
}

module "code" {
  source = "../../modules/code"

  bucket   = module.data_lake.buckets.artifacts
  folder   = coalesce(var.code_folder, "${local.repository}/dist/code")
  expected = ["glue/clean_housing.py", "contracts/housing.odcs.yaml", "training/transform.py"]
}

module "identity" {
  source = "../../modules/identity"

  name                 = local.name
  environment          = var.environment
  account_id           = var.account_id
  github               = var.github
  create_oidc_provider = var.create_oidc_provider
  kms_key_alias        = module.key.alias
  models               = [local.model]

  service_roles = {
    start-etl                 = "lambda.amazonaws.com"
    start-training            = "lambda.amazonaws.com"
    deploy-endpoint           = "lambda.amazonaws.com"
    drift-monitor             = "lambda.amazonaws.com"
    "clean-${local.model}"    = "glue.amazonaws.com"
    "${local.model}-training" = "sagemaker.amazonaws.com"
  }

  # The key is the one in versions.tf, where no variable may stand.
  state = {
    bucket = var.state_bucket
    key    = "environments/${var.environment}/terraform.tfstate"
  }
}
