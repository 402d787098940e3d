# How long the lake keeps things. Current objects stay unless a bucket says otherwise; versions that were overwritten or
# deleted stay long enough to undo a mistake.

resource "aws_s3_bucket_lifecycle_configuration" "this" {
  for_each = var.retention

  bucket = local.buckets[each.key]

  rule {
    id     = "superseded-versions"
    status = "Enabled"

    filter {}

    noncurrent_version_expiration {
      noncurrent_days = each.value.noncurrent_days
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  dynamic "rule" {
    for_each = each.value.expire_days == null ? [] : [each.value.expire_days]

    content {
      id     = "expire"
      status = "Enabled"

      filter {}

      expiration {
        days = rule.value
      }
    }
  }

  # A rule about versions is refused by a bucket that has none.
  depends_on = [aws_s3_bucket_versioning.this]
}
