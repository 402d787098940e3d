# METADATA
# scope: package
# title: Image tags cannot be moved
# description: >-
#   What was scanned, approved and signed is an image; what a manifest names is often a tag. Where tags are mutable the
#   two can part ways between review and rollout, and a rollback by tag brings back something else.
# related_resources:
#   - ref: https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html
# custom:
#   severity: high
#   remedy: set `image_tag_mutability` to `IMMUTABLE`
package ecr.immutable_tags

import data.lib.plan

attribute := "image_tag_mutability"

deny contains plan.denied(repository, attribute, msg) if {
	some repository in plan.kept.aws_ecr_repository
	plan.is(repository, [attribute], {"IMMUTABLE"}) == "no"
	msg := sprintf("image tags of repository `%s` can be moved", [plan.label(repository, "name")])
}

deny contains plan.undecided(repository, attribute, msg) if {
	some repository in plan.kept.aws_ecr_repository
	plan.is(repository, [attribute], {"IMMUTABLE"}) == "unknown"
	msg := sprintf("whether image tags of repository `%s` can be moved %s", [
		plan.label(repository, "name"),
		plan.reason(repository, [attribute]),
	])
}
