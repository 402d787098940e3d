package tests

import data.main

test_without_with if main.deny == set()

test_with if main.deny == {"bad"} with input as {"n": "A"}

test_whole_package if data.main.deny == {"bad"} with input.n as "A"
