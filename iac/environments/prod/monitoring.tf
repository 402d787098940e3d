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

  functions          = { for predict_api in module.predict_api : "predict-api" => predict_api.name }
  dead_letter_queues = { for predict_api in module.predict_api : "predict-api" => predict_api.dead_letter_queue_name }
  apis               = { for api in module.api : "predict" => api.id }

  kms_key_arn = module.key.arn
}
