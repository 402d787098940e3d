# Pushes images that were built from the main branch, to this system's repositories.

resource "aws_iam_role" "image_push" {
  name               = "${var.name}-image-push"
  description        = "Pushes images of ${var.name} from ${var.github.branch}"
  assume_role_policy = local.trust["image-push"]

  depends_on = [aws_iam_openid_connect_provider.github]
}

resource "aws_iam_role_policy" "image_push" {
  name = "image-push"
  role = aws_iam_role.image_push.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        # ECR hands out one token for the whole registry: there is no resource to name.
        Sid      = "LogInToTheRegistry"
        Effect   = "Allow"
        Action   = "ecr:GetAuthorizationToken"
        Resource = "*"
      },
      {
        # Looking comes first: where the tags lead, what a lifecycle rule would take away, what a scan found.
        Sid    = "LookAndPush"
        Effect = "Allow"
        Action = [
          "ecr:BatchCheckLayerAvailability",
          "ecr:BatchGetImage",
          "ecr:CompleteLayerUpload",
          "ecr:DescribeImageScanFindings",
          "ecr:DescribeImages",
          "ecr:DescribeRepositories",
          "ecr:GetDownloadUrlForLayer",
          "ecr:GetLifecyclePolicy",
          "ecr:InitiateLayerUpload",
          "ecr:PutImage",
          "ecr:UploadLayerPart",
        ]
        Resource = local.name_arns.repository
      },
    ]
  })
}
