# METADATA
# scope: package
# title: Buckets and the resources that configure them
# description: >-
#   Since version 4 of the AWS provider a bucket's encryption, versioning, policy and public access live in resources of
#   their own. This joins them to their buckets, and turns a rule's answers about them into findings about buckets.
package lib.buckets

import data.lib.plan
import data.lib.references

companion_types := {
	"aws_s3_bucket_policy",
	"aws_s3_bucket_public_access_block",
	"aws_s3_bucket_server_side_encryption_configuration",
	"aws_s3_bucket_versioning",
}

# Type -> bucket -> companion -> whether it certainly belongs to that bucket. Merged from one small object a claim: OPA
# takes minutes for a partial rule that groups a thousand values.
claimed := {type: object.union_n(merged) |
	some type in companion_types
	merged := [{bucket: {companion: certainty}} |
		some companion, change in plan.kept[type]
		some bucket, certainty in references.claims(change, "bucket", "aws_s3_bucket")
	]
}

# An answer about one companion: `yes`, `no` or `unknown`, and where in it a person should look.
answer(change, path, wanted) := {
	"answer": plan.is(change, path, wanted),
	"attribute": path[0],
	"reason": plan.reason(change, path),
}

# What to say about a bucket. `rule` holds the companions' `type`, the `answers` by companion address, and three ends
# of sentences that begin with the bucket: `missing`, `wrong`, and `right`.
findings(bucket, rule) := set() if {
	plan.any_of(outcomes(bucket, rule)) == "yes"
} else := {plan.denied(bucket, "", sprintf("bucket `%s` %s", [name(bucket), rule.missing]))} if {
	count(claims(bucket, rule)) == 0
} else := {finding |
	some companion in claims_by(bucket, rule, "no")
	answer_for := rule.answers[companion]
	finding := plan.denied(plan.at[companion], answer_for.attribute, sprintf("bucket `%s` %s", [name(bucket), rule.wrong]))
} if {
	plan.any_of(outcomes(bucket, rule)) == "no"
} else := {finding |
	some companion in claims_by(bucket, rule, "unknown")
	answer_for := rule.answers[companion]
	msg := sprintf("whether bucket `%s` %s %s", [name(bucket), rule.right, answer_for.reason])
	finding := plan.undecided(plan.at[companion], answer_for.attribute, msg)
} if {
	count(claims_by(bucket, rule, "unknown")) > 0
} else := {plan.undecided(bucket, "", msg)} if {
	msg := sprintf("whether bucket `%s` %s is only known after apply: the plan does not say which bucket a `%s` means", [
		name(bucket),
		rule.right,
		rule.type,
	])
}

claims(bucket, rule) := object.get(claimed, [rule.type, bucket.address], {})

# Companions that certainly belong to the bucket, and answer so.
claims_by(bucket, rule, wanted) := {companion |
	some companion, certainty in claims(bucket, rule)
	certainty == "yes"
	rule.answers[companion].answer == wanted
}

outcomes(bucket, rule) := {plan.all_of({certainty, rule.answers[companion].answer}) |
	some companion, certainty in claims(bucket, rule)
}

name(bucket) := plan.label(bucket, "bucket")
