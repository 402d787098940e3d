# A tag is no digest, and a digest beside a tag is one.
package kubernetes.pinned_image_test

import data.kubernetes.pinned_image
import data.lib.fixture

digest := "sha256:4141414141414141414141414141414141414141414141414141414141414141"

test_denies_tags_and_nothing if {
	every image in ["web", "web:latest", "web:1.2.3", "web@sha256:41", ""] {
		count(pinned_image.deny) == 1 with input as fixture.deployment({"containers": [{"name": "app", "image": image}]})
	}
}

test_denies_a_tag_of_an_init_container_and_of_a_cron_job if {
	pinned := sprintf("web@%s", [digest])
	spec := {"initContainers": [{"name": "a", "image": "b:1"}], "containers": [{"name": "app", "image": pinned}]}
	count(pinned_image.deny) == 1 with input as fixture.deployment(spec)
	job := {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "n"}, "spec": {"jobTemplate": {"spec": {"template": {"spec": spec}}}}}
	count(pinned_image.deny) == 1 with input as job
}

test_allows_digests if {
	every image in [sprintf("web@%s", [digest]), sprintf("r.test:5000/a/web:1@%s", [digest])] {
		count(pinned_image.deny) == 0 with input as fixture.deployment({"containers": [{"name": "app", "image": image}]})
	}
}
