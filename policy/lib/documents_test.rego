# Where a document comes from makes no difference to the statements that rules see.
package lib.documents_test

import data.lib.documents
import data.lib.fixture

statement(action) := {"Effect": "Allow", "Action": action, "Resource": "arn:aws:s3:::b"}

role(actions, after, unknown) := fixture.change("aws_iam_role", "r", actions, after, unknown)

inline := {"inline_policy": [{"name": "a", "policy": json.marshal({"Statement": statement("s3:GetObject")})}]}

test_inline_policy_of_a_new_role_is_read if {
	found := documents.grants with input as fixture.plan([role(["create"], inline, {})])
	found[["aws_iam_role.r", "inline_policy[0]"]].statements[0].actions == ["s3:getobject"]
}

test_inline_policy_that_an_old_role_only_reports_is_not if {
	count(documents.grants) == 0 with input as fixture.plan([role(["no-op"], inline, {})])
}

test_unknown_inline_policy_is_a_gap if {
	blocks := [fixture.block("aws_iam_role", "r", {"inline_policy": ["local.policies"]})]
	found := documents.grants with input as fixture.configured([role(["create"], {}, {"inline_policy": true})], blocks)
	found[["aws_iam_role.r", "inline_policy"]].gaps == {"is only known after apply"}
}

source(name, action, base, unknown) := fixture.read(
	"aws_iam_policy_document", name, {
		"statement": [{"actions": [action], "resources": ["arn:aws:s3:::b"]}],
		"source_policy_documents": base,
	},
	unknown,
)

later := fixture.created("aws_iam_policy", "p", {}, {"policy": true})

blocks := [
	fixture.block("aws_iam_policy", "p", {"policy": ["data.aws_iam_policy_document.top.json", "data.aws_iam_policy_document.top"]}),
	object.union(
		fixture.block("data.aws_iam_policy_document", "top", {"source_policy_documents": ["data.aws_iam_policy_document.base.json", "data.aws_iam_policy_document.base"]}),
		{"mode": "data"},
	),
]

top := source("top", "s3:GetObject", [null], {"json": true, "source_policy_documents": [true]})

test_a_document_that_builds_on_another_has_both_statements if {
	changes := [later, top, source("base", "s3:PutObject", null, {"json": true})]
	found := documents.grants with input as fixture.configured(changes, blocks)
	document := found[["aws_iam_policy.p", "policy"]]
	{each.actions[0] | some each in document.statements} == {"s3:getobject", "s3:putobject"}
	document.gaps == set()
}

test_a_document_that_builds_on_something_unknown_has_a_gap if {
	found := documents.grants with input as fixture.configured([later, top], blocks)
	count(found[["aws_iam_policy.p", "policy"]].gaps) == 1
}
