# How a definition is completed, and what its role cannot do. Runs without AWS.

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
  model         = "housing"
  account_id    = "111122223333"
  image         = "111122223333.dkr.ecr.eu-central-1.amazonaws.com/housing-xgboost@sha256:8a3727f4cf54ac1a327f69b1d5b4db54c5834ea81c6e4efc0d163300022a685e"
  reads         = [{ bucket = "towpath-dev-processed-111122223333", prefix = "housing/" }, { bucket = "towpath-dev-artifacts-111122223333", prefix = "code/" }]
  writes        = { bucket = "towpath-dev-artifacts-111122223333", prefix = "training/" }
  kms_key_arn   = "arn:aws:kms:eu-central-1:111122223333:key/0d5b6c1e-1111-4222-8333-444455556666"
  kms_key_alias = "alias/towpath-dev"
  definition    = <<-JSON
    {
      "Version": "2020-12-01",
      "Parameters": [
        {"Name": "InputUri", "Type": "String"},
        {"Name": "RoleArn", "Type": "String"},
        {"Name": "KmsKeyId", "Type": "String", "DefaultValue": "alias/none"},
        {"Name": "MaximumRmse", "Type": "Float", "DefaultValue": 0.5},
        {"Name": "Rounds", "Type": "Integer", "DefaultValue": 500}
      ],
      "Steps": [{"Name": "Transform", "Type": "Processing", "Arguments": {"RoleArn": {"Get": "Parameters.RoleArn"}}}]
    }
  JSON
}

run "what_the_definition_leaves_open_is_filled_in" {
  command = plan

  variables {
    parameters = { MaximumRmse = "0.445" }
  }

  assert {
    condition = jsondecode(aws_sagemaker_pipeline.this.pipeline_definition).Parameters == [
      { Name = "InputUri", Type = "String" },
      { Name = "RoleArn", Type = "String", DefaultValue = "arn:aws:iam::111122223333:role/towpath-dev-housing-training" },
      { Name = "KmsKeyId", Type = "String", DefaultValue = var.kms_key_arn },
      { Name = "MaximumRmse", Type = "Float", DefaultValue = 0.445 },
      { Name = "Rounds", Type = "Integer", DefaultValue = 500 },
    ]
    error_message = "Named parameters get their default with their type, the others stay."
  }

  assert {
    condition     = jsondecode(aws_sagemaker_pipeline.this.pipeline_definition).Steps == jsondecode(var.definition).Steps
    error_message = "Steps are the definition's own business."
  }
}

run "a_parameter_that_the_definition_does_not_have" {
  command = plan

  variables {
    parameters = { MaximumRsme = "0.445" }
  }

  expect_failures = [aws_sagemaker_pipeline.this]
}

run "training_cannot_approve" {
  command = plan

  assert {
    condition     = !strcontains(aws_iam_role_policy.execution.policy, "UpdateModelPackage")
    error_message = "What trains must not decide what serves."
  }

  assert {
    condition     = length(aws_sagemaker_model_package_group_policy.readers) == 0
    error_message = "Nobody else sees the group unless it is said."
  }
}

run "readers_change_nothing" {
  command = plan

  variables {
    reader_accounts = ["444455556666"]
  }

  assert {
    condition = !anytrue([
      for word in ["Update", "Delete", "Put", "CreateModelPackage\""] :
      strcontains(aws_sagemaker_model_package_group_policy.readers[0].resource_policy, word)
    ])
    error_message = "Another account uses versions, and writes none."
  }
}

run "a_definition_is_json" {
  command = plan

  variables {
    definition = "{"
  }

  expect_failures = [var.definition]
}

run "a_tag_is_not_a_digest" {
  command = plan

  variables {
    image = "111122223333.dkr.ecr.eu-central-1.amazonaws.com/housing-xgboost:latest"
  }

  expect_failures = [var.image]
}
