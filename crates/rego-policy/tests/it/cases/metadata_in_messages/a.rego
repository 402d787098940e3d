package main

# METADATA
# title: Buckets are private
# custom:
#   severity: high
deny contains {"msg": meta.title, "severity": meta.custom.severity} if {
	meta := rego.metadata.rule()
	input.public
}

deny contains sprintf("no block: %v", [rego.metadata.rule()])

deny contains crypto.sha256("a")
