package main

deny contains "x"
