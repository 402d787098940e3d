# What all of it may cost in a month. AWS tells when the month is on the way to cost more.

resource "aws_budgets_budget" "this" {
  count = var.monthly_budget_usd == null ? 0 : 1

  name         = var.name
  budget_type  = "COST"
  limit_amount = tostring(var.monthly_budget_usd)
  limit_unit   = "USD"
  time_unit    = "MONTHLY"

  dynamic "cost_filter" {
    for_each = length(var.budget_tags) == 0 ? [] : [var.budget_tags]

    content {
      name   = "TagKeyValue"
      values = [for tag, value in cost_filter.value : format("user:%s$%s", tag, value)]
    }
  }

  notification {
    comparison_operator        = "GREATER_THAN"
    threshold                  = 100
    threshold_type             = "PERCENTAGE"
    notification_type          = "FORECASTED"
    subscriber_email_addresses = var.emails
  }

  lifecycle {
    precondition {
      condition     = length(var.emails) > 0
      error_message = "A budget that tells nobody limits nothing: name an address in emails."
    }
  }
}
