# A version in the registry, in every container.
package sagemaker.pinned_package_test

import data.lib.fixture
import data.sagemaker.pinned_package

version := "arn:aws:sagemaker:eu-west-1:111122223333:model-package/housing/7"

model(containers, unknown) := fixture.created("aws_sagemaker_model", "housing", object.union({"name": "housing"}, containers), unknown)

test_denies_what_is_not_a_version if {
	every name in [null, "housing", "arn:aws:sagemaker:eu-west-1:111122223333:model-package/housing", "arn:aws:sagemaker:eu-west-1:111122223333:model-package-group/housing/7"] {
		some finding in pinned_package.deny with input as fixture.plan([model({"primary_container": [{"model_package_name": name}]}, {})])
		finding.attribute == "primary_container"
		not finding.unknown
	}
}

test_denies_one_container_of_two if {
	containers := [{"model_package_name": version}, {"image": "111122223333.dkr.ecr.eu-west-1.amazonaws.com/xgboost:1"}]
	some finding in pinned_package.deny with input as fixture.plan([model({"container": containers}, {})])
	finding.msg == "model `housing` serves an image that no model package stands for"
}

test_denies_no_container if {
	count(pinned_package.deny) == 1 with input as fixture.plan([model({"primary_container": [], "container": []}, {})])
}

test_allows_versions if {
	count(pinned_package.deny) == 0 with input as fixture.plan([model({"primary_container": [{"model_package_name": version}]}, {})])
	count(pinned_package.deny) == 0 with input as fixture.plan([model({"container": [{"model_package_name": version}]}, {})])
}

test_unknown_package_is_denied_as_unknown if {
	later := model({"primary_container": [{}]}, {"primary_container": [{"model_package_name": true}]})
	some finding in pinned_package.deny with input as fixture.plan([later])
	finding.unknown
	contains(finding.msg, "only known after apply")
}

test_unknown_containers_are_denied_as_unknown if {
	some finding in pinned_package.deny with input as fixture.plan([model({}, {"container": true})])
	finding.unknown
}

test_sensitive_package_cannot_be_judged if {
	some finding in pinned_package.deny with input as fixture.plan([model({"primary_container": [{"model_package_name": "(sensitive-2)"}]}, {})])
	finding.unknown
	contains(finding.msg, "cannot be judged")
}
