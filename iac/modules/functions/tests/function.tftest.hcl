# What a function is made of, and which statements are refused. Runs without AWS.

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
  name          = "towpath-dev-start-etl"
  description   = "Starts the Glue workflow"
  account_id    = "111122223333"
  kms_key_arn   = "arn:aws:kms:eu-central-1:111122223333:key/0d5b6c1e-1111-4222-8333-444455556666"
  kms_key_alias = "alias/towpath-dev"
  # Any file: a plan reads its bytes only for their hash.
  package = { path = "versions.tf" }
  statements = [
    { sid = "ReadRawData", actions = ["s3:GetObject"], resources = ["arn:aws:s3:::towpath-dev-raw-111122223333/incoming/*"] },
    {
      sid        = "ListRawData"
      actions    = ["s3:ListBucket"]
      resources  = ["arn:aws:s3:::towpath-dev-raw-111122223333"]
      conditions = { StringLike = { "s3:prefix" = ["incoming/*"] } }
    },
  ]
}

run "it_may_do_what_it_was_given_and_what_every_function_needs" {
  command = plan

  assert {
    condition = [for statement in jsondecode(aws_iam_role_policy.this.policy).Statement : statement.Sid] == [
      "ReadRawData", "ListRawData", "WriteLogs", "LeaveDeadLetters", "UseTheKey", "WriteTraces",
    ]
    error_message = "Nothing more than that."
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.this.policy).Statement[1].Condition == { StringLike = { "s3:prefix" = ["incoming/*"] } }
    error_message = "A condition must arrive as it was written."
  }

  assert {
    condition     = !can(jsondecode(aws_iam_role_policy.this.policy).Statement[0].Condition)
    error_message = "A statement without conditions has none."
  }
}

run "the_zip_decides_about_the_code" {
  command = plan

  assert {
    condition     = aws_lambda_function.this.source_code_hash == filebase64sha256("versions.tf")
    error_message = "Another zip must be another plan."
  }

  assert {
    condition     = aws_cloudwatch_log_group.this.name == aws_lambda_function.this.logging_config[0].log_group && aws_cloudwatch_log_group.this.kms_key_id == var.kms_key_arn
    error_message = "It logs into its own group, which is encrypted with the key."
  }
}

run "without_a_zip_the_plan_says_what_to_run" {
  command = plan

  variables {
    package = { path = "no-such.zip" }
  }

  expect_failures = [aws_lambda_function.this]
}

run "no_traces_no_permission_for_them" {
  command = plan

  variables {
    tracing = false
  }

  assert {
    condition     = !strcontains(aws_iam_role_policy.this.policy, "xray:")
    error_message = "A permission that is not needed is not given."
  }
}

run "an_action_has_no_wildcard" {
  command = plan

  variables {
    statements = [{ sid = "Everything", actions = ["s3:*"], resources = ["arn:aws:s3:::towpath-dev-raw-111122223333/*"] }]
  }

  expect_failures = [var.statements]
}

run "a_statement_names_resources" {
  command = plan

  variables {
    statements = [{ sid = "Anywhere", actions = ["s3:GetObject"], resources = [] }]
  }

  expect_failures = [var.statements]
}

run "logs_are_kept_as_long_as_cloudwatch_can" {
  command = plan

  variables {
    log_retention_days = 42
  }

  expect_failures = [var.log_retention_days]
}

run "a_third_retry_is_not_to_be_had" {
  command = plan

  variables {
    asynchronous = { retries = 3 }
  }

  expect_failures = [var.asynchronous]
}
