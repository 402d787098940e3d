# What a repository promises. Runs without AWS.

mock_provider "aws" {}

variables {
  name        = "towpath-prod-frontend"
  kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/0d5b6c1e-1111-4222-8333-444455556666"
}

run "tags_never_move_and_pushes_are_scanned" {
  command = plan

  assert {
    condition     = aws_ecr_repository.this.image_tag_mutability == "IMMUTABLE"
    error_message = "What a tag named when it was reviewed is what it must name later."
  }

  assert {
    condition     = aws_ecr_repository.this.image_scanning_configuration[0].scan_on_push
    error_message = "Images are scanned when they arrive."
  }
}

run "a_rollback_must_find_its_image" {
  command = plan

  variables {
    keep_images = 3
  }

  expect_failures = [var.keep_images]
}

run "upper_case_is_no_name" {
  command = plan

  variables {
    name = "Frontend"
  }

  expect_failures = [var.name]
}
