# The account of the local stand-ins, so that everything here plans and applies without AWS. Put yours, and your
# repository's ids: `gh api repos/<owner>/<repository> --jq '.owner.id, .id'`.
account_id   = "000000000000"
state_bucket = "towpath-state-000000000000"

github = {
  owner         = "towpath"
  owner_id      = "1000001"
  repository    = "towpath"
  repository_id = "2000002"
}

# The image of the local stand-ins, which run it as processes. On AWS: SageMaker's XGBoost, by its digest in your region.
training_image = "000000000000.dkr.ecr.eu-central-1.amazonaws.com/housing-xgboost@sha256:4abb13d926c4060816adce689789b6fcaca396b967df7362998e8b1b5c8b3885"
