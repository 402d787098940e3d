# Who is told of what. Runs without AWS.

mock_provider "aws" {
  override_data {
    target = data.aws_partition.current
    values = { partition = "aws" }
  }

  override_data {
    target = data.aws_region.current
    values = { name = "eu-central-1" }
  }

  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:eu-central-1:111122223333:towpath-prod-alarms" }
  }
}

variables {
  name               = "towpath-prod"
  account_id         = "111122223333"
  kms_key_arn        = "arn:aws:kms:eu-central-1:111122223333:key/0d5b6c1e-1111-4222-8333-444455556666"
  functions          = { predict-api = "towpath-prod-predict-api" }
  dead_letter_queues = { predict-api = "towpath-prod-predict-api-dead-letters" }
}

run "only_alarms_of_this_system_reach_the_topic" {
  command = plan

  assert {
    condition     = jsondecode(aws_sns_topic.alarms.policy).Statement[0].Condition.ArnLike["aws:SourceArn"] == "arn:aws:cloudwatch:eu-central-1:111122223333:alarm:towpath-prod-*"
    error_message = "Another account's alarm must not wake anybody."
  }

  assert {
    condition     = aws_sns_topic.alarms.kms_master_key_id == var.kms_key_arn
    error_message = "What an alarm says is encrypted."
  }
}

run "one_letter_is_enough" {
  command = plan

  assert {
    condition     = aws_cloudwatch_metric_alarm.letters["predict-api"].threshold == 0 && aws_cloudwatch_metric_alarm.letters["predict-api"].comparison_operator == "GreaterThanThreshold"
    error_message = "A dead letter is somebody's data."
  }
}

run "the_dashboard_shows_what_there_is" {
  command = plan

  assert {
    condition     = [for widget in jsondecode(aws_cloudwatch_dashboard.this[0].dashboard_body).widgets : widget.properties.title] == ["Calls of functions", "Dead letters", "Errors of functions"]
    error_message = "Without an API and an endpoint there is nothing to show of them."
  }
}

run "no_dashboard" {
  command = plan

  variables {
    dashboard = false
  }

  assert {
    condition     = length(aws_cloudwatch_dashboard.this) == 0
    error_message = "It is a switch."
  }
}

run "a_budget_tells_somebody" {
  command = plan

  variables {
    monthly_budget_usd = 200
  }

  expect_failures = [aws_budgets_budget.this]
}

run "a_budget_of_what_is_tagged" {
  command = plan

  variables {
    monthly_budget_usd = 200
    emails             = ["owner@example.com"]
    budget_tags        = { project = "towpath" }
  }

  assert {
    condition     = one(aws_budgets_budget.this[0].cost_filter).values == tolist(["user:project$towpath"])
    error_message = "AWS writes a tag and its value so."
  }
}

run "a_share_is_below_one" {
  command = plan

  variables {
    thresholds = { api_error_share = 5 }
  }

  expect_failures = [var.thresholds]
}
