//! The function against Glue as the simulator has it, with its own rules about runs, in place of one that says yes to everything.

use aws_sdk_glue::Client;
use aws_sdk_glue::types::{Action, JobCommand, TriggerType};
use rehearsal::{Line, Stage, lambda};
use serde_json::json;
use trigger::Object;

use crate::files::Table;
use crate::support::{Bench, TIME, WORKFLOW};

fn line() -> Line {
    Line::new(&[("AWSGlue.", Stage::sagemaker_url())])
}

/// A workflow that has one run at a time, of a job that has nothing to run on and so ends soon
async fn workflow() -> Client {
    let glue = Client::new(&Stage::config(&line()));
    let call = glue.create_workflow().name(WORKFLOW).max_concurrent_runs(1);
    call.send().await.unwrap();
    let command = JobCommand::builder()
        .name("pythonshell")
        .python_version("3.9")
        .script_location("s3://nowhere/nothing.py");
    let call = glue.create_job().name("nothing").command(command.build());
    let call = call.role("arn:aws:iam::000000000000:role/job");
    call.send().await.unwrap();
    let call = glue.create_trigger().name("start").workflow_name(WORKFLOW);
    let call = call.r#type(TriggerType::OnDemand);
    let call = call.actions(Action::builder().job_name("nothing").build());
    call.send().await.unwrap();
    glue
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_events_of_two_versions_make_two_runs_one_after_the_other() {
    let glue = workflow().await;
    let bench = Bench::new().await;
    let mut events = Vec::new();
    for _ in 0..2 {
        let file = Table::good().bytes();
        events.push(bench.stage.put(&bench.raw, "incoming/a.csv", file).await);
    }
    let attempts: Vec<_> = (0..100)
        .map(|number| {
            let event = events[usize::from(number % 3 == 0)].clone();
            let function = bench.function(&line());
            async move {
                let request = lambda::request();
                lambda::until_it_works(&function, &event, &request, TIME).await
            }
        })
        .collect();
    let answers = lambda::all(attempts).await;
    let started = answers
        .iter()
        .filter(|answer| answer.as_ref().unwrap().value["outcome"] == "started");
    assert_eq!(started.count(), 2);
    let runs = glue.get_workflow_runs().name(WORKFLOW).send().await;
    let runs = runs.unwrap();
    let [second, first] = runs.runs() else {
        panic!("{runs:?}");
    };
    assert!(second.started_on() >= first.completed_on() && first.completed_on().is_some());
    let mut of = [first, second].map(|run| {
        let properties = run.workflow_run_properties().unwrap();
        json!(properties["object_id"])
    });
    let ids = events
        .into_iter()
        .map(|event| json!(Object::of(event).unwrap().id()));
    let mut expected: Vec<_> = ids.collect();
    of.sort_by_key(ToString::to_string);
    expected.sort_by_key(ToString::to_string);
    assert_eq!(of[..], expected);
}
