# METADATA
# scope: package
# title: Containers say what they need
# description: >-
#   Without requests the scheduler packs a node until it falls over, and an autoscaler has nothing to compute with; without a limit
#   one leak takes its neighbours along. A limit for CPU is no term: it slows what could have run.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/
# custom:
#   severity: medium
#   remedy: set `resources.requests.cpu`, `resources.requests.memory` and `resources.limits.memory`
package kubernetes.resources

import data.lib.manifests

deny contains manifests.denied(pod, msg) if {
	some pod in manifests.pods
	some container in object.get(pod.spec, "containers", [])
	some member in [["requests", "cpu"], ["requests", "memory"], ["limits", "memory"]]
	object.get(container, array.concat(["resources"], member), null) == null
	msg := sprintf("container `%s` of %s has no `resources.%s`", [object.get(container, "name", "?"), pod.name, concat(".", member)])
}
