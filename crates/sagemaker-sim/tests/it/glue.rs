//! Glue with real processes: what a script is given, how runs end, and what follows them.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::client::Sim;
use crate::store::Store;

/// Writes what it was given as the last line of its standard output
const ECHO: &str = "import json, os, sys\nimport helper\nprint(json.dumps({'argv': sys.argv[1:], 'helper': helper.NAME, 'glue': os.environ['AWS_ENDPOINT_URL_GLUE'], 'home': os.environ.get('CARGO_HOME')}))\n";

/// A simulator, a store beside it, and a job `clean` whose script is `script`
fn with_script(script: &str) -> (Sim, Store) {
    let (sim, store) = (Sim::start(), Store::start());
    sim.connect(&store.url);
    store.put("code/glue/clean.py", script);
    store.put("code/glue/helper.py", "NAME = 'helped'\n");
    sim.ok_glue("CreateJob", job("clean", 1));
    (sim, store)
}

fn job(name: &str, concurrent: u32) -> Value {
    json!({
        "Name": name, "Role": "glue", "MaxCapacity": 0.0625,
        "Command": {"Name": "pythonshell", "PythonVersion": "3.9", "ScriptLocation": "s3://code/glue/clean.py"},
        "DefaultArguments": {"--extra-py-files": "s3://code/glue/helper.py", "--CONTRACT": "default"},
        "ExecutionProperty": {"MaxConcurrentRuns": concurrent},
    })
}

fn workflow(sim: &Sim) {
    sim.ok_glue(
        "CreateWorkflow",
        json!({"Name": "housing", "MaxConcurrentRuns": 1, "DefaultRunProperties": {"a": "1"}}),
    );
    sim.ok_glue("CreateTrigger", json!({"Name": "begin", "Type": "ON_DEMAND", "WorkflowName": "housing", "Actions": [{"JobName": "clean"}]}));
}

/// The job run when it has ended
fn ended(sim: &Sim, job: &str, id: &str) -> Value {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let run = sim.ok_glue("GetJobRun", json!({"JobName": job, "RunId": id}))["JobRun"].clone();
        let state = run["JobRunState"].as_str().unwrap();
        if !["STARTING", "RUNNING", "STOPPING"].contains(&state) {
            return run;
        }
        assert!(Instant::now() < deadline, "{run}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn start(sim: &Sim, job: &str) -> String {
    let started = sim.ok_glue("StartJobRun", json!({"JobName": job}));
    started["JobRunId"].as_str().unwrap().to_owned()
}

#[test]
fn a_workflow_runs_its_job_with_the_arguments_of_the_real_service() {
    let (sim, _store) = with_script(ECHO);
    workflow(&sim);
    let started = sim.ok_glue(
        "StartWorkflowRun",
        json!({"Name": "housing", "RunProperties": {"object_id": "x"}}),
    );
    let id = started["RunId"].as_str().unwrap();
    let asked = json!({"Name": "housing", "RunId": id, "IncludeGraph": true});
    let (code, _) = sim.refused_glue("StartWorkflowRun", json!({"Name": "housing"}));
    assert_eq!(code, "ConcurrentRunsExceededException");

    let runs = sim.ok_glue("GetJobRuns", json!({"JobName": "clean"}));
    let run = ended(&sim, "clean", runs["JobRuns"][0]["Id"].as_str().unwrap());
    assert_eq!(run["JobRunState"], "SUCCEEDED", "{run}");
    assert_eq!(run["TriggerName"], "begin");

    let shown = sim.ok_glue("GetWorkflowRun", asked)["Run"].clone();
    assert_eq!(shown["Status"], "COMPLETED");
    assert_eq!(shown["Statistics"]["SucceededActions"], 1);
    assert_eq!(
        shown["WorkflowRunProperties"],
        json!({"a": "1", "object_id": "x"})
    );
    assert_eq!(shown["Graph"]["Nodes"].as_array().unwrap().len(), 2);

    let said = sim.logs(run["Id"].as_str().unwrap());
    let said: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(said["helper"], "helped");
    assert_eq!(said["glue"], sim.url());
    assert!(
        said["home"].is_null(),
        "the machine's environment stays outside"
    );
    let argv: Vec<&str> = said["argv"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    for pair in [
        ["--WORKFLOW_NAME", "housing"],
        ["--WORKFLOW_RUN_ID", id],
        ["--CONTRACT", "default"],
    ] {
        assert!(argv.windows(2).any(|words| words == pair), "{argv:?}");
    }

    let named = json!({"Name": "housing", "RunId": id});
    sim.ok_glue(
        "PutWorkflowRunProperties",
        json!({"Name": "housing", "RunId": id, "RunProperties": {"b": "2"}}),
    );
    let properties = sim.ok_glue("GetWorkflowRunProperties", named);
    assert_eq!(
        properties["RunProperties"],
        json!({"a": "1", "b": "2", "object_id": "x"})
    );
}

#[test]
fn a_conditional_trigger_starts_the_next_job_only_on_its_state() {
    let (sim, store) = with_script("import sys; sys.exit('error: `x` is missing')\n");
    workflow(&sim);
    store.put("code/glue/after.py", "print('after')\n");
    for (trigger, state) in [("good", "SUCCEEDED"), ("bad", "FAILED")] {
        let mut next = job(trigger, 1);
        next["Command"]["ScriptLocation"] = "s3://code/glue/after.py".into();
        sim.ok_glue("CreateJob", next);
        sim.ok_glue(
            "CreateTrigger",
            json!({
                "Name": trigger, "Type": "CONDITIONAL", "WorkflowName": "housing", "StartOnCreation": true,
                "Predicate": {"Conditions": [{"LogicalOperator": "EQUALS", "JobName": "clean", "State": state}]},
                "Actions": [{"JobName": trigger}],
            }),
        );
    }
    sim.ok_glue("StartWorkflowRun", json!({"Name": "housing"}));
    let first = sim.ok_glue("GetJobRuns", json!({"JobName": "clean"}));
    let first = ended(&sim, "clean", first["JobRuns"][0]["Id"].as_str().unwrap());
    assert_eq!(
        first["ErrorMessage"],
        "Command failed with exit code 1 - error: `x` is missing"
    );
    let next = sim.ok_glue("GetJobRuns", json!({"JobName": "bad"}));
    ended(&sim, "bad", next["JobRuns"][0]["Id"].as_str().unwrap());
    let not = sim.ok_glue("GetJobRuns", json!({"JobName": "good"}));
    assert_eq!(not["JobRuns"], json!([]));
    let shown = sim.ok_glue("GetWorkflow", json!({"Name": "housing"}));
    let last = &shown["Workflow"]["LastRun"];
    assert_eq!(last["Status"], "COMPLETED");
    assert_eq!(last["Statistics"]["FailedActions"], 1);
    assert_eq!(last["Statistics"]["SucceededActions"], 1);
}

#[test]
fn a_job_runs_as_often_at_once_as_it_may_and_can_be_stopped() {
    let (sim, _store) = with_script("import time; time.sleep(600)\n");
    let id = start(&sim, "clean");
    let (code, message) = sim.refused_glue("StartJobRun", json!({"JobName": "clean"}));
    assert_eq!(
        (code.as_str(), message.as_str()),
        (
            "ConcurrentRunsExceededException",
            "Concurrent runs exceeded for clean"
        )
    );
    sim.ok_glue(
        "BatchStopJobRun",
        json!({"JobName": "clean", "JobRunIds": [id]}),
    );
    assert_eq!(ended(&sim, "clean", &id)["JobRunState"], "STOPPED");
    let id = start(&sim, "clean");
    drop(sim);
    assert!(!id.is_empty());
}

#[test]
fn nothing_that_a_script_started_outlives_the_simulator() {
    let script = "import subprocess, sys, time\nchild = subprocess.Popen(['sleep', '600'])\nprint(child.pid, flush=True)\ntime.sleep(600)\n";
    let (sim, _store) = with_script(script);
    let id = start(&sim, "clean");
    let deadline = Instant::now() + Duration::from_secs(30);
    let pid = loop {
        let said = sim.logs(&id);
        if said.ends_with('\n') {
            break said.trim().to_owned();
        }
        assert!(Instant::now() < deadline);
        std::thread::sleep(Duration::from_millis(20));
    };
    drop(sim);
    let deadline = Instant::now() + Duration::from_secs(10);
    let alive = || {
        let ps = std::process::Command::new("ps")
            .args(["-o", "stat=", "-p", &pid])
            .output()
            .unwrap();
        let state = String::from_utf8_lossy(&ps.stdout).trim().to_owned();
        !state.is_empty() && !state.starts_with('Z')
    };
    while alive() {
        assert!(Instant::now() < deadline, "{pid} still runs");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_job_is_tried_again_and_fails_on_demand() {
    let (sim, _store) = with_script("print('works')\n");
    let mut update = job("clean", 1);
    update.as_object_mut().unwrap().remove("Name");
    update["MaxRetries"] = 1.into();
    sim.ok_glue(
        "UpdateJob",
        json!({"JobName": "clean", "JobUpdate": update}),
    );
    sim.fault(json!({"operation": "StartJobRun", "error": "FailedRun", "times": 1}));
    let id = start(&sim, "clean");
    assert_eq!(ended(&sim, "clean", &id)["JobRunState"], "FAILED");
    let deadline = Instant::now() + Duration::from_secs(10);
    let runs = loop {
        let runs = sim.ok_glue("GetJobRuns", json!({"JobName": "clean"}))["JobRuns"].clone();
        if runs.as_array().unwrap().len() == 2 {
            break runs;
        }
        assert!(Instant::now() < deadline);
    };
    let again = ended(&sim, "clean", runs[0]["Id"].as_str().unwrap());
    assert_eq!(again["JobRunState"], "SUCCEEDED");
    assert_eq!(again["PreviousRunId"], id.as_str());
}

#[test]
fn a_spark_job_without_spark_fails_and_says_so() {
    let (sim, _store) = with_script("print('never')\n");
    let mut spark = job("spark", 1);
    spark["Command"]["Name"] = "glueetl".into();
    spark["Command"]["PythonVersion"] = "3".into();
    spark.as_object_mut().unwrap().remove("MaxCapacity");
    sim.ok_glue("CreateJob", spark);
    let id = start(&sim, "spark");
    let run = ended(&sim, "spark", &id);
    assert_eq!(run["JobRunState"], "FAILED");
    assert!(
        run["ErrorMessage"].as_str().unwrap().contains("pyspark"),
        "{run}"
    );
}

#[test]
fn what_glue_refuses_is_refused_with_its_names() {
    let (sim, _store) = with_script(ECHO);
    for (operation, input, code) in [
        ("CreateJob", job("clean", 1), "AlreadyExistsException"),
        (
            "CreateJob",
            json!({"Name": "x", "Role": "r"}),
            "ValidationException",
        ),
        (
            "CreateJob",
            json!({"Name": "x", "Role": "r", "Command": {"Name": "pythonshell", "ScriptLocation": "s3://a/b"}, "MaxCapacity": 2.0}),
            "InvalidInputException",
        ),
        (
            "GetJob",
            json!({"JobName": "none"}),
            "EntityNotFoundException",
        ),
        (
            "StartJobRun",
            json!({"JobName": "none"}),
            "EntityNotFoundException",
        ),
        (
            "CreateTrigger",
            json!({"Name": "t", "Type": "ON_DEMAND", "Actions": [{"JobName": "none"}]}),
            "EntityNotFoundException",
        ),
        (
            "CreateTrigger",
            json!({"Name": "t", "Type": "ON_DEMAND", "StartOnCreation": true, "Actions": [{"JobName": "clean"}]}),
            "InvalidInputException",
        ),
        (
            "StartWorkflowRun",
            json!({"Name": "none"}),
            "EntityNotFoundException",
        ),
        (
            "GetSecurityConfiguration",
            json!({"Name": "none"}),
            "EntityNotFoundException",
        ),
    ] {
        assert_eq!(sim.refused_glue(operation, input).0, code, "{operation}");
    }
}
