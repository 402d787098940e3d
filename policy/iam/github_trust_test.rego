# Subject and audience, both exact; other issuers are none of this rule's business.
package iam.github_trust_test

import data.iam.github_trust
import data.lib.fixture

provider := "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"

role(principal, condition) := fixture.created(
	"aws_iam_role", "ci", {
		"name": "ci",
		"assume_role_policy": json.marshal({"Statement": [{
			"Effect": "Allow",
			"Principal": principal,
			"Action": "sts:AssumeRoleWithWebIdentity",
			"Condition": condition,
		}]}),
	},
	{},
)

subject(text) := {"StringEquals": {
	"token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
	"token.actions.githubusercontent.com:sub": text,
}}

findings(condition) := found if {
	found := github_trust.deny with input as fixture.plan([role({"Federated": provider}, condition)])
}

test_denies_loose_conditions if {
	every condition in [
		{"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}},
		{"StringEquals": {"token.actions.githubusercontent.com:sub": "repo:o/r:environment:prod"}},
		{
			"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"},
			"StringLike": {"token.actions.githubusercontent.com:sub": "repo:o/*:environment:prod"},
		},
		{"ForAllValues:StringEquals": {"token.actions.githubusercontent.com:sub": "repo:o/r:environment:prod"}, "StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}},
		subject(["repo:o/r:environment:prod", "repo:o/r:*"]),
		subject([]),
	] {
		count(findings(condition)) == 1
	}
	count(findings({})) == 2
}

test_allows_exact_subjects if {
	count(findings(subject("repo:o/r:environment:prod"))) == 0
	count(findings(subject(["repo:o/r:environment:prod", "repo:o@1/r@2:environment:prod"]))) == 0
}

test_allows_other_trust if {
	other := {"Federated": "arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/A"}
	count(github_trust.deny) == 0 with input as fixture.plan([role(other, {})])
	service := fixture.created(
		"aws_iam_role", "glue", {"assume_role_policy": json.marshal({"Statement": {
			"Effect": "Allow",
			"Principal": {"Service": "glue.amazonaws.com"},
			"Action": "sts:AssumeRole",
		}})},
		{},
	)
	count(github_trust.deny) == 0 with input as fixture.plan([service])
}

# The provider is created by the same plan, so its ARN is not known.
document(condition) := fixture.read(
	"aws_iam_policy_document", "trust", {"statement": [{
		"actions": ["sts:AssumeRoleWithWebIdentity"],
		"principals": [{"type": "Federated", "identifiers": [null]}],
		"condition": condition,
	}]},
	{"json": true, "statement": [{
		"actions": [false],
		"principals": [{"identifiers": [true]}],
		"condition": [],
	}]},
)

later := fixture.created("aws_iam_role", "ci", {"name": "ci"}, {"assume_role_policy": true})

issuer(url) := fixture.created("aws_iam_openid_connect_provider", "idp", {"url": url}, {"arn": true})

blocks := [
	fixture.block("aws_iam_role", "ci", {"assume_role_policy": ["data.aws_iam_policy_document.trust.json", "data.aws_iam_policy_document.trust"]}),
	{
		"address": "data.aws_iam_policy_document.trust",
		"expressions": {"statement": [{"principals": [{"identifiers": {"references": ["aws_iam_openid_connect_provider.idp.arn", "aws_iam_openid_connect_provider.idp"]}}]}]},
	},
]

test_follows_the_reference_to_the_provider if {
	count(github_trust.deny) == 2 with input as fixture.configured([later, document([]), issuer("https://token.actions.githubusercontent.com")], blocks)
	count(github_trust.deny) == 0 with input as fixture.configured([later, document([]), issuer("https://oidc.example.com")], blocks)
}

test_unknown_issuer_is_denied_as_unknown if {
	some finding in github_trust.deny with input as fixture.configured([later, document([])], [blocks[0]])
	finding.unknown
}

test_unknown_trust_is_denied_as_unknown if {
	some finding in github_trust.deny with input as fixture.plan([later])
	finding.unknown
	contains(finding.msg, "only known after apply")
}
