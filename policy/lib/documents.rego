# METADATA
# scope: package
# title: Policy documents in one shape
# description: >-
#   Reads an IAM policy document wherever a plan keeps it: a JSON string, or, while that is only known after apply, the
#   `aws_iam_policy_document` data source behind it, whose literal parts are known. Both become the same statements, so
#   that a rule is written once. What cannot be read is a gap, and a rule that meets a gap denies.
package lib.documents

import data.lib.plan
import data.lib.references

# Attributes that grant permissions to an identity.
grant_attributes := {
	"aws_iam_policy": "policy",
	"aws_iam_role_policy": "policy",
	"aws_iam_group_policy": "policy",
	"aws_iam_user_policy": "policy",
	"aws_ssoadmin_permission_set_inline_policy": "inline_policy",
}

# Every document that grants permissions to an identity, read once for all rules. Inline policies of a role count where
# the configuration writes them, or the role is new: of an old role the provider reports what `aws_iam_role_policy` has
# set so far, also when this plan is about to mend it.
grants[[address, attribute]] := read(change, [attribute]) if {
	some type, attribute in grant_attributes
	some address, change in plan.kept[type]
}

grants[[address, concat("", ["inline_policy[", format_int(index, 10), "]"])]] := read(change, ["inline_policy", index, "policy"]) if {
	some address, change in plan.kept.aws_iam_role
	writes_inline(change)
	some index, _ in plan.items(change, ["inline_policy"])
}

grants[[address, "inline_policy"]] := {"statements": [], "gaps": {plan.reason(change, ["inline_policy"])}} if {
	some address, change in plan.kept.aws_iam_role
	references.declares(change, "inline_policy")
	plan.status(change, ["inline_policy"]) != "known"
}

writes_inline(change) if references.declares(change, "inline_policy")

writes_inline(change) if change.change.actions == ["create"]

# The document at `path`: `statements`, and `gaps`, the reasons why it may say more than that.
read(change, path) := parsed(plan.value(change, path)) if {
	plan.status(change, path) == "known"
} else := from_source(plan.at[source]) if {
	plan.status(change, path) == "unknown"
	found := references.resolve(change, path)
	count(found) == 1
	some source in found
	plan.at[source].type == "aws_iam_policy_document"
} else := {"statements": [], "gaps": {plan.reason(change, path)}}

# --- a JSON string ---

parsed(text) := {"statements": [], "gaps": set()} if {
	text in {null, ""}
} else := {"statements": [statement_of(raw) | some raw in listed(document.Statement)], "gaps": set()} if {
	is_string(text)
	json.is_valid(text)
	document := json.unmarshal(text)
	is_object(document)
	every raw in listed(document.Statement) { is_object(raw) }
} else := {"statements": [], "gaps": {"is not a policy document, so it cannot be judged"}}

# An effect that is not exactly `Deny` counts as one that allows.
statement_of(raw) := object.union(blank, {
	"sid": object.get(raw, "Sid", ""),
	"allows": object.get(raw, "Effect", "") != "Deny",
	"actions": [lower(action) | some action in listed(object.get(raw, "Action", []))],
	"inverted": inverted(raw),
	"resources": listed(object.get(raw, "Resource", [])),
	"principals": principals_of(object.get(raw, "Principal", {})),
	"conditions": [{"test": test, "variable": lower(variable), "values": [sprintf("%v", [value]) | some value in listed(values)]} |
		some test, wanted in object.get(raw, "Condition", {})
		some variable, values in wanted
	],
})

# `NotAction` and its kind say what is left out, and so reach everything else.
inverted(raw) := {part |
	some part, key in {"actions": "NotAction", "resources": "NotResource", "principals": "NotPrincipal"}
	object.get(raw, key, null) != null
}

principals_of(principal) := [{"type": "*", "identifiers": [principal]}] if {
	is_string(principal)
} else := [{"type": type, "identifiers": listed(identifiers)} | some type, identifiers in principal]

listed(value) := value if {
	is_array(value)
} else := [value]

# --- the data source, read during apply ---

# Documents that it builds on are followed one step; what lies behind those is a gap.
from_source(source) := {
	"statements": array.concat(own, [statement | some document in parts; some statement in document.statements]),
	"gaps": {gap | some document in parts; some gap in document.gaps},
} if {
	own := own_statements(source)
	parts := [part |
		some attribute in ["source_policy_documents", "override_policy_documents"]
		some part in part_documents(source, attribute)
	]
}

part_documents(source, attribute) := [] if {
	plan.status(source, [attribute]) == "known"
	plan.value(source, [attribute]) in {null, []}
} else := [parsed(text) | some text in plan.value(source, [attribute])] if {
	plan.status(source, [attribute]) == "known"
	every index, _ in plan.value(source, [attribute]) {
		plan.status(source, [attribute, index]) == "known"
	}
} else := [{"statements": own_statements(plan.at[part]), "gaps": deeper(plan.at[part])} | some part in found] if {
	found := references.resolve(source, [attribute])
	count(found) > 0
	every part in found { plan.at[part].type == "aws_iam_policy_document" }
	count(found) == count(plan.items(source, [attribute]))
} else := [{"statements": [], "gaps": {"builds on documents that are only known after apply"}}]

deeper(source) := set() if {
	every attribute in ["source_policy_documents", "override_policy_documents"] {
		plan.status(source, [attribute]) == "known"
		plan.value(source, [attribute]) in {null, []}
	}
} else := {"builds on documents that are only known after apply"}

own_statements(source) := [source_statement(source, index, raw) |
	some index, raw in plan.items(source, ["statement"])
] if {
	plan.status(source, ["statement"]) == "known"
} else := [object.union(blank, {"open": {"actions", "resources", "principals", "conditions"}, "source": source.address})]

# What is unknown, or sensitive, in a statement.
mask_of(source, kind, index) := mask if {
	mask := object.get(source.change, [kind, "statement", index], {})
	is_object(mask)
} else := {"actions": true, "resources": true, "principals": true, "condition": true} if {
	object.get(source.change, [kind, "statement", index], {}) == true
} else := {}

blank := {
	"sid": "",
	"allows": true,
	"actions": [],
	"inverted": set(),
	"resources": [],
	"later": 0,
	"principals": [],
	"conditions": [],
	"open": set(),
	"source": "",
}

source_statement(source, index, raw) := object.union(blank, {
	"sid": text_or(object.get(raw, "sid", null), ""),
	"allows": text_or(object.get(raw, "effect", null), "Allow") != "Deny",
	"actions": [lower(action) | some action in strings_in(raw, "actions")],
	"inverted": {part |
		some part, attribute in {"actions": "not_actions", "resources": "not_resources", "principals": "not_principals"}
		not empty(raw, unknown, attribute)
	},
	"resources": strings_in(raw, "resources"),
	"later": count([1 | some later in listed(object.get(unknown, "resources", [])); later == true]),
	"principals": [{"type": text_or(object.get(principal, "type", null), ""), "identifiers": strings_in(principal, "identifiers")} |
		some principal in object.get(raw, "principals", [])
	],
	"conditions": [{
		"test": text_or(object.get(condition, "test", null), ""),
		"variable": lower(text_or(object.get(condition, "variable", null), "")),
		"values": strings_in(condition, "values"),
	} |
		some position, condition in object.get(raw, "condition", [])
		not has_mark(object.get(unknown, ["condition", position], {}))
		not has_mark(object.get(sensitive, ["condition", position], {}))
	],
	"open": open_parts(unknown) | sensitive_parts(sensitive),
	"source": source.address,
}) if {
	unknown := mask_of(source, "after_unknown", index)
	sensitive := mask_of(source, "after_sensitive", index)
}

# The parts of a statement that may hold more than is known: an action or a principal that comes with apply, or a list
# of resources of unknown length. A single resource that comes with apply is the ARN of something that the plan creates,
# never a wildcard, because Terraform knows literals: `later` counts those.
open_parts(mask) := {part |
	some part, attribute in {"actions": "actions", "principals": "principals", "conditions": "condition"}
	has_mark(object.get(mask, attribute, false))
} | {"resources" | object.get(mask, "resources", false) == true}

sensitive_parts(mask) := {part |
	some part, attribute in {"actions": "actions", "resources": "resources", "principals": "principals", "conditions": "condition"}
	has_mark(object.get(mask, attribute, false))
}

has_mark(mask) if {
	walk(mask, [_, true])
}

empty(raw, mask, attribute) if {
	object.get(raw, attribute, null) in {null, []}
	not has_mark(object.get(mask, attribute, false))
}

strings_in(raw, attribute) := [text |
	is_array(object.get(raw, attribute, null))
	some text in object.get(raw, attribute, null)
	is_string(text)
]

text_or(text, fallback) := text if {
	is_string(text)
} else := fallback
