# Suspended is not enabled, and an unknown status is neither.
package s3.versioning_test

import data.lib.fixture
import data.s3.versioning

bucket := fixture.created("aws_s3_bucket", "raw", {"bucket": "housing-raw"}, {})

config(status) := fixture.created("aws_s3_bucket_versioning", "raw", {"bucket": "housing-raw", "versioning_configuration": [{"status": status}]}, {})

test_denies_a_bucket_without_versioning if {
	count(versioning.deny) == 1 with input as fixture.plan([bucket])
}

test_denies_suspended if {
	some finding in versioning.deny with input as fixture.plan([bucket, config("Suspended")])
	finding.address == "aws_s3_bucket_versioning.raw"
	finding.attribute == "versioning_configuration"
}

test_allows_enabled if {
	count(versioning.deny) == 0 with input as fixture.plan([bucket, config("Enabled")])
}

test_unknown_status_is_denied_as_unknown if {
	later := fixture.created("aws_s3_bucket_versioning", "raw", {"bucket": "housing-raw"}, {"versioning_configuration": true})
	some finding in versioning.deny with input as fixture.plan([bucket, later])
	finding.unknown
}
