package main

test_limit if deny == {"limit"} with input as {"account": "1", "n": 9}
