# A Glue workflow with one job that turns delivered files into data that training reads. It is started by name, with run
# properties that say which file; the job asks for them. A Python shell is enough for a gigabyte; the same script runs on
# Spark where data outgrows that.

data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  arn   = "arn:${data.aws_partition.current.partition}"
  scope = "${data.aws_region.current.name}:${var.account_id}"

  workflow_name = "${var.name}-${var.dataset}"
  job_name      = "${var.name}-clean-${var.dataset}"
  spark         = var.engine.type == "spark"
}

resource "aws_glue_workflow" "this" {
  name                = local.workflow_name
  description         = "Cleans ${var.dataset} data, one run for each delivered file"
  max_concurrent_runs = var.max_concurrent_runs
}

resource "aws_glue_trigger" "start" {
  name          = "${local.workflow_name}-start"
  description   = "Starts ${local.job_name} when the workflow is started"
  type          = "ON_DEMAND"
  workflow_name = aws_glue_workflow.this.name

  actions {
    job_name = aws_glue_job.this.name
  }
}

resource "aws_glue_job" "this" {
  name        = local.job_name
  description = "Checks, cleans and describes ${var.dataset} data"
  role_arn    = aws_iam_role.this.arn

  glue_version           = local.spark ? "5.0" : null
  worker_type            = local.spark ? var.engine.worker_type : null
  number_of_workers      = local.spark ? var.engine.workers : null
  max_capacity           = local.spark ? null : var.engine.capacity
  timeout                = var.timeout_minutes
  max_retries            = var.retries
  security_configuration = aws_glue_security_configuration.this.name

  command {
    name            = local.spark ? "glueetl" : "pythonshell"
    python_version  = local.spark ? "3" : "3.9"
    script_location = var.script_uri
  }

  default_arguments = merge(
    {
      "--extra-py-files" = join(",", var.libraries)
      "--job-language"   = "python"
      "--enable-metrics" = "true"
    },
    local.spark ? { "--enable-continuous-cloudwatch-log" = "true" } : {},
    var.arguments,
  )

  execution_property {
    max_concurrent_runs = var.max_concurrent_runs
  }

  # It reads its script in the moment it starts.
  depends_on = [aws_iam_role_policy.this]
}

resource "aws_glue_security_configuration" "this" {
  name = local.workflow_name

  encryption_configuration {
    s3_encryption {
      s3_encryption_mode = "SSE-KMS"
      kms_key_arn        = var.kms_key_arn
    }

    cloudwatch_encryption {
      cloudwatch_encryption_mode = "SSE-KMS"
      kms_key_arn                = var.kms_key_arn
    }

    job_bookmarks_encryption {
      job_bookmarks_encryption_mode = "CSE-KMS"
      kms_key_arn                   = var.kms_key_arn
    }
  }
}
