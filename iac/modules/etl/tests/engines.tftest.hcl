# The two engines, and what the job may touch. Runs without AWS.

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
  name          = "towpath-dev"
  dataset       = "housing"
  account_id    = "111122223333"
  script_uri    = "s3://towpath-dev-artifacts-111122223333/code/glue/clean_housing.py"
  libraries     = ["s3://towpath-dev-artifacts-111122223333/code/glue/housing.zip"]
  arguments     = { "--CONTRACT_URI" = "s3://towpath-dev-artifacts-111122223333/code/contracts/housing.odcs.yaml" }
  input         = { bucket = "towpath-dev-raw-111122223333", prefix = "incoming/" }
  output        = { bucket = "towpath-dev-processed-111122223333", prefix = "housing/" }
  code          = { bucket = "towpath-dev-artifacts-111122223333", prefix = "code/" }
  kms_key_arn   = "arn:aws:kms:eu-central-1:111122223333:key/0d5b6c1e-1111-4222-8333-444455556666"
  kms_key_alias = "alias/towpath-dev"
}

run "a_python_shell_by_default" {
  command = plan

  assert {
    condition     = aws_glue_job.this.command[0].name == "pythonshell" && aws_glue_job.this.command[0].python_version == "3.9" && aws_glue_job.this.max_capacity == 0.0625
    error_message = "A sixteenth of a DPU is enough for a file of a few megabytes."
  }

  assert {
    condition     = aws_glue_trigger.start.type == "ON_DEMAND" && aws_glue_trigger.start.workflow_name == output.workflow_name
    error_message = "Nothing runs by itself: the workflow is started for a file."
  }

  assert {
    condition     = aws_glue_job.this.default_arguments["--CONTRACT_URI"] == var.arguments["--CONTRACT_URI"]
    error_message = "The job's own arguments must arrive."
  }
}

run "spark_is_the_same_job_with_workers" {
  command = plan

  variables {
    engine = { type = "spark", workers = 10 }
  }

  assert {
    condition     = aws_glue_job.this.command[0].name == "glueetl" && aws_glue_job.this.glue_version == "5.0" && aws_glue_job.this.number_of_workers == 10
    error_message = "Glue 5.0 with the workers that were asked for."
  }

  assert {
    condition     = aws_glue_job.this.command[0].script_location == var.script_uri
    error_message = "The same script."
  }
}

run "what_was_delivered_is_only_read" {
  command = plan

  assert {
    condition = alltrue([
      for statement in jsondecode(aws_iam_role_policy.this.policy).Statement :
      !strcontains(jsonencode(statement.Action), "Put") && !strcontains(jsonencode(statement.Action), "Delete")
      if strcontains(jsonencode(statement.Resource), var.input.bucket)
    ])
    error_message = "Raw data cannot be made again."
  }
}

run "half_a_dpu_does_not_exist" {
  command = plan

  variables {
    engine = { type = "python", capacity = 0.5 }
  }

  expect_failures = [var.engine]
}

run "an_argument_begins_with_two_dashes" {
  command = plan

  variables {
    arguments = { CONTRACT_URI = "s3://bucket/contract.yaml" }
  }

  expect_failures = [var.arguments]
}
