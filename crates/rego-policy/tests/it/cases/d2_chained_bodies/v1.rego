package main

# the comment must not move lines
deny contains x if {
	x := "a" # { not a body }
} {
	x := "b"
} {
	input.n == "}"
	x := "c"
}

deny contains "after" if true

f(x) := "one" if {
	x == 1
} {
	x == 2
}

deny contains msg if msg := f(input.m)
