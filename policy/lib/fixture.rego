# METADATA
# scope: package
# title: Small plans for tests
# description: Builds just enough plan JSON around the values that a test is about.
package lib.fixture

# A plan without configuration: enough where names are known.
plan(changes) := {"format_version": "1.2", "resource_changes": changes}

# A plan of the root module with the blocks that declare its objects.
configured(changes, blocks) := {
	"format_version": "1.2",
	"resource_changes": changes,
	"configuration": {"root_module": {"resources": blocks}},
}

# An object of the root module that the plan creates; `unknown` is its `after_unknown`.
created(type, name, after, unknown) := change(type, name, ["create"], after, unknown)

change(type, name, actions, after, unknown) := {
	"address": concat(".", [type, name]),
	"mode": "managed",
	"type": type,
	"name": name,
	"change": {"actions": actions, "before": null, "after": after, "after_unknown": unknown},
}

# A data source that is read during apply.
read(type, name, after, unknown) := {
	"address": concat(".", ["data", type, name]),
	"mode": "data",
	"type": type,
	"name": name,
	"change": {"actions": ["read"], "before": null, "after": after, "after_unknown": unknown},
}

# A block of `configuration` whose attributes refer to other objects: attribute -> references.
block(type, name, references) := {
	"address": concat(".", [type, name]),
	"mode": "managed",
	"type": type,
	"name": name,
	"expressions": {attribute: {"references": leads} | some attribute, leads in references},
}

# A manifest of Kubernetes whose pods have this specification.
deployment(spec) := {
	"apiVersion": "apps/v1",
	"kind": "Deployment",
	"metadata": {"name": "web"},
	"spec": {"template": {"spec": spec}},
}
