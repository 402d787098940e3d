output "role_arns" {
  description = "Role of each kind of job: plan, model-approval, model-promote, image-push, eks-rollout, apply."
  value = {
    plan           = aws_iam_role.plan.arn
    model-approval = aws_iam_role.model_approval.arn
    model-promote  = aws_iam_role.model_promote.arn
    image-push     = aws_iam_role.image_push.arn
    eks-rollout    = aws_iam_role.eks_rollout.arn
    apply          = aws_iam_role.apply.arn
  }
}

output "permissions_boundary_arn" {
  description = "Boundary that every role made by `apply` must carry."
  # By name, so that a plan knows it before the policy exists.
  value      = local.name_arns.boundary
  depends_on = [aws_iam_policy.boundary]
}
