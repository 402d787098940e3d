# What `restricted` asks for, member by member, wherever it may stand.
package kubernetes.pod_security_test

import data.kubernetes.pod_security
import data.lib.fixture

good := {
	"allowPrivilegeEscalation": false,
	"readOnlyRootFilesystem": true,
	"capabilities": {"drop": ["ALL"]},
	"runAsNonRoot": true,
	"seccompProfile": {"type": "RuntimeDefault"},
}

said(manifest) := messages if {
	messages := {finding.msg | some finding in pod_security.deny} with input as manifest
}

test_denies_each_missing_member if {
	every member, problem in {
		"allowPrivilegeEscalation": "may gain privileges",
		"readOnlyRootFilesystem": "can write to its root file system",
		"capabilities": "keeps capabilities",
		"runAsNonRoot": "may run as root",
		"seccompProfile": "has no seccomp profile",
	} {
		container := {"name": "app", "securityContext": object.remove(good, {member})}
		said(fixture.deployment({"containers": [container]})) == {sprintf("container `app` of Deployment `web` %s", [problem])}
	}
}

test_allows_what_the_pod_says_for_all if {
	pod := {"runAsNonRoot": true, "seccompProfile": {"type": "RuntimeDefault"}}
	container := {"name": "app", "securityContext": object.remove(good, {"runAsNonRoot", "seccompProfile"})}
	count(pod_security.deny) == 0 with input as fixture.deployment({"securityContext": pod, "containers": [container]})
}

test_denies_a_container_that_undoes_what_the_pod_says if {
	pod := {"runAsNonRoot": true, "seccompProfile": {"type": "RuntimeDefault"}}
	container := {"name": "app", "securityContext": object.union(good, {"runAsNonRoot": false})}
	count(pod_security.deny) == 1 with input as fixture.deployment({"securityContext": pod, "containers": [container]})
}

test_denies_init_containers_nodes_and_folders if {
	spec := {
		"hostNetwork": true,
		"volumes": [{"name": "logs", "hostPath": {"path": "/var/log"}}],
		"initContainers": [{"name": "migrate", "securityContext": object.union(good, {"privileged": true})}],
		"containers": [{"name": "app", "securityContext": good}],
	}
	said(fixture.deployment(spec)) == {
		"Deployment `web` shares the node's `hostNetwork`",
		"Deployment `web` mounts a folder of the node as `logs`",
		"container `migrate` of Deployment `web` is privileged",
	}
}

test_ignores_what_is_no_pod if {
	count(pod_security.deny) == 0 with input as {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}
}

test_reads_lists_combined_files_and_plans if {
	manifest := fixture.deployment({"containers": [{"name": "app", "securityContext": object.remove(good, {"runAsNonRoot"})}]})
	count(pod_security.deny) == 1 with input as [manifest]
	count(pod_security.deny) == 1 with input as [{"path": "a.yaml", "contents": [manifest]}]
	count(pod_security.deny) == 1 with input as [{"path": "a.yaml", "contents": manifest}]
	planned := fixture.plan([fixture.created("kubernetes_manifest", "web", {"manifest": manifest}, {})])
	pod_security.deny == {{
		"msg": "container `app` of Deployment `web` may run as root",
		"address": "kubernetes_manifest.web",
		"attribute": "manifest",
	}} with input as planned
}
