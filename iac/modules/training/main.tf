# Where models are made and where they are written down: a SageMaker pipeline from a definition that stands in git, and the
# group of the registry that its results go to. What the definition leaves open (addresses, names, the role) is filled in
# here, as defaults of its parameters, so that an execution needs to name only its data.

data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  arn   = "arn:${data.aws_partition.current.partition}"
  scope = "${data.aws_region.current.name}:${var.account_id}"

  pipeline_name = "${var.name}-${var.model}"
  group_arn     = "${local.arn}:sagemaker:${local.scope}:model-package-group/${var.model}"

  definition = jsondecode(var.definition)

  defaults = merge(
    {
      ModelPackageGroupName = var.model
      RoleArn               = local.role_arn
      KmsKeyId              = var.kms_key_arn
      TrainingImage         = var.image
    },
    var.parameters,
  )

  # SageMaker wants a number where the parameter is one.
  parameters = [
    for parameter in local.definition.Parameters : merge(
      parameter,
      { for name, value in local.defaults : "DefaultValue" => value if name == parameter.Name },
      {
        for name, value in local.defaults : "DefaultValue" => jsondecode(value)
        if name == parameter.Name && contains(["Integer", "Float"], parameter.Type)
      },
    )
  ]

  unknown_parameters = setsubtract(keys(var.parameters), local.definition.Parameters[*].Name)
}

resource "aws_sagemaker_pipeline" "this" {
  pipeline_name         = local.pipeline_name
  pipeline_display_name = local.pipeline_name
  pipeline_description  = "Trains ${var.model}, evaluates it and registers it for approval"
  role_arn              = local.role_arn
  pipeline_definition   = jsonencode(merge(local.definition, { Parameters = local.parameters }))

  parallelism_configuration {
    max_parallel_execution_steps = var.parallel_steps
  }

  lifecycle {
    precondition {
      condition     = length(local.unknown_parameters) == 0
      error_message = "The definition has no parameter ${join(", ", local.unknown_parameters)}."
    }
  }

  # SageMaker checks the role when the pipeline is made.
  depends_on = [aws_iam_role_policy.execution]
}

resource "aws_sagemaker_model_package_group" "this" {
  model_package_group_name        = var.model
  model_package_group_description = "Versions of the model ${var.model}, each waiting for its approval"
}

# Other accounts that serve what is registered here: they look a version up and use it, and change nothing.
resource "aws_sagemaker_model_package_group_policy" "readers" {
  count = length(var.reader_accounts) == 0 ? 0 : 1

  model_package_group_name = aws_sagemaker_model_package_group.this.model_package_group_name

  resource_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "SeeTheGroup"
        Effect    = "Allow"
        Action    = "sagemaker:DescribeModelPackageGroup"
        Resource  = local.group_arn
        Principal = { AWS = [for account in var.reader_accounts : "${local.arn}:iam::${account}:root"] }
      },
      {
        Sid       = "UseItsVersions"
        Effect    = "Allow"
        Action    = ["sagemaker:CreateModel", "sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages"]
        Resource  = "${local.arn}:sagemaker:${local.scope}:model-package/${var.model}/*"
        Principal = { AWS = [for account in var.reader_accounts : "${local.arn}:iam::${account}:root"] }
      },
    ]
  })
}
