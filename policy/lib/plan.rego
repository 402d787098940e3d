# METADATA
# scope: package
# title: What a plan leaves behind, and what it takes away
# description: >-
#   The one reader of `resource_changes`. It knows which objects exist after apply, which are destroyed, replaced or
#   forgotten, and whether an attribute is known, known only after apply, or sensitive. It judges nothing: rules do.
#   Rules about a state read `kept`, where objects that the plan does not touch stand beside new ones: a bucket that has
#   been unencrypted for years is a finding of today's plan, and a waiver, not silence, is the way to live with it.
#   Rules about an act read `lost`, which holds only what this plan does.
package lib.plan

# Managed objects that exist after apply, by type and address. Everything but a plain delete or forget counts: an action
# that a later Terraform invents is judged rather than skipped.
kept[type][address] := change if {
	some address, change in at
	change.mode == "managed"
	type := change.type
}

# The same objects by address, and the data sources that are read during apply.
at := {change.address: change |
	some change in input.resource_changes
	change.change.actions != ["delete"]
	change.change.actions != ["forget"]
	not change.deposed
}

# What this plan takes away: deletes, both orders of replacement, both kinds of forgetting, deposed leftovers, and any
# action that is not known here.
lost contains change if {
	some change in input.resource_changes
	change.mode == "managed"
	some action in change.change.actions
	not action in {"no-op", "create", "read", "update"}
}

# `unknown` is known only after apply; `sensitive` is withheld from policies; everything else, also unset, is `known`.
status(change, path) := "unknown" if {
	marked(object.get(change.change, "after_unknown", false), path)
} else := "sensitive" if {
	marked(object.get(change.change, "after_sensitive", false), path)
} else := "sensitive" if {
	redacted(value(change, path))
} else := "known"

# The value at `path`, null when it is unset or unknown.
value(change, path) := object.get(change.change.after, path, null) if {
	is_object(change.change.after)
} else := null

# The blocks or elements at `path`, none when there is no list.
items(change, path) := found if {
	found := value(change, path)
	is_array(found)
} else := []

# Three-valued: is the value at `path` one of `wanted`? `yes`, `no`, or `unknown` when this plan cannot say.
is(change, path, wanted) := "unknown" if {
	status(change, path) != "known"
} else := "yes" if {
	value(change, path) in wanted
} else := "no"

# Kleene's "or": one `yes` is enough, and an `unknown` keeps a `no` from being certain.
any_of(answers) := "yes" if {
	"yes" in answers
} else := "unknown" if {
	"unknown" in answers
} else := "no"

# Kleene's "and".
all_of(answers) := "no" if {
	"no" in answers
} else := "unknown" if {
	"unknown" in answers
} else := "yes"

# What a person calls the object: its name where the plan knows and may say it, else its address.
label(change, attribute) := name if {
	status(change, [attribute]) == "known"
	name := value(change, [attribute])
	is_string(name)
} else := change.address

# A finding: the rule is broken whatever apply brings. An empty attribute means the whole block.
denied(change, attribute, msg) := {"msg": msg, "address": change.address} if {
	attribute == ""
} else := {"msg": msg, "address": change.address, "attribute": attribute}

# A finding because the plan cannot answer: denied, and marked, so that a reader sees what kind of "no" it is.
undecided(change, attribute, msg) := object.union(denied(change, attribute, msg), {"unknown": true})

# Why the value at `path` cannot be judged, to end a sentence with.
reason(change, path) := "is sensitive, so it cannot be judged" if {
	status(change, path) == "sensitive"
} else := "is only known after apply"

# A mark on a block covers everything inside it, so each prefix of the path is asked.
marked(mask, path) if {
	is_object(mask)
	some length in numbers.range(1, count(path))
	object.get(mask, array.slice(path, 0, length), false) == true
}

# Towpath replaces sensitive values by `(sensitive-1)`; equal values get equal tokens.
redacted(text) if {
	is_string(text)
	startswith(text, "(sensitive-")
	endswith(text, ")")
}
