# What an endpoint may read, and what its alarms look at. Runs without AWS.

mock_provider "aws" {
  override_data {
    target = data.aws_partition.current
    values = { partition = "aws" }
  }

  override_data {
    target = data.aws_region.current
    values = { name = "eu-central-1" }
  }
}

variables {
  name          = "towpath-prod-housing"
  account_id    = "111122223333"
  model_data    = ["s3://towpath-dev-artifacts-444455556666/housing/7/model.tar.gz"]
  images        = ["111122223333.dkr.ecr.eu-central-1.amazonaws.com/housing@sha256:8a3727f4cf54ac1a327f69b1d5b4db54c5834ea81c6e4efc0d163300022a685e"]
  capture_uri   = "s3://towpath-prod-capture-111122223333/housing"
  alarms        = { server_errors = 5, p99_latency_ms = 500 }
  kms_key_alias = "alias/towpath-prod"
}

run "it_reads_the_model_and_nothing_else_of_the_bucket" {
  command = plan

  assert {
    condition     = jsondecode(aws_iam_role_policy.execution.policy).Statement[0].Resource == ["arn:aws:s3:::towpath-dev-artifacts-444455556666/housing/7/model.tar.gz"]
    error_message = "The role is for this model."
  }

  assert {
    condition = alltrue([
      for alarm in [aws_cloudwatch_metric_alarm.server_errors, aws_cloudwatch_metric_alarm.latency] :
      alarm.dimensions == tomap({ EndpointName = var.name, VariantName = output.variant_name })
    ])
    error_message = "An alarm about another variant never fires."
  }
}

run "a_model_from_elsewhere_is_read_with_the_key_from_there" {
  command = plan

  variables {
    model_data_keys = [{ account_id = "444455556666", alias = "alias/towpath-dev" }]
  }

  assert {
    condition = [
      for statement in jsondecode(aws_iam_role_policy.execution.policy).Statement : statement
      if startswith(statement.Sid, "ReadWhatWasTrained")
      ] == [{
        Sid       = "ReadWhatWasTrainedWithTowpathDev"
        Effect    = "Allow"
        Action    = ["kms:Decrypt", "kms:DescribeKey"]
        Resource  = "arn:aws:kms:eu-central-1:444455556666:key/*"
        Condition = { "ForAnyValue:StringEquals" = { "kms:ResourceAliases" = "alias/towpath-dev" } }
    }]
    error_message = "To read, with that key, in that account."
  }
}

run "a_whole_bucket_is_no_model" {
  command = plan

  variables {
    model_data = ["s3://towpath-dev-artifacts-444455556666/*"]
  }

  expect_failures = [var.model_data]
}

run "an_alarm_that_always_fires" {
  command = plan

  variables {
    alarms = { server_errors = 0, p99_latency_ms = 500 }
  }

  expect_failures = [var.alarms]
}

run "wrong_answers_are_an_alarm" {
  command = plan

  variables {
    predictions = { namespace = "Towpath", metric_name = "PredictedValue", dimensions = { function = "towpath-prod-predict-api" }, minimum = 10000, maximum = 1000000, percent = 95 }
  }

  assert {
    condition     = contains(output.alarm_names, "towpath-prod-housing-predictions") && aws_cloudwatch_metric_alarm.predictions[0].extended_statistic == "PR(10000:1000000)"
    error_message = "It looks at the share of predictions that can be true."
  }
}

run "a_single_wrong_prediction_is_no_alarm" {
  command = plan

  variables {
    predictions = { namespace = "Towpath", metric_name = "PredictedValue", dimensions = { function = "towpath-prod-predict-api" }, minimum = 10000, maximum = 1000000, percent = 100 }
  }

  expect_failures = [var.predictions]
}
