# METADATA
# scope: package
# title: Which object an attribute means, before its value is known
# description: >-
#   On a first apply `bucket = aws_s3_bucket.raw.id` has no value yet, so this follows the references in `configuration`
#   instead: through module inputs and outputs, `count`, `for_each`, `each.value` and literal keys, instance by instance.
#   It does not see into locals, which plan JSON leaves out, nor what an expression does with a reference
#   (`"${aws_s3_bucket.raw.id}-logs"` looks like the bucket itself). Where it cannot tell, it says `unknown`.
package lib.references

import data.lib.plan

# The attribute that names an object of a type, for references that are known strings.
identity := {"aws_s3_bucket": "bucket", "aws_sagemaker_endpoint_configuration": "name"}

# Which objects of `type` the attribute may mean: address -> `yes` when it is certain, else `unknown`. A known value is
# compared with names. Without any lead, objects of the same module are the suspects: what lies in other modules has to
# come in through a variable or an output, and those are followed.
claims(change, attribute, type) := {address: "yes" |
	some address in called(type, plan.value(change, [attribute]))
} if {
	is_string(plan.value(change, [attribute]))
} else := {address: certainty(found) | some address in found} if {
	found := of_type(resolve(change, [attribute]), type)
	count(found) > 0
} else := {address: "unknown" |
	some address in neighbours(type, module_of(change))
}

certainty(found) := "yes" if {
	count(found) == 1
} else := "unknown"

# Addresses of the objects and data sources that the expression at `path` refers to.
resolve(change, path) := follow(targets(expression_references(change, path), scope(change)))

of_type(addresses, type) := {address |
	some address in addresses
	plan.at[address].type == type
}

# References of the expression at `path`, as Terraform lists them: longest first, then their prefixes.
expression_references(change, path) := object.get(declaration(change), array.concat(["expressions"], array.concat(path, ["references"])), [])

# Whether the configuration, and not the provider, sets the attribute.
declares(change, attribute) if {
	object.get(declaration(change), ["expressions", attribute], null) != null
}

# The block that declares an object, from `configuration`.
declaration(change) := object.get(declared, [static_path[module_of(change)], local_name(change)], {})

named[type][name] contains address if {
	some type, attribute in identity
	some address, change in plan.kept[type]
	name := plan.value(change, [attribute])
	is_string(name)
}

# Each look-up in a grouping ends in an `else`: regorus 0.14.1 takes one that groups nothing as undefined.
called(type, name) := found if {
	found := object.get(named, [type, name], set())
} else := set()

neighbours(type, module) := found if {
	found := object.get(suspects, [type, module], set())
} else := set()

suspects[type][module] contains address if {
	some type, _ in identity
	some address, change in plan.kept[type]
	module := module_of(change)
}

module_of(change) := object.get(change, "module_address", "")

local_name(change) := concat(".", ["data", change.type, change.name]) if {
	change.mode == "data"
} else := concat(".", [change.type, change.name])

module_prefix(module) := "" if {
	module == ""
} else := concat("", [module, "."])

# Where an expression stands: its module, the instance key (`["raw"]`, `[0]` or nothing) and what it iterates over.
scope(change) := {
	"module": module_of(change),
	"key": trim_prefix(change.address, concat("", [module_prefix(module_of(change)), local_name(change)])),
	"each": object.get(declaration(change), ["for_each_expression", "references"], []),
}

# --- the configuration, by module ---

key_pattern := `(\[(?:"(?:[^"\\]|\\.)*"|[0-9]+)\])?`

# A module instance as its steps: `module.a["x"].module.b` is [`module.a["x"]`, `module.b`].
steps := {address: steps_of(address) | some address in {module_of(change) | some change in input.resource_changes}}

# Splitting is many times cheaper than the pattern, which only keys with quotes, or with `.module.` inside, need.
steps_of(address) := [] if {
	address == ""
} else := [concat("", ["module.", part]) | some part in parts] if {
	not contains(address, "\\")
	parts := split(trim_prefix(address, "module."), ".module.")
	every part in parts { count(split(part, "\"")) in {1, 3} }
} else := regex.find_n(concat("", [`module\.[^.\[]+`, key_pattern]), address, -1)

# Every module instance with its ancestors, also those that hold nothing but other modules.
modules := {concat(".", array.slice(full, 0, length)): array.slice(full, 0, length) |
	some full in steps
	count(full) > 0
	some length in numbers.range(1, count(full))
}

call_name(step) := split(step, "[")[0]

# Module instances without their keys: the name of what they share.
static_path := object.union({"": ""}, {address: concat(".", [call_name(step) | some step in parts]) |
	some address, parts in modules
})

configuration := {path: found |
	some address, path in static_path
	steps_down := [part |
		some step in object.get(modules, address, [])
		some part in ["module_calls", trim_prefix(call_name(step), "module."), "module"]
	]
	found := object.get(input.configuration.root_module, steps_down, {})
}

declared := {path: {resource.address: resource | some resource in object.get(module, "resources", [])} |
	some path, module in configuration
}

# --- following references ---

# Instances of a resource, by its address without instance key.
instances[base] contains address if {
	some address, change in plan.at
	base := concat("", [module_prefix(module_of(change)), local_name(change)])
}

# What a list of references points at: addresses, and the nodes of `edges` for variables and outputs.
targets(references, where) := (objects | variables) | outputs if {
	leads := specific(array.concat(references, [each |
		some reference in references
		startswith(reference, "each.value")
		some each in where.each
	]))
	iterates := count([1 | some lead in leads; strings.any_prefix_match(lead, ["each.", "count."])]) > 0
	objects := {address |
		some lead in leads
		not strings.any_prefix_match(lead, ["each.", "count.", "var.", "local.", "module.", "path.", "terraform.", "self."])
		some address in pick(first_steps(lead), where, iterates)
	}
	variables := {concat(" ", ["var", where.module, name]) |
		some lead in leads
		startswith(lead, "var.")
		name := split(split(lead, ".")[1], "[")[0]
	}
	outputs := {output_node(lead, where, iterates) |
		some lead in leads
		startswith(lead, "module.")
	}
}

# Terraform lists `a.b["k"].id`, `a.b["k"]` and `a.b`: only the longest says which instance.
specific(references) := {reference |
	some reference in references
	every other in references {
		not startswith(other, concat("", [reference, "."]))
		not startswith(other, concat("", [reference, "["]))
	}
}

# `aws_s3_bucket.raw[each.key]` is listed as `aws_s3_bucket.raw` and `each.key`: then the instance with our own key is
# meant, if there is one. Otherwise each instance may be.
pick(base, where, iterates) := {address} if {
	address := concat("", [module_prefix(where.module), base])
	plan.at[address]
} else := {address} if {
	iterates
	address := concat("", [module_prefix(where.module), base, where.key])
	plan.at[address]
} else := found if {
	found := object.get(instances, concat("", [module_prefix(where.module), base]), set())
} else := set()

# What a reference names, without attributes: `aws_s3_bucket.raw["a.b"]`, `data.aws_region.here`, `module.lake[0]`.
first_steps(lead) := regex.find_n(concat("", [`^(data\.)?[^.\[]+\.[^.\[]+`, key_pattern]), lead, 1)[0] if {
	contains(lead, "\\")
} else := concat(".", array.slice(names, 0, length_of(lead))) if {
	names := split(split(lead, "[")[0], ".")
	count(names) > length_of(lead)
} else := concat("", [split(lead, "[")[0], first_key(lead)])

length_of(lead) := 3 if {
	startswith(lead, "data.")
} else := 2

first_key(lead) := "" if {
	not contains(lead, "[")
} else := concat("", ["[\"", split(lead, "\"")[1], "\"]"]) if {
	startswith(split(lead, "[")[1], "\"")
} else := concat("", ["[", split(split(lead, "[")[1], "]")[0], "]"])

# `module.lake[each.key].bucket_id` is listed as `module.lake` and `each.key`, so the output's name is lost: `*` stands
# for any of them.
output_node(lead, where, iterates) := concat(" ", ["output", child, name]) if {
	step := first_steps(lead)
	rest := trim_prefix(lead, step)
	name := output_name(rest)
	child := concat("", [module_prefix(where.module), step, key_for(step, where, iterates, rest)])
}

# `.bucket_id` or `.buckets["raw"]`, and nothing when the module itself is meant.
output_name(rest) := "*" if {
	rest == ""
} else := split(split(rest, ".")[1], "[")[0]

key_for(step, where, iterates, rest) := where.key if {
	iterates
	rest == ""
	not endswith(step, "]")
} else := ""

# Variables point at what the caller passes, outputs at what the module returns.
edges[node] := targets(object.get(expression, "references", []), where) if {
	some address, parts in modules
	call := object.get(configuration[parent_path(parts)], ["module_calls", own_name(parts)], {})
	where := {
		"module": concat(".", array.slice(parts, 0, count(parts) - 1)),
		"key": trim_prefix(own_step(parts), call_name(own_step(parts))),
		"each": object.get(call, ["for_each_expression", "references"], []),
	}
	some name, expression in object.get(call, "expressions", {})
	is_object(expression)
	node := concat(" ", ["var", address, name])
}

edges[node] := targets(object.get(output, ["expression", "references"], []), {"module": address, "key": "", "each": []}) if {
	some address, path in static_path
	some name, output in object.get(configuration[path], "outputs", {})
	node := concat(" ", ["output", address, name])
}

edges[node] := nodes if {
	some address, path in static_path
	nodes := {concat(" ", ["output", address, name]) | some name, _ in object.get(configuration[path], "outputs", {})}
	node := concat(" ", ["output", address, "*"])
}

own_step(parts) := parts[count(parts) - 1]

own_name(parts) := trim_prefix(call_name(own_step(parts)), "module.")

parent_path(parts) := concat(".", [call_name(step) | some step in array.slice(parts, 0, count(parts) - 1)])

# Most references are direct; `edges` is built only when one leads through a module's border.
follow(nodes) := nodes if {
	every node in nodes { not is_border(node) }
} else := nodes | {next |
	some node in graph.reachable(edges, nodes)
	some next in object.get(edges, node, set())
}

is_border(node) if strings.any_prefix_match(node, ["var ", "output "])
