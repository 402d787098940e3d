//! The function against S3 as ministack has it, and a SageMaker that keeps its word about request tokens.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod simulator;
mod support;

use std::time::Duration;

use rehearsal::lambda::{self, Attempt};
use rehearsal::{Cut, Line};
use serde_json::{Value, json};
use start_training::Error;
use trigger::Function as _;

use support::{Bench, HASH};

/// What becomes of a folder before its manifest is written
type Change = fn(&mut support::Folder);

/// No execution
const NONE: [Value; 0] = [];
const SHORT: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread")]
async fn a_finished_run_is_trained_on() {
    let bench = Bench::new().await;
    let event = bench.finish(|_| {}).await;
    let function = bench.function(&bench.line());
    let answer = function
        .handle(event, &lambda::invocation("r", SHORT))
        .await
        .unwrap();
    assert_eq!(answer.value["outcome"], "started");
    assert_eq!(answer.counts, [("ManifestsAccepted", 1)]);
    let executions = bench.executions();
    assert_eq!(executions.len(), 1);
    let parameters = &executions[0]["PipelineParameters"];
    assert_eq!(executions[0]["PipelineName"], "towpath-dev-housing");
    let value = |name: &str| {
        let all = parameters.as_array().unwrap();
        let found = all.iter().find(|parameter| parameter["Name"] == name);
        found.unwrap()["Value"].as_str().unwrap().to_owned()
    };
    assert_eq!(
        value("InputUri"),
        format!("s3://{}/housing/{HASH}", bench.bucket)
    );
    assert_eq!(value("InputSha256"), HASH);
    assert_eq!(
        value("DataSha256"),
        bench.manifest()["outputs"]["features.csv"]["sha256"]
    );
    assert_eq!(parameters.as_array().unwrap().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_events_make_one_execution() {
    let bench = Bench::new().await;
    // the job ran twice, and wrote the same
    let events = [bench.finish(|_| {}).await, bench.finish(|_| {}).await];
    let attempts: Vec<_> = (0..100)
        .map(|number| {
            // every second one a delivery of the other write, and every fifth one as if late
            let (function, event) = (bench.function(&bench.line()), events[number % 2].clone());
            async move {
                if number % 5 == 0 {
                    tokio::time::sleep(Duration::from_millis(300)).await;
                }
                let request = lambda::request();
                lambda::until_it_works(&function, &event, &request, SHORT)
                    .await
                    .unwrap()
            }
        })
        .collect();
    let answers = lambda::all(attempts).await;
    assert!(
        answers
            .iter()
            .all(|answer| answer.value["outcome"] == "started")
    );
    assert_eq!(bench.executions().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_at_any_call_and_a_retry_converge() {
    let mut crashes = 0;
    for kind in [Cut::Before, Cut::After] {
        for number in 1.. {
            let bench = Bench::new().await;
            let event = bench.finish(|_| {}).await;
            let line = bench.line().cut(kind(number));
            let function = bench.function(&line);
            let invocation = lambda::invocation("r", SHORT);
            match lambda::attempt(&function, &line, &event, &invocation).await {
                Attempt::Crashed => crashes += 1,
                Attempt::Answered(answer) => {
                    answer.unwrap();
                    break;
                }
            }
            let function = bench.function(&bench.line());
            lambda::until_it_works(&function, &event, "r", SHORT)
                .await
                .unwrap();
            assert_eq!(bench.executions().len(), 1, "{:?}", kind(number));
        }
    }
    // the manifest, two files, the pipeline
    assert_eq!(crashes, 2 * 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_sagemaker_is_waited_for_and_then_left_to_the_next_attempt() {
    let bench = Bench::new().await;
    let event = bench.finish(|_| {}).await;
    let function = bench.function(&bench.line());
    for refusal in [
        "ThrottlingException",
        "ResourceLimitExceeded",
        "ConflictException",
    ] {
        bench.refuse(refusal, 2);
        let invocation = lambda::invocation("r", SHORT);
        let answer = function.handle(event.clone(), &invocation).await.unwrap();
        assert_eq!(answer.value["outcome"], "started", "{refusal}");
    }
    bench.refuse("ResourceLimitExceeded", usize::MAX);
    let started = std::time::Instant::now();
    let error = function
        .handle(event.clone(), &lambda::invocation("r", SHORT))
        .await;
    assert!(matches!(error, Err(Error::Busy { .. })), "{error:?}");
    assert!(started.elapsed() < SHORT);
    bench.refuse("ResourceNotFound", 1);
    let error = function
        .handle(event, &lambda::invocation("r", SHORT))
        .await;
    assert!(matches!(error, Err(Error::Refused { .. })), "{error:?}");
    assert_eq!(bench.executions().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_agree_is_rejected_beside_the_manifest() {
    let cases: [(&str, Change); 8] = [
        ("manifest-unreadable", |folder| {
            folder.manifest = json!("no")
        }),
        ("manifest-too-large", |folder| {
            folder.manifest["more"] = "x".repeat(2 << 20).into()
        }),
        ("folder-mismatch", |folder| {
            folder.manifest["input"]["sha256"] = "b".repeat(64).into()
        }),
        ("features-missing", |folder| {
            folder.manifest["outputs"]
                .as_object_mut()
                .unwrap()
                .remove("features.csv");
        }),
        ("features-rows", |folder| {
            folder.manifest["outputs"]["features.csv"]["rows"] = 0.into()
        }),
        ("output-missing", |folder| {
            folder.files.remove("quality.json");
        }),
        ("output-size", |folder| {
            folder.files.get_mut("features.csv").unwrap().push('\n');
        }),
        ("output-hash-mismatch", |folder| {
            let features = folder.files.get_mut("features.csv").unwrap();
            *features = features.replace('1', "2");
        }),
    ];
    for (code, change) in cases {
        let bench = Bench::new().await;
        let event = bench.finish(change).await;
        let function = bench.function(&bench.line());
        for _ in 0..2 {
            let invocation = lambda::invocation("r", SHORT);
            let answer = function.handle(event.clone(), &invocation).await.unwrap();
            assert_eq!(answer.value["outcome"], "rejected", "{code}");
            assert_eq!(answer.counts, [("ManifestsRejected", 1)]);
        }
        let key = format!("housing/{HASH}/rejected.json");
        let rejected = bench.stage.json(&bench.bucket, &key).await;
        assert_eq!(rejected["objection"]["code"], code);
        assert!(
            !key.ends_with("/manifest.json"),
            "it would be an event of its own"
        );
        assert_eq!(bench.executions(), NONE, "{code}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manifest_that_is_gone_or_none_is_no_failure() {
    let bench = Bench::new().await;
    let event = bench.finish(|_| {}).await;
    bench.stage.delete_version(&event).await;
    let function = bench.function(&Line::new(&[]));
    let invocation = lambda::invocation("r", SHORT);
    let answer = function.handle(event, &invocation).await.unwrap();
    assert_eq!(answer.value["outcome"], "gone");
    let other = bench
        .stage
        .put(&bench.bucket, "housing/x/rejected.json", "{}")
        .await;
    let answer = function.handle(other, &invocation).await.unwrap();
    assert_eq!(answer.value["outcome"], "ignored");
    assert_eq!(bench.executions(), NONE);
}
