//! A client of a few lines over `TcpStream`, so that the tests see status, headers and bodies as they are.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use sagemaker_sim::{Clock, Config, Simulator};
use serde_json::{Value, json};

/// A simulator whose time stands still until a test moves it
pub(crate) struct Sim {
    simulator: Simulator,
    pub(crate) clock: Clock,
}

pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Value,
    pub(crate) text: String,
}

pub(crate) const ROLE: &str = "arn:aws:iam::000000000000:role/serving";
pub(crate) const IMAGE: &str = "000000000000.dkr.ecr.eu-west-1.amazonaws.com/housing@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

impl Sim {
    /// Rollouts take no longer than it takes to come up
    pub(crate) fn start() -> Self {
        Self::with(Config::default())
    }

    /// Rollouts take what their policy says; coming up takes 3 seconds, and going 1
    pub(crate) fn patient() -> Self {
        Self::with(Config {
            transition: Duration::from_secs(4),
            speed: 1.0,
            ..Config::default()
        })
    }

    fn with(config: Config) -> Self {
        let clock = Clock::fixed(Duration::from_secs(1_700_000_000));
        let config = Config {
            clock: clock.clone(),
            ..config
        };
        let simulator = Simulator::start(config).unwrap();
        Self { simulator, clock }
    }

    /// The answer to an operation that must work
    pub(crate) fn ok(&self, operation: &str, input: Value) -> Value {
        let reply = self.call_as("AKIATEST", operation, input);
        assert_eq!(reply.status, 200, "{operation}: {}", reply.body);
        reply.body
    }

    /// Code and message of an operation that must fail
    pub(crate) fn refused(&self, operation: &str, input: Value) -> (String, String) {
        let reply = self.call_as("AKIATEST", operation, input);
        assert_ne!(reply.status, 200, "{operation}: {}", reply.body);
        let text = |member: &str| reply.body[member].as_str().unwrap().to_owned();
        (text("__type"), text("message"))
    }

    pub(crate) fn call_as(&self, key: &str, operation: &str, input: Value) -> Reply {
        let headers = format!(
            "X-Amz-Target: SageMaker.{operation}\r\nAuthorization: AWS4-HMAC-SHA256 Credential={key}/20261123/eu-west-1/sagemaker/aws4_request, SignedHeaders=host, Signature=0\r\n"
        );
        self.send("POST", "/", &headers, &input.to_string())
    }

    /// The answer of Glue to an operation that must work
    pub(crate) fn ok_glue(&self, operation: &str, input: Value) -> Value {
        let reply = self.call_glue(operation, input);
        assert_eq!(reply.status, 200, "{operation}: {}", reply.body);
        reply.body
    }

    pub(crate) fn refused_glue(&self, operation: &str, input: Value) -> (String, String) {
        let reply = self.call_glue(operation, input);
        assert_ne!(reply.status, 200, "{operation}: {}", reply.body);
        let text = |member: &str| reply.body[member].as_str().unwrap().to_owned();
        (text("__type"), text("message"))
    }

    fn call_glue(&self, operation: &str, input: Value) -> Reply {
        let headers = format!(
            "X-Amz-Target: AWSGlue.{operation}\r\nAuthorization: AWS4-HMAC-SHA256 Credential=AKIATEST/20261123/eu-west-1/glue/aws4_request, SignedHeaders=host, Signature=0\r\n"
        );
        self.send("POST", "/", &headers, &input.to_string())
    }

    /// What a process wrote
    pub(crate) fn logs(&self, id: &str) -> String {
        self.send("GET", &format!("/_sim/logs/{id}"), "", "").text
    }

    pub(crate) fn connect(&self, aws_url: &str) {
        self.simulator.connect(aws_url);
    }

    pub(crate) fn url(&self) -> String {
        self.simulator.url()
    }

    /// An action of CloudWatch; `parameters` are the rest of the form
    pub(crate) fn form(&self, action: &str, parameters: &str) -> Reply {
        self.form_as("monitoring", action, parameters)
    }

    pub(crate) fn form_as(&self, service: &str, action: &str, parameters: &str) -> Reply {
        let headers = format!(
            "Content-Type: application/x-www-form-urlencoded\r\nAuthorization: AWS4-HMAC-SHA256 Credential=AKIATEST/20261123/eu-west-1/{service}/aws4_request, SignedHeaders=host, Signature=0\r\n"
        );
        let body = format!("Action={action}&Version=2010-08-01&{parameters}");
        self.send("POST", "/", &headers, &body)
    }

    pub(crate) fn send(&self, method: &str, path: &str, headers: &str, body: &str) -> Reply {
        let url = self.simulator.url();
        let address = url.strip_prefix("http://").unwrap();
        let kind = match headers.contains("Content-Type") {
            true => "",
            false => "Content-Type: application/x-amz-json-1.1\r\n",
        };
        let mut stream = TcpStream::connect(address).unwrap();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {}\r\n{kind}{headers}\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        Reply {
            status: head.split(' ').nth(1).unwrap().parse().unwrap(),
            body: serde_json::from_str(body).unwrap_or(Value::Null),
            text: body.to_owned(),
        }
    }

    pub(crate) fn fault(&self, fault: Value) -> Reply {
        self.send("POST", "/_sim/faults", "", &fault.to_string())
    }

    /// A group with one package; its ARN
    pub(crate) fn package(&self) -> String {
        self.ok(
            "CreateModelPackageGroup",
            json!({"ModelPackageGroupName": "housing"}),
        );
        self.version()
    }

    pub(crate) fn version(&self) -> String {
        let created = self.ok(
            "CreateModelPackage",
            json!({
                "ModelPackageGroupName": "housing",
                "InferenceSpecification": { "Containers": [{ "Image": IMAGE, "ModelDataUrl": "s3://models/housing.tar.gz" }] },
            }),
        );
        created["ModelPackageArn"].as_str().unwrap().to_owned()
    }

    /// Rows in CSV, asked of an endpoint
    pub(crate) fn invoke(&self, endpoint: &str, rows: &str) -> Reply {
        let headers = "Content-Type: text/csv\r\nAuthorization: AWS4-HMAC-SHA256 Credential=AKIATEST/20261123/eu-west-1/sagemaker/aws4_request, SignedHeaders=host, Signature=0\r\n";
        let path = format!("/endpoints/{endpoint}/invocations");
        self.send("POST", &path, headers, rows)
    }

    pub(crate) fn describe(&self, endpoint: &str) -> Value {
        self.ok("DescribeEndpoint", json!({"EndpointName": endpoint}))
    }

    /// What an endpoint shows at the first of the looks, one in every second, at which it is no longer under way
    pub(crate) fn at_rest(&self, endpoint: &str) -> Value {
        for _ in 0..5000 {
            let shown = self.describe(endpoint);
            let status = shown["EndpointStatus"].as_str().unwrap();
            if !["Creating", "Updating", "RollingBack"].contains(&status) {
                return shown;
            }
            self.clock.advance(Duration::from_secs(1));
            // models are loaded in the machine's time
            std::thread::sleep(Duration::from_millis(1));
        }
        panic!("{}", self.describe(endpoint));
    }

    /// A model and an endpoint configuration with `instances` instances
    pub(crate) fn configuration(&self, name: &str, instances: u32) {
        self.ok(
            "CreateModel",
            json!({"ModelName": name, "ExecutionRoleArn": ROLE, "PrimaryContainer": {"Image": IMAGE}}),
        );
        self.ok(
            "CreateEndpointConfig",
            json!({
                "EndpointConfigName": name,
                "ProductionVariants": [{
                    "VariantName": "main", "ModelName": name,
                    "InstanceType": "ml.m5.large", "InitialInstanceCount": instances,
                }],
            }),
        );
    }
}
