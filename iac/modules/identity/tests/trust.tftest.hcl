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
      for role in [aws_iam_role.apply, aws_iam_role.image_push] :
      !strcontains(role.assume_role_policy, "pull_request")
    ])
    error_message = "A pull request must not reach a role that writes."
  }

  assert {
    condition = length(setsubtract(
      flatten([for statement in jsondecode(aws_iam_role_policy.plan.policy).Statement : statement.Action if statement.Sid != "HoldTheLock"]),
      [for action in flatten([for statement in jsondecode(aws_iam_role_policy.plan.policy).Statement : statement.Action]) : action if can(regex(":(Get|List|Describe)", action))]
    )) == 0
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
