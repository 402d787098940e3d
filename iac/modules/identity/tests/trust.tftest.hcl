# Which jobs may take which role, and which repositories cannot be named. Runs without AWS.

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
  name          = "towpath-prod"
  environment   = "prod"
  account_id    = "111122223333"
  kms_key_alias = "alias/towpath-prod"
  state         = { bucket = "towpath-state-111122223333", key = "environments/prod/terraform.tfstate" }
  models        = ["housing"]

  github = {
    owner         = "octocat"
    owner_id      = "123456"
    repository    = "my-repo"
    repository_id = "456789"
  }
}

run "apply_is_taken_from_the_environment_only" {
  command = plan

  assert {
    condition = jsondecode(aws_iam_role.apply.assume_role_policy).Statement[0].Condition == {
      StringEquals = {
        "token.actions.githubusercontent.com:aud" = "sts.amazonaws.com"
        "token.actions.githubusercontent.com:sub" = [
          "repo:octocat/my-repo:environment:prod",
          "repo:octocat@123456/my-repo@456789:environment:prod",
        ]
      }
    }
    error_message = "Both of GitHub's forms, whole, and nothing else."
  }
}

run "pull_requests_may_plan_and_look_only" {
  command = plan

  assert {
    condition = alltrue([
      for role in [aws_iam_role.apply, aws_iam_role.image_push, aws_iam_role.model_promote, aws_iam_role.eks_rollout] :
      !strcontains(role.assume_role_policy, "pull_request")
    ])
    error_message = "A pull request must not reach a role that writes."
  }

  assert {
    condition = alltrue([
      for action in concat(
        flatten([for statement in jsondecode(aws_iam_role_policy.plan.policy).Statement : statement.Action if statement.Sid != "HoldTheLock"]),
        flatten([for statement in jsondecode(aws_iam_policy.refresh.policy).Statement : statement.Action]),
      ) : can(regex(":(Get|GET|List|Describe)", action))
    ])
    error_message = "Planning reads; only the state's lock is written."
  }
}

run "roles_are_passed_to_sagemaker_and_written_within_the_boundary" {
  command = plan

  assert {
    condition = alltrue([
      for statement in jsondecode(aws_iam_role_policy.apply.policy).Statement :
      statement.Condition.StringEquals["iam:PassedToService"] == "sagemaker.amazonaws.com"
      if contains(flatten([statement.Action]), "iam:PassRole")
    ])
    error_message = "A role is handed to SageMaker only."
  }

  assert {
    condition = alltrue([
      for statement in jsondecode(aws_iam_role_policy.apply.policy).Statement :
      statement.Condition.StringEquals["iam:PermissionsBoundary"] == output.permissions_boundary_arn
      if contains(flatten([statement.Action]), "iam:PutRolePolicy")
    ])
    error_message = "A policy is written only for a role that carries the boundary."
  }
}

run "the_provider_may_belong_to_another_state" {
  command = plan

  variables {
    create_oidc_provider = false
  }

  assert {
    condition     = length(aws_iam_openid_connect_provider.github) == 0
    error_message = "An account has one such provider."
  }
}

run "a_wildcard_is_no_repository" {
  command = plan

  variables {
    github = { owner = "octocat", owner_id = "123456", repository = "*", repository_id = "456789" }
  }

  expect_failures = [var.github]
}

run "a_wildcard_is_no_model" {
  command = plan

  variables {
    models = ["*"]
  }

  expect_failures = [var.models]
}

run "an_id_is_a_number" {
  command = plan

  variables {
    github = { owner = "octocat", owner_id = "*", repository = "my-repo", repository_id = "456789" }
  }

  expect_failures = [var.github]
}

run "each_role_goes_to_its_service" {
  command = plan

  variables {
    service_roles = { predict-api = "lambda.amazonaws.com", clean-housing = "glue.amazonaws.com" }
  }

  assert {
    condition = [
      for statement in jsondecode(aws_iam_policy.services.policy).Statement : [statement.Resource, statement.Condition.StringEquals["iam:PassedToService"]]
      if contains(flatten([statement.Action]), "iam:PassRole")
      ] == [
      [["arn:aws:iam::111122223333:role/towpath-prod-clean-housing"], "glue.amazonaws.com"],
      [["arn:aws:iam::111122223333:role/towpath-prod-predict-api"], "lambda.amazonaws.com"],
    ]
    error_message = "A role of Lambda must not reach Glue."
  }
}

run "nothing_is_deleted_that_holds_data" {
  command = plan

  assert {
    condition = !anytrue([
      for action in flatten([for statement in concat(jsondecode(aws_iam_policy.services.policy).Statement, jsondecode(aws_iam_role_policy.apply.policy).Statement) : statement.Action]) :
      contains(["s3:DeleteBucket", "sqs:DeleteQueue", "logs:DeleteLogGroup", "ecr:DeleteRepository", "sagemaker:DeleteEndpoint"], action)
    ])
    error_message = "A workflow keeps what it cannot make again."
  }
}

run "policies_are_as_short_as_iam_wants" {
  command = plan

  variables {
    service_roles     = { start-etl = "lambda.amazonaws.com", start-training = "lambda.amazonaws.com", deploy-endpoint = "lambda.amazonaws.com", clean-housing = "glue.amazonaws.com", housing-training = "sagemaker.amazonaws.com" }
    trained_elsewhere = { name = "towpath-dev", account_id = "111122223333" }
  }

  assert {
    condition     = alltrue([for policy in [aws_iam_policy.services, aws_iam_policy.refresh, aws_iam_policy.boundary] : length(policy.policy) <= 6144])
    error_message = "A managed policy is at most 6,144 characters long."
  }

  assert {
    condition     = length(aws_iam_role_policy.apply.policy) <= 10240
    error_message = "The inline policies of a role are at most 10,240 characters long."
  }
}

run "a_workflow_does_not_write_its_own_role" {
  command = plan

  variables {
    service_roles = { apply = "lambda.amazonaws.com" }
  }

  expect_failures = [var.service_roles]
}
