output "buckets" {
  description = "Buckets of the data lake, by what they hold. A CSV put under `incoming/` in `raw` starts it all."
  value       = module.data_lake.buckets
}

output "workflow_name" {
  description = "Glue workflow that cleans a delivered file."
  value       = module.etl.workflow_name
}

output "pipeline_name" {
  description = "SageMaker pipeline that trains on a cleaned data set."
  value       = module.training.pipeline_name
}

output "model_package_group_name" {
  description = "Group of the registry in which new versions wait for their approval."
  value       = module.training.model_package_group_name
}

output "endpoint_name" {
  description = "Endpoint on which the newest version is tried."
  value       = "${local.name}-${local.model}"
}

output "dead_letter_queue_names" {
  description = "Queues of what could not be delivered or done. All of them should be empty."
  value = concat(values(module.events.undelivered_queue_names), [
    module.start_etl.dead_letter_queue_name,
    module.start_training.dead_letter_queue_name,
    module.deploy_endpoint.dead_letter_queue_name,
  ])
}

output "role_arns" {
  description = "Role of each kind of job: what `role-to-assume` takes in a workflow."
  value       = module.identity.role_arns
}
