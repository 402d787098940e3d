# METADATA
# scope: package
# title: Kubernetes objects, wherever they stand
# description: >-
#   The one reader of manifests: a document, a list of documents, what `--combine` makes of several files, and the
#   `kubernetes_manifest` resources of a plan. It knows where a kind keeps its pod, and judges nothing: rules do.
package lib.manifests

import data.lib.plan

# A document by itself. What has no kind is no object of Kubernetes.
objects contains {"object": input, "address": ""} if {
	is_object(input)
	is_manifest(input)
}

# Several documents of one file.
objects contains {"object": document, "address": ""} if {
	is_array(input)
	some document in input
	is_manifest(document)
}

# Several files, combined; each holds one document or a list of them.
objects contains {"object": document, "address": ""} if {
	is_array(input)
	some file in input
	some document in flat(object.get(file, "contents", []))
	is_manifest(document)
}

# What Terraform would apply.
objects contains {"object": manifest, "address": change.address} if {
	is_object(input)
	some change in plan.kept.kubernetes_manifest
	manifest := plan.value(change, ["manifest"])
	is_manifest(manifest)
}

is_manifest(document) if {
	is_object(document)
	is_string(object.get(document, "apiVersion", null))
	is_string(object.get(document, "kind", null))
}

flat(contents) := contents if {
	is_array(contents)
} else := [contents]

# Every pod that an object makes: its specification, and how to speak of it.
pods contains {"spec": spec, "name": name, "kind": kind, "address": found.address} if {
	some found in objects
	kind := found.object.kind
	spec := object.get(found.object, place(kind), null)
	is_object(spec)
	name := sprintf("%s `%s`", [kind, object.get(found.object, ["metadata", "name"], "?")])
}

place(kind) := ["spec"] if {
	kind == "Pod"
} else := ["spec", "jobTemplate", "spec", "template", "spec"] if {
	kind == "CronJob"
} else := ["spec", "template", "spec"] if {
	kind in {"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job"}
} else := ["none"]

# Every container of a pod, also those that run before the others.
containers(pod) := array.concat(object.get(pod.spec, "initContainers", []), object.get(pod.spec, "containers", []))

# A member of the container's security context, or of the pod's where the container does not say.
security(pod, container, member) := value if {
	value := object.get(container, ["securityContext", member], null)
	value != null
} else := object.get(pod.spec, ["securityContext", member], null)

# A finding about a pod.
denied(pod, msg) := {"msg": msg} if {
	pod.address == ""
} else := {"msg": msg, "address": pod.address, "attribute": "manifest"}
