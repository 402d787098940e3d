# One endpoint, and everything that it serves or may have to fall back to. For each release there is a model and an
# endpoint configuration of its own, and those of the previous release stay: when a rollout's alarms fire, SageMaker goes
# back to the previous configuration, calls the endpoint `InService` and reports no failure, so a configuration that
# Terraform considers replaced may be the one that serves (hashicorp/terraform-provider-aws#46663).

locals {
  endpoint_name = "${var.name}-${var.manifest.model}"
  capture_uri   = "s3://${var.capture.bucket}/${var.manifest.model}"

  # "arn:aws:sagemaker:eu-central-1:111122223333:model-package/housing/7" is release "housing-7".
  pinned   = [for release in [var.manifest.release, var.manifest.previous] : release if release != null]
  releases = { for release in local.pinned : join("-", slice(split("/", release.package), 1, 3)) => release }
  current  = join("-", slice(split("/", var.manifest.release.package), 1, 3))

  deployment = var.manifest.deployment

  # A configuration never changes: another shape is another name, so that the new one exists before the old one goes.
  shape = substr(sha256(jsonencode([local.deployment.instance_type, local.deployment.instance_count, var.capture])), 0, 8)
}

# Its role and its alarms.
module "endpoint" {
  source = "../endpoint"

  name            = local.endpoint_name
  account_id      = var.account_id
  model_data      = local.pinned[*].model_data.url
  model_data_keys = var.model_data_keys
  images          = local.pinned[*].image
  capture_uri     = local.capture_uri
  alarms          = local.deployment.alarms
  predictions     = var.predictions

  kms_key_alias            = var.kms_key_alias
  permissions_boundary_arn = var.permissions_boundary_arn
}

# A package version never changes either, so the name needs nothing but the release.
resource "aws_sagemaker_model" "release" {
  for_each = local.releases

  name                     = "${var.name}-${each.key}"
  execution_role_arn       = module.endpoint.execution_role_arn
  enable_network_isolation = true

  primary_container {
    model_package_name = each.value.package
  }

  tags = {
    "towpath:model-package"        = each.value.package
    "towpath:image"                = each.value.image
    "towpath:model-data-etag"      = each.value.model_data.etag
    "towpath:training-data-sha256" = each.value.training_data.sha256
  }
}

resource "aws_sagemaker_endpoint_configuration" "release" {
  for_each = local.releases

  name        = "${var.name}-${each.key}-${local.shape}"
  kms_key_arn = var.kms_key_arn

  production_variants {
    variant_name           = module.endpoint.variant_name
    model_name             = aws_sagemaker_model.release[each.key].name
    instance_type          = local.deployment.instance_type
    initial_instance_count = local.deployment.instance_count
    initial_variant_weight = 1
  }

  data_capture_config {
    enable_capture              = true
    initial_sampling_percentage = var.capture.sampling_percent
    destination_s3_uri          = local.capture_uri
    kms_key_id                  = var.kms_key_arn

    capture_options {
      capture_mode = "Input"
    }

    capture_options {
      capture_mode = "Output"
    }

    # Without a type named here, SageMaker writes the payload in Base64.
    capture_content_type_header {
      csv_content_types  = ["text/csv"]
      json_content_types = ["application/json"]
    }
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_sagemaker_endpoint" "this" {
  name                 = local.endpoint_name
  endpoint_config_name = aws_sagemaker_endpoint_configuration.release[local.current].name

  deployment_config {
    blue_green_update_policy {
      maximum_execution_timeout_in_seconds = local.deployment.timeout_seconds
      termination_wait_in_seconds          = local.deployment.termination_wait_seconds

      traffic_routing_configuration {
        type                     = "CANARY"
        wait_interval_in_seconds = local.deployment.bake_seconds

        canary_size {
          type  = "CAPACITY_PERCENT"
          value = local.deployment.canary_percent
        }
      }
    }

    auto_rollback_configuration {
      dynamic "alarms" {
        for_each = module.endpoint.alarm_names

        content {
          alarm_name = alarms.value
        }
      }
    }
  }

  lifecycle {
    # The silent rollback: the update "succeeded" and the old configuration serves. Failing here also keeps Terraform
    # from deleting what serves.
    postcondition {
      condition     = self.endpoint_config_name == aws_sagemaker_endpoint_configuration.release[local.current].name
      error_message = "The endpoint serves ${self.endpoint_config_name}: SageMaker rolled the update back. One of the alarms ${join(", ", module.endpoint.alarm_names)} says why."
    }
  }
}
