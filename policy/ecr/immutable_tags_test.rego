# Unset is mutable: that is what ECR does.
package ecr.immutable_tags_test

import data.ecr.immutable_tags
import data.lib.fixture

repository(value, unknown) := fixture.created("aws_ecr_repository", "app", {"name": "app", "image_tag_mutability": value}, unknown)

test_denies_mutable_and_unset if {
	every value in ["MUTABLE", null, "IMMUTABLE_WITH_EXCLUSION"] {
		immutable_tags.deny == {{
			"msg": "image tags of repository `app` can be moved",
			"address": "aws_ecr_repository.app",
			"attribute": "image_tag_mutability",
		}} with input as fixture.plan([repository(value, {})])
	}
}

test_allows_immutable if {
	count(immutable_tags.deny) == 0 with input as fixture.plan([repository("IMMUTABLE", {})])
}

test_unknown_is_denied_as_unknown if {
	some finding in immutable_tags.deny with input as fixture.plan([repository(null, {"image_tag_mutability": true})])
	finding.unknown
	contains(finding.msg, "only known after apply")
}
