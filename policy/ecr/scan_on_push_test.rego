# The repository's own switch, or a rule of the registry that holds for every repository.
package ecr.scan_on_push_test

import data.ecr.scan_on_push
import data.lib.fixture

repository(config, unknown) := fixture.created("aws_ecr_repository", "app", {"name": "app", "image_scanning_configuration": config}, unknown)

registry(filter) := fixture.created(
	"aws_ecr_registry_scanning_configuration", "all", {"rule": [{
		"scan_frequency": "SCAN_ON_PUSH",
		"repository_filter": [{"filter": filter, "filter_type": "WILDCARD"}],
	}]},
	{},
)

test_denies_off_and_unset if {
	every config in [[], null, [{"scan_on_push": false}]] {
		count(scan_on_push.deny) == 1 with input as fixture.plan([repository(config, {})])
	}
}

test_denies_a_registry_rule_for_others if {
	count(scan_on_push.deny) == 1 with input as fixture.plan([repository([], {}), registry("base-*")])
}

test_allows_the_switch_and_the_registry if {
	count(scan_on_push.deny) == 0 with input as fixture.plan([repository([{"scan_on_push": true}], {})])
	count(scan_on_push.deny) == 0 with input as fixture.plan([repository([], {}), registry("*")])
}

test_unknown_is_denied_as_unknown if {
	later := repository([{}], {"image_scanning_configuration": [{"scan_on_push": true}]})
	some finding in scan_on_push.deny with input as fixture.plan([later])
	finding.unknown
}
