# Literal wildcards are found in strings and in documents that are read during apply; an ARN that comes later is none.
package iam.wildcard_test

import data.iam.wildcard
import data.lib.fixture

policy(statement) := fixture.created("aws_iam_policy", "train", {"policy": json.marshal({"Statement": statement})}, {})

allow(actions, resources) := {"Effect": "Allow", "Action": actions, "Resource": resources}

object_arn := "arn:aws:s3:::housing/*"

findings(statement) := found if {
	found := wildcard.deny with input as fixture.plan([policy(statement)])
}

test_denies_wildcards if {
	every statement in [
		allow("*", object_arn),
		allow("s3:*", object_arn),
		allow("S3:?*", object_arn),
		allow("s3:GetObject", "*"),
		allow(["s3:ListBucket", "s3:GetObject"], ["*"]),
		allow(["glue:GetSecurityConfiguration", "glue:GetConnection"], "*"),
		allow("s3:GetObject", "arn:aws:s3:::*"),
		allow("s3:GetObject", "arn:aws:s3:::*/*"),
		allow("sagemaker:CreateModel", "arn:aws:sagemaker:*"),
		{"Effect": "Allow", "NotAction": "iam:*", "Resource": object_arn},
		{"Effect": "Allow", "Action": "s3:GetObject", "NotResource": object_arn},
		{"Effect": "allow", "Action": "s3:*", "Resource": object_arn},
	] {
		count(findings([statement])) == 1
	}
}

test_allows_what_is_named_or_harmless if {
	every statement in [
		allow(["s3:GetObject", "s3:List*"], object_arn),
		allow(["ecr:GetAuthorizationToken", "ec2:Describe*"], "*"),
		allow("glue:GetSecurityConfiguration", "*"),
		allow("s3:GetObject", "arn:aws:s3:::housing-*"),
		{"Effect": "Deny", "Action": "*", "Resource": "*"},
	] {
		count(findings([statement])) == 0
		count(findings(statement)) == 0
	}
}

test_denies_the_administrator_by_attachment if {
	attachment := fixture.created("aws_iam_role_policy_attachment", "ci", {"policy_arn": "arn:aws:iam::aws:policy/AdministratorAccess"}, {})
	some finding in wildcard.deny with input as fixture.plan([attachment])
	finding.attribute == "policy_arn"
}

test_allows_the_attachment_of_a_policy_of_this_plan if {
	attachment := fixture.created("aws_iam_role_policy_attachment", "ci", {}, {"policy_arn": true})
	blocks := [fixture.block("aws_iam_role_policy_attachment", "ci", {"policy_arn": ["aws_iam_policy.train.arn", "aws_iam_policy.train"]})]
	changes := [attachment, policy(allow("s3:GetObject", object_arn))]
	count(wildcard.deny) == 0 with input as fixture.configured(changes, blocks)
}

test_unknown_attachment_is_denied_as_unknown if {
	attachment := fixture.created("aws_iam_role_policy_attachment", "ci", {}, {"policy_arn": true})
	some finding in wildcard.deny with input as fixture.plan([attachment])
	finding.unknown
}

later := fixture.created("aws_iam_role_policy", "train", {}, {"policy": true})

blocks := [fixture.block("aws_iam_role_policy", "train", {"policy": ["data.aws_iam_policy_document.train.json", "data.aws_iam_policy_document.train"]})]

document(actions, mask) := fixture.read(
	"aws_iam_policy_document", "train", {"statement": [{
		"effect": null,
		"actions": actions,
		"resources": [null],
	}]},
	{"json": true, "statement": [mask]},
)

test_judges_the_known_part_of_a_document if {
	mask := {"actions": [false], "resources": [true]}
	count(wildcard.deny) == 1 with input as fixture.configured([later, document(["s3:*"], mask)], blocks)
	count(wildcard.deny) == 0 with input as fixture.configured([later, document(["s3:GetObject"], mask)], blocks)
}

test_unknown_parts_are_denied_as_unknown if {
	every mask in [{"actions": [true], "resources": [false]}, {"actions": [false], "resources": true}] {
		some finding in wildcard.deny with input as fixture.configured([later, document([null], mask)], blocks)
		finding.unknown
	}
}

test_unknown_policy_is_denied_as_unknown if {
	some finding in wildcard.deny with input as fixture.plan([later])
	finding.unknown
	contains(finding.msg, "only known after apply")
}

test_sensitive_policy_cannot_be_judged if {
	hidden := fixture.created("aws_iam_policy", "train", {"policy": "(sensitive-1)"}, {})
	some finding in wildcard.deny with input as fixture.plan([hidden])
	finding.unknown
	contains(finding.msg, "cannot be judged")
}
