package main

test_denies if "bad" in deny with input as {"bad": true}

test_fails if "worse" in deny with input as {"bad": "yes"}

test_false := false

test_errs if to_number(sprintf("%s", ["x"])) == 1

todo_test_later if false

test_config if {
	cfg := parse_config("yaml", "a: [1, 2]")
	cfg.a[1] == 2
	parse_config("hcl2", `resource "x" "y" { n = 1 }`).resource.x.y[0].n == 1
}
