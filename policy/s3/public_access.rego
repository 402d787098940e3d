# METADATA
# scope: package
# title: Buckets block public access
# description: >-
#   One wrong bucket policy or object ACL publishes a data set. A public access block with all four switches on makes
#   that mistake harmless, also for the policy that somebody writes next year.
# related_resources:
#   - ref: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
# custom:
#   severity: high
#   remedy: add an `aws_s3_bucket_public_access_block` for the bucket with all four switches true
package s3.public_access

import data.lib.buckets
import data.lib.plan

switches := ["block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"]

deny contains finding if {
	some bucket in plan.kept.aws_s3_bucket
	some finding in buckets.findings(bucket, rule)
}

rule := {
	"type": "aws_s3_bucket_public_access_block",
	"answers": answers,
	"missing": "has no public access block",
	"wrong": "has a public access block with a switch that is off",
	"right": "blocks public access",
}

# The worst switch speaks for all.
answers[address] := worst(change, {plan.is(change, [switch], {true}) | some switch in switches}) if {
	some address, change in plan.kept.aws_s3_bucket_public_access_block
}

worst(change, found) := [buckets.answer(change, [switch], {true}) |
	some switch in switches
	plan.is(change, [switch], {true}) == plan.all_of(found)
][0]
