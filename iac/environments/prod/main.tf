# The reference system in prod: it serves what `models/housing/prod.yaml` pins. The environment decides names and wiring;
# what a thing is made of is in its module. The API is in api.tf, what runs on Kubernetes in cluster.tf.

locals {
  name     = "${var.project}-${var.environment}"
  manifest = yamldecode(file("${path.module}/../../../models/housing/${var.environment}.yaml"))

  # Functions, by the ends of their roles' names.
  function_roles = merge(
    var.api == null ? {} : { predict-api = "lambda.amazonaws.com" },
    var.drift == null ? {} : { drift-monitor = "lambda.amazonaws.com" },
  )

  # Where models are trained: they stay in that environment's bucket, and are served from there.
  trained = { name = "${var.project}-${var.training.environment}", account_id = coalesce(var.training.account_id, var.account_id) }
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

module "registry" {
  source = "../../modules/registry"

  name        = "${local.name}-frontend"
  kms_key_arn = module.key.arn
}

module "identity" {
  source = "../../modules/identity"

  name                 = local.name
  environment          = var.environment
  account_id           = var.account_id
  github               = var.github
  create_oidc_provider = var.create_oidc_provider
  kms_key_alias        = module.key.alias
  models               = [local.manifest.model]
  service_roles        = local.function_roles
  trained_elsewhere    = local.trained

  # The key is the one in versions.tf, where no variable may stand.
  state = {
    bucket = var.state_bucket
    key    = "environments/${var.environment}/terraform.tfstate"
  }
}

module "serving" {
  source = "../../modules/serving"

  name                     = local.name
  environment              = var.environment
  account_id               = var.account_id
  manifest                 = local.manifest
  kms_key_arn              = module.key.arn
  kms_key_alias            = module.key.alias
  permissions_boundary_arn = module.identity.permissions_boundary_arn

  # The key of the environment in which the model was trained, and its alarm on wrong answers.
  model_data_keys = [{ account_id = local.trained.account_id, alias = "alias/${local.trained.name}" }]
  predictions     = local.predictions

  capture = {
    bucket = module.data_lake.buckets.capture
  }
}
