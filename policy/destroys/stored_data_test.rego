# Every way to lose data, also the quiet ones, and a way that is not known yet.
package destroys.stored_data_test

import data.destroys.stored_data
import data.lib.fixture

change(type, actions) := fixture.change(type, "x", actions, null, {})

test_denies_each_way_to_lose_data if {
	every actions in [["delete"], ["delete", "create"], ["create", "delete"], ["forget"], ["create", "forget"]] {
		some finding in stored_data.deny with input as fixture.plan([change("aws_s3_bucket", actions)])
		finding.address == "aws_s3_bucket.x"
		not finding.unknown
	}
}

test_denies_each_kind_of_holder if {
	every type in stored_data.holders {
		count(stored_data.deny) == 1 with input as fixture.plan([change(type, ["delete"])])
	}
}

test_denies_a_deposed_object if {
	left := object.union(change("aws_db_instance", ["delete"]), {"deposed": "0a1b2c3d"})
	count(stored_data.deny) == 1 with input as fixture.plan([left])
}

test_says_what_forces_a_replacement if {
	replaced := object.union(change("aws_dynamodb_table", ["delete", "create"]), {"change": {"replace_paths": [["hash_key"]]}})
	stored_data.deny == {{
		"msg": "`aws_dynamodb_table.x` would be replaced, and its data destroyed (forced by `hash_key`)",
		"address": "aws_dynamodb_table.x",
		"attribute": "hash_key",
	}} with input as fixture.plan([replaced])
}

test_allows_what_keeps_data if {
	changes := [
		change("aws_s3_bucket", ["create"]),
		change("aws_kms_key", ["update"]),
		change("aws_ecr_repository", ["no-op"]),
		change("aws_sagemaker_endpoint_configuration", ["create", "delete"]),
		change("aws_iam_role", ["delete"]),
	]
	count(stored_data.deny) == 0 with input as fixture.plan(changes)
}

test_unknown_action_is_denied_as_unknown if {
	some finding in stored_data.deny with input as fixture.plan([change("aws_s3_bucket", ["evict"])])
	finding.unknown
}
