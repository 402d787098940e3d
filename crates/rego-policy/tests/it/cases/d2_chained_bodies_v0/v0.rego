package main

deny[sprintf("%s is bad", [name])] {
	name := input.names[_]
	name == "a"
} {
	name := input.names[_]
	name == "b"
}
