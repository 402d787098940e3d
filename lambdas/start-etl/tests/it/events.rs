//! Events: repeated, late, out of order, of objects that are gone; and a Glue that does not want to.

use std::time::{Duration, Instant};

use rehearsal::lambda;
use serde_json::{Value, json};
use start_etl::Error;
use trigger::{Function as _, Object};

use crate::files::Table;
use crate::support::{Bench, TIME};

#[tokio::test(flavor = "multi_thread")]
async fn a_good_file_is_handed_to_one_run() {
    let bench = Bench::new().await;
    let event = bench
        .stage
        .put(
            &bench.raw,
            "incoming/a+b c%20\u{e9}.csv",
            Table::good().bytes(),
        )
        .await;
    let answer = bench.deliver(&event).await;
    assert_eq!(answer.value["outcome"], "started");
    assert_eq!(answer.counts, [("ObjectsAccepted", 1), ("RunsStarted", 1)]);
    let object = Object::of(event).unwrap();
    let sha256 = answer.value["input_sha256"].clone();
    assert_eq!(sha256.as_str().unwrap().len(), 64);
    assert_eq!(
        bench.runs(),
        [json!({
            "Name": "towpath-dev-housing", "WorkflowRunId": "wr_0",
            "WorkflowRunProperties": {
                "object_id": object.id(),
                "input_uri": format!("s3://{}/incoming/a+b c%20\u{e9}.csv", bench.raw),
                "input_version_id": object.version_id,
                "input_sha256": sha256,
                "output_uri": "s3://towpath-dev-processed-000000000000/housing",
            },
        })]
    );
    let record = bench
        .stage
        .json(&bench.artifacts, &format!("runs/etl/{}.json", object.id()))
        .await;
    assert_eq!(
        (&record["state"], &record["run_id"]),
        (&json!("started"), &json!("wr_0"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_repeated_and_reordered_events_make_one_run_for_each_version() {
    let bench = Bench::new().await;
    let mut events = Vec::new();
    for note in ["1", "2"] {
        let file = [Table::good().bytes(), row(note)].concat();
        events.push(bench.stage.put(&bench.raw, "incoming/a.csv", file).await);
    }
    // the newer version's events come first; some together, some late
    let attempts: Vec<_> = (0..100)
        .map(|number| {
            let event = events[if number < 30 { 1 } else { number % 2 }].clone();
            let (function, wait) = (bench.function(&bench.line()), 7 * (number % 40));
            async move {
                tokio::time::sleep(Duration::from_millis(wait as u64)).await;
                let request = lambda::request();
                lambda::until_it_works(&function, &event, &request, TIME)
                    .await
                    .unwrap()
            }
        })
        .collect();
    let answers = lambda::all(attempts).await;
    let outcomes = |name: &str| {
        answers
            .iter()
            .filter(|answer| answer.value["outcome"] == name)
            .count()
    };
    assert_eq!((outcomes("started"), outcomes("duplicate")), (2, 98));
    let mut versions: Vec<Value> = bench
        .runs()
        .iter()
        .map(|run| run["WorkflowRunProperties"]["input_version_id"].clone())
        .collect();
    versions.reverse();
    let mut expected: Vec<Value> = events
        .iter()
        .map(|event| event["detail"]["object"]["version-id"].clone())
        .collect();
    versions.sort_by_key(Value::to_string);
    expected.sort_by_key(Value::to_string);
    assert_eq!(versions, expected);
}

/// One more row
fn row(note: &str) -> Vec<u8> {
    format!("-122.23,37.8{note},41,880,129,322,126,8.3252,452600,NEAR BAY\n").into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_without_a_version_means_the_content_that_it_names() {
    let bench = Bench::new().await;
    let mut older = bench
        .stage
        .put(&bench.raw, "incoming/a.csv", Table::good().bytes())
        .await;
    let mut newer = bench
        .stage
        .put(
            &bench.raw,
            "incoming/a.csv",
            [Table::good().bytes(), row("3")].concat(),
        )
        .await;
    let version = newer["detail"]["object"]["version-id"].clone();
    for event in [&mut older, &mut newer] {
        event["detail"]["object"]
            .as_object_mut()
            .unwrap()
            .remove("version-id");
    }
    assert_eq!(bench.deliver(&older).await.value["outcome"], "gone");
    assert_eq!(bench.deliver(&newer).await.value["outcome"], "started");
    let runs = bench.runs();
    assert_eq!(runs.len(), 1);
    assert_eq!(
        runs[0]["WorkflowRunProperties"]["input_version_id"],
        version
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_is_gone_and_what_is_not_incoming_are_no_failures() {
    let bench = Bench::new().await;
    let event = bench
        .stage
        .put(&bench.raw, "incoming/a.csv", Table::good().bytes())
        .await;
    bench.stage.delete_version(&event).await;
    let answer = bench.deliver(&event).await;
    assert_eq!(
        (&answer.value["outcome"], &answer.counts[..]),
        (&json!("gone"), [("ObjectsGone", 1)].as_slice())
    );
    assert_eq!(bench.deliver(&event).await.value["outcome"], "duplicate");
    for key in [
        "quarantine/0/a.csv",
        "incoming/",
        "incoming/new folder/",
        "a.csv",
    ] {
        let event = bench.stage.put(&bench.raw, key, "").await;
        assert_eq!(
            bench.deliver(&event).await.value["outcome"],
            "ignored",
            "{key}"
        );
    }
    assert_eq!(bench.runs(), [Value::Null; 0]);
    let function = bench.function(&bench.line());
    let error = function
        .handle(json!({"Records": []}), &lambda::invocation("r", TIME))
        .await;
    assert!(matches!(error, Err(Error::Event(_))), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_glue_is_waited_for() {
    let bench = Bench::new().await;
    let busy = [
        "ConcurrentRunsExceededException",
        "ResourceNumberLimitExceededException",
        "ThrottlingException",
    ];
    for (number, refusal) in busy.into_iter().enumerate() {
        let file = [Table::good().bytes(), row(&number.to_string())].concat();
        let event = bench.stage.put(&bench.raw, "incoming/a.csv", file).await;
        bench.refuse(400, refusal, 3);
        assert_eq!(
            bench.deliver(&event).await.value["outcome"],
            "started",
            "{refusal}"
        );
        assert_eq!(bench.runs().len(), number + 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_glue_that_stays_busy_is_left_to_the_next_attempt() {
    let bench = Bench::new().await;
    let event = bench
        .stage
        .put(&bench.raw, "incoming/a.csv", Table::good().bytes())
        .await;
    bench.refuse(400, "ConcurrentRunsExceededException", usize::MAX);
    let function = bench.function(&bench.line());
    let time = Duration::from_secs(4);
    let started = Instant::now();
    let error = function
        .handle(event.clone(), &lambda::invocation("r", time))
        .await;
    assert!(matches!(error, Err(Error::Run(_))), "{error:?}");
    assert!(started.elapsed() < time);
    // released: neither Lambda's retry nor another event has to wait until the claim is over
    bench.refuse(400, "", 0);
    let started = Instant::now();
    assert_eq!(bench.deliver(&event).await.value["outcome"], "started");
    assert!(started.elapsed() < Duration::from_secs(2));
    assert_eq!(bench.runs().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_without_a_clear_answer_is_looked_for_before_it_is_repeated() {
    let bench = Bench::new().await;
    for number in 0..4 {
        let file = [Table::good().bytes(), row(&number.to_string())].concat();
        let event = bench.stage.put(&bench.raw, "incoming/a.csv", file).await;
        bench.start_without_saying_so(1);
        let answer = bench.deliver(&event).await;
        assert_eq!(answer.value["run_id"], format!("wr_{number}"));
        assert_eq!(answer.counts, [("ObjectsAccepted", 1)]);
    }
    assert_eq!(bench.runs().len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workflow_that_does_not_exist_is_said() {
    let bench = Bench::new().await;
    let event = bench
        .stage
        .put(&bench.raw, "incoming/a.csv", Table::good().bytes())
        .await;
    bench.refuse(400, "EntityNotFoundException", 1);
    let function = bench.function(&bench.line());
    let error = function
        .handle(event.clone(), &lambda::invocation("r", TIME))
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "Glue does not start the workflow `towpath-dev-housing`"
    );
    assert_eq!(bench.deliver(&event).await.value["outcome"], "started");
}
