# All four switches count, and none of them is guessed.
package s3.public_access_test

import data.lib.fixture
import data.s3.public_access

bucket := fixture.created("aws_s3_bucket", "raw", {"bucket": "housing-raw"}, {})

on := {
	"bucket": "housing-raw",
	"block_public_acls": true,
	"block_public_policy": true,
	"ignore_public_acls": true,
	"restrict_public_buckets": true,
}

block(values, unknown) := fixture.created("aws_s3_bucket_public_access_block", "raw", object.union(on, values), unknown)

test_denies_a_bucket_without_block if {
	count(public_access.deny) == 1 with input as fixture.plan([bucket])
}

test_denies_each_switch_that_is_off if {
	every switch in public_access.switches {
		some finding in public_access.deny with input as fixture.plan([bucket, block({switch: false}, {})])
		finding.attribute == switch
	}
}

test_denies_a_switch_that_is_not_set if {
	count(public_access.deny) == 1 with input as fixture.plan([bucket, block({"block_public_acls": null}, {})])
}

test_allows_all_four if {
	count(public_access.deny) == 0 with input as fixture.plan([bucket, block({}, {})])
}

test_unknown_switch_is_denied_as_unknown if {
	values := {"block_public_policy": null}
	some finding in public_access.deny with input as fixture.plan([bucket, block(values, {"block_public_policy": true})])
	finding.unknown
	finding.attribute == "block_public_policy"
}

test_a_switch_that_is_off_outweighs_an_unknown_one if {
	values := {"block_public_acls": null, "restrict_public_buckets": false}
	some finding in public_access.deny with input as fixture.plan([bucket, block(values, {"block_public_acls": true})])
	not finding.unknown
	finding.attribute == "restrict_public_buckets"
}
