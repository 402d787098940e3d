package main

a := 1

b := 10

x := "g"

f(a) := b if b := a + 1

pattern([a, {"k": b}]) := a + b

choose(i) := x if {
	x := i
	i > 1
} else := x if {
	i == 1
} else := "none"

m[x] := y if some x, y in {"k": 1}

y := 4

deny contains sprintf("%v %v %v", [f(2), pattern([1, {"k": 2}]), a + b])

deny contains sprintf("%v", [[choose(0), choose(1), choose(2)]])

deny contains sprintf("%v %v %v", [m, x, y])

deny contains "every" if {
	every x, y in {"k": 3} {
		y == 3
		x == "k"
	}
	y == 4
}

deny contains sprintf("%v", [list]) if list := [x | x := input.list[_]]
