package main

import data.lib

members[team] contains name if some team, name in input.members

owners[team][name] := true if some team, name in input.members

sizes[team] := size if some team, size in input.sizes

in_a_package := [members, owners, sizes]

across_packages := [lib.members, lib.owners, lib.sizes, lib.nested, lib.names]

deny contains sprintf("here %v", [in_a_package])

deny contains sprintf("there %v", [across_packages])

deny contains "no members" if count(members) == 0

deny contains "no owners" if count(lib.owners) == 0

deny contains "nobody owns it" if object.get(owners, "ops", "nobody") == "nobody"

deny contains "none of the teams has a member" if {
	{"ops"} - {team | some team, _ in lib.members} == {"ops"}
}

deny contains "a function asks" if lib.allowed("ops")

deny contains "one member, with another input" if {
	lib.members == {"ops": {"ada"}} with input as {"members": {"ops": "ada"}}
}

deny contains "a member" if {
	some team
	members[team]
}
