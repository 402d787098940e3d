output "arn" {
  description = "ARN of the key, known after it was made."
  value       = aws_kms_key.this.arn
}

output "alias" {
  description = "Alias of the key, known before: policies allow the key by it."
  value       = "alias/${var.name}"
  depends_on  = [aws_kms_alias.this]
}
