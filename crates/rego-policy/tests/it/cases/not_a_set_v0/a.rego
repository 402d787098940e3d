package main

deny = true { input.x }

deny_map[msg] = 1 { msg := "x" }

deny_good[msg] { msg := "x" }
