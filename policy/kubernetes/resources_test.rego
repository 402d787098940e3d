# Each of the three, and none of the fourth.
package kubernetes.resources_test

import data.kubernetes.resources
import data.lib.fixture

whole := {"requests": {"cpu": "100m", "memory": "64Mi"}, "limits": {"memory": "64Mi"}}

test_denies_each_missing_one if {
	count(resources.deny) == 3 with input as fixture.deployment({"containers": [{"name": "app"}]})
	some finding in resources.deny with input as fixture.deployment({"containers": [{"name": "app", "resources": object.remove(whole, {"limits"})}]})
	finding.msg == "container `app` of Deployment `web` has no `resources.limits.memory`"
}

test_allows_all_three_without_a_limit_for_cpu if {
	count(resources.deny) == 0 with input as fixture.deployment({"containers": [{"name": "app", "resources": whole}]})
}
