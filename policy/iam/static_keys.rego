# METADATA
# scope: package
# title: No users, no access keys
# description: >-
#   A key that does not expire is a key that leaks: into a log, a laptop, a state file. Workflows sign in by OIDC and
#   services by their role, so that nothing is left to steal or to rotate.
# related_resources:
#   - ref: https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html
# custom:
#   severity: high
#   remedy: use a role, with OIDC for workflows and IAM Identity Center for people
package iam.static_keys

import data.lib.plan

# Access keys land in the state in clear, and so do generated passwords.
standing := {
	"aws_iam_access_key": "a long-lived access key",
	"aws_iam_service_specific_credential": "a long-lived credential",
	"aws_iam_user": "an IAM user",
	"aws_iam_user_login_profile": "a password for an IAM user",
	"aws_iam_user_ssh_key": "an SSH key for an IAM user",
}

deny contains plan.denied(change, "", msg) if {
	some type, noun in standing
	some change in plan.kept[type]
	msg := sprintf("`%s` is %s", [change.address, noun])
}
