output "uri" {
  description = "Address of the uploaded folder, without a slash at its end."
  value       = "s3://${var.bucket}/${local.prefix}"
  # Whoever uses the address needs the files to be there.
  depends_on = [aws_s3_object.this]
}

output "digest" {
  description = "Changes when any file does."
  value       = sha256(jsonencode({ for file in local.files : file => filesha256("${var.folder}/${file}") }))
}
