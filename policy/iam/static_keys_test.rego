# The type alone decides, so nothing that is unknown about a user makes it pass.
package iam.static_keys_test

import data.iam.static_keys
import data.lib.fixture

test_denies_users_and_their_keys if {
	every type, _ in static_keys.standing {
		count(static_keys.deny) == 1 with input as fixture.plan([fixture.created(type, "ci", {}, {})])
	}
}

test_denies_a_user_that_was_there_before if {
	count(static_keys.deny) == 1 with input as fixture.plan([fixture.change("aws_iam_user", "ci", ["no-op"], {}, {})])
}

test_allows_roles_and_the_removal_of_a_user if {
	changes := [fixture.created("aws_iam_role", "ci", {}, {}), fixture.change("aws_iam_user", "ci", ["delete"], null, {})]
	count(static_keys.deny) == 0 with input as fixture.plan(changes)
}

test_denies_a_user_of_whom_nothing_is_known if {
	count(static_keys.deny) == 1 with input as fixture.plan([fixture.created("aws_iam_user", "ci", {}, {"name": true, "arn": true})])
}
