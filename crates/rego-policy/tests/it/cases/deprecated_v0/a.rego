package main

import data.lib as helpers

deny[msg] {
	any([false, input.on])
	not all([true, false])
	re_match(`^a{1}$`, "a")
	set_diff({1, 2}, {2}) == {1}
	cast_array({1}) == [1]
	cast_set([1]) == {1}
	cast_string("a") == "a"
	cast_boolean(true)
	msg = helpers.message(input.on)
}
