# The plan's own shapes, as Terraform 1.11 writes them: modules, keys, counts, locals.
package lib.references_test

import data.lib.fixture
import data.lib.references

bucket(module, key) := inside(module, key, fixture.created("aws_s3_bucket", "b", {}, {"bucket": true}))

versioning(module, key) := inside(module, key, fixture.created("aws_s3_bucket_versioning", "v", {}, {"bucket": true}))

inside(module, key, change) := object.union(change, {
	"module_address": module,
	"address": concat("", [prefix, change.address, key]),
}) if {
	prefix := trim_prefix(concat("", [module, "."]), ".")
}

resources(leads) := [fixture.block("aws_s3_bucket", "b", {}), fixture.block("aws_s3_bucket_versioning", "v", {"bucket": leads})]

claims(changes, root) := found if {
	plan := {"resource_changes": changes, "configuration": {"root_module": root}}
	found := references.claims(changes[count(changes) - 1], "bucket", "aws_s3_bucket") with input as plan
}

test_same_key if {
	changes := [bucket("", `["a.b"]`), bucket("", `["c"]`), versioning("", `["a.b"]`)]
	claims(changes, {"resources": resources(["aws_s3_bucket.b", "each.key"])}) == {`aws_s3_bucket.b["a.b"]`: "yes"}
}

test_literal_key if {
	changes := [bucket("", `["a.b"]`), bucket("", `["c"]`), versioning("", "")]
	leads := [`aws_s3_bucket.b["a.b"].id`, `aws_s3_bucket.b["a.b"]`, "aws_s3_bucket.b"]
	claims(changes, {"resources": resources(leads)}) == {`aws_s3_bucket.b["a.b"]`: "yes"}
}

test_literal_key_with_quotes if {
	changes := [bucket("", `["a\"].c"]`), bucket("", `["c"]`), versioning("", "")]
	leads := [`aws_s3_bucket.b["a\"].c"].id`, `aws_s3_bucket.b["a\"].c"]`, "aws_s3_bucket.b"]
	claims(changes, {"resources": resources(leads)}) == {`aws_s3_bucket.b["a\"].c"]`: "yes"}
}

test_count if {
	changes := [bucket("", "[0]"), bucket("", "[1]"), versioning("", "[1]")]
	claims(changes, {"resources": resources(["aws_s3_bucket.b", "count.index"])}) == {"aws_s3_bucket.b[1]": "yes"}
}

test_one_of_a_splat_is_certain_and_two_are_not if {
	claims([bucket("", "[0]"), versioning("", "")], {"resources": resources(["aws_s3_bucket.b"])}) == {"aws_s3_bucket.b[0]": "yes"}
	claims([bucket("", "[0]"), bucket("", "[1]"), versioning("", "")], {"resources": resources(["aws_s3_bucket.b"])}) == {
		"aws_s3_bucket.b[0]": "unknown",
		"aws_s3_bucket.b[1]": "unknown",
	}
}

test_each_value if {
	blocks := [
		fixture.block("aws_s3_bucket", "b", {}),
		object.union(
			fixture.block("aws_s3_bucket_versioning", "v", {"bucket": ["each.value.id", "each.value"]}),
			{"for_each_expression": {"references": ["aws_s3_bucket.b"]}},
		),
	]
	changes := [bucket("", `["a"]`), bucket("", `["b"]`), versioning("", `["b"]`)]
	claims(changes, {"resources": blocks}) == {`aws_s3_bucket.b["b"]`: "yes"}
}

test_same_module_instance if {
	root := {"module_calls": {"lake": {"module": {"module_calls": {"raw": {"module": {"resources": resources(["aws_s3_bucket.b.id", "aws_s3_bucket.b"])}}}}}}}
	changes := [
		bucket(`module.lake["a"].module.raw`, ""),
		bucket(`module.lake["b"].module.raw`, ""),
		versioning(`module.lake["b"].module.raw`, ""),
	]
	claims(changes, root) == {`module.lake["b"].module.raw.aws_s3_bucket.b`: "yes"}
}

test_through_an_output_and_a_variable if {
	root := {"module_calls": {
		"lake": {"module": {
			"resources": [fixture.block("aws_s3_bucket", "b", {})],
			"outputs": {"bucket_id": {"expression": {"references": ["aws_s3_bucket.b.id", "aws_s3_bucket.b"]}}},
		}},
		"guard": {
			"expressions": {"bucket": {"references": ["module.lake", "each.key"]}},
			"module": {"resources": [fixture.block("aws_s3_bucket_versioning", "v", {"bucket": ["var.bucket"]})]},
		},
	}}
	changes := [bucket(`module.lake["a"]`, ""), bucket(`module.lake["b"]`, ""), versioning(`module.guard["a"]`, "")]
	claims(changes, root) == {`module.lake["a"].aws_s3_bucket.b`: "yes"}
}

test_a_local_makes_its_neighbours_suspects if {
	changes := [bucket("", ""), versioning("", "")]
	claims(changes, {"resources": resources(["local.bucket"])}) == {"aws_s3_bucket.b": "unknown"}
}

test_a_known_name_means_nothing_else if {
	named := object.union(versioning("", ""), {"change": {"after": {"bucket": "elsewhere"}}})
	claims([bucket("", ""), named], {"resources": []}) == {}
}
