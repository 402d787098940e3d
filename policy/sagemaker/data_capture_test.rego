# Both sides, above 0 %, switched on.
package sagemaker.data_capture_test

import data.lib.fixture
import data.sagemaker.data_capture

good := {
	"enable_capture": true,
	"initial_sampling_percentage": 100,
	"capture_options": [{"capture_mode": "Input"}, {"capture_mode": "Output"}],
}

config(capture, unknown) := fixture.created(
	"aws_sagemaker_endpoint_configuration", "prod", {
		"name": "prod",
		"production_variants": [{"variant_name": "a", "serverless_config": []}],
		"data_capture_config": capture,
	},
	unknown,
)

test_denies_what_captures_too_little if {
	every capture in [
		[],
		null,
		[object.union(good, {"enable_capture": false})],
		[object.union(good, {"initial_sampling_percentage": 0})],
		[object.union(good, {"capture_options": [{"capture_mode": "Input"}]})],
	] {
		some finding in data_capture.deny with input as fixture.plan([config(capture, {})])
		finding.attribute == "data_capture_config"
		not finding.unknown
	}
}

test_allows_both_sides if {
	count(data_capture.deny) == 0 with input as fixture.plan([config([good], {})])
	both := object.union(good, {"capture_options": [{"capture_mode": "InputAndOutput"}]})
	count(data_capture.deny) == 0 with input as fixture.plan([config([both], {"data_capture_config": [{"destination_s3_uri": true}]})])
}

test_allows_serverless if {
	serverless := fixture.created(
		"aws_sagemaker_endpoint_configuration", "dev", {
			"production_variants": [{"serverless_config": [{"max_concurrency": 1}]}],
			"data_capture_config": [],
		},
		{},
	)
	count(data_capture.deny) == 0 with input as fixture.plan([serverless])
}

test_unknown_is_denied_as_unknown if {
	every mask in [true, [{"enable_capture": true}], [{"initial_sampling_percentage": true}], [{"capture_options": true}]] {
		some finding in data_capture.deny with input as fixture.plan([config([good], {"data_capture_config": mask})])
		finding.unknown
	}
}
