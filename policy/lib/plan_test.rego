# Known, unknown and sensitive are told apart at any depth.
package lib.plan_test

import data.lib.fixture
import data.lib.plan

change := object.union(
	fixture.created("aws_x", "a", {"set": true, "off": false, "block": [{"in": 1}]}, {"later": true, "list": [{"in": true}], "all": true}),
	{"change": {"after_sensitive": {"hidden": true}}},
)

test_three_values if {
	plan.is(change, ["set"], {true}) == "yes"
	plan.is(change, ["off"], {true}) == "no"
	plan.is(change, ["unset"], {true}) == "no"
	plan.is(change, ["block", 0, "in"], {1}) == "yes"
	plan.is(change, ["block", 1, "in"], {1}) == "no"
	plan.is(change, ["later"], {true}) == "unknown"
	plan.is(change, ["list", 0, "in"], {true}) == "unknown"
	plan.is(change, ["all", 0, "in"], {true}) == "unknown"
	plan.is(change, ["hidden"], {true}) == "unknown"
}

test_reasons if {
	plan.reason(change, ["later"]) == "is only known after apply"
	plan.reason(change, ["hidden"]) == "is sensitive, so it cannot be judged"
}

test_kleene if {
	plan.any_of({"yes", "unknown"}) == "yes"
	plan.any_of({"no", "unknown"}) == "unknown"
	plan.any_of(set()) == "no"
	plan.all_of({"no", "unknown"}) == "no"
	plan.all_of({"yes", "unknown"}) == "unknown"
	plan.all_of({"yes"}) == "yes"
}

test_kept_and_lost if {
	changes := [fixture.change("aws_x", concat("_", actions), actions, {}, {}) | some actions in [
		["create"], ["update"], ["no-op"], ["delete"], ["forget"], ["delete", "create"], ["create", "forget"],
	]]
	kept := {address | some address, _ in plan.kept.aws_x} with input as fixture.plan(array.slice(changes, 0, 5))
	kept == {"aws_x.create", "aws_x.update", "aws_x.no-op"}
	replaced := {address | some address, _ in plan.kept.aws_x} with input as fixture.plan(array.slice(changes, 5, 7))
	replaced == {"aws_x.delete_create", "aws_x.create_forget"}
	lost := {each.address | some each in plan.lost} with input as fixture.plan(changes)
	lost == {"aws_x.delete", "aws_x.forget", "aws_x.delete_create", "aws_x.create_forget"}
}
