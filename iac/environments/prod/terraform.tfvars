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
