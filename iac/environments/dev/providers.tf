provider "aws" {
  region = var.region

  # A plan for another account than the one that was meant ends here.
  allowed_account_ids = [var.account_id]

  default_tags {
    tags = {
      project     = var.project
      environment = var.environment
      managed-by  = "terraform"
    }
  }
}
