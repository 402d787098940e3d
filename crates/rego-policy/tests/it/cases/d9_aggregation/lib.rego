package lib

name := upper(first)

first := "n"
