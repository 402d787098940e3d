package main

# METADATA
# title: fine
# custom: 3
deny contains "x"
