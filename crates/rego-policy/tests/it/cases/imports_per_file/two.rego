package two

name := "two"
