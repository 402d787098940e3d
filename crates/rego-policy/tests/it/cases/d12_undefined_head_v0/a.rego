package main

deny[item.msg] { item := input.items[_] }

deny[sprintf("brief: %v", [input.items[_].other])]

warn[msg] { msg := sprintf("%v, %v", [names, label({"name": "n"})]) }

names[item.name] = item.msg { item := input.items[_] }

label(item) = item.msg { item } else = item.name
