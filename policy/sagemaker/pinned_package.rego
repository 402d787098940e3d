# METADATA
# scope: package
# title: Models come from a version in the registry
# description: >-
#   Approval is given to one version of a model package. A model made of an image and an S3 address, or of a package
#   without version, serves something that nobody approved and that can change under the same name.
# related_resources:
#   - ref: https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-deploy.html
# custom:
#   severity: high
#   remedy: >-
#     set `model_package_name` in each container to the ARN of a version, such as
#     `arn:aws:sagemaker:eu-west-1:111122223333:model-package/housing/7`, and drop `image` and `model_data_url`
package sagemaker.pinned_package

import data.lib.plan

versioned := `^arn:aws[a-z-]*:sagemaker:[a-z0-9-]+:[0-9]+:model-package/[A-Za-z0-9-]+/[0-9]+$`

blocks := ["primary_container", "container"]

deny contains plan.denied(model, where[0], msg) if {
	some model in plan.kept.aws_sagemaker_model
	some where in containers(model)
	plan.status(model, where) == "known"
	not pinned(plan.value(model, where))
	msg := sprintf("model `%s` serves %s", [plan.label(model, "name"), source(plan.value(model, where))])
}

deny contains plan.undecided(model, where[0], msg) if {
	some model in plan.kept.aws_sagemaker_model
	some where in containers(model)
	plan.status(model, where) != "known"
	msg := sprintf("which model package `%s` serves %s", [plan.label(model, "name"), plan.reason(model, where)])
}

deny contains plan.undecided(model, block, msg) if {
	some model in plan.kept.aws_sagemaker_model
	some block in blocks
	plan.status(model, [block]) != "known"
	msg := sprintf("what model `%s` serves %s", [plan.label(model, "name"), plan.reason(model, [block])])
}

# Without a container a model says nothing about what it serves.
deny contains plan.denied(model, "", msg) if {
	some model in plan.kept.aws_sagemaker_model
	every block in blocks {
		plan.status(model, [block]) == "known"
	}
	count(containers(model)) == 0
	msg := sprintf("model `%s` has no container with a model package", [plan.label(model, "name")])
}

containers(model) := [[block, index, "model_package_name"] |
	some block in blocks
	some index, _ in plan.items(model, [block])
]

pinned(name) if {
	is_string(name)
	regex.match(versioned, name)
}

source(name) := sprintf("model package `%s`, which names no version", [name]) if {
	is_string(name)
} else := "an image that no model package stands for"
