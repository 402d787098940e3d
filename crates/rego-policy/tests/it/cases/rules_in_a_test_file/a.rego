package main

deny contains "in a policy file"
