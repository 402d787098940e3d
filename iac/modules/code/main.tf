# What runs in Glue and SageMaker, in the bucket where they fetch it: every file of a folder, under the same names. A file
# is uploaded again when its bytes change; what is in use keeps its version, because the bucket keeps versions.

locals {
  prefix = "code"
  files  = fileset(var.folder, "**")

  content_types = {
    json = "application/json"
    py   = "text/x-python"
    whl  = "application/zip"
    yaml = "application/yaml"
    zip  = "application/zip"
  }
}

resource "aws_s3_object" "this" {
  for_each = local.files

  bucket       = var.bucket
  key          = "${local.prefix}/${each.value}"
  source       = "${var.folder}/${each.value}"
  source_hash  = filesha256("${var.folder}/${each.value}")
  content_type = lookup(local.content_types, reverse(split(".", each.value))[0], "application/octet-stream")
}

# A folder that was not built would be an empty upload, and the first job would fail instead of this plan.
resource "terraform_data" "complete" {
  input = var.expected

  lifecycle {
    precondition {
      condition     = length(setsubtract(var.expected, local.files)) == 0
      error_message = "${var.folder} lacks ${join(", ", setsubtract(var.expected, local.files))}: run `${var.made_by}`."
    }
  }
}
