//! One defect at a time, seeded into a sound definition: it is found, on its line, and nothing else is.

use crate::{LOOPS, SOUND, found};

/// A defect: the text that is replaced once, what it becomes, the rule that must find it, and a text of the line where.
struct Seed(&'static str, &'static str, &'static str, &'static str);

const SEEDS: &[Seed] = &[
    Seed(
        r#""Version": "2020-12-01""#,
        r#""Version": "2021-01-01""#,
        "version",
        "2021-01-01",
    ),
    Seed(
        r#""Metadata": {},"#,
        r#""Metadata": {}, "Step": [],"#,
        "unknown-member",
        "Metadata",
    ),
    Seed(
        r#""Type": "Fail", "Arguments""#,
        r#""Type": "Fail", "Argument": 1, "Arguments""#,
        "unknown-member",
        "TooBad",
    ),
    Seed(
        r#""HyperParameters": {"depth": "7"}"#,
        r#""HyperParameters": {"depth": "7", "depth": "8"}"#,
        "repeated-member",
        "depth",
    ),
    Seed(
        r#"{"Name": "Instances", "Type": "Integer""#,
        r#"{"Name": "Key", "Type": "String"}, {"Name": "Instances", "Type": "Integer""#,
        "parameter",
        "\"Integer\"",
    ),
    Seed(
        r#""Type": "Float", "DefaultValue": 0.5"#,
        r#""Type": "Float", "DefaultValue": "0.5""#,
        "parameter",
        "\"0.5\"",
    ),
    Seed(
        r#""Type": "Float", "DefaultValue": 0.5"#,
        r#""Type": "Double", "DefaultValue": 0.5"#,
        "parameter",
        "Double",
    ),
    Seed(
        r#"["PendingManualApproval", "Rejected"]"#,
        r#"["Rejected"]"#,
        "parameter",
        "Approval\"",
    ),
    Seed(
        r#""Name": "TooBad""#,
        r#""Name": "Too bad""#,
        "step-name",
        "Too bad",
    ),
    Seed(
        r#""Name": "TooBad""#,
        r#""Name": "Deploy""#,
        "step-name",
        "\"Fail\"",
    ),
    Seed(
        r#""Type": "Fail""#,
        r#""Type": "fail""#,
        "step-type",
        "TooBad",
    ),
    Seed(
        r#""FunctionArn": "arn:aws:lambda:eu-central-1:111122223333:function:tell", "#,
        "",
        "missing-member",
        "\"Tell\"",
    ),
    Seed(
        r#""OutputDataConfig": {"S3OutputPath": "#,
        r#""OutputDataConfig": {"S3Output": "#,
        "missing-member",
        "\"Arguments\": {",
    ),
    Seed(
        r#"Steps.Split.ProcessingOutputConfig.Outputs['train']"#,
        r#"Steps.Splitt.ProcessingOutputConfig.Outputs['train']"#,
        "dangling-reference",
        "Splitt",
    ),
    Seed(
        r#"Outputs['test']"#,
        r#"Outputs['tset']"#,
        "dangling-reference",
        "tset",
    ),
    Seed(
        r#""Values": ["the error is greater than", {"Get": "Parameters.Bound"}]"#,
        r#""Values": ["the error is greater than", {"Get": "Parameters.Bond"}]"#,
        "dangling-reference",
        "Bond",
    ),
    Seed(
        "Execution.PipelineExecutionId",
        "Execution.PipelineExecutionID",
        "dangling-reference",
        "PipelineExecutionID",
    ),
    Seed(
        r#""DependsOn": ["Train"]"#,
        r#""DependsOn": ["Training"]"#,
        "dangling-reference",
        "\"Training\"]",
    ),
    Seed(
        r#""DependsOn": ["Configure"], "Arguments": {
            "EndpointName": "models",
            "EndpointConfigName": {"Get": "Steps.Tell.OutputParameters['config']"}"#,
        r#""DependsOn": ["Configure"], "Arguments": {
            "EndpointName": "models",
            "EndpointConfigName": {"Get": "Steps.Tell.OutputParameters['name']"}"#,
        "dangling-reference",
        "'name'",
    ),
    Seed(
        r#"{"Get": "Parameters.Bound"}]"#,
        r#"{"Get": "Parameter.Bound"}]"#,
        "dangling-reference",
        "Parameter.Bound",
    ),
    Seed(
        r#"{"S3Uri": {"Get": "Steps.Train.ModelArtifacts.S3ModelArtifacts"}"#,
        r#"{"S3Uri": {"Get": "Steps.Train.ModelArtifacts"}"#,
        "unknown-property",
        "\"model\"",
    ),
    Seed(
        r#"{"S3Uri": {"Get": "Steps.Train.ModelArtifacts.S3ModelArtifacts"}"#,
        r#"{"S3Uri": {"Get": "Steps.Train.ModelArtifact.S3ModelArtifacts"}"#,
        "unknown-property",
        "\"model\"",
    ),
    Seed(
        "Steps.Evaluate.PropertyFiles.Report",
        "Steps.Evaluate.PropertyFiles.Evaluation",
        "property-file",
        "PropertyFiles.Evaluation",
    ),
    Seed(
        r#""PropertyFileName": "Report", "OutputName": "report""#,
        r#""PropertyFileName": "Report", "OutputName": "reports""#,
        "property-file",
        "reports",
    ),
    Seed(
        r#""Name": "Split","#,
        r#""Name": "Split", "DependsOn": ["Evaluate"],"#,
        "cycle",
        "\"Name\": \"Split\"",
    ),
    Seed(
        r#""DependsOn": ["Train"]"#,
        r#""DependsOn": ["Train", "Evaluate"]"#,
        "cycle",
        "\"Name\": \"Evaluate\"",
    ),
    Seed(
        r#"{"Name": "TooBad", "Type": "Fail""#,
        r#"{"Name": "TooBad", "DependsOn": ["Register"], "Type": "Fail""#,
        "other-branch",
        "TooBad",
    ),
    Seed(
        r#"{"Name": "Key", "Type": "String"},"#,
        r#"{"Name": "Key", "Type": "String"}, {"Name": "Nothing", "Type": "String"},"#,
        "unused-parameter",
        "Nothing",
    ),
    Seed(
        r#""Std:Join": {"On": " ", "#,
        r#""Std:Join": {"Of": " ", "#,
        "function",
        "TooBad",
    ),
    Seed(
        r#", "Path": "metrics.rmse.value""#,
        "",
        "function",
        "LessThanOrEqualTo",
    ),
    Seed(r#"{"depth": "7"}"#, r#"{"depth": 7}"#, "not-text", "depth"),
    Seed(
        r#"{"LEVEL": "info"}"#,
        r#"{"LEVEL": true}"#,
        "not-text",
        "LEVEL",
    ),
    Seed(
        r#"["--seed", "42"]"#,
        r#"["--seed", 42]"#,
        "not-text",
        "--seed",
    ),
    Seed(
        r#""InstanceCount": 1, "InstanceType": "ml.m5.large""#,
        r#""InstanceCount": "1", "InstanceType": "ml.m5.large""#,
        "not-number",
        "\"InstanceCount\": \"1\"",
    ),
    Seed(
        r#"{"Name": "Instances", "Type": "Integer", "DefaultValue": 1}"#,
        r#"{"Name": "Instances", "Type": "String", "DefaultValue": "1"}"#,
        "not-number",
        "Parameters.Instances",
    ),
    Seed(
        r#""InstanceCount": 1, "InstanceType": "ml.m5.large""#,
        r#""InstanceCount": 0, "InstanceType": "ml.m5.large""#,
        "bounds",
        "\"InstanceCount\": 0",
    ),
    Seed(
        r#""ExpireAfter": "P30D""#,
        r#""ExpireAfter": "30 days""#,
        "cache",
        "30 days",
    ),
    Seed(
        r#""ExceptionType": ["Step.THROTTLING"]"#,
        r#""ExceptionType": ["Step.THROTTLED"]"#,
        "retry",
        "THROTTLED",
    ),
    Seed(
        r#""MaxAttempts": 5"#,
        r#""MaxAttempts": 5, "ExpireAfterMin": 10"#,
        "retry",
        "ExpireAfterMin",
    ),
    Seed(
        r#"{"Type": "LessThanOrEqualTo", "#,
        r#"{"Type": "LessOrEqual", "#,
        "condition",
        "LessOrEqual",
    ),
    Seed(
        r#""InputName": "test""#,
        r#""InputName": "model""#,
        "repeated-name",
        "Outputs['test']",
    ),
    Seed(
        "s3://a-bucket/report",
        "s3:/a-bucket/report",
        "s3-address",
        "s3:/a-bucket/report",
    ),
    Seed(
        "/opt/ml/processing/report",
        "/opt/ml/report",
        "local-path",
        "/opt/ml/report",
    ),
    Seed(
        r#""LocalPath": "/opt/ml/processing/test", "S3UploadMode""#,
        r#""LocalPath": "/opt/ml/processing/train", "S3UploadMode""#,
        "local-path",
        "a-bucket/test",
    ),
    Seed(
        r#""MaxWaitTimeInSeconds": 7200"#,
        r#""MaxWaitTimeInSeconds": 60"#,
        "spot",
        "EnableManagedSpotTraining",
    ),
    Seed(
        r#"{"LEVEL": "info"}"#,
        r#"{"DB_PASSWORD": "hunter2"}"#,
        "secret",
        "DB_PASSWORD",
    ),
    Seed(
        r#""Path": "metrics.rmse.value"}}, "RightValue": {"Get": "Parameters.Bound"}"#,
        r#""Path": "metrics.r2.value"}}, "RightValue": {"Get": "Parameters.Bound"}"#,
        "inverted-gate",
        "metrics.r2",
    ),
    Seed(
        r#"{"Type": "LessThanOrEqualTo", "#,
        r#"{"Type": "GreaterThanOrEqualTo", "#,
        "inverted-gate",
        "GreaterThanOrEqualTo",
    ),
    Seed(
        r#""DefaultValue": "PendingManualApproval", "EnumValues": ["PendingManualApproval", "Rejected"]"#,
        r#""DefaultValue": "Approved""#,
        "approval",
        "ModelApprovalStatus",
    ),
    Seed(
        r#""ModelApprovalStatus": {"Get": "Parameters.Approval"}"#,
        r#""ModelApprovalStatus": "Approved", "ModelPackageDescription": {"Get": "Parameters.Approval"}"#,
        "approval",
        "ModelApprovalStatus",
    ),
    Seed(
        r#""ModelPackageGroupName": "models","#,
        "",
        "model-package-group",
        "\"Name\": \"Register\"",
    ),
    Seed(
        r#""ModelDataUrl": {"Get": "Steps.Train.ModelArtifacts.S3ModelArtifacts"}"#,
        r#""ModelDataUrl": "s3://a-bucket/model.tar.gz""#,
        "model-data",
        "ModelDataUrl",
    ),
    Seed(
        "trainer@sha256:4abb13d926c4060816adce689789b6fcaca396b967df7362998e8b1b5c8b3885",
        "trainer:latest",
        "unpinned-image",
        "trainer:latest",
    ),
    Seed(
        "trainer@sha256:4abb13d926c4060816adce689789b6fcaca396b967df7362998e8b1b5c8b3885",
        "trainer",
        "unpinned-image",
        "/trainer\"",
    ),
    Seed(
        "trainer@sha256:4abb13d926c4060816adce689789b6fcaca396b967df7362998e8b1b5c8b3885",
        "trainer:7",
        "unpinned-image",
        "trainer:7",
    ),
    Seed(
        "trainer@sha256:4abb13d926c4060816adce689789b6fcaca396b967df7362998e8b1b5c8b3885",
        "sagemaker-xgboost:latest",
        "unpinned-image",
        "sagemaker-xgboost",
    ),
    Seed(
        r#", "KmsKeyId": {"Get": "Parameters.Key"}}"#,
        "}",
        "encryption",
        "OutputDataConfig",
    ),
    Seed(
        r#""VolumeSizeInGB": 10, "VolumeKmsKeyId": {"Get": "Parameters.Key"}}}"#,
        r#""VolumeSizeInGB": 10}}"#,
        "encryption",
        "ml.m5.large\", \"VolumeSizeInGB\": 10}}",
    ),
    Seed(
        r#"{"Name": "Instances", "Type": "Integer", "DefaultValue": 1}"#,
        r#"{"Name": "Instances", "Type": "Integer", "DefaultValue": 2}"#,
        "traffic",
        "EnableInterContainerTrafficEncryption",
    ),
    Seed(
        r#""InitialInstanceCount": 2"#,
        r#""InitialInstanceCount": 1"#,
        "canary",
        "\"Deploy\"",
    ),
    Seed(r#""Value": 50"#, r#""Value": 60"#, "canary", "CanarySize"),
    Seed(
        r#""WaitIntervalInSeconds": 300"#,
        r#""WaitIntervalInSeconds": 3550"#,
        "deployment-timing",
        "MaximumExecutionTimeoutInSeconds",
    ),
    Seed(
        r#""MaximumExecutionTimeoutInSeconds": 3600"#,
        r#""MaximumExecutionTimeoutInSeconds": 60"#,
        "deployment-timing",
        "MaximumExecutionTimeoutInSeconds",
    ),
    Seed(
        r#"{"Alarms": [{"AlarmName": "errors"}]}"#,
        r#"{"Alarms": []}"#,
        "alarms",
        "DeploymentConfig",
    ),
];

/// Defects of what only the SDK's third version writes
const IN_LOOPS: &[Seed] = &[
    Seed(
        r#""MaxConcurrency": 2"#,
        r#""MaxConcurrency": 51"#,
        "loop",
        "51",
    ),
    Seed(
        r#"[{\"depth\": 4}, {\"depth\": 7}]"#,
        "4, 7",
        "loop",
        "\"IterableItems\": {",
    ),
    Seed(
        r#""Name": "TellFailure""#,
        r#""Name": "Try-0""#,
        "loop",
        "Try-0",
    ),
    Seed(
        r#""Pick": "MinBy""#,
        r#""Pick": "Least""#,
        "selector",
        "Least",
    ),
    Seed(
        "IterationOutput.Score.OutputParameters['rmse']",
        "IterationOutput.Score.OutputParameters['rsme']",
        "dangling-reference",
        "rsme",
    ),
    Seed(
        "Steps.EachDepth.IterationOutputs[0].Try.",
        "Steps.Try.",
        "round",
        "Steps.Try.",
    ),
    Seed(
        "IterationOutputs[0].Try.",
        "IterationOutputs[0].Tri.",
        "dangling-reference",
        "Tri",
    ),
    Seed(
        "Steps.EachDepth.Selected.OutputParameters['rmse']",
        "Steps.EachDepth.Selected.OutputParameters['mae']",
        "dangling-reference",
        "mae",
    ),
    Seed(
        "Steps.EachDepth.FailedStepCount",
        "Steps.EachDepth.FailedSteps",
        "unknown-property",
        "FailedSteps",
    ),
    Seed(
        "Steps.EachDepth.FailedStepCount",
        "ForEach.CurrentItem.depth",
        "dangling-reference",
        "CurrentItem",
    ),
    Seed(
        r#""Trigger": "Failed""#,
        r#""Trigger": "Failure""#,
        "trigger",
        "{",
    ),
    Seed(
        r#""StepName": "Split""#,
        r#""StepName": "Splitt""#,
        "cleanup",
        "{",
    ),
    Seed(
        r#""StepName": "Split""#,
        r#""StepName": "TellFailure""#,
        "cleanup",
        "{",
    ),
    Seed(
        r#""MlflowConfig""#,
        r#""MlFlowConfig""#,
        "unknown-member",
        "MlFlowConfig",
    ),
];

#[test]
fn every_seeded_defect_is_found_on_its_line_and_nothing_else() {
    seeded_into(SOUND, SEEDS);
}

#[test]
fn so_is_every_defect_of_loops_and_clean_ups() {
    seeded_into(LOOPS, IN_LOOPS);
}

fn seeded_into(sound: &str, seeds: &[Seed]) {
    let mut wrong = Vec::new();
    for Seed(before, after, rule, line) in seeds {
        assert!(sound.contains(before), "the seed `{before}` has no ground");
        let text = sound.replacen(before, after, 1);
        let found = found(&text);
        let lines: Vec<&str> = text.lines().collect();
        let hit = |(name, number): &(String, u64)| {
            let index = usize::try_from(*number - 1).unwrap();
            name == rule && lines[index].contains(line)
        };
        if !(found.iter().any(hit) && found.iter().all(|(name, _)| name == rule)) {
            wrong.push(format!("{rule} ({line}): {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn there_are_enough_of_them() {
    let mut rules: Vec<&str> = SEEDS.iter().map(|seed| seed.2).collect();
    rules.sort_unstable();
    rules.dedup();
    assert!(
        SEEDS.len() >= 60 && rules.len() >= 35,
        "{} {}",
        SEEDS.len(),
        rules.len()
    );
}

/// Defects that are no replacement of one text
#[test]
fn a_model_that_nothing_measured_is_told() {
    let definition: serde_json::Value = serde_json::from_str(SOUND).unwrap();
    let steps = |change: &dyn Fn(&mut Vec<serde_json::Value>)| {
        let mut definition = definition.clone();
        change(definition["Steps"].as_array_mut().unwrap());
        let text = serde_json::to_string_pretty(&definition).unwrap();
        let mut names: Vec<String> = found(&text).into_iter().map(|(name, _)| name).collect();
        names.dedup();
        names
    };
    let ungated = steps(&|steps| {
        let gate = steps.pop().unwrap();
        steps.push(gate["Arguments"]["IfSteps"][0].clone());
    });
    assert_eq!(ungated, ["unused-parameter", "ungated"]);
    let constant = steps(&|steps| {
        steps[3]["Arguments"]["Conditions"][0]["LeftValue"] = 1.into();
        steps[3]["Arguments"]["Conditions"][0]["RightValue"] = 2.into();
    });
    assert_eq!(constant, ["constant-gate", "other-model"]);
    let other = steps(&|steps| {
        let mut second = steps[1].clone();
        second["Name"] = "TrainAgain".into();
        steps.insert(2, second);
        let container = &mut steps[4]["Arguments"]["IfSteps"][0]["Arguments"]["InferenceSpecification"]
            ["Containers"][0];
        container["ModelDataUrl"] =
            serde_json::json!({"Get": "Steps.TrainAgain.ModelArtifacts.S3ModelArtifacts"});
    });
    assert_eq!(other, ["other-model"]);
    assert_eq!(steps(&Vec::clear), ["no-steps", "unused-parameter"]);
}
