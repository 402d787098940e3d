package main

words := {"A"}
