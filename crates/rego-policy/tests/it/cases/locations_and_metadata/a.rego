package main

deny contains {"msg": "here", "_loc": {"file": "main.tf", "line": 12}, "details": {"n": [1, 2]}}
