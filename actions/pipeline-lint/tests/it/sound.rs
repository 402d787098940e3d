//! Definitions without a defect: this repository's own, one of every kind of step, and what SageMaker's SDK writes.

use crate::{LOOPS, SOUND, found};

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

/// Written by the SDK's version 3.27, which has `ModelTrainer` and `ModelBuilder` instead of estimators and models
#[test]
fn what_the_third_sdk_writes_has_no_finding() {
    assert_eq!(found(include_str!("../fixtures/sdk-v3.pipeline.json")), []);
}

/// The same, of the steps that only it has: a loop with a selector, a clean-up, a step that waits for a failure
#[test]
fn loops_and_clean_ups_of_the_third_sdk_have_no_finding() {
    assert_eq!(found(LOOPS), []);
}
