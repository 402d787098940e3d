output "buckets" {
  description = "Name of each bucket: raw, processed, artifacts, capture."
  value       = local.buckets
}

output "bucket_arns" {
  description = "ARN of each bucket: raw, processed, artifacts, capture."
  value       = local.bucket_arns
}
