# What serves needs one; what ends does not.
package kubernetes.probes_test

import data.kubernetes.probes
import data.lib.fixture

test_denies_a_workload_without_a_probe if {
	probes.deny == {{"msg": "container `app` of Deployment `web` has no readiness probe"}} with input as fixture.deployment({"containers": [{"name": "app"}]})
}

test_allows_one_with_a_probe_and_a_job_without if {
	count(probes.deny) == 0 with input as fixture.deployment({"containers": [{"name": "app", "readinessProbe": {"httpGet": {"path": "/"}}}]})
	job := {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "n"}, "spec": {"template": {"spec": {"containers": [{"name": "app"}]}}}}
	count(probes.deny) == 0 with input as job
}
