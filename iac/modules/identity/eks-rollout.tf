# Rolls the frontend out. AWS only tells it where the cluster is; what it may do there is an access entry of the cluster.

resource "aws_iam_role" "eks_rollout" {
  name               = "${var.name}-eks-rollout"
  description        = "Rolls out to the cluster ${var.name} from the environment ${var.environment}"
  assume_role_policy = local.trust["eks-rollout"]

  depends_on = [aws_iam_openid_connect_provider.github]
}

resource "aws_iam_role_policy" "eks_rollout" {
  name = "eks-rollout"
  role = aws_iam_role.eks_rollout.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "FindTheCluster"
        Effect   = "Allow"
        Action   = "eks:DescribeCluster"
        Resource = local.name_arns.cluster
      },
      {
        # It looks an image up before it tells the cluster to pull it.
        Sid      = "FindTheImage"
        Effect   = "Allow"
        Action   = ["ecr:BatchGetImage", "ecr:DescribeImages"]
        Resource = local.name_arns.repository
      },
      {
        # ECR hands out one token for the whole registry: there is no resource to name.
        Sid      = "LogInToTheRegistry"
        Effect   = "Allow"
        Action   = "ecr:GetAuthorizationToken"
        Resource = "*"
      },
    ]
  })
}
