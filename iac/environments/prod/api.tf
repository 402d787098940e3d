# The REST API: HTTP API -> predict-api -> endpoint. Off where `api` is null; then the endpoint is called by AWS's own API only.

locals {
  packages = coalesce(try(var.api.lambda_folder, null), "${path.module}/../../../dist/lambda")
}

module "predict_api" {
  source = "../../modules/functions"
  count  = var.api == null ? 0 : 1

  name                 = "${local.name}-predict-api"
  description          = "Answers the REST API: checks requests against the data contract, and asks the endpoint"
  account_id           = var.account_id
  package              = { path = "${local.packages}/predict-api.zip" }
  architecture         = var.api.architecture
  memory_mb            = 512
  timeout_seconds      = 10
  reserved_concurrency = var.api.reserved_concurrency

  # A caller waits for the answer: what failed is answered, and not tried again.
  asynchronous = { retries = 0, maximum_age_seconds = 60 }

  # By name: the function need not wait until the endpoint is in service.
  environment = { ENDPOINT_NAME = local.endpoint_name }

  statements = [
    {
      sid       = "AskTheModel"
      actions   = ["sagemaker:InvokeEndpoint"]
      resources = [local.endpoint_arn]
    },
    {
      sid     = "SeeWhatServes"
      actions = ["sagemaker:DescribeEndpoint", "sagemaker:DescribeEndpointConfig", "sagemaker:DescribeModel"]
      resources = [
        local.endpoint_arn,
        "${local.sagemaker}:endpoint-config/${local.name}-*",
        "${local.sagemaker}:model/${local.name}-*",
      ]
    },
    {
      sid       = "SeeItsApprovalAndMetrics"
      actions   = ["sagemaker:DescribeModelPackage"]
      resources = values(module.serving.model_packages)
    },
    {
      sid       = "ReadHowItWasEvaluated"
      actions   = ["s3:GetObject"]
      resources = ["${local.artifacts}/training/*/evaluate/evaluation/*"]
    },
    {
      sid       = "DecryptWhereItWasTrained"
      actions   = ["kms:Decrypt"]
      resources = ["arn:${data.aws_partition.current.partition}:kms:${var.region}:${local.trained.account_id}:key/*"]
      conditions = {
        "ForAnyValue:StringEquals" = { "kms:ResourceAliases" = ["alias/${local.trained.name}"] }
      }
    },
  ]

  kms_key_arn              = module.key.arn
  kms_key_alias            = module.key.alias
  permissions_boundary_arn = module.identity.permissions_boundary_arn
}

module "api" {
  source = "../../modules/api"
  count  = var.api == null ? 0 : 1

  name        = "${local.name}-predict"
  description = "Predictions of the model ${local.manifest.model}"
  function    = { name = module.predict_api[0].name, arn = module.predict_api[0].arn }

  routes = {
    "POST /predict"     = var.api.predictions
    "GET /health"       = {}
    "GET /model"        = {}
    "GET /districts"    = {}
    "GET /openapi.json" = {}
  }

  jwt          = var.api.jwt
  open_routes  = ["GET /health", "GET /openapi.json"]
  cors_origins = var.api.cors_origins
  kms_key_arn  = module.key.arn
}

data "aws_partition" "current" {}

locals {
  sagemaker     = "arn:${data.aws_partition.current.partition}:sagemaker:${var.region}:${var.account_id}"
  artifacts     = "arn:${data.aws_partition.current.partition}:s3:::${local.trained.name}-artifacts-${local.trained.account_id}"
  endpoint_name = "${local.name}-${local.manifest.model}"
  endpoint_arn  = "${local.sagemaker}:endpoint/${local.endpoint_name}"

  # predict-api reports each prediction in US dollars; `function` is the dimension that it reports under.
  predictions = var.api == null ? null : merge(var.api.plausible, {
    namespace   = "Towpath"
    metric_name = "PredictedValue"
    dimensions  = { function = "${local.name}-predict-api" }
  })
}
