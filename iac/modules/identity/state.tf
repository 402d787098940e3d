# The Terraform state, for every job that runs Terraform: read it, and hold its lock. Writing it is for `apply` only.

locals {
  state_statements = [
    {
      Sid      = "FindTheState"
      Effect   = "Allow"
      Action   = "s3:ListBucket"
      Resource = "${local.arn}:s3:::${var.state.bucket}"
    },
    {
      Sid      = "ReadTheState"
      Effect   = "Allow"
      Action   = "s3:GetObject"
      Resource = local.name_arns.state
    },
    {
      Sid      = "HoldTheLock"
      Effect   = "Allow"
      Action   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
      Resource = local.name_arns.state_lock
    },
  ]
}
