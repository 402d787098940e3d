package main

deny contains msg if {
	input.bad
	print("saw", input.bad, [1, "a"])
	msg := "bad"
}
