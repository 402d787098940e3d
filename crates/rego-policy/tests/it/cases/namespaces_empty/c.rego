package lib

helper := 1
