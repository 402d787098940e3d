package main

deny contains "asked for by name" if limits.size == 2

limits.size := 1 if input.small

default other["size"] := 1
