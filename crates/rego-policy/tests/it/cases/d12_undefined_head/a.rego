package main

deny contains item.msg if some item in input.items

deny contains input.items[_].other

deny contains sprintf("%v says %v", [item.name, item.msg]) if {
	some item in input.items
}

deny contains {"msg": item.msg, "id": 1} if some item in input.items

warn contains sprintf("groups %v, names %v, first %v, else %v", [groups, names, first, label({"name": "n"})])

warn contains sprintf("early %v", [early])

groups[item.name] contains item.msg if some item in input.items

names[item.name] := item.msg if some item in input.items

first := item.msg if some item in input.items

label(item) := item.msg if {
	item # a comment
} else := item.name

key := "group"

early[key] contains item if {
	some item in input.items
	item.msg == "none"
}
