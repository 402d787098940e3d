package main

deny contains m if m := sprintf("bad %s", ["a", "b"])
deny contains m if m := sprintf("%d of %v, %s", [input.n, input.list])
