# An HTTP API in front of one function: which paths exist, how much of them may be asked for, what is written down about
# each request. What a request means is the function's business, also its errors: it gets every path, so that an unknown
# one is answered as all other errors are.

resource "aws_apigatewayv2_api" "this" {
  name          = var.name
  description   = var.description
  protocol_type = "HTTP"

  dynamic "cors_configuration" {
    for_each = length(var.cors_origins) == 0 ? [] : [var.cors_origins]

    content {
      allow_origins = cors_configuration.value
      allow_methods = distinct([for route in keys(var.routes) : split(" ", route)[0]])
      allow_headers = ["authorization", "content-type"]
      max_age       = 3600
    }
  }
}

resource "aws_apigatewayv2_integration" "function" {
  api_id                 = aws_apigatewayv2_api.this.id
  integration_type       = "AWS_PROXY"
  integration_uri        = var.function.arn
  payload_format_version = "2.0"
  timeout_milliseconds   = var.timeout_milliseconds
}

resource "aws_apigatewayv2_route" "this" {
  for_each = toset(concat(keys(var.routes), ["$default"]))

  api_id    = aws_apigatewayv2_api.this.id
  route_key = each.value
  target    = "integrations/${aws_apigatewayv2_integration.function.id}"

  authorization_type = var.jwt == null || contains(var.open_routes, each.value) ? "NONE" : "JWT"
  authorizer_id      = var.jwt == null || contains(var.open_routes, each.value) ? null : aws_apigatewayv2_authorizer.jwt[0].id
}

# Whose tokens open the API, where it is not for everyone who can reach it.
resource "aws_apigatewayv2_authorizer" "jwt" {
  count = var.jwt == null ? 0 : 1

  api_id           = aws_apigatewayv2_api.this.id
  name             = "jwt"
  authorizer_type  = "JWT"
  identity_sources = ["$request.header.Authorization"]

  jwt_configuration {
    issuer   = var.jwt.issuer
    audience = var.jwt.audiences
  }
}

resource "aws_apigatewayv2_stage" "this" {
  api_id      = aws_apigatewayv2_api.this.id
  name        = "$default"
  auto_deploy = true

  default_route_settings {
    detailed_metrics_enabled = true
    throttling_burst_limit   = var.throttling.burst
    throttling_rate_limit    = var.throttling.requests_per_second
  }

  dynamic "route_settings" {
    for_each = { for route, limits in var.routes : route => limits if limits.burst != null && limits.requests_per_second != null }

    content {
      route_key                = route_settings.key
      detailed_metrics_enabled = true
      throttling_burst_limit   = route_settings.value.burst
      throttling_rate_limit    = route_settings.value.requests_per_second
    }
  }

  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.access.arn

    # Who asked for what, and how it went; nothing of what was asked or answered.
    format = jsonencode({
      time               = "$context.requestTime"
      request            = "$context.requestId"
      address            = "$context.identity.sourceIp"
      method             = "$context.httpMethod"
      path               = "$context.path"
      route              = "$context.routeKey"
      status             = "$context.status"
      bytes              = "$context.responseLength"
      milliseconds       = "$context.responseLatency"
      function_status    = "$context.integrationStatus"
      function_millis    = "$context.integrationLatency"
      function_error     = "$context.integrationErrorMessage"
      gateway_error_type = "$context.error.responseType"
    })
  }

  # A route's settings are refused before the route exists.
  depends_on = [aws_apigatewayv2_route.this]
}

resource "aws_cloudwatch_log_group" "access" {
  name              = "/aws/apigateway/${var.name}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
}

resource "aws_lambda_permission" "this" {
  statement_id  = "api-${var.name}"
  action        = "lambda:InvokeFunction"
  function_name = var.function.name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.this.execution_arn}/*/*"
}
