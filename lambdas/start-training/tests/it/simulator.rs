//! The function against SageMaker as the simulator has it, which checks parameters and remembers tokens by its own rules.

use aws_sdk_sagemaker::Client;
use rehearsal::{Line, Stage, lambda};
use serde_json::json;

use crate::SHORT;
use crate::support::{Bench, HASH, PIPELINE};

fn line() -> Line {
    Line::new(&[("SageMaker.", Stage::sagemaker_url())])
}

/// A pipeline that takes what the function gives, and ends at once
async fn pipeline() -> Client {
    let sagemaker = Client::new(&Stage::config(&line()));
    let parameters = ["InputUri", "DataSha256", "InputSha256"];
    let definition = json!({
        "Version": "2020-12-01",
        "Parameters": parameters.map(|name| json!({"Name": name, "Type": "String"})),
        "Steps": [{"Name": "End", "Type": "Fail", "Arguments": {"ErrorMessage": "that was all"}}],
    });
    let call = sagemaker.create_pipeline().pipeline_name(PIPELINE);
    let call = call.pipeline_definition(definition.to_string());
    let call = call.client_request_token("0".repeat(32));
    let call = call.role_arn("arn:aws:iam::000000000000:role/training");
    call.send().await.unwrap();
    sagemaker
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_events_make_one_execution_with_its_parameters() {
    let sagemaker = pipeline().await;
    let bench = Bench::new().await;
    let event = bench.finish(|_| {}).await;
    let attempts: Vec<_> = (0..100)
        .map(|_| {
            let (function, event) = (bench.function(&line()), event.clone());
            async move {
                let request = lambda::request();
                lambda::until_it_works(&function, &event, &request, SHORT).await
            }
        })
        .collect();
    let answers = lambda::all(attempts).await;
    let executions = sagemaker.list_pipeline_executions();
    let executions = executions.pipeline_name(PIPELINE).send().await.unwrap();
    let executions = executions.pipeline_execution_summaries();
    assert_eq!(executions.len(), 1);
    let arn = executions[0].pipeline_execution_arn().unwrap();
    for answer in answers {
        assert_eq!(answer.unwrap().value["execution_arn"], arn);
    }
    let call = sagemaker.list_pipeline_parameters_for_execution();
    let given = call.pipeline_execution_arn(arn).send().await.unwrap();
    let mut given: Vec<_> = given
        .pipeline_parameters()
        .iter()
        .map(|parameter| (parameter.name().unwrap(), parameter.value().unwrap()))
        .collect();
    given.sort_unstable();
    let folder = format!("s3://{}/housing/{HASH}", bench.bucket);
    let manifest = bench.manifest();
    let data = manifest["outputs"]["features.csv"]["sha256"]
        .as_str()
        .unwrap();
    assert_eq!(
        given,
        [
            ("DataSha256", data),
            ("InputSha256", HASH),
            ("InputUri", &folder)
        ]
    );
}
