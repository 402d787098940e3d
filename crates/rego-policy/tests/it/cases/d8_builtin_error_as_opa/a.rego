package main

deny contains "x" if to_number(input.n) > 1
deny contains "other" if true
warn contains "fine" if true
