output "uri" {
  description = "Address of the uploaded folder, without a slash at its end."
  value       = "s3://${var.bucket}/${local.prefix}"
  # Whoever uses the address needs the files to be there.
  depends_on = [aws_s3_object.this]
}

output "files" {
  description = "What was uploaded, relative to the folder."
  value       = local.files
}

output "digests" {
  description = "Per folder below the uploaded one: a digest that changes when any of its files does. What is cached by address can be told apart by it."
  value = {
    for folder in distinct([for file in local.files : split("/", file)[0]]) :
    folder => sha256(jsonencode({ for file in local.files : file => filesha256("${var.folder}/${file}") if split("/", file)[0] == folder }))
  }
}
