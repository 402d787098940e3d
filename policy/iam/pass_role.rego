# METADATA
# scope: package
# title: PassRole names the roles and the service
# description: >-
#   Whoever may pass any role to a service may run code with the most powerful role of the account: start a training job
#   with it, and it is theirs. A pipeline passes one or two roles, to one service each.
# related_resources:
#   - ref: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
# custom:
#   severity: high
#   remedy: >-
#     give `iam:PassRole` a statement of its own, with the ARNs of the roles and a `StringEquals` condition on
#     `iam:PassedToService`
package iam.pass_role

import data.lib.documents
import data.lib.plan

deny contains plan.denied(plan.at[where[0]], where[1], msg) if {
	some where, document in documents.grants
	some statement in document.statements
	passes_roles(statement)
	some fault in faults(statement)
	msg := sprintf("`%s` may pass %s", [where[0], fault])
}

deny contains plan.undecided(plan.at[where[0]], where[1], msg) if {
	some where, document in documents.grants
	some gap in document.gaps
	msg := sprintf("whether `%s` may pass roles %s", [where[0], gap])
}

deny contains plan.undecided(plan.at[where[0]], where[1], msg) if {
	some where, document in documents.grants
	some statement in document.statements
	undecided(statement)
	msg := sprintf("which roles `%s` may pass is only known after apply", [where[0]])
}

passes_roles(statement) if {
	statement.allows
	some action in statement.actions
	glob.match(action, [], "iam:passrole")
}

passes_roles(statement) if {
	statement.allows
	"actions" in statement.inverted
}

undecided(statement) if {
	statement.allows
	"actions" in statement.open
}

undecided(statement) if {
	passes_roles(statement)
	"resources" in statement.open
}

faults(statement) := {sprintf("any role that matches `%s`", [resource]) |
	some resource in statement.resources
	not names_roles(resource)
} | ({"every role but the ones it names" |
	"resources" in statement.inverted
} | {"roles to any service (no `iam:PassedToService` condition)" |
	not names_service(statement)
})

# A prefix (`role/housing-*`) is a name; a wildcard for the whole name or for the account is not.
names_roles(resource) if regex.match(`^arn:[^:*?]+:iam::[^:*?]+:role/[^*?]*[A-Za-z0-9_+=,.@-][^*?]*\*?$`, resource)

names_service(statement) if {
	some condition in statement.conditions
	condition.test in {"StringEquals", "ForAnyValue:StringEquals", "StringLike"}
	condition.variable == "iam:passedtoservice"
	count(condition.values) > 0
	every service in condition.values { regex.match(`^[a-z0-9.-]+$`, service) }
}
