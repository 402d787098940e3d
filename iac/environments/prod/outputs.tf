output "buckets" {
  description = "Buckets of the data lake, by what they hold."
  value       = module.data_lake.buckets
}

output "repository_url" {
  description = "Repository of the frontend's images."
  value       = module.registry.repository_url
}

output "role_arns" {
  description = "Role of each kind of job: what `role-to-assume` takes in a workflow."
  value       = module.identity.role_arns
}

output "endpoint_name" {
  description = "Name under which the model is invoked."
  value       = module.serving.endpoint_name
}

output "endpoint_config_name" {
  description = "Configuration that must serve after an apply."
  value       = module.serving.endpoint_config_name
}

output "model_packages" {
  description = "Model packages that serve or are kept to go back to."
  value       = module.serving.model_packages
}

output "api_url" {
  description = "Address of the REST API, if there is one."
  value       = one(module.api[*].url)
}

output "api_id" {
  description = "Id of the REST API, by which local stand-ins know it."
  value       = one(module.api[*].id)
}

output "cluster_name" {
  description = "EKS cluster of the frontend, if there is one."
  value       = one(module.cluster[*].name)
}

output "ingress_release" {
  description = "What to install as ingress controller in the cluster: chart, version, namespace, values (see the module `cluster`)."
  value       = one(module.cluster[*].ingress_release)
}

output "alarm_topic_arn" {
  description = "Topic of the alarms, if there is one."
  value       = one(module.monitoring[*].topic_arn)
}
