//! Definitions without a defect: this repository's own, one of every kind of step, and what SageMaker's SDK writes.

use crate::{SOUND, found};

#[test]
fn a_sound_definition_has_no_finding() {
    assert_eq!(found(SOUND), []);
}

#[test]
fn the_reference_systems_pipeline_has_no_finding() {
    assert_eq!(
        found(include_str!("../../../../pipelines/housing.pipeline.json")),
        []
    );
}

/// Written by `pipeline.definition()` of the SDK's version 2.257: processing, training with retries and caching, an
/// evaluation, a condition, registration, a model, a function and a failure
#[test]
fn what_the_sdk_writes_has_no_finding() {
    assert_eq!(found(include_str!("../fixtures/sdk-v2.pipeline.json")), []);
}
