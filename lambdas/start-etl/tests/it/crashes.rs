//! A process that ends at each of its calls, before AWS hears it or after: what the next attempts make of it.

use std::time::Duration;

use rehearsal::lambda::{self, Attempt};
use rehearsal::{Cut, Line};
use serde_json::Value;

use crate::files::Table;
use crate::support::Bench;

/// Short, because a claim is not anybody's before its holder's time is over
const TIME: Duration = Duration::from_secs(4);
/// Lambda waits a minute before it tries again, so that the first attempt's time ends well before the next one's
const NEXT: Duration = Duration::from_secs(12);

/// Ends the first attempt at `cut`; the calls that it made, or none if it came to its end
async fn crash(bench: &Bench, event: &Value, cut: Cut) -> Option<Vec<String>> {
    let line = bench.line().cut(cut);
    let function = bench.function(&line);
    let invocation = lambda::invocation("first", TIME);
    match lambda::attempt(&function, &line, event, &invocation).await {
        Attempt::Crashed => Some(line.calls()),
        Attempt::Answered(answer) => {
            answer.unwrap();
            None
        }
    }
}

/// Crashes at every call of a first attempt at `file`; what every retry by `request` comes to
async fn at_every_call(
    file: Vec<u8>,
    request: &'static str,
) -> Vec<(Cut, Vec<String>, Value, usize)> {
    let mut cases = Vec::new();
    for kind in [Cut::Before, Cut::After] {
        for number in 1..=12 {
            let file = file.clone();
            cases.push(async move {
                let bench = Bench::new().await;
                let event = bench.stage.put(&bench.raw, "incoming/a.csv", file).await;
                let cut = kind(number);
                let calls = crash(&bench, &event, cut).await?;
                let function = bench.function(&bench.line());
                let mut answer = lambda::until_it_works(&function, &event, request, NEXT).await;
                while answer
                    .as_ref()
                    .is_ok_and(|answer| answer.value["state"] == "claimed")
                {
                    // another request's claim is not over: its event would be delivered again
                    tokio::time::sleep(Duration::from_millis(500)).await;
                    answer = lambda::until_it_works(&function, &event, request, NEXT).await;
                }
                Some((cut, calls, answer.unwrap().value, bench.runs().len()))
            });
        }
    }
    lambda::all(cases).await.into_iter().flatten().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_at_any_call_and_lambda_s_retry_make_one_run() {
    let cases = at_every_call(Table::good().bytes(), "first").await;
    // the claim, the object, that Glue is asked, Glue, the record
    assert_eq!(cases.len(), 2 * 5, "{cases:?}");
    for (cut, calls, answer, runs) in cases {
        assert_eq!(runs, 1, "{cut:?} {calls:?} {answer}");
        assert_eq!(answer["run_id"], "wr_0", "{cut:?} {calls:?} {answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_at_any_call_and_another_event_make_one_run() {
    let cases = at_every_call(Table::good().bytes(), "second").await;
    assert_eq!(cases.len(), 2 * 5, "{cases:?}");
    for (cut, calls, answer, runs) in cases {
        assert_eq!(runs, 1, "{cut:?} {calls:?} {answer}");
        assert_eq!(answer["run_id"], "wr_0", "{cut:?} {calls:?} {answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_at_any_call_and_a_retry_make_one_quarantine() {
    let cases = at_every_call(b"no table".to_vec(), "first").await;
    // the claim, the object, its copy, the reason, the record
    assert_eq!(cases.len(), 2 * 5, "{cases:?}");
    for (cut, calls, answer, runs) in cases {
        assert_eq!(
            (runs, &answer["code"]),
            (0, &"header".into()),
            "{cut:?} {calls:?} {answer}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn crashes_one_after_the_other_still_make_one_run() {
    let bench = Bench::new().await;
    let event = bench
        .stage
        .put(&bench.raw, "incoming/a.csv", Table::good().bytes())
        .await;
    for number in 1..=9 {
        let cut = if number % 2 == 0 {
            Cut::Before(number)
        } else {
            Cut::After(number)
        };
        let line: Line = bench.line().cut(cut);
        let function = bench.function(&line);
        let invocation = lambda::invocation("first", Duration::from_millis(2_500));
        lambda::attempt(&function, &line, &event, &invocation).await;
    }
    let function = bench.function(&bench.line());
    lambda::until_it_works(&function, &event, "first", NEXT)
        .await
        .unwrap();
    assert_eq!(bench.runs().len(), 1);
}
