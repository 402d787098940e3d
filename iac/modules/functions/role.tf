# What the function may do: what it was given, and what every function needs.

resource "aws_iam_role" "this" {
  name                 = var.name
  description          = "Runs the function ${var.name}"
  permissions_boundary = var.permissions_boundary_arn

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "lambda.amazonaws.com" }
      Condition = { StringEquals = { "aws:SourceAccount" = var.account_id } }
    }]
  })
}

resource "aws_iam_role_policy" "this" {
  name = "function"
  role = aws_iam_role.this.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [
        for statement in var.statements : merge(
          {
            Sid      = statement.sid
            Effect   = "Allow"
            Action   = statement.actions
            Resource = statement.resources
          },
          length(statement.conditions) == 0 ? {} : { Condition = statement.conditions },
        )
      ],
      [
        {
          Sid      = "WriteLogs"
          Effect   = "Allow"
          Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
          Resource = "${local.arn}:logs:${local.scope}:log-group:${local.log_group}:*"
        },
        {
          Sid      = "LeaveDeadLetters"
          Effect   = "Allow"
          Action   = "sqs:SendMessage"
          Resource = local.dead_letters_arn
        },
        {
          # The key is named by its alias: its ARN is not known before it exists.
          Sid       = "UseTheKey"
          Effect    = "Allow"
          Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
          Resource  = "${local.arn}:kms:${local.scope}:key/*"
          Condition = { "ForAnyValue:StringEquals" = { "kms:ResourceAliases" = var.kms_key_alias } }
        },
      ],
      [
        for trace in var.tracing ? ["xray:PutTraceSegments"] : [] : {
          # Traces have no resource to name.
          Sid      = "WriteTraces"
          Effect   = "Allow"
          Action   = [trace, "xray:PutTelemetryRecords"]
          Resource = "*"
        }
      ],
    )
  })
}
