package main

import data as d
import data.main as m
import input as i

f(m) := m + 1

g := "gg"

deny contains sprintf("%d %v %v", [m.f(1), i.x, d.main.g])

deny contains k if k := m["g"]
