# Steps, a wait, alarms, and something to shift.
package sagemaker.deployment_policy_test

import data.lib.fixture
import data.sagemaker.deployment_policy

routing(type, wait) := [{"traffic_routing_configuration": [{"type": type, "wait_interval_in_seconds": wait}]}]

alarms := [{"alarms": [{"alarm_name": "errors"}]}]

endpoint(deployment) := fixture.created("aws_sagemaker_endpoint", "prod", {"name": "prod", "endpoint_config_name": "v7", "deployment_config": deployment}, {})

config(instances, unknown) := fixture.created(
	"aws_sagemaker_endpoint_configuration", "v7", {"name": "v7", "production_variants": [{
		"variant_name": "a",
		"initial_instance_count": instances,
		"serverless_config": [],
	}]},
	unknown,
)

canary := [{"blue_green_update_policy": routing("CANARY", 300), "auto_rollback_configuration": alarms}]

test_denies_one_missing_promise if {
	every deployment in [
		[{"blue_green_update_policy": routing("ALL_AT_ONCE", 300), "auto_rollback_configuration": alarms}],
		[{"blue_green_update_policy": routing("CANARY", 0), "auto_rollback_configuration": alarms}],
		[{"auto_rollback_configuration": alarms}],
		[{"blue_green_update_policy": routing("CANARY", 300), "auto_rollback_configuration": [{"alarms": []}]}],
		[{"blue_green_update_policy": routing("LINEAR", 300), "auto_rollback_configuration": []}],
	] {
		count(deployment_policy.deny) == 1 with input as fixture.plan([endpoint(deployment), config(2, {})])
	}
	count(deployment_policy.deny) == 2 with input as fixture.plan([endpoint([]), config(2, {})])
}

test_denies_a_single_instance if {
	deployment_policy.deny == {{
		"msg": "variant `a` of endpoint `prod` has fewer than two instances: no part of its traffic can be shifted",
		"address": "aws_sagemaker_endpoint_configuration.v7",
		"attribute": "production_variants",
	}} with input as fixture.plan([endpoint(canary), config(1, {})])
}

test_allows_canary_linear_and_rolling if {
	every policy in [
		{"blue_green_update_policy": routing("CANARY", 300)},
		{"blue_green_update_policy": routing("LINEAR", 60)},
		{"rolling_update_policy": [{"wait_interval_in_seconds": 60}]},
	] {
		deployment := [object.union(policy, {"auto_rollback_configuration": alarms})]
		count(deployment_policy.deny) == 0 with input as fixture.plan([endpoint(deployment), config(2, {})])
	}
}

test_follows_the_reference_to_the_configuration if {
	later := fixture.created("aws_sagemaker_endpoint", "prod", {"name": "prod", "deployment_config": canary}, {"endpoint_config_name": true})
	blocks := [fixture.block("aws_sagemaker_endpoint", "prod", {"endpoint_config_name": ["aws_sagemaker_endpoint_configuration.v7.name", "aws_sagemaker_endpoint_configuration.v7"]})]
	count(deployment_policy.deny) == 0 with input as fixture.configured([later, config(2, {})], blocks)
	count(deployment_policy.deny) == 1 with input as fixture.configured([later, config(1, {})], blocks)
}

test_unknown_policy_is_denied_as_unknown if {
	later := fixture.created("aws_sagemaker_endpoint", "prod", {"name": "prod", "endpoint_config_name": "v7"}, {"deployment_config": true})
	found := deployment_policy.deny with input as fixture.plan([later, config(2, {})])
	count(found) == 2
	every finding in found { finding.unknown }
}

test_unknown_instances_are_denied_as_unknown if {
	later := config(null, {"production_variants": [{"initial_instance_count": true}]})
	some finding in deployment_policy.deny with input as fixture.plan([endpoint(canary), later])
	finding.unknown
}

test_a_configuration_outside_the_plan_is_denied_as_unknown if {
	some finding in deployment_policy.deny with input as fixture.plan([endpoint(canary)])
	finding.unknown
	finding.attribute == "endpoint_config_name"
}
