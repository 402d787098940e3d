//! Pipelines with real processes: what steps are given, what they leave behind, and what a definition may not say.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::client::{IMAGE, ROLE, Sim};
use crate::store::Store;

const TOKEN: &str = "0123456789abcdef0123456789abcdef";
/// Copies its input and says how good it is
const SPLIT: &str = "import json, pathlib, sys\nfolder = pathlib.Path(sys.argv[2])\nrows = pathlib.Path(sys.argv[1], 'rows.csv').read_text()\n(folder / 'rows.csv').write_text(rows)\n(folder / 'report.json').write_text(json.dumps({'error': {'rmse': 0.4}}))\n";
const TRAIN: &str = "import os, pathlib, sys\nassert sys.argv[1:] == ['--trees', '7'], sys.argv\nrows = pathlib.Path(os.environ['SM_CHANNEL_TRAIN'], 'rows.csv').read_text()\npathlib.Path(os.environ['SM_MODEL_DIR'], 'model.json').write_text(rows)\nprint('rmse=0.25')\n";

fn channel(name: &str, uri: Value) -> Value {
    json!({"ChannelName": name, "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": uri}}})
}

fn definition() -> Value {
    let rmse = json!({"Std:JsonGet": {"PropertyFile": {"Get": "Steps.Split.PropertyFiles.Report"}, "Path": "error.rmse"}});
    json!({
        "Version": "2020-12-01",
        "Parameters": [
            {"Name": "InputUri", "Type": "String"},
            {"Name": "MaximumRmse", "Type": "Float", "DefaultValue": 0.5},
        ],
        "Steps": [
            {"Name": "Split", "Type": "Processing", "Arguments": {
                "AppSpecification": {"ImageUri": IMAGE, "ContainerEntrypoint": ["python3", "/opt/ml/processing/code/split.py"], "ContainerArguments": ["/opt/ml/processing/data", "/opt/ml/processing/out"]},
                "ProcessingInputs": [
                    {"InputName": "code", "S3Input": {"S3Uri": "s3://code/split.py", "LocalPath": "/opt/ml/processing/code", "S3DataType": "S3Prefix"}},
                    {"InputName": "data", "S3Input": {"S3Uri": {"Get": "Parameters.InputUri"}, "LocalPath": "/opt/ml/processing/data", "S3DataType": "S3Prefix"}},
                ],
                "ProcessingOutputConfig": {"Outputs": [{"OutputName": "out", "S3Output": {
                    "S3Uri": {"Std:Join": {"On": "/", "Values": ["s3://out", {"Get": "Execution.PipelineExecutionId"}]}},
                    "LocalPath": "/opt/ml/processing/out", "S3UploadMode": "EndOfJob"}}]},
                "ProcessingResources": {"ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}},
                "RoleArn": ROLE,
            },
            "PropertyFiles": [{"PropertyFileName": "Report", "OutputName": "out", "FilePath": "report.json"}],
            "CacheConfig": {"Enabled": true, "ExpireAfter": "P1D"},
            "RetryPolicies": [{"ExceptionType": ["SageMaker.JOB_INTERNAL_ERROR"], "MaxAttempts": 2}]},
            {"Name": "Train", "Type": "Training", "Arguments": {
                "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File", "MetricDefinitions": [{"Name": "rmse", "Regex": "rmse=([0-9.]+)"}]},
                "HyperParameters": {"sagemaker_program": "train.py", "sagemaker_submit_directory": "/opt/ml/input/data/code", "trees": "7"},
                "InputDataConfig": [
                    channel("code", json!("s3://code/")),
                    channel("train", json!({"Get": "Steps.Split.ProcessingOutputConfig.Outputs['out'].S3Output.S3Uri"})),
                ],
                "OutputDataConfig": {"S3OutputPath": "s3://out/models"},
                "ResourceConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1},
                "StoppingCondition": {"MaxRuntimeInSeconds": 60},
                "RoleArn": ROLE,
            }},
            {"Name": "Good", "Type": "Condition", "DependsOn": ["Train"], "Arguments": {
                "Conditions": [{"Type": "LessThanOrEqualTo", "LeftValue": rmse, "RightValue": {"Get": "Parameters.MaximumRmse"}}],
                "IfSteps": [
                    {"Name": "Register", "Type": "RegisterModel", "Arguments": {
                        "ModelPackageGroupName": "housing",
                        "InferenceSpecification": {"Containers": [{"Image": IMAGE, "ModelDataUrl": {"Get": "Steps.Train.ModelArtifacts.S3ModelArtifacts"}}]},
                    }},
                    {"Name": "Deploy", "Type": "Lambda", "FunctionArn": "deploy", "Arguments": {"arn": {"Get": "Steps.Register.ModelPackageArn"}}, "OutputParameters": [{"OutputName": "arn", "OutputType": "String"}]},
                ],
                "ElseSteps": [{"Name": "Bad", "Type": "Fail", "Arguments": {"ErrorMessage": {"Std:Join": {"On": "", "Values": ["RMSE ", rmse]}}}}],
            }},
        ],
    })
}

fn create(definition: &Value) -> Value {
    json!({"PipelineName": "housing", "PipelineDefinition": definition.to_string(), "ClientRequestToken": TOKEN, "RoleArn": ROLE})
}

fn ready() -> (Sim, Store) {
    let (sim, store) = (Sim::start(), Store::start());
    sim.connect(&store.url);
    store.put("code/split.py", SPLIT);
    store.put("code/train.py", TRAIN);
    store.put("data/1/rows.csv", "1,2\n");
    sim.ok(
        "CreateModelPackageGroup",
        json!({"ModelPackageGroupName": "housing"}),
    );
    sim.ok("CreatePipeline", create(&definition()));
    (sim, store)
}

fn start(sim: &Sim, token: char, more: &[(&str, &str)]) -> String {
    let mut parameters = vec![json!({"Name": "InputUri", "Value": "s3://data/1"})];
    parameters.extend(
        more.iter()
            .map(|(name, value)| json!({"Name": name, "Value": value})),
    );
    let token = token.to_string().repeat(32);
    let started = sim.ok("StartPipelineExecution", json!({"PipelineName": "housing", "ClientRequestToken": token, "PipelineParameters": parameters}));
    started["PipelineExecutionArn"].as_str().unwrap().to_owned()
}

/// The execution and its steps in order when it has ended
fn ended(sim: &Sim, arn: &str) -> (Value, Vec<Value>) {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let shown = sim.ok(
            "DescribePipelineExecution",
            json!({"PipelineExecutionArn": arn}),
        );
        let steps = sim.ok(
            "ListPipelineExecutionSteps",
            json!({"PipelineExecutionArn": arn, "SortOrder": "Ascending"}),
        );
        if !["Executing", "Stopping"].contains(&shown["PipelineExecutionStatus"].as_str().unwrap())
        {
            return (
                shown,
                steps["PipelineExecutionSteps"].as_array().unwrap().clone(),
            );
        }
        assert!(Instant::now() < deadline, "{steps}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn names(steps: &[Value]) -> Vec<&str> {
    steps
        .iter()
        .map(|step| step["StepName"].as_str().unwrap())
        .collect()
}

#[test]
fn a_pipeline_trains_registers_and_calls_the_function() {
    let (sim, store) = ready();
    let arn = start(&sim, 'a', &[]);
    assert_eq!(
        start(&sim, 'a', &[]),
        arn,
        "the same token is the same execution"
    );
    let (shown, steps) = ended(&sim, &arn);
    assert_eq!(shown["PipelineExecutionStatus"], "Succeeded", "{steps:?}");
    assert_eq!(
        names(&steps),
        ["Split", "Train", "Good", "Register", "Deploy"]
    );
    assert_eq!(steps[2]["Metadata"]["Condition"]["Outcome"], "True");
    let package = steps[3]["Metadata"]["RegisterModel"]["Arn"]
        .as_str()
        .unwrap();
    assert_eq!(
        steps[4]["Metadata"]["Lambda"]["OutputParameters"],
        json!([{"Name": "arn", "Value": package}])
    );

    let job = steps[1]["Metadata"]["TrainingJob"]["Arn"]
        .as_str()
        .unwrap()
        .rsplit('/')
        .next()
        .unwrap();
    let job = sim.ok("DescribeTrainingJob", json!({"TrainingJobName": job}));
    assert_eq!(job["TrainingJobStatus"], "Completed");
    assert_eq!(
        job["FinalMetricDataList"],
        json!([{"MetricName": "rmse", "Value": 0.25}])
    );
    let model = job["ModelArtifacts"]["S3ModelArtifacts"].as_str().unwrap();
    let bytes = store.get(model.strip_prefix("s3://").unwrap()).unwrap();
    let package = sim.ok("DescribeModelPackage", json!({"ModelPackageName": package}));
    assert_eq!(
        package["InferenceSpecification"]["Containers"][0]["ModelDataETag"],
        format!("{:032x}", bytes.len())
    );

    // again: the split is reused, with its property file
    let (shown, steps) = ended(&sim, &start(&sim, 'b', &[("MaximumRmse", "0.3")]));
    assert_eq!(shown["PipelineExecutionStatus"], "Failed");
    assert_eq!(
        steps[0]["CacheHitResult"]["SourcePipelineExecutionArn"],
        arn
    );
    assert_eq!(steps.last().unwrap()["FailureReason"], "RMSE 0.4");
}

#[test]
fn an_internal_error_is_tried_again_and_a_scripts_error_is_not() {
    let (sim, store) = ready();
    sim.fault(json!({"operation": "CreateProcessingJob", "error": "FailedRun", "times": 1}));
    store.put("code/train.py", "raise ValueError('no rows')\n");
    let (shown, steps) = ended(&sim, &start(&sim, 'a', &[]));
    assert_eq!(steps[0]["AttemptCount"], 2, "{steps:?}");
    assert_eq!(steps[0]["StepStatus"], "Succeeded");
    assert_eq!(
        steps[1]["FailureReason"],
        "ClientError: AlgorithmError: ValueError: no rows, exit code: 1"
    );
    assert_eq!(
        shown["FailureReason"],
        "Step failure: One or multiple steps failed."
    );
    assert_eq!(names(&steps), ["Split", "Train"]);
}

#[test]
fn a_stopped_execution_ends_its_process() {
    let (sim, store) = ready();
    store.put("code/split.py", "import time\ntime.sleep(600)\n");
    let arn = start(&sim, 'a', &[]);
    sim.ok(
        "StopPipelineExecution",
        json!({"PipelineExecutionArn": arn, "ClientRequestToken": TOKEN}),
    );
    let (shown, steps) = ended(&sim, &arn);
    assert_eq!(shown["PipelineExecutionStatus"], "Stopped");
    assert_eq!(steps[0]["StepStatus"], "Stopped");
}

#[test]
fn what_a_definition_may_not_say_is_refused() {
    let sim = Sim::start();
    let broken = |change: &dyn Fn(&mut Value)| {
        let mut definition = definition();
        change(&mut definition);
        let (code, message) = sim.refused("CreatePipeline", create(&definition));
        assert_eq!(code, "ValidationException");
        message
    };
    assert!(broken(&|text| text["Version"] = "2020".into()).contains("version '2020'"));
    assert!(
        broken(&|text| text["Steps"][1]["Name"] = "Split".into()).contains("Duplicate step name")
    );
    assert!(
        broken(&|text| text["Steps"][1]["Type"] = "Dance".into())
            .contains("Unknown step type 'Dance'")
    );
    assert!(
        broken(&|text| text["Steps"][0]["DependsOn"] = json!(["Train"])).contains("Cycle detected")
    );
    assert!(broken(&|text| text["Steps"][0]["Arguments"]["RoleArn"] = json!({"Get": "Parameters.Role"})).contains("Parameters.Role"));
    assert!(
        broken(&|text| text["Steps"][0]["Arguments"]["Rolle"] = "x".into())
            .contains("Unknown Argument member 'Rolle'")
    );
    assert!(broken(&|text| *text = json!([])).contains("Json Object"));
}

#[test]
fn a_pipeline_is_kept_changed_and_deleted_and_its_parameters_are_checked() {
    let (sim, _store) = ready();
    let named = json!({"PipelineName": "housing"});
    let shown = sim.ok("DescribePipeline", named.clone());
    assert_eq!(shown["PipelineDefinition"], definition().to_string());
    assert_eq!(shown["PipelineStatus"], "Active");
    let (_, message) = sim.refused("CreatePipeline", create(&definition()));
    assert!(message.starts_with("Pipeline names must be unique within an AWS account"));
    for parameters in [
        json!([]),
        json!([{"Name": "InputUri", "Value": "s3://a/b"}, {"Name": "Other", "Value": "1"}]),
        json!([{"Name": "InputUri", "Value": "s3://a/b"}, {"Name": "MaximumRmse", "Value": "much"}]),
    ] {
        let (code, _) = sim.refused("StartPipelineExecution", json!({"PipelineName": "housing", "ClientRequestToken": TOKEN, "PipelineParameters": parameters}));
        assert_eq!(code, "ValidationException");
    }
    sim.ok(
        "UpdatePipeline",
        json!({"PipelineName": "housing", "PipelineDescription": "prices"}),
    );
    assert_eq!(
        sim.ok("ListPipelines", json!({}))["PipelineSummaries"][0]["PipelineDescription"],
        "prices"
    );
    sim.ok(
        "DeletePipeline",
        json!({"PipelineName": "housing", "ClientRequestToken": TOKEN}),
    );
    let (code, _) = sim.refused("DescribePipeline", named);
    assert_eq!(code, "ResourceNotFound");
}
