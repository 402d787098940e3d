package main.inner

hit if words[input.n]

words := {"A"}
