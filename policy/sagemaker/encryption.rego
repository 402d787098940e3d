# METADATA
# scope: package
# title: Endpoint storage uses a key of ours
# description: >-
#   An endpoint's volumes hold the unpacked model and what the container writes about requests. With a customer key the
#   access is logged, can be limited, and ends when the key is disabled.
# related_resources:
#   - ref: https://docs.aws.amazon.com/sagemaker/latest/dg/encryption-at-rest.html
# custom:
#   severity: medium
#   remedy: set `kms_key_arn` of the endpoint configuration to the ARN of a KMS key
package sagemaker.encryption

import data.lib.plan
import data.lib.references

attribute := "kms_key_arn"

deny contains plan.denied(config, attribute, msg) if {
	some config in plan.kept.aws_sagemaker_endpoint_configuration
	answer(config) == "no"
	msg := sprintf("endpoint configuration `%s` encrypts its storage with no KMS key", [plan.label(config, "name")])
}

deny contains plan.undecided(config, attribute, msg) if {
	some config in plan.kept.aws_sagemaker_endpoint_configuration
	answer(config) == "unknown"
	msg := sprintf("which KMS key encrypts endpoint configuration `%s` %s", [
		plan.label(config, "name"),
		plan.reason(config, [attribute]),
	])
}

# The ARN of a key that this plan creates is not known yet, but that there is one is.
answer(config) := "yes" if {
	plan.status(config, [attribute]) == "unknown"
	count(keys(config)) > 0
} else := "unknown" if {
	plan.status(config, [attribute]) != "known"
} else := "no" if {
	plan.value(config, [attribute]) in {null, ""}
} else := "yes"

keys(config) := {address |
	some type in ["aws_kms_key", "aws_kms_replica_key", "aws_kms_external_key"]
	some address in references.of_type(references.resolve(config, [attribute]), type)
}
