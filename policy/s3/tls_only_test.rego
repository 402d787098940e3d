# A refusal of plain HTTP is one only when nothing narrows it.
package s3.tls_only_test

import data.lib.fixture
import data.s3.tls_only

bucket := fixture.created("aws_s3_bucket", "raw", {"bucket": "raw"}, {})

refusal := {
	"Effect": "Deny",
	"Principal": "*",
	"Action": "s3:*",
	"Resource": ["arn:aws:s3:::raw", "arn:aws:s3:::raw/*"],
	"Condition": {"Bool": {"aws:SecureTransport": "false"}},
}

policy(change) := fixture.created(
	"aws_s3_bucket_policy", "raw", {
		"bucket": "raw",
		"policy": json.marshal({"Version": "2012-10-17", "Statement": [object.union(object.remove(refusal, object.keys(change)), change)]}),
	},
	{},
)

test_denies_a_bucket_without_policy if {
	count(tls_only.deny) == 1 with input as fixture.plan([bucket])
}

test_denies_what_is_narrower if {
	every change in [
		{"Effect": "Allow"},
		{"Principal": {"AWS": "arn:aws:iam::111122223333:root"}},
		{"Action": "s3:GetObject"},
		{"Resource": "arn:aws:s3:::raw/*"},
		{"Condition": {"Bool": {"aws:SecureTransport": "true"}}},
		{"Condition": {"Bool": {"aws:SecureTransport": "false"}, "StringEquals": {"aws:PrincipalOrgID": "o-1"}}},
	] {
		count(tls_only.deny) == 1 with input as fixture.plan([bucket, policy(change)])
	}
}

test_denies_what_is_no_policy if {
	broken := fixture.created("aws_s3_bucket_policy", "raw", {"bucket": "raw", "policy": "deny all"}, {})
	some finding in tls_only.deny with input as fixture.plan([bucket, broken])
	finding.unknown
	contains(finding.msg, "cannot be judged")
}

test_allows_a_refusal if {
	every change in [{}, {"Principal": {"AWS": ["*"]}}, {"Condition": {"Bool": {"AWS:SecureTransport": [false]}}}, {"Resource": "*"}] {
		count(tls_only.deny) == 0 with input as fixture.plan([bucket, policy(change)])
	}
}

document(effect) := fixture.read(
	"aws_iam_policy_document", "tls", {"statement": [{
		"effect": effect,
		"actions": ["s3:*"],
		"resources": [null, null],
		"principals": [{"type": "*", "identifiers": ["*"]}],
		"condition": [{"test": "Bool", "variable": "aws:SecureTransport", "values": ["false"]}],
	}]},
	{"json": true, "statement": [{
		"actions": [false],
		"resources": [true, true],
		"principals": [{"identifiers": [false]}],
		"condition": [{"values": [false]}],
	}]},
)

later := fixture.created("aws_s3_bucket_policy", "raw", {"bucket": "raw"}, {"policy": true})

blocks := [fixture.block("aws_s3_bucket_policy", "raw", {"policy": ["data.aws_iam_policy_document.tls.json", "data.aws_iam_policy_document.tls"]})]

test_allows_a_document_that_is_read_during_apply if {
	count(tls_only.deny) == 0 with input as fixture.configured([bucket, later, document("Deny")], blocks)
}

test_denies_a_document_that_allows if {
	some finding in tls_only.deny with input as fixture.configured([bucket, later, document(null)], blocks)
	not finding.unknown
}

test_unknown_policy_is_denied_as_unknown if {
	some finding in tls_only.deny with input as fixture.plan([bucket, later])
	finding.unknown
	finding.attribute == "policy"
}
