# METADATA
# scope: package
# title: Permissions name their actions and resources
# description: >-
#   A role that may do every action of a service, or anything to every resource, turns one leaked token or one injected
#   prompt into the whole account. What a pipeline needs is known; the policy can say it.
# related_resources:
#   - ref: https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html
# custom:
#   severity: high
#   remedy: >-
#     list the actions and the ARNs that are needed; write the policy as an `aws_iam_policy_document`, so that a first
#     plan can be read
package iam.wildcard

import data.lib.documents
import data.lib.plan
import data.lib.references

# Actions that AWS cannot limit to a resource and that give nothing away; listing and describing is harmless too.
without_resource := {
	"cloudwatch:putmetricdata",
	"ec2:createnetworkinterface",
	"ec2:deletenetworkinterface",
	"ecr:getauthorizationtoken",
	"glue:getsecurityconfiguration",
	"logs:createloggroup",
	"sts:getcalleridentity",
	"sts:getservicebearertoken",
	"xray:puttelemetryrecords",
	"xray:puttracesegments",
}

deny contains plan.denied(plan.at[where[0]], where[1], msg) if {
	some where, document in documents.grants
	some statement in document.statements
	some fault in faults(statement)
	msg := sprintf("`%s` allows %s", [where[0], fault])
}

deny contains plan.undecided(plan.at[where[0]], where[1], msg) if {
	some where, document in documents.grants
	some gap in document.gaps
	msg := sprintf("what `%s` allows %s", [where[0], gap])
}

deny contains plan.undecided(plan.at[where[0]], where[1], msg) if {
	some where, document in documents.grants
	some statement in document.statements
	statement.allows
	some part in ["actions", "resources"]
	part in statement.open
	msg := sprintf("the %s that `%s` allows are not known before apply", [part, where[0]])
}

# AWS's own policies that grant whole services, attached by ARN.
deny contains plan.denied(change, "policy_arn", msg) if {
	some change in attachments
	arn := plan.value(change, ["policy_arn"])
	is_broad(arn)
	msg := sprintf("`%s` attaches `%s`, which allows whole services", [change.address, arn])
}

deny contains plan.denied(change, "managed_policy_arns", msg) if {
	some change in plan.kept.aws_iam_role
	writes_arns(change)
	some arn in plan.items(change, ["managed_policy_arns"])
	is_broad(arn)
	msg := sprintf("`%s` attaches `%s`, which allows whole services", [change.address, arn])
}

# An ARN that is only known after apply is that of a policy of this plan, which is judged itself, or nobody's.
deny contains plan.undecided(change, "policy_arn", msg) if {
	some change in attachments
	plan.status(change, ["policy_arn"]) != "known"
	count(references.of_type(references.resolve(change, ["policy_arn"]), "aws_iam_policy")) == 0
	msg := sprintf("which policy `%s` attaches %s", [change.address, plan.reason(change, ["policy_arn"])])
}

attachments contains change if {
	some type in [
		"aws_iam_group_policy_attachment",
		"aws_iam_policy_attachment",
		"aws_iam_role_policy_attachment",
		"aws_iam_user_policy_attachment",
	]
	some change in plan.kept[type]
}

# Of an old role the provider also reports what separate attachments have set so far.
writes_arns(change) if references.declares(change, "managed_policy_arns")

writes_arns(change) if change.change.actions == ["create"]

is_broad(arn) if {
	is_string(arn)
	regex.match(`^arn:[^:]*:iam::aws:policy/(.*/)?(AdministratorAccess|PowerUserAccess|[^/]*FullAccess)$`, arn)
}

faults(statement) := set() if {
	not statement.allows
} else := ({sprintf("every action of a service (`%s`)", [action]) |
	some action in statement.actions
	whole_service(action)
} | {sprintf("all %s but the ones it names", [part]) |
	some part in statement.inverted
	part in {"actions", "resources"}
}) | {sprintf("`%s` on every resource (`%s`)", [action, resource]) |
	some resource in statement.resources
	every_resource(resource)
	action := [candidate | some candidate in statement.actions; not harmless(candidate)][0]
}

# `*`, `s3:*`, `s3:?*`: nothing is left when the wildcards are taken away.
whole_service(action) if trim(regex.replace(action, `^[a-z0-9*?-]*:`, ""), "*?") == ""

every_resource(resource) if trim(resource, "*") == ""

every_resource(resource) if regex.match(`^arn:(\*|[^:]*:\*|[^:]*:[^:]*:\*|[^:]*:[^:]*:[^:]*:\*|[^:]*:[^:]*:[^:]*:[^:]*:[*/:]*\*[*/:]*)$`, resource)

harmless(action) if action in without_resource

harmless(action) if regex.match(`^[a-z0-9-]+:(describe|list)[a-z*?]*$`, action)
