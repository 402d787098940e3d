# What a release file becomes, and which release files are refused. Runs without AWS.

mock_provider "aws" {
  override_data {
    target = module.endpoint.data.aws_partition.current
    values = { partition = "aws" }
  }

  override_data {
    target = module.endpoint.data.aws_region.current
    values = { name = "eu-central-1" }
  }
}

variables {
  name                     = "towpath-prod"
  environment              = "prod"
  account_id               = "111122223333"
  kms_key_arn              = "arn:aws:kms:eu-central-1:111122223333:key/0d5b6c1e-1111-4222-8333-444455556666"
  kms_key_alias            = "alias/towpath-prod"
  permissions_boundary_arn = "arn:aws:iam::111122223333:policy/towpath-prod-boundary"
  capture                  = { bucket = "towpath-prod-capture-111122223333" }

  manifest = {
    model       = "housing"
    environment = "prod"
    release = {
      package       = "arn:aws:sagemaker:eu-central-1:111122223333:model-package/housing/7"
      image         = "111122223333.dkr.ecr.eu-central-1.amazonaws.com/housing@sha256:8a3727f4cf54ac1a327f69b1d5b4db54c5834ea81c6e4efc0d163300022a685e"
      model_data    = { url = "s3://towpath-prod-artifacts-111122223333/housing/7/model.tar.gz", etag = "7bd73909fdd2d3bc003ce8769f608201" }
      training_data = { sha256 = "8a3727f4cf54ac1a327f69b1d5b4db54c5834ea81c6e4efc0d163300022a685e" }
      metrics       = { rmse = 0.44 }
    }
    previous = {
      package       = "arn:aws:sagemaker:eu-central-1:111122223333:model-package/housing/6"
      image         = "111122223333.dkr.ecr.eu-central-1.amazonaws.com/housing@sha256:8a3727f4cf54ac1a327f69b1d5b4db54c5834ea81c6e4efc0d163300022a685e"
      model_data    = { url = "s3://towpath-prod-artifacts-111122223333/housing/6/model.tar.gz", etag = "1bd73909fdd2d3bc003ce8769f608201" }
      training_data = { sha256 = "8a3727f4cf54ac1a327f69b1d5b4db54c5834ea81c6e4efc0d163300022a685e" }
      metrics       = { rmse = 0.45 }
    }
    deployment = {
      instance_type            = "ml.m5.large"
      instance_count           = 2
      canary_percent           = 50
      bake_seconds             = 300
      termination_wait_seconds = 120
      timeout_seconds          = 3600
      alarms                   = { server_errors = 5, p99_latency_ms = 500 }
    }
  }
}

run "both_releases_are_kept_and_the_pinned_one_serves" {
  command = plan

  assert {
    condition     = toset(keys(aws_sagemaker_endpoint_configuration.release)) == toset(["housing-7", "housing-6"])
    error_message = "The release and the previous one each need a configuration."
  }

  assert {
    condition     = aws_sagemaker_endpoint.this.endpoint_config_name == aws_sagemaker_endpoint_configuration.release["housing-7"].name
    error_message = "The endpoint must use the pinned release."
  }

  assert {
    condition     = aws_sagemaker_model.release["housing-7"].primary_container[0].model_package_name == var.manifest.release.package
    error_message = "The model must be the pinned version of the package."
  }

  assert {
    condition     = length(aws_sagemaker_endpoint.this.deployment_config[0].auto_rollback_configuration[0].alarms) == 2
    error_message = "A canary without alarms protects nothing."
  }
}

run "another_shape_has_another_name" {
  command = plan

  variables {
    manifest = merge(var.manifest, { deployment = merge(var.manifest.deployment, { instance_count = 4 }) })
  }

  assert {
    condition     = aws_sagemaker_endpoint_configuration.release["housing-7"].name != run.both_releases_are_kept_and_the_pinned_one_serves.endpoint_config_name
    error_message = "A configuration never changes: the new one must be able to stand beside the old one."
  }
}

run "a_first_release_has_no_previous" {
  command = plan

  variables {
    manifest = merge(var.manifest, { previous = null })
  }

  assert {
    condition     = keys(aws_sagemaker_model.release) == ["housing-7"]
    error_message = "Only the release itself is served."
  }
}

run "a_group_is_not_a_version" {
  command = plan

  variables {
    manifest = merge(var.manifest, {
      release = merge(var.manifest.release, { package = "arn:aws:sagemaker:eu-central-1:111122223333:model-package-group/housing" })
    })
  }

  expect_failures = [var.manifest]
}

run "a_tag_is_not_a_digest" {
  command = plan

  variables {
    manifest = merge(var.manifest, {
      release = merge(var.manifest.release, { image = "111122223333.dkr.ecr.eu-central-1.amazonaws.com/housing:latest" })
    })
  }

  expect_failures = [var.manifest]
}

run "one_instance_cannot_be_a_canary" {
  command = plan

  variables {
    manifest = merge(var.manifest, { deployment = merge(var.manifest.deployment, { instance_count = 1 }) })
  }

  expect_failures = [var.manifest]
}

run "a_canary_is_at_most_half" {
  command = plan

  variables {
    manifest = merge(var.manifest, { deployment = merge(var.manifest.deployment, { canary_percent = 60 }) })
  }

  expect_failures = [var.manifest]
}

run "a_release_file_of_another_environment" {
  command = plan

  variables {
    environment = "staging"
  }

  expect_failures = [var.manifest]
}

run "every_alarm_of_the_endpoint_ends_a_rollout" {
  command = plan

  variables {
    predictions = { namespace = "Towpath", metric_name = "PredictedValue", dimensions = { function = "towpath-prod-predict-api" }, minimum = 10000, maximum = 1000000, percent = 95 }
  }

  assert {
    condition     = toset([for alarm in aws_sagemaker_endpoint.this.deployment_config[0].auto_rollback_configuration[0].alarms : alarm.alarm_name]) == toset(["towpath-prod-housing-server-errors", "towpath-prod-housing-latency", "towpath-prod-housing-predictions"])
    error_message = "A model that answers quickly and wrongly has to go back as well."
  }
}
