package main

test_denies if count(denies) == 0
