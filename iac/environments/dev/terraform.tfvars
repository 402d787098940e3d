# The account of the local stand-ins, so that everything here plans and applies without AWS. Put yours.
account_id = "000000000000"

# The image of the local stand-ins, which run it as processes. On AWS: SageMaker's XGBoost, by its digest in your region.
training_image = "000000000000.dkr.ecr.eu-central-1.amazonaws.com/housing-xgboost@sha256:4abb13d926c4060816adce689789b6fcaca396b967df7362998e8b1b5c8b3885"
