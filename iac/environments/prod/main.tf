# The reference system in prod. The environment decides names and wiring; what a thing is made of is in its module.

locals {
  name      = "${var.project}-${var.environment}"
  key_alias = "alias/${local.name}"
  manifest  = yamldecode(file("${path.module}/../../../models/housing/${var.environment}.yaml"))
}

# One key for data, images and volumes. Who may use it is said in IAM, by its alias.
resource "aws_kms_key" "this" {
  description             = "Data, images and volumes of ${local.name}"
  enable_key_rotation     = true
  deletion_window_in_days = 30

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_kms_alias" "this" {
  name          = local.key_alias
  target_key_id = aws_kms_key.this.key_id
}

module "data_lake" {
  source = "../../modules/data-lake"

  name       = local.name
  account_id = var.account_id

  encryption = {
    algorithm   = "aws:kms"
    kms_key_arn = aws_kms_key.this.arn
  }

  retention = var.retention
}

module "registry" {
  source = "../../modules/registry"

  name        = "${local.name}-frontend"
  kms_key_arn = aws_kms_key.this.arn
}

module "identity" {
  source = "../../modules/identity"

  name                 = local.name
  environment          = var.environment
  account_id           = var.account_id
  github               = var.github
  create_oidc_provider = var.create_oidc_provider
  kms_key_alias        = local.key_alias
  models               = [local.manifest.model]

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
  kms_key_arn              = aws_kms_key.this.arn
  kms_key_alias            = local.key_alias
  permissions_boundary_arn = module.identity.permissions_boundary_arn

  capture = {
    bucket = module.data_lake.buckets.capture
  }
}
