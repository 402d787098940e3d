# METADATA
# scope: package
# title: Images are named by their digest
# description: >-
#   A tag is whatever it was moved to last: two pods of one Deployment may run different code, and going back by a tag brings
#   back something else. A digest is one image.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/containers/images/
# custom:
#   severity: high
#   remedy: write `<repository>@sha256:<digest>`, or let `eks-rollout` pin it with `image`
package kubernetes.pinned_image

import data.lib.manifests

deny contains manifests.denied(pod, msg) if {
	some pod in manifests.pods
	some container in manifests.containers(pod)
	image := object.get(container, "image", "")
	not regex.match(`@sha256:[0-9a-f]{64}$`, image)
	msg := sprintf("container `%s` of %s runs `%s`, which may change", [object.get(container, "name", "?"), pod.name, image])
}
