# Who may use the key without a role. Runs without AWS.

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
  name        = "towpath-prod"
  account_id  = "111122223333"
  description = "Data of towpath-prod"
}

run "services_use_it_for_this_system_only" {
  command = plan

  assert {
    condition = alltrue([
      for statement in jsondecode(aws_kms_key.this.policy).Statement :
      can(statement.Condition) if can(statement.Principal.Service)
    ])
    error_message = "A service is allowed the key for this account or these log groups, never for whoever asks it."
  }

  assert {
    condition     = aws_kms_key.this.enable_key_rotation
    error_message = "The key must rotate."
  }

  assert {
    condition     = aws_kms_alias.this.name == output.alias
    error_message = "Policies that name the alias must mean this key."
  }
}

run "an_account_has_twelve_digits" {
  command = plan

  variables {
    account_id = "1111"
  }

  expect_failures = [var.account_id]
}

run "another_account_reads_and_writes_nothing" {
  command = plan

  variables {
    reader_accounts = ["444455556666"]
  }

  assert {
    condition = [
      for statement in jsondecode(aws_kms_key.this.policy).Statement : statement.Action
      if try(contains(statement.Principal.AWS, "arn:aws:iam::444455556666:root"), false)
    ] == [["kms:Decrypt", "kms:DescribeKey"]]
    error_message = "What it may do is to decrypt."
  }
}
