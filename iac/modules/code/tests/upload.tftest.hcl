# What is uploaded, and when not. Runs without AWS; this module's own folder stands for one with code.

mock_provider "aws" {}

variables {
  bucket   = "towpath-dev-artifacts-111122223333"
  folder   = "tests"
  expected = ["upload.tftest.hcl"]
}

run "every_file_of_the_folder" {
  command = plan

  assert {
    condition     = toset(keys(aws_s3_object.this)) == fileset("tests", "**")
    error_message = "Every file, and no other."
  }

  assert {
    condition     = aws_s3_object.this["upload.tftest.hcl"].key == "code/upload.tftest.hcl"
    error_message = "Files keep their names, under code/."
  }

  assert {
    condition     = aws_s3_object.this["upload.tftest.hcl"].source_hash == filesha256("tests/upload.tftest.hcl")
    error_message = "Other bytes are another upload."
  }
}

run "a_folder_that_was_not_built" {
  command = plan

  variables {
    expected = ["glue/clean_housing.py"]
  }

  expect_failures = [terraform_data.complete]
}

run "something_must_be_expected" {
  command = plan

  variables {
    expected = []
  }

  expect_failures = [var.expected]
}
