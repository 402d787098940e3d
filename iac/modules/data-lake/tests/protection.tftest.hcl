# Every bucket has every protection. Runs without AWS.

mock_provider "aws" {
  override_data {
    target = data.aws_partition.current
    values = { partition = "aws" }
  }
}

variables {
  name       = "towpath-prod"
  account_id = "111122223333"
}

run "no_bucket_is_forgotten" {
  command = plan

  assert {
    condition = alltrue([
      for protected in [
        aws_s3_bucket_server_side_encryption_configuration.this,
        aws_s3_bucket_versioning.this,
        aws_s3_bucket_public_access_block.this,
        aws_s3_bucket_ownership_controls.this,
        aws_s3_bucket_policy.tls_only,
        aws_s3_bucket_notification.eventbridge,
      ] :
      toset([for protection in values(protected) : protection.bucket]) == toset([
        aws_s3_bucket.raw.bucket, aws_s3_bucket.processed.bucket, aws_s3_bucket.artifacts.bucket, aws_s3_bucket.capture.bucket,
      ])
    ])
    error_message = "A bucket lacks a protection that the others have."
  }
}

run "the_algorithm_is_known_before_the_key" {
  command = plan

  variables {
    encryption = { algorithm = "aws:kms", kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/0d5b6c1e-1111-4222-8333-444455556666" }
  }

  assert {
    condition = alltrue([
      for encryption in values(aws_s3_bucket_server_side_encryption_configuration.this) :
      one(encryption.rule).apply_server_side_encryption_by_default[0].sse_algorithm == "aws:kms"
    ])
    error_message = "Buckets must be encrypted with the key."
  }
}

run "kms_needs_a_key" {
  command = plan

  variables {
    encryption = { algorithm = "aws:kms" }
  }

  expect_failures = [var.encryption]
}

run "a_bucket_without_retention_keeps_everything" {
  command = plan

  variables {
    retention = { capture = { noncurrent_days = 7, expire_days = 90 } }
  }

  assert {
    condition     = keys(aws_s3_bucket_lifecycle_configuration.this) == ["capture"]
    error_message = "Only what is named expires."
  }
}

run "retention_of_an_unknown_bucket" {
  command = plan

  variables {
    retention = { captured = { noncurrent_days = 7 } }
  }

  expect_failures = [var.retention]
}

run "other_accounts_read_artifacts_and_nothing_else" {
  command = plan

  variables {
    reader_accounts = ["444455556666"]
  }

  assert {
    condition     = [for key, policy in aws_s3_bucket_policy.tls_only : key if strcontains(policy.policy, "444455556666")] == ["artifacts"]
    error_message = "Only trained models leave the account."
  }

  assert {
    condition     = jsondecode(aws_s3_bucket_policy.tls_only["artifacts"].policy).Statement[2].Action == "s3:GetObject"
    error_message = "They are read."
  }
}
