# Writes down what merging decided: the approval of one version, with the pull request that it came from. And proves, after
# the apply, that this version serves. It decides nothing and changes nothing else.

resource "aws_iam_role" "model_promote" {
  name               = "${var.name}-model-promote"
  description        = "Records approvals of model packages, and verifies what ${var.name} serves"
  assume_role_policy = local.trust["model-promote"]

  depends_on = [aws_iam_openid_connect_provider.github]
}

resource "aws_iam_role_policy" "model_promote" {
  name = "model-promote"
  role = aws_iam_role.model_promote.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(local.approval_statements, local.trained_statements, [
      {
        Sid    = "RecordApprovals"
        Effect = "Allow"
        Action = ["sagemaker:DescribeModelPackageGroup", "sagemaker:ListModelPackages", "sagemaker:UpdateModelPackage"]
        Resource = flatten([
          for model in var.models : [
            "${local.arn}:sagemaker:${local.region}:${var.account_id}:model-package-group/${model}",
            "${local.arn}:sagemaker:${local.region}:${var.account_id}:model-package/${model}/*",
          ]
        ])
      },
      {
        Sid      = "AskWhatServes"
        Effect   = "Allow"
        Action   = "sagemaker:InvokeEndpoint"
        Resource = local.name_arns.endpoints
      },
    ])
  })
}
