package main

deny contains "braces" if regex.match(`^{.+}$`, input.text)
deny contains sprintf("%v", [regex.find_n(`{[a-z]+}`, input.text, -1)])
deny contains regex.replace(input.text, `^{(.*)}$`, "<$1>")
warn contains "invalid" if regex.match(`(`, input.text)
