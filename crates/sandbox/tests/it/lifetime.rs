//! A sandbox from its start to its end.

use std::fs;

use serde_json::json;

use crate::support::{eventually, folder_of, http, is_open, processes_with, start};

/// Outside of its first region, S3 wants to be told where
const BUCKET: &str = "<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>";

#[test]
fn both_stand_ins_answer_and_leave_nothing() {
    let sandbox = start();
    assert!(sandbox.is_healthy());
    let environment = sandbox.environment().clone();
    let aws = environment.get("AWS_ENDPOINT_URL").unwrap().to_owned();
    assert_eq!(aws, sandbox.aws_url());
    let folder = folder_of(environment.get("AWS_CONFIG_FILE").unwrap());
    assert_eq!(processes_with(&folder).len(), 1);

    let scope = |service: &str| {
        format!(
            "Authorization: AWS4-HMAC-SHA256 Credential=sandbox/20261123/eu-west-1/{service}/aws4_request, SignedHeaders=host, Signature=0\r\n"
        )
    };
    let s3 = scope("s3");
    assert_eq!(http("PUT", &format!("{aws}/raw"), &s3, BUCKET).0, 200);
    assert_eq!(http("PUT", &format!("{aws}/raw/a.csv"), &s3, "a,b").0, 200);
    assert_eq!(
        http("GET", &format!("{aws}/raw/a.csv"), &s3, ""),
        (200, "a,b".into())
    );

    let target = format!(
        "{}X-Amz-Target: SageMaker.CreateModelPackageGroup\r\n",
        scope("sagemaker")
    );
    let sagemaker = environment.get("AWS_ENDPOINT_URL_SAGEMAKER").unwrap();
    let (status, _) = http(
        "POST",
        &format!("{sagemaker}/"),
        &target,
        &json!({"ModelPackageGroupName": "housing"}).to_string(),
    );
    assert_eq!(status, 200);

    let form = format!(
        "{}Content-Type: application/x-www-form-urlencoded\r\n",
        scope("monitoring")
    );
    let cloudwatch = environment.get("AWS_ENDPOINT_URL_CLOUDWATCH").unwrap();
    let (status, alarms) = http(
        "POST",
        &format!("{cloudwatch}/"),
        &form,
        "Action=DescribeAlarms&Version=2010-08-01",
    );
    assert_eq!(status, 200);
    assert!(alarms.contains("<MetricAlarms></MetricAlarms>"), "{alarms}");

    let sagemaker = sandbox.sagemaker_url();
    sandbox.stop();
    assert!(!is_open(&aws));
    assert!(!is_open(&sagemaker));
    assert!(!fs::exists(&folder).unwrap());
    assert!(processes_with(&folder).is_empty());
}

#[test]
fn two_at_once_do_not_meet() {
    let (one, two) = std::thread::scope(|scope| {
        let one = scope.spawn(start);
        let two = scope.spawn(start);
        (one.join().unwrap(), two.join().unwrap())
    });
    let s3 = "Authorization: AWS4-HMAC-SHA256 Credential=sandbox/20261123/eu-west-1/s3/aws4_request, SignedHeaders=host, Signature=0\r\n";
    assert_eq!(
        http("PUT", &format!("{}/only-here", one.aws_url()), s3, BUCKET).0,
        200
    );
    assert_eq!(
        http("HEAD", &format!("{}/only-here", one.aws_url()), s3, "").0,
        200
    );
    assert_eq!(
        http("HEAD", &format!("{}/only-here", two.aws_url()), s3, "").0,
        404
    );
    drop(one);
    assert!(two.is_healthy(), "the end of one does not touch the other");
}

#[test]
fn a_sandbox_whose_process_was_killed_says_so() {
    let sandbox = start();
    let folder = folder_of(sandbox.environment().get("AWS_CONFIG_FILE").unwrap());
    let pid = processes_with(&folder)[0].to_string();
    std::process::Command::new("kill")
        .args(["-9", &pid])
        .status()
        .unwrap();
    eventually("the stand-in is gone", || !sandbox.is_healthy());
    sandbox.stop();
    assert!(!fs::exists(&folder).unwrap());
}

/// ministack would also listen for MQTT on every interface and for SFTP
#[test]
#[cfg(target_os = "linux")]
fn the_stand_in_listens_on_loopback_only() {
    let sandbox = start();
    let folder = folder_of(sandbox.environment().get("AWS_CONFIG_FILE").unwrap());
    let pid = processes_with(&folder)[0];
    let mut sockets = Vec::new();
    for entry in fs::read_dir(format!("/proc/{pid}/fd")).unwrap().flatten() {
        if let Ok(link) = fs::read_link(entry.path())
            && let Some(inode) = link.to_string_lossy().strip_prefix("socket:[")
        {
            sockets.push(inode.trim_end_matches(']').to_owned());
        }
    }
    let mut listening = 0;
    for table in ["tcp", "tcp6"] {
        let table = fs::read_to_string(format!("/proc/{pid}/net/{table}")).unwrap_or_default();
        for row in table.lines().skip(1) {
            let fields: Vec<&str> = row.split_whitespace().collect();
            let (local, state, inode) = (fields[1], fields[3], fields[9]);
            if state == "0A" && sockets.iter().any(|socket| socket == inode) {
                listening += 1;
                assert!(local.starts_with("0100007F:"), "{row}");
            }
        }
    }
    assert_eq!(listening, 1);
}

#[test]
fn the_simulators_events_reach_the_rules_of_the_other_stand_in() {
    let sandbox = start();
    let environment = sandbox.environment();
    let aws = format!("{}/", sandbox.aws_url());
    let sagemaker = environment.get("AWS_ENDPOINT_URL_SAGEMAKER").unwrap();
    let sagemaker = format!("{sagemaker}/");
    let call = |url: &str, service: &str, target: &str, input: serde_json::Value| {
        let headers = format!(
            "Authorization: AWS4-HMAC-SHA256 Credential=sandbox/20261123/eu-west-1/{service}/aws4_request, SignedHeaders=host, Signature=0\r\nContent-Type: application/x-amz-json-1.1\r\nX-Amz-Target: {target}\r\n"
        );
        let (status, answer) = http("POST", url, &headers, &input.to_string());
        assert_eq!(status, 200, "{target}: {answer}");
        serde_json::from_str(&answer).unwrap_or_default()
    };
    let events = |operation: &str, input| {
        let target = format!("AWSEvents.{operation}");
        call(&aws, "events", &target, input)
    };
    let queue: serde_json::Value = call(
        &aws,
        "sqs",
        "AmazonSQS.CreateQueue",
        json!({"QueueName": "told"}),
    );
    let queue = queue["QueueUrl"].as_str().unwrap();
    let pattern = json!({"source": ["aws.sagemaker"], "detail-type": ["SageMaker Model Package State Change"]});
    events(
        "PutRule",
        json!({"Name": "packages", "EventPattern": pattern.to_string()}),
    );
    events(
        "PutTargets",
        json!({"Rule": "packages", "Targets": [{"Id": "1", "Arn": "arn:aws:sqs:eu-west-1:000000000000:told"}]}),
    );
    // in the name of others nobody may speak
    let others =
        json!({"Entries": [{"Source": "aws.s3", "DetailType": "Object Created", "Detail": "{}"}]});
    assert_eq!(events("PutEvents", others)["FailedEntryCount"], 1);

    let group = json!({"ModelPackageGroupName": "housing"});
    call(
        &sagemaker,
        "sagemaker",
        "SageMaker.CreateModelPackageGroup",
        group.clone(),
    );
    call(
        &sagemaker,
        "sagemaker",
        "SageMaker.CreateModelPackage",
        group,
    );
    let receive = json!({"QueueUrl": queue, "WaitTimeSeconds": 10});
    let told = call(&aws, "sqs", "AmazonSQS.ReceiveMessage", receive);
    let event = told["Messages"][0]["Body"].as_str().unwrap_or_default();
    assert!(event.contains("model-package/housing/1"), "{told}");
}
