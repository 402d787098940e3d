package main

items(x) := [items | some items in x]

name := "rule"

deny contains name if some name in items(input.names)

deny contains msg if {
	every name in input.names { name != "" }
	msg := sprintf("%s is not %s", [name, [name | name := "local"][0]])
}

keyed(name) := {"k": name}

deny contains keyed("argument").k
