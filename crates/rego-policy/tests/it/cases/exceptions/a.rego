package main

deny contains "plain"

deny_one contains "one"

deny_two contains "two" if input.two

warn_three contains "three"

exception contains rules if {
	input.skip
	rules := ["", "two"]
}

exception contains ["two", "three"] if input.skip
