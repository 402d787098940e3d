# Which objects start what. Runs without AWS.

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
  name       = "towpath-dev"
  account_id = "111122223333"
  rules = {
    raw = {
      description = "A file was delivered"
      bucket      = "towpath-dev-raw-111122223333"
      prefix      = "incoming/"
    }
    processed = {
      description = "A data set is complete"
      bucket      = "towpath-dev-processed-111122223333"
      prefix      = "housing/"
      suffix      = "/manifest.json"
    }
  }
  functions = {
    raw       = { name = "towpath-dev-start-etl", arn = "arn:aws:lambda:eu-central-1:111122223333:function:towpath-dev-start-etl" }
    processed = { name = "towpath-dev-start-training", arn = "arn:aws:lambda:eu-central-1:111122223333:function:towpath-dev-start-training" }
  }
}

run "prefix_and_suffix_are_one_condition" {
  command = plan

  assert {
    condition     = jsondecode(aws_cloudwatch_event_rule.this["raw"].event_pattern).detail.object.key == [{ prefix = "incoming/" }]
    error_message = "Everything under the prefix."
  }

  assert {
    condition     = jsondecode(aws_cloudwatch_event_rule.this["processed"].event_pattern).detail.object.key == [{ wildcard = "housing/*/manifest.json" }]
    error_message = "A list of two matchers would let in whatever fits one of them."
  }
}

run "only_the_rule_may_call_and_only_it_may_leave_letters" {
  command = plan

  assert {
    condition = alltrue([
      for key, permission in aws_lambda_permission.this :
      permission.source_arn == output.rule_arns[key] && permission.source_account == var.account_id
    ])
    error_message = "A permission for all of EventBridge would let any account's rule call the function."
  }

  assert {
    condition = alltrue([
      for key, queue in aws_sqs_queue.undelivered :
      jsondecode(queue.policy).Statement[0].Condition.ArnEquals["aws:SourceArn"] == output.rule_arns[key]
    ])
    error_message = "The queue takes events of its rule."
  }
}

run "a_rule_has_a_prefix" {
  command = plan

  variables {
    rules = merge(var.rules, { raw = merge(var.rules.raw, { prefix = "" }) })
  }

  expect_failures = [var.rules]
}

run "a_star_is_no_prefix" {
  command = plan

  variables {
    rules = merge(var.rules, { raw = merge(var.rules.raw, { prefix = "incoming*/" }) })
  }

  expect_failures = [var.rules]
}

run "an_event_is_kept_for_a_day_at_most" {
  command = plan

  variables {
    retry = { maximum_age_seconds = 100000 }
  }

  expect_failures = [var.retry]
}

run "a_rule_without_a_function" {
  command = plan

  variables {
    functions = { raw = var.functions.raw }
  }

  expect_failures = [var.functions]
}
