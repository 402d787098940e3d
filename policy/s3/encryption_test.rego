# Encryption is looked for by name, by reference, and not found in another bucket's configuration.
package s3.encryption_test

import data.lib.fixture
import data.s3.encryption

bucket := fixture.created("aws_s3_bucket", "raw", {"bucket": "housing-raw"}, {"id": true})

config(name, algorithm) := fixture.created(
	"aws_s3_bucket_server_side_encryption_configuration", "raw",
	{"bucket": name, "rule": [{"apply_server_side_encryption_by_default": [{"sse_algorithm": algorithm}]}]}, {},
)

unbound := fixture.created(
	"aws_s3_bucket_server_side_encryption_configuration", "raw",
	{"rule": [{"apply_server_side_encryption_by_default": [{"sse_algorithm": "AES256"}]}]}, {"bucket": true},
)

test_denies_a_bucket_without_configuration if {
	encryption.deny == {{
		"msg": "bucket `housing-raw` has no server-side encryption configuration",
		"address": "aws_s3_bucket.raw",
	}} with input as fixture.plan([bucket])
}

test_denies_when_another_bucket_is_encrypted if {
	count(encryption.deny) == 1 with input as fixture.plan([bucket, config("other", "AES256")])
}

test_denies_a_configuration_without_algorithm if {
	some finding in encryption.deny with input as fixture.plan([bucket, config("housing-raw", null)])
	finding.address == "aws_s3_bucket_server_side_encryption_configuration.raw"
	finding.attribute == "rule"
	not finding.unknown
}

test_denies_a_bucket_that_the_plan_leaves_as_it_is if {
	kept := fixture.change("aws_s3_bucket", "old", ["no-op"], {"bucket": "old"}, {})
	count(encryption.deny) == 1 with input as fixture.plan([kept])
}

test_allows_by_name if {
	count(encryption.deny) == 0 with input as fixture.plan([bucket, config("housing-raw", "aws:kms")])
}

test_allows_by_reference if {
	blocks := [fixture.block("aws_s3_bucket_server_side_encryption_configuration", "raw", {"bucket": ["aws_s3_bucket.raw.id", "aws_s3_bucket.raw"]})]
	count(encryption.deny) == 0 with input as fixture.configured([bucket, unbound], blocks)
}

test_allows_a_destroyed_bucket if {
	gone := fixture.change("aws_s3_bucket", "raw", ["delete"], null, {})
	count(encryption.deny) == 0 with input as fixture.plan([gone])
}

test_unknown_algorithm_is_denied_as_unknown if {
	later := fixture.created(
		"aws_s3_bucket_server_side_encryption_configuration", "raw",
		{"bucket": "housing-raw", "rule": [{"apply_server_side_encryption_by_default": [{}]}]},
		{"rule": [{"apply_server_side_encryption_by_default": [{"sse_algorithm": true}]}]},
	)
	some finding in encryption.deny with input as fixture.plan([bucket, later])
	finding.unknown
	contains(finding.msg, "only known after apply")
}

test_unknown_owner_is_denied_as_unknown if {
	blocks := [fixture.block("aws_s3_bucket_server_side_encryption_configuration", "raw", {"bucket": ["local.bucket"]})]
	some finding in encryption.deny with input as fixture.configured([bucket, unbound], blocks)
	finding.unknown
	finding.address == "aws_s3_bucket.raw"
}

test_sensitive_algorithm_cannot_be_judged if {
	some finding in encryption.deny with input as fixture.plan([bucket, config("housing-raw", "(sensitive-1)")])
	finding.unknown
	contains(finding.msg, "cannot be judged")
}
