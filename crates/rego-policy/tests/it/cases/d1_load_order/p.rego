package main

deny contains "bad" if words[input.n]
