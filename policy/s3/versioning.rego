# METADATA
# scope: package
# title: Buckets keep versions
# description: >-
#   A model release pins data by object version. Without versioning an overwritten training set or model artefact is
#   gone, and neither a rollback nor an audit can get it back.
# related_resources:
#   - ref: https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html
# custom:
#   severity: medium
#   remedy: add an `aws_s3_bucket_versioning` for the bucket with status `Enabled`
package s3.versioning

import data.lib.buckets
import data.lib.plan
import data.lib.references

deny contains finding if {
	some bucket in plan.kept.aws_s3_bucket
	not inline(bucket)
	some finding in buckets.findings(bucket, rule)
}

rule := {
	"type": "aws_s3_bucket_versioning",
	"answers": answers,
	"missing": "has no versioning configuration",
	"wrong": "has a versioning configuration that is not `Enabled`",
	"right": "keeps versions of its objects",
}

answers[address] := buckets.answer(change, ["versioning_configuration", 0, "status"], {"Enabled"}) if {
	some address, change in plan.kept.aws_s3_bucket_versioning
}

# The deprecated block inside the bucket counts where the configuration writes it.
inline(bucket) if {
	references.declares(bucket, "versioning")
	plan.is(bucket, ["versioning", 0, "enabled"], {true}) == "yes"
}
