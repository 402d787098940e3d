# The four buckets between a CSV and a served model. Each is its own block, so that a finding points at the bucket it
# is about; what all of them must have (encryption, versions, no public access, TLS) is in protection.tf, how long
# things are kept in retention.tf. Whoever listens to their events subscribes in EventBridge, not here.

data "aws_partition" "current" {}

# What people and systems deliver, untouched. It cannot be made again.
resource "aws_s3_bucket" "raw" {
  bucket = "${var.name}-raw-${var.account_id}"

  lifecycle {
    prevent_destroy = true
  }
}

# Cleaned rows that passed the data contract: what training reads.
resource "aws_s3_bucket" "processed" {
  bucket = "${var.name}-processed-${var.account_id}"

  lifecycle {
    prevent_destroy = true
  }
}

# Trained models and their evaluation. A release pins objects of this bucket by their ETag.
resource "aws_s3_bucket" "artifacts" {
  bucket = "${var.name}-artifacts-${var.account_id}"

  lifecycle {
    prevent_destroy = true
  }
}

# Requests and answers of the endpoint, written by SageMaker and read by the drift monitor.
resource "aws_s3_bucket" "capture" {
  bucket = "${var.name}-capture-${var.account_id}"

  lifecycle {
    prevent_destroy = true
  }
}

locals {
  # By name instead of by id: names are known before the first apply, so a plan already says which protection belongs
  # to which bucket, and policies can judge it.
  buckets = {
    raw       = aws_s3_bucket.raw.bucket
    processed = aws_s3_bucket.processed.bucket
    artifacts = aws_s3_bucket.artifacts.bucket
    capture   = aws_s3_bucket.capture.bucket
  }

  bucket_arns = { for role, name in local.buckets : role => "arn:${data.aws_partition.current.partition}:s3:::${name}" }
}
