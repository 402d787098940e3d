//! The function against the simulator of SageMaker: the first deployment, the next one, the same again, and a process that ends at every call.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::time::Duration;

use aws_sdk_sagemaker::Client;
use aws_sdk_sagemaker::types::{InferenceSpecification, ModelPackageContainerDefinition};
use deploy_endpoint::{DeployEndpoint, Error};
use rehearsal::lambda::{self, Attempt};
use rehearsal::{Cut, Line, Stage};
use serde_json::{Value, json};
use trigger::{Function, Variables};

const SHORT: Duration = Duration::from_secs(5);

/// A group of packages, and the endpoint that serves it
struct Model {
    client: Client,
    group: String,
    endpoint: String,
}

fn line() -> Line {
    Line::new(&[("SageMaker.", Stage::sagemaker_url())])
}

impl Model {
    async fn new(group: &str) -> Self {
        let client = Client::new(&Stage::config(&line()));
        let call = client.create_model_package_group();
        call.model_package_group_name(group).send().await.unwrap();
        Self {
            client,
            group: group.into(),
            endpoint: format!("towpath-dev-{group}"),
        }
    }

    async fn register(&self) -> Value {
        let container = ModelPackageContainerDefinition::builder()
            .image(format!(
                "000000000000.dkr.ecr.eu-central-1.amazonaws.com/h@sha256:{}",
                "a".repeat(64)
            ))
            .model_data_url("s3://models/model.tar.gz")
            .build();
        let inference = InferenceSpecification::builder().containers(container);
        let call = self.client.create_model_package();
        let call = call.model_package_group_name(&self.group);
        let call = call.inference_specification(inference.build());
        let created = call.send().await.unwrap();
        json!({"model_package_arn": created.model_package_arn().unwrap()})
    }

    fn function(&self, line: &Line) -> DeployEndpoint {
        let deployment = json!({
            "instance_type": "ml.m5.large", "instance_count": 2, "canary_percent": 50, "bake_seconds": 300,
            "termination_wait_seconds": 120, "timeout_seconds": 3600, "alarm_names": ["errors", "latency"],
            "alarms": {"server_errors": 5, "p99_latency_ms": 500},
        });
        let variables = Variables::new([
            ("ENDPOINT_NAME", &self.endpoint),
            (
                "EXECUTION_ROLE_ARN",
                "arn:aws:iam::000000000000:role/serving",
            ),
            (
                "KMS_KEY_ARN",
                "arn:aws:kms:eu-central-1:000000000000:key/00000000-0000-0000-0000-000000000000",
            ),
            (
                "CAPTURE_URI",
                "s3://towpath-dev-capture-000000000000/housing",
            ),
            ("DEPLOYMENT", &deployment.to_string()),
        ]);
        DeployEndpoint::new(&variables, &Stage::config(line)).unwrap()
    }

    async fn deploy(&self, package: &Value) -> Value {
        let function = self.function(&line());
        let answer = lambda::until_it_works(&function, package, &lambda::request(), SHORT).await;
        answer.unwrap().value
    }

    fn configuration(&self, version: u32) -> String {
        format!("{}-{version}-88dcc05a", self.endpoint)
    }

    /// Status and configuration, when nothing is under way
    async fn served(&self) -> (String, String) {
        loop {
            let call = self
                .client
                .describe_endpoint()
                .endpoint_name(&self.endpoint);
            let found = call.send().await.unwrap();
            let status = found.endpoint_status().unwrap().as_str().to_owned();
            if !matches!(status.as_str(), "Creating" | "Updating") {
                return (status, found.endpoint_config_name().unwrap().to_owned());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_new_version_is_deployed_once() {
    let model = Model::new("each-new-version").await;
    let first = model.register().await;
    let answer = model.deploy(&first).await;
    let told = |version, status: &str| {
        json!({
            "endpoint_name": model.endpoint, "endpoint_config_name": model.configuration(version), "status": status,
        })
    };
    assert_eq!(answer, told(1, "Creating"));
    assert_eq!(
        model.served().await,
        ("InService".into(), model.configuration(1))
    );

    let second = model.register().await;
    assert_eq!(model.deploy(&second).await, told(2, "Updating"));
    assert_eq!(
        model.served().await,
        ("InService".into(), model.configuration(2))
    );

    let line = line();
    let again = model.function(&line);
    let answer = again
        .handle(second, &lambda::invocation("again", SHORT))
        .await
        .unwrap();
    assert_eq!(
        (answer.value, answer.counts),
        (told(2, "InService"), vec![])
    );
    assert!(
        !line.calls().contains(&"UpdateEndpoint".to_owned()),
        "{:?}",
        line.calls()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_policy_is_sent_with_every_change() {
    let model = Model::new("policy").await;
    for version in 1..=3 {
        let package = model.register().await;
        model.deploy(&package).await;
        assert_eq!(model.served().await.1, model.configuration(version));
        let call = model
            .client
            .describe_endpoint()
            .endpoint_name(&model.endpoint);
        let found = call.send().await.unwrap();
        let policy = found.last_deployment_config().expect("the policy is there");
        let alarms = policy.auto_rollback_configuration().unwrap().alarms();
        let alarms: Vec<_> = alarms
            .iter()
            .filter_map(|alarm| alarm.alarm_name())
            .collect();
        assert_eq!(alarms, ["errors", "latency"]);
        let routing = policy.blue_green_update_policy().unwrap();
        let routing = routing.traffic_routing_configuration().unwrap();
        assert_eq!(routing.r#type().unwrap().as_str(), "CANARY");
        assert_eq!(routing.wait_interval_in_seconds(), Some(300));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_at_any_call_and_a_retry_converge() {
    let mut crashes = Vec::new();
    for kind in [Cut::Before, Cut::After] {
        for number in 1.. {
            let model =
                Model::new(&format!("crash-{:?}", kind(number)).replace(['(', ')'], "")).await;
            let package = model.register().await;
            let line = line().cut(kind(number));
            let function = model.function(&line);
            let invocation = lambda::invocation("r", SHORT);
            match lambda::attempt(&function, &line, &package, &invocation).await {
                Attempt::Crashed => crashes.push(kind(number)),
                Attempt::Answered(answer) => {
                    answer.unwrap();
                    break;
                }
            }
            model.deploy(&package).await;
            let served = ("InService".to_owned(), model.configuration(1));
            assert_eq!(model.served().await, served, "{:?}", kind(number));
        }
    }
    // model, configuration, what is there, endpoint
    assert_eq!(crashes.len(), 2 * 4, "{crashes:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_under_way_is_waited_for() {
    let model = Model::new("under-way").await;
    let (first, second) = (model.register().await, model.register().await);
    assert_eq!(model.deploy(&first).await["status"], "Creating");
    // SageMaker refuses to change what is being created
    let line = line();
    let function = model.function(&line);
    let answer = function
        .handle(second.clone(), &lambda::invocation("r", SHORT))
        .await;
    assert_eq!(answer.unwrap().value["status"], "Updating");
    let looks = line
        .calls()
        .iter()
        .filter(|call| *call == "DescribeEndpoint")
        .count();
    assert!(looks > 1, "{:?}", line.calls());

    // no time to wait: Lambda is to try again
    let third = model.register().await;
    let error = function
        .handle(third, &lambda::invocation("r", Duration::ZERO))
        .await;
    assert!(matches!(error, Err(Error::InProgress { .. })), "{error:?}");
    assert_eq!(model.served().await.1, model.configuration(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_at_once_make_one_deployment() {
    let model = Model::new("at-once").await;
    let package = model.register().await;
    let attempts: Vec<_> = (0..20)
        .map(|_| {
            let (function, package) = (model.function(&line()), package.clone());
            async move {
                let request = lambda::request();
                lambda::until_it_works(&function, &package, &request, SHORT)
                    .await
                    .unwrap()
            }
        })
        .collect();
    let answers = lambda::all(attempts).await;
    let begun = answers
        .iter()
        .filter(|answer| !answer.counts.is_empty())
        .count();
    assert_eq!(begun, 1);
    assert_eq!(model.served().await.1, model.configuration(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_release_of_this_endpoint_is_refused() {
    let model = Model::new("refused").await;
    let other = Model::new("another").await.register().await;
    let line = line();
    let function = model.function(&line);
    let invocation = lambda::invocation("r", SHORT);
    let error = function.handle(other, &invocation).await;
    assert!(matches!(error, Err(Error::Release(_))), "{error:?}");
    let error = function.handle(json!({"arn": "x"}), &invocation).await;
    assert!(matches!(error, Err(Error::Input(_))), "{error:?}");
    assert_eq!(line.calls(), [""; 0]);

    let absent = format!(
        "arn:aws:sagemaker:eu-central-1:000000000000:model-package/{}/99",
        model.group
    );
    let error = function
        .handle(json!({"model_package_arn": absent}), &invocation)
        .await;
    assert!(
        matches!(
            error,
            Err(Error::SageMaker {
                operation: "CreateModel",
                ..
            })
        ),
        "{error:?}"
    );
}
