package main

deny contains input.name if input.bad
