# A key that is created by the same plan counts; a value from nowhere does not.
package sagemaker.encryption_test

import data.lib.fixture
import data.sagemaker.encryption

config(values, unknown) := fixture.created("aws_sagemaker_endpoint_configuration", "v7", values, unknown)

key := fixture.created("aws_kms_key", "serving", {}, {"arn": true})

blocks(leads) := [fixture.block("aws_sagemaker_endpoint_configuration", "v7", {"kms_key_arn": leads})]

test_denies_no_key if {
	every value in [null, ""] {
		some finding in encryption.deny with input as fixture.plan([config({"kms_key_arn": value}, {})])
		finding.attribute == "kms_key_arn"
		not finding.unknown
	}
}

test_allows_a_known_key if {
	count(encryption.deny) == 0 with input as fixture.plan([config({"kms_key_arn": "arn:aws:kms:eu-west-1:111122223333:key/a"}, {})])
}

test_allows_the_key_of_this_plan if {
	leads := ["aws_kms_key.serving.arn", "aws_kms_key.serving"]
	count(encryption.deny) == 0 with input as fixture.configured([config({}, {"kms_key_arn": true}), key], blocks(leads))
}

test_unknown_key_is_denied_as_unknown if {
	some finding in encryption.deny with input as fixture.configured([config({}, {"kms_key_arn": true}), key], blocks(["local.key"]))
	finding.unknown
	contains(finding.msg, "only known after apply")
}
