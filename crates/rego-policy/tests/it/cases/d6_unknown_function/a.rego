package main

deny contains "x" if {
	false
	any([true])
}

deny contains upper("x", "y", "z") if true
deny contains starts_with(input.a, "b")
deny contains helper(1, 2, 3)

helper(x) := x

deny contains "net" if http.send({"url": "x"}).status_code == 200
deny contains "env" if opa.runtime().env.HOME
