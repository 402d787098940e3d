# Who is told when something is wrong. Off where `monitoring` is null; the alarms that end a rollout are always there.

module "monitoring" {
  source = "../../modules/monitoring"
  count  = var.monitoring == null ? 0 : 1

  name               = local.name
  account_id         = var.account_id
  emails             = var.monitoring.emails
  dashboard          = var.monitoring.dashboard
  monthly_budget_usd = var.monitoring.monthly_budget_usd
  budget_tags        = { project = var.project, environment = var.environment }
  endpoints          = [local.endpoint_name]

  functions = merge(
    { for predict_api in module.predict_api : "predict-api" => predict_api.name },
    # by name: the function's alarm tells the topic, which is here
    var.drift == null ? {} : { drift-monitor = "${local.name}-drift-monitor" },
  )
  dead_letter_queues = merge(
    { for predict_api in module.predict_api : "predict-api" => predict_api.dead_letter_queue_name },
    var.drift == null ? {} : { drift-monitor = "${local.name}-drift-monitor-dead-letters" },
  )
  apis = { for api in module.api : "predict" => api.id }

  kms_key_arn = module.key.arn
}

# Whether the endpoint is asked what its model was approved on. Its baseline stays where the model was trained. Off where `drift` is null.
module "drift" {
  source = "../../modules/drift"
  count  = var.drift == null ? 0 : 1

  name           = local.name
  account_id     = var.account_id
  endpoint_name  = local.endpoint_name
  package        = { path = "${coalesce(var.drift.lambda_folder, local.packages)}/drift-monitor.zip" }
  architecture   = var.drift.architecture
  schedule       = var.drift.schedule
  model_packages = values(module.serving.model_packages)
  baselines      = ["${local.artifacts}/training/*/evaluate/baseline/*"]
  baseline_keys  = [{ account_id = local.trained.account_id, alias = "alias/${local.trained.name}" }]
  capture        = { bucket = module.data_lake.buckets.capture, prefix = "${local.manifest.model}/" }
  reports        = { bucket = module.data_lake.buckets.artifacts, prefix = "drift/" }
  topic_arn      = one(module.monitoring[*].topic_arn)

  kms_key_arn              = module.key.arn
  kms_key_alias            = module.key.alias
  permissions_boundary_arn = module.identity.permissions_boundary_arn
}
