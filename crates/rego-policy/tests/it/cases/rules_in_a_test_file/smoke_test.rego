package main

deny_smoke contains "in a test file"

test_smoke if "in a test file" in deny_smoke
