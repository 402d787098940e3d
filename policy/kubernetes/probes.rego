# METADATA
# scope: package
# title: What serves says when it is ready
# description: >-
#   Without a readiness probe a pod counts as ready the moment its process starts: traffic meets an application that still
#   loads, and a rollout that breaks everything looks like a success.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/
# custom:
#   severity: high
#   remedy: add a `readinessProbe` that asks what the application really serves
package kubernetes.probes

import data.lib.manifests

deny contains manifests.denied(pod, msg) if {
	some pod in manifests.pods
	pod.kind in {"Deployment", "StatefulSet", "DaemonSet"}
	some container in object.get(pod.spec, "containers", [])
	object.get(container, "readinessProbe", null) == null
	msg := sprintf("container `%s` of %s has no readiness probe", [object.get(container, "name", "?"), pod.name])
}
