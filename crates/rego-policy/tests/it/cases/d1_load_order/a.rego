package main

unrelated := {"Allow"}
