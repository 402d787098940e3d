package main

deny contains "quick"

deny_slow contains "slow" if {
	sums := [(a + b) | some a in numbers.range(1, 2000); some b in numbers.range(1, 2000)]
	count(sums) == 0
}
