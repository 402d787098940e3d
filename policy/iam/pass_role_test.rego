# Roles by name and a service by name: both, or denied.
package iam.pass_role_test

import data.iam.pass_role
import data.lib.fixture

role := "arn:aws:iam::111122223333:role/housing-training"

to(service) := {"StringEquals": {"iam:PassedToService": service}}

findings(action, resource, condition) := found if {
	statement := {"Effect": "Allow", "Action": action, "Resource": resource, "Condition": condition}
	policy := fixture.created("aws_iam_policy", "ci", {"policy": json.marshal({"Statement": [statement]})}, {})
	found := pass_role.deny with input as fixture.plan([policy])
}

test_denies_roles_that_are_not_named if {
	every resource in ["*", "arn:aws:iam::111122223333:role/*", "arn:aws:iam::*:role/housing-training", "arn:aws:iam::111122223333:*"] {
		count(findings("iam:PassRole", resource, to("sagemaker.amazonaws.com"))) == 1
	}
}

test_denies_any_service if {
	every condition in [{}, to("*"), {"StringNotEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}] {
		count(findings("iam:PassRole", role, condition)) == 1
	}
}

test_denies_actions_that_include_it if {
	every action in ["iam:*", "*", "iam:Pass*", "iam:?assrole"] {
		count(findings(action, role, {})) == 1
	}
}

test_allows_named_roles_and_service if {
	count(findings("iam:PassRole", role, to("sagemaker.amazonaws.com"))) == 0
	count(findings("iam:PassRole", "arn:aws:iam::111122223333:role/housing-*", to(["sagemaker.amazonaws.com", "glue.amazonaws.com"]))) == 0
	count(findings("iam:GetRole", "*", {})) == 0
}

later := fixture.created("aws_iam_role_policy", "ci", {}, {"policy": true})

blocks := [fixture.block("aws_iam_role_policy", "ci", {"policy": ["data.aws_iam_policy_document.ci.json", "data.aws_iam_policy_document.ci"]})]

document(mask) := fixture.read(
	"aws_iam_policy_document", "ci", {"statement": [{
		"actions": ["iam:PassRole"],
		"resources": [null],
		"condition": [{"test": "StringEquals", "variable": "iam:PassedToService", "values": ["sagemaker.amazonaws.com"]}],
	}]},
	{"json": true, "statement": [mask]},
)

test_allows_the_role_that_this_plan_creates if {
	count(pass_role.deny) == 0 with input as fixture.configured([later, document({"resources": [true]})], blocks)
}

test_unknown_roles_are_denied_as_unknown if {
	some finding in pass_role.deny with input as fixture.configured([later, document({"resources": true})], blocks)
	finding.unknown
}

test_unknown_policy_is_denied_as_unknown if {
	some finding in pass_role.deny with input as fixture.plan([later])
	finding.unknown
}
