package main

deny contains msg if {
	some name
	some msg in data.rules[name].deny
}
