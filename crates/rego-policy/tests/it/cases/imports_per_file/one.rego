package one

name := "one"
