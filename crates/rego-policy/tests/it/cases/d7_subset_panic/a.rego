package main

deny contains "empty" if object.subset([1, 2], [])
deny contains "part" if object.subset({"a": {"b": 1, "c": 2}}, {"a": {"b": 1}})
deny contains "wrong" if object.subset([1, 2], [2, 1])
