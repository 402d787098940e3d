package main

deny := "x"

deny_if if input.x

warn_map[k] := v if some k, v in input

violation(x) := x

default deny_default := false

deny_ref.a contains "x"

exception := ["x"]

deny_good contains "x"
