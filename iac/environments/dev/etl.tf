# From a delivered file to data that training reads.

locals {
  # Spark imports from a zip, a Python shell installs a wheel.
  library_end = var.engine.type == "spark" ? ".zip" : ".whl"
}

module "etl" {
  source = "../../modules/etl"

  name       = local.name
  dataset    = local.model
  account_id = var.account_id
  engine     = var.engine

  script_uri = "${module.code.uri}/glue/clean_housing.py"
  libraries  = [for file in module.code.files : "${module.code.uri}/${file}" if startswith(file, "glue/") && endswith(file, local.library_end)]
  arguments  = { "--CONTRACT_URI" = "${module.code.uri}/contracts/housing.odcs.yaml" }

  input  = { bucket = module.data_lake.buckets.raw, prefix = local.incoming }
  output = { bucket = module.data_lake.buckets.processed, prefix = local.cleaned }
  code   = { bucket = module.data_lake.buckets.artifacts, prefix = local.code }

  kms_key_arn              = module.key.arn
  kms_key_alias            = module.key.alias
  permissions_boundary_arn = module.identity.permissions_boundary_arn
}

module "start_etl" {
  source = "../../modules/functions"

  name            = "${local.name}-start-etl"
  description     = "Checks a delivered file against the data contract, and starts the Glue workflow for it or puts it aside"
  account_id      = var.account_id
  package         = { path = "${local.packages}/start-etl.zip" }
  architecture    = var.architecture
  memory_mb       = 512
  timeout_seconds = 900 # a file of 5 GB is read from its first byte to its last

  environment = {
    WORKFLOW_NAME    = module.etl.workflow_name
    ARTIFACTS_BUCKET = module.data_lake.buckets.artifacts
    PROCESSED_BUCKET = module.data_lake.buckets.processed
  }

  statements = [
    {
      sid       = "ReadWhatWasDelivered"
      actions   = ["s3:GetObject", "s3:GetObjectTagging", "s3:GetObjectVersion", "s3:GetObjectVersionTagging"]
      resources = ["${module.data_lake.bucket_arns.raw}/${local.incoming}*"]
    },
    {
      sid       = "PutAsideWhatIsNotTheContracts"
      actions   = ["s3:GetObject", "s3:PutObject", "s3:PutObjectTagging"]
      resources = ["${module.data_lake.bucket_arns.raw}/${local.quarantine}*"]
    },
    {
      sid       = "RememberWhatWasStarted"
      actions   = ["s3:GetObject", "s3:PutObject"]
      resources = ["${module.data_lake.bucket_arns.artifacts}/${local.runs}etl/*"]
    },
    {
      # Without it S3 says "forbidden" where it means "not there".
      sid       = "TellMissingFromForbidden"
      actions   = ["s3:ListBucket"]
      resources = [module.data_lake.bucket_arns.raw, module.data_lake.bucket_arns.artifacts]
    },
    {
      sid       = "StartTheWorkflow"
      actions   = ["glue:GetWorkflowRun", "glue:GetWorkflowRuns", "glue:StartWorkflowRun"]
      resources = [module.etl.workflow_arn]
    },
  ]

  kms_key_arn              = module.key.arn
  kms_key_alias            = module.key.alias
  permissions_boundary_arn = module.identity.permissions_boundary_arn
}

module "events" {
  source = "../../modules/events"

  name       = local.name
  account_id = var.account_id

  rules = {
    delivered = {
      description = "A file was delivered: clean it"
      bucket      = module.data_lake.buckets.raw
      prefix      = local.incoming
    }
    cleaned = {
      description = "A data set is complete: train on it"
      bucket      = module.data_lake.buckets.processed
      prefix      = local.cleaned
      suffix      = local.manifest_end
    }
  }

  functions = {
    delivered = { name = module.start_etl.name, arn = module.start_etl.arn }
    cleaned   = { name = module.start_training.name, arn = module.start_training.arn }
  }
}
