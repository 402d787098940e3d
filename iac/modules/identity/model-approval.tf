# Looks up whether the model packages of a plan are approved. It cannot approve: that is written by the promotion.

resource "aws_iam_role" "model_approval" {
  name               = "${var.name}-model-approval"
  description        = "Reads the approvals of model packages for ${var.name}"
  assume_role_policy = local.trust["model-approval"]

  depends_on = [aws_iam_openid_connect_provider.github]
}

resource "aws_iam_role_policy" "model_approval" {
  name = "model-approval"
  role = aws_iam_role.model_approval.name

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = local.approval_statements
  })
}

locals {
  # `apply` reads the approval again before it acts.
  approval_statements = [
    {
      Sid      = "ReadApprovals"
      Effect   = "Allow"
      Action   = "sagemaker:DescribeModelPackage"
      Resource = local.name_arns.packages
    },
    {
      Sid      = "SeeWhatServes"
      Effect   = "Allow"
      Action   = ["sagemaker:DescribeEndpoint", "sagemaker:DescribeEndpointConfig", "sagemaker:DescribeModel"]
      Resource = [local.name_arns.models, local.name_arns.configs, local.name_arns.endpoints]
    },
  ]
}
