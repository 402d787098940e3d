# METADATA
# scope: package
# title: Endpoints roll out in steps, and back by themselves
# description: >-
#   A new model meets real traffic for the first time in a rollout. Shifting a part, waiting, and rolling back on an
#   alarm bounds what a bad one can do; without alarms the waiting protects nothing, and with one instance there is no
#   part to shift.
# related_resources:
#   - ref: https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails.html
# custom:
#   severity: high
#   remedy: >-
#     give the endpoint a `deployment_config` with a `CANARY` or `LINEAR` blue/green policy that waits (or a rolling
#     one), alarms in `auto_rollback_configuration`, and two instances or more in each variant
package sagemaker.deployment_policy

import data.lib.plan
import data.lib.references

block := "deployment_config"

routing := [block, 0, "blue_green_update_policy", 0, "traffic_routing_configuration", 0]

rolling := [block, 0, "rolling_update_policy", 0]

deny contains plan.denied(endpoint, block, msg) if {
	some endpoint in plan.kept.aws_sagemaker_endpoint
	some promise, answer in promises(endpoint)
	answer == "no"
	msg := sprintf("endpoint `%s` does not %s", [plan.label(endpoint, "name"), promise])
}

deny contains plan.undecided(endpoint, block, msg) if {
	some endpoint in plan.kept.aws_sagemaker_endpoint
	some promise, answer in promises(endpoint)
	answer == "unknown"
	msg := sprintf("whether endpoint `%s` will %s is only known after apply, or sensitive", [plan.label(endpoint, "name"), promise])
}

deny contains plan.denied(config, "production_variants", msg) if {
	some endpoint in plan.kept.aws_sagemaker_endpoint
	some config in configs(endpoint)
	some index, variant in plan.items(config, ["production_variants"])
	has_two(config, index) == "no"
	msg := sprintf("variant `%s` of endpoint `%s` has fewer than two instances: no part of its traffic can be shifted", [
		object.get(variant, "variant_name", index),
		plan.label(endpoint, "name"),
	])
}

deny contains plan.undecided(config, "production_variants", msg) if {
	some endpoint in plan.kept.aws_sagemaker_endpoint
	some config in configs(endpoint)
	"unknown" in counts(config)
	msg := sprintf("how many instances endpoint `%s` has is only known after apply, or sensitive", [plan.label(endpoint, "name")])
}

deny contains plan.undecided(endpoint, "endpoint_config_name", msg) if {
	some endpoint in plan.kept.aws_sagemaker_endpoint
	count(configs(endpoint)) == 0
	msg := sprintf("the plan does not show the configuration of endpoint `%s`, nor how many instances it has", [plan.label(endpoint, "name")])
}

promises(endpoint) := {
	"roll out in steps, with a wait between them": plan.any_of({
		plan.all_of({plan.is(endpoint, array.concat(routing, ["type"]), {"CANARY", "LINEAR"}), positive(endpoint, routing)}),
		positive(endpoint, rolling),
	}),
	"roll back on an alarm": alarmed(endpoint),
}

positive(endpoint, policy) := "unknown" if {
	plan.status(endpoint, array.concat(policy, ["wait_interval_in_seconds"])) != "known"
} else := "yes" if {
	plan.value(endpoint, array.concat(policy, ["wait_interval_in_seconds"])) > 0
} else := "no"

# An alarm whose name comes with apply is still an alarm: the provider demands a name.
alarmed(endpoint) := "unknown" if {
	plan.status(endpoint, alarms) != "known"
} else := "yes" if {
	count(plan.items(endpoint, alarms)) > 0
} else := "no"

alarms := [block, 0, "auto_rollback_configuration", 0, "alarms"]

configs(endpoint) := [plan.at[address] |
	some address, certainty in references.claims(endpoint, "endpoint_config_name", "aws_sagemaker_endpoint_configuration")
	certainty == "yes"
]

counts(config) := {"unknown" |
	plan.status(config, ["production_variants"]) != "known"
} | {has_two(config, index) |
	some index, _ in plan.items(config, ["production_variants"])
}

# A serverless variant has no instances, and scales by itself.
has_two(config, index) := "yes" if {
	count(plan.items(config, ["production_variants", index, "serverless_config"])) > 0
} else := "unknown" if {
	plan.status(config, ["production_variants", index, "initial_instance_count"]) != "known"
} else := "yes" if {
	plan.value(config, ["production_variants", index, "initial_instance_count"]) > 1
} else := "no"
