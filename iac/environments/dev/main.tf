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
}

module "data_lake" {
  source = "../../modules/data-lake"

  name       = local.name
  account_id = var.account_id

  encryption = {
    algorithm   = "aws:kms"
    kms_key_arn = module.key.arn
  }

  retention = var.retention
}

module "code" {
  source = "../../modules/code"

  bucket   = module.data_lake.buckets.artifacts
  folder   = coalesce(var.code_folder, "${local.repository}/dist/code")
  expected = ["glue/clean_housing.py", "contracts/housing.odcs.yaml", "training/transform.py"]
}
