# METADATA
# scope: package
# title: Endpoints capture what they are asked and answer
# description: >-
#   Drift, wrong predictions and complaints are judged on captured requests and answers; what was not captured while a
#   model served cannot be had afterwards. Serverless variants are left out: SageMaker captures nothing there.
# related_resources:
#   - ref: https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html
# custom:
#   severity: medium
#   remedy: >-
#     add a `data_capture_config` with `enable_capture = true`, a sampling percentage above 0, and `capture_options` for
#     `Input` and `Output`
package sagemaker.data_capture

import data.lib.plan

block := "data_capture_config"

deny contains plan.denied(config, block, msg) if {
	some config in captured
	answer(config) == "no"
	msg := sprintf("endpoint configuration `%s` does not capture both requests and answers", [plan.label(config, "name")])
}

deny contains plan.undecided(config, block, msg) if {
	some config in captured
	answer(config) == "unknown"
	msg := sprintf("whether endpoint configuration `%s` captures requests and answers is only known after apply, or sensitive", [plan.label(config, "name")])
}

captured contains config if {
	some config in plan.kept.aws_sagemaker_endpoint_configuration
	not serverless(config)
}

serverless(config) if {
	variants := plan.items(config, ["production_variants"])
	count(variants) > 0
	every variant in variants {
		count(object.get(variant, "serverless_config", [])) > 0
	}
}

answer(config) := plan.all_of({
	plan.is(config, [block, 0, "enable_capture"], {true}),
	sampled(config),
	captures(config, "Input"),
	captures(config, "Output"),
})

sampled(config) := "unknown" if {
	plan.status(config, [block, 0, "initial_sampling_percentage"]) != "known"
} else := "yes" if {
	plan.value(config, [block, 0, "initial_sampling_percentage"]) > 0
} else := "no"

captures(config, side) := plan.any_of({plan.is(config, [block, 0, "capture_options", index, "capture_mode"], {side, "InputAndOutput"}) |
	some index, _ in plan.items(config, [block, 0, "capture_options"])
}) if {
	plan.status(config, [block, 0, "capture_options"]) == "known"
} else := "unknown"
