# Who is told, and what the function may read. Runs without AWS.

mock_provider "aws" {
  override_data {
    target = data.aws_partition.current
    values = { partition = "aws" }
  }

  override_data {
    target = data.aws_region.current
    values = { name = "eu-central-1" }
  }

  override_data {
    target = module.function.data.aws_partition.current
    values = { partition = "aws" }
  }

  override_data {
    target = module.function.data.aws_region.current
    values = { name = "eu-central-1" }
  }
}

variables {
  name           = "towpath-prod"
  account_id     = "111122223333"
  endpoint_name  = "towpath-prod-housing"
  package        = { path = "versions.tf" }
  model_packages = ["arn:aws:sagemaker:eu-central-1:111122223333:model-package/housing/*"]
  baselines      = ["arn:aws:s3:::towpath-dev-artifacts-111122223333/training/*/evaluate/baseline/*"]
  capture        = { bucket = "towpath-prod-capture-111122223333", prefix = "housing/" }
  reports        = { bucket = "towpath-prod-artifacts-111122223333", prefix = "drift/" }
  kms_key_arn    = "arn:aws:kms:eu-central-1:111122223333:key/0d5b6c1e-1111-4222-8333-444455556666"
  kms_key_alias  = "alias/towpath-prod"
}

run "nobody_is_told_without_a_topic" {
  command = plan

  assert {
    condition     = length(aws_cloudwatch_metric_alarm.drift.alarm_actions) == 0
    error_message = "There is no topic to tell."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.drift.dimensions == tomap({ function = "towpath-prod-drift-monitor" })
    error_message = "The function counts under its own name."
  }
}

run "a_topic_hears_of_it" {
  command = plan

  variables {
    topic_arn = "arn:aws:sns:eu-central-1:111122223333:towpath-prod-alarms"
  }

  assert {
    condition     = contains(aws_cloudwatch_metric_alarm.drift.alarm_actions, "arn:aws:sns:eu-central-1:111122223333:towpath-prod-alarms")
    error_message = "The alarm must reach the topic."
  }
}

run "a_schedule_is_one" {
  command = plan

  variables {
    schedule = "every hour"
  }

  expect_failures = [var.schedule]
}
