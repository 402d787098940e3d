# METADATA
# scope: package
# title: Images are scanned when pushed
# description: >-
#   An image is read by nobody and runs everywhere. Scanning at push puts its known vulnerabilities in front of the gate
#   while it is still cheap to refuse it.
# related_resources:
#   - ref: https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning.html
# custom:
#   severity: medium
#   remedy: >-
#     set `scan_on_push` in `image_scanning_configuration`, or scan every repository by an
#     `aws_ecr_registry_scanning_configuration` with the filter `*`
package ecr.scan_on_push

import data.lib.plan

block := "image_scanning_configuration"

deny contains plan.denied(repository, block, msg) if {
	some repository in plan.kept.aws_ecr_repository
	answer(repository) == "no"
	msg := sprintf("images of repository `%s` are not scanned when pushed", [plan.label(repository, "name")])
}

deny contains plan.undecided(repository, block, msg) if {
	some repository in plan.kept.aws_ecr_repository
	answer(repository) == "unknown"
	msg := sprintf("whether images of repository `%s` are scanned when pushed %s", [
		plan.label(repository, "name"),
		plan.reason(repository, [block, 0, "scan_on_push"]),
	])
}

answer(repository) := plan.any_of({plan.is(repository, [block, 0, "scan_on_push"], {true}), registry})

# The registry scans for all its repositories when a rule says so for every name.
registry := "yes" if {
	some change in plan.kept.aws_ecr_registry_scanning_configuration
	some index, rule in plan.items(change, ["rule"])
	plan.is(change, ["rule", index, "scan_frequency"], {"SCAN_ON_PUSH", "CONTINUOUS_SCAN"}) == "yes"
	some position, _ in rule.repository_filter
	plan.is(change, ["rule", index, "repository_filter", position, "filter"], {"*"}) == "yes"
} else := "no"
