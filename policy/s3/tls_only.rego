# METADATA
# scope: package
# title: Buckets refuse plain HTTP
# description: >-
#   S3 answers without TLS unless a bucket policy says no. A deny statement on `aws:SecureTransport` for everyone, on the
#   bucket and on its objects, keeps data and signed requests off the wire in clear.
# related_resources:
#   - ref: https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html
# custom:
#   severity: medium
#   remedy: >-
#     add an `aws_s3_bucket_policy` that denies `s3:*` to everyone on the bucket and `/*` when `aws:SecureTransport` is
#     false; as an `aws_iam_policy_document`, so that a first plan can be read
package s3.tls_only

import data.lib.buckets
import data.lib.documents
import data.lib.plan

deny contains finding if {
	some bucket in plan.kept.aws_s3_bucket
	some finding in buckets.findings(bucket, rule)
}

rule := {
	"type": "aws_s3_bucket_policy",
	"answers": answers,
	"missing": "has no policy that refuses plain HTTP",
	"wrong": "has a policy that lets plain HTTP through",
	"right": "refuses plain HTTP",
}

answers[address] := {"answer": judged(document), "attribute": "policy", "reason": reason(document)} if {
	some address, change in plan.kept.aws_s3_bucket_policy
	document := documents.read(change, ["policy"])
}

judged(document) := "yes" if {
	some statement in document.statements
	refuses_http(statement)
} else := "unknown" if {
	count(document.gaps) > 0
} else := "unknown" if {
	some statement in document.statements
	not statement.allows
	count(statement.open) > 0
} else := "no"

reason(document) := concat(" and ", document.gaps) if {
	count(document.gaps) > 0
} else := "is only known after apply"

# Any further condition would narrow the refusal, so exactly one is asked for.
refuses_http(statement) if {
	not statement.allows
	count(statement.inverted) == 0
	not "conditions" in statement.open
	count(statement.conditions) == 1
	some condition in statement.conditions
	condition.test in {"Bool", "BoolIfExists"}
	condition.variable == "aws:securetransport"
	condition.values == ["false"]
	some principal in statement.principals
	principal.type in {"*", "AWS"}
	"*" in principal.identifiers
	some action in statement.actions
	action in {"*", "s3:*"}
	covers_bucket_and_objects(statement)
}

covers_bucket_and_objects(statement) if {
	"*" in statement.resources
}

covers_bucket_and_objects(statement) if {
	some bucket in statement.resources
	concat("", [bucket, "/*"]) in statement.resources
}

covers_bucket_and_objects(statement) if {
	some bucket in statement.resources
	startswith(bucket, "arn:")
	endswith(bucket, "*")
	not contains(bucket, "/")
}

# The bucket's ARN is only known after apply: two resources, or one beside a known one, stand for the pair.
covers_bucket_and_objects(statement) if {
	statement.later > 0
	statement.later + count(statement.resources) > 1
}
