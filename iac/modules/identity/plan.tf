# Plans: reads settings and state, changes nothing. A pull request can take this role, so it must be harmless in the
# hands of whoever may push a branch.

resource "aws_iam_role" "plan" {
  name               = "${var.name}-plan"
  description        = "Plans ${var.name} from pull requests and ${var.github.branch}"
  assume_role_policy = local.trust["plan"]

  depends_on = [aws_iam_openid_connect_provider.github]
}

resource "aws_iam_role_policy" "plan" {
  name = "plan"
  role = aws_iam_role.plan.name

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = local.state_statements
  })
}

# Of its own, because `apply` refreshes as well, and the inline policies of a role are together at most 10,240 characters.
resource "aws_iam_policy" "refresh" {
  name        = "${var.name}-refresh"
  description = "Reads the settings of what belongs to ${var.name}"

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = local.refresh_statements
  })
}

resource "aws_iam_role_policy_attachment" "plan" {
  role       = aws_iam_role.plan.name
  policy_arn = aws_iam_policy.refresh.arn
}
