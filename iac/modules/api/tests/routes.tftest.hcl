# Which paths lead to the function, and how much of them. Runs without AWS.

mock_provider "aws" {
  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-central-1:111122223333:log-group:/aws/apigateway/towpath-prod-predict" }
  }
}

variables {
  name        = "towpath-prod-predict"
  description = "Predictions"
  kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/0d5b6c1e-1111-4222-8333-444455556666"
  function    = { name = "towpath-prod-predict-api", arn = "arn:aws:lambda:eu-central-1:111122223333:function:towpath-prod-predict-api" }
  routes = {
    "POST /predict" = { requests_per_second = 20, burst = 40 }
    "GET /health"   = {}
  }
}

run "every_path_leads_to_the_function" {
  command = plan

  assert {
    condition     = toset(keys(aws_apigatewayv2_route.this)) == toset(["POST /predict", "GET /health", "$default"])
    error_message = "Unknown paths are answered by the function too."
  }

  assert {
    condition     = length(aws_apigatewayv2_api.this.cors_configuration) == 0
    error_message = "No web page may call it unless it is named."
  }
}

run "what_costs_more_has_its_own_limit" {
  command = plan

  assert {
    condition     = [for settings in aws_apigatewayv2_stage.this.route_settings : settings.route_key] == ["POST /predict"]
    error_message = "Routes with limits, and only those."
  }

  assert {
    condition     = aws_apigatewayv2_stage.this.default_route_settings[0].throttling_burst_limit == 100
    error_message = "Everything else has the common limit."
  }
}

run "access_logs_hold_no_bodies" {
  command = plan

  assert {
    condition     = !strcontains(lower(aws_apigatewayv2_stage.this.access_log_settings[0].format), "body")
    error_message = "What was asked and answered is not for logs."
  }
}

run "a_named_page_may_call" {
  command = plan

  variables {
    cors_origins = ["https://housing.example.com"]
  }

  assert {
    condition     = toset(aws_apigatewayv2_api.this.cors_configuration[0].allow_methods) == toset(["GET", "POST"])
    error_message = "With the methods that there are."
  }
}

run "any_page_may_not" {
  command = plan

  variables {
    cors_origins = ["*"]
  }

  expect_failures = [var.cors_origins]
}

run "half_a_limit_is_none" {
  command = plan

  variables {
    routes = { "POST /predict" = { burst = 10 } }
  }

  expect_failures = [var.routes]
}

run "a_token_opens_all_but_the_open_routes" {
  command = plan

  variables {
    jwt         = { issuer = "https://login.example.com", audiences = ["housing"] }
    open_routes = ["GET /health"]
  }

  assert {
    condition     = { for key, route in aws_apigatewayv2_route.this : key => route.authorization_type } == { "POST /predict" = "JWT", "GET /health" = "NONE", "$default" = "JWT" }
    error_message = "Unknown paths need a token as well."
  }
}

run "only_a_route_can_be_open" {
  command = plan

  variables {
    open_routes = ["GET /healt"]
  }

  expect_failures = [var.open_routes]
}
