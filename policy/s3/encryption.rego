# METADATA
# scope: package
# title: Buckets say how they encrypt
# description: >-
#   Training data, captured requests and models lie in buckets. S3 encrypts with its own key when nothing is said, and
#   nobody can then tell a decision from an oversight, nor see when a customer key is dropped.
# related_resources:
#   - ref: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-encryption.html
# custom:
#   severity: high
#   remedy: add an `aws_s3_bucket_server_side_encryption_configuration` for the bucket
package s3.encryption

import data.lib.buckets
import data.lib.plan
import data.lib.references

algorithms := {"AES256", "aws:kms", "aws:kms:dsse"}

deny contains finding if {
	some bucket in plan.kept.aws_s3_bucket
	not inline(bucket)
	some finding in buckets.findings(bucket, rule)
}

rule := {
	"type": "aws_s3_bucket_server_side_encryption_configuration",
	"answers": answers,
	"missing": "has no server-side encryption configuration",
	"wrong": "has an encryption configuration without an algorithm",
	"right": "encrypts its objects",
}

answers[address] := buckets.answer(change, ["rule", 0, "apply_server_side_encryption_by_default", 0, "sse_algorithm"], algorithms) if {
	some address, change in plan.kept.aws_s3_bucket_server_side_encryption_configuration
}

# The deprecated block inside the bucket counts where the configuration writes it; otherwise the provider only reports
# what S3 does by itself.
inline(bucket) if {
	references.declares(bucket, "server_side_encryption_configuration")
	plan.is(bucket, ["server_side_encryption_configuration", 0, "rule", 0, "apply_server_side_encryption_by_default", 0, "sse_algorithm"], algorithms) == "yes"
}
