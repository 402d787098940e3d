# METADATA
# scope: package
# title: Pods run without privilege
# description: >-
#   A container that may become root, or keeps capabilities it does not need, turns a bug in the application into one of the
#   node. These are the terms of Kubernetes' `restricted` standard, and a read-only root file system on top, so that what was scanned is what runs.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/security/pod-security-standards/
# custom:
#   severity: high
#   remedy: say in `securityContext` that it runs as no root, gains no privileges, drops all capabilities, reads only its root, and has a seccomp profile
package kubernetes.pod_security

import data.lib.manifests

deny contains manifests.denied(pod, msg) if {
	some pod in manifests.pods
	some container in manifests.containers(pod)
	some problem in problems(pod, container)
	msg := sprintf("container `%s` of %s %s", [object.get(container, "name", "?"), pod.name, problem])
}

deny contains manifests.denied(pod, msg) if {
	some pod in manifests.pods
	some member in ["hostNetwork", "hostPID", "hostIPC"]
	object.get(pod.spec, member, false) == true
	msg := sprintf("%s shares the node's `%s`", [pod.name, member])
}

deny contains manifests.denied(pod, msg) if {
	some pod in manifests.pods
	some volume in object.get(pod.spec, "volumes", [])
	object.get(volume, "hostPath", null) != null
	msg := sprintf("%s mounts a folder of the node as `%s`", [pod.name, object.get(volume, "name", "?")])
}

problems(pod, container) := {problem |
	some problem, broken in {
		"may run as root": manifests.security(pod, container, "runAsNonRoot") != true,
		"may gain privileges": object.get(container, ["securityContext", "allowPrivilegeEscalation"], true) != false,
		"is privileged": object.get(container, ["securityContext", "privileged"], false) == true,
		"can write to its root file system": object.get(container, ["securityContext", "readOnlyRootFilesystem"], false) != true,
		"keeps capabilities": drops_all(container) == false,
		"has no seccomp profile": confined(pod, container) == false,
	}
	broken
}

drops_all(container) if {
	"ALL" in object.get(container, ["securityContext", "capabilities", "drop"], [])
} else := false

confined(pod, container) if {
	profile := manifests.security(pod, container, "seccompProfile")
	is_object(profile)
	object.get(profile, "type", "") in {"RuntimeDefault", "Localhost"}
} else := false
