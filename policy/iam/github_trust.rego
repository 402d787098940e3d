# METADATA
# scope: package
# title: Roles trust one GitHub subject
# description: >-
#   GitHub signs tokens for every repository of the world with one issuer. Only the subject and the audience say which
#   workflow is calling, so a missing or wildcard subject hands the role to strangers, to forks, or to any branch.
# related_resources:
#   - ref: https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws
# custom:
#   severity: high
#   remedy: >-
#     require with `StringEquals` both `token.actions.githubusercontent.com:aud` = `sts.amazonaws.com` and an exact
#     `...:sub` such as `repo:owner/name:environment:prod`; list several subjects instead of a wildcard
package iam.github_trust

import data.lib.documents
import data.lib.plan
import data.lib.references

host := "token.actions.githubusercontent.com"

deny contains plan.denied(plan.at[address], "assume_role_policy", msg) if {
	some address, document in trusts
	some statement in document.statements
	trusts_github(statement) == "yes"
	some fault in faults(statement)
	msg := sprintf("role `%s` trusts GitHub %s", [plan.label(plan.at[address], "name"), fault])
}

deny contains plan.undecided(plan.at[address], "assume_role_policy", msg) if {
	some address, document in trusts
	some gap in document.gaps
	msg := sprintf("whom role `%s` trusts %s", [plan.label(plan.at[address], "name"), gap])
}

deny contains plan.undecided(plan.at[address], "assume_role_policy", msg) if {
	some address, document in trusts
	some statement in document.statements
	trusts_github(statement) == "unknown"
	msg := sprintf("whether role `%s` trusts GitHub is only known after apply", [plan.label(plan.at[address], "name")])
}

trusts[address] := documents.read(change, ["assume_role_policy"]) if {
	some address, change in plan.kept.aws_iam_role
}

# Known by the provider's ARN, by a condition on GitHub's claims, or, while the ARN is unknown, by the address of the
# provider that the statement refers to.
trusts_github(statement) := "no" if {
	not statement.allows
} else := "no" if {
	not web_identity(statement)
} else := "yes" if {
	some condition in statement.conditions
	startswith(condition.variable, host)
} else := "yes" if {
	some principal in statement.principals
	some identifier in principal.identifiers
	is_github(identifier)
} else := "yes" if {
	"principals" in statement.inverted
} else := "no" if {
	not "principals" in statement.open
} else := "yes" if {
	some provider in providers(statement)
	is_github(plan.value(provider, ["url"]))
} else := "no" if {
	# Another issuer: GitHub's address is a constant, so it cannot be what is still unknown.
	count(providers(statement)) > 0
} else := "unknown"

web_identity(statement) if {
	some action in statement.actions
	glob.match(action, [], "sts:assumerolewithwebidentity")
}

web_identity(statement) if "actions" in (statement.open | statement.inverted)

is_github(identifier) if {
	is_string(identifier)
	contains(identifier, host)
}

is_github(identifier) if identifier == "*"

providers(statement) := [plan.at[address] |
	some address in references.of_type(leads(statement), "aws_iam_openid_connect_provider")
]

leads(statement) := {address |
	source := plan.at[statement.source]
	blocks := object.get(references.declaration(source), ["expressions", "statement"], [])
	some index, block in blocks
	some position, _ in object.get(block, "principals", [])
	some address in references.resolve(source, ["statement", index, "principals", position, "identifiers"])
}

faults(statement) := {"without an exact subject" |
	not has_exact(statement, "sub")
} | {"without the audience `sts.amazonaws.com`" |
	not has_exact(statement, "aud")
}

# Conditions are joined by "and", so one exact one is enough. `StringLike` without a wildcard is exact as well.
has_exact(statement, claim) if {
	some condition in statement.conditions
	condition.test in {"StringEquals", "StringLike"}
	condition.variable == concat(":", [host, claim])
	count(condition.values) > 0
	every text in condition.values { exact(claim, text) }
}

exact(claim, text) if {
	claim == "aud"
	text == "sts.amazonaws.com"
}

exact(claim, text) if {
	claim == "sub"
	not regex.match(`[*?]`, text)
}
