package main

deny contains msg if {
	some file in input
	msg := sprintf("%s is %v", [file.path, file.contents.v])
}
