package main

size := 1 if input.a

size := 2 if input.b

deny contains sprintf("%d", [size])
