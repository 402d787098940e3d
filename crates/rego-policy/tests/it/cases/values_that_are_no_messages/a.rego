package main

deny contains 1
deny_bool contains true
deny_array contains ["x"]
deny_object contains {"message": "no msg"}
deny_msg contains {"msg": 3}
deny_empty contains ""
deny_loc contains {"msg": "m", "_loc": {"file": "f", "line": "9"}}
deny_fine contains "fine"
