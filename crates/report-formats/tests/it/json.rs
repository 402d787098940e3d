//! JSON: the document that programs read stays as it is.

use report_formats::{Sources, json};

use crate::sample;

#[test]
fn the_document_is_stable_and_ranked() {
    let (findings, sources) = (sample::findings(), sample::sources());
    insta::assert_snapshot!(json(&sample::denied(&findings, &sources)), @r#"
    {
      "schema_version": 1,
      "tool": "policy-check",
      "outcome": "denied",
      "ok": false,
      "counts": {
        "deny": 1,
        "warn": 1
      },
      "facts": {
        "duration": "21 ms",
        "plan": "4f1c9a2e",
        "resources": 38,
        "rules": {
          "part": 1,
          "whole": 43
        }
      },
      "reasons": [],
      "findings": [
        {
          "rule": "s3/encryption",
          "level": "deny",
          "message": "bucket `housing-raw` would keep objects unencrypted",
          "title": "Buckets are encrypted",
          "resource": "module.data_lake.aws_s3_bucket.raw",
          "location": {
            "file": "iac/modules/data-lake/main.tf",
            "line": 3,
            "column": 1,
            "end_line": 5
          },
          "remedy": "add an `aws_s3_bucket_server_side_encryption_configuration` for it",
          "link": "https://towpath.dev/policies/s3-encryption",
          "policy_file": "policy/s3/encryption.rego",
          "metadata": {
            "severity": "high"
          }
        },
        {
          "rule": "plan/replace",
          "level": "warn",
          "message": "the endpoint is replaced",
          "resource": "aws_sagemaker_endpoint.prod",
          "location": {
            "file": "iac/serving/main.tf",
            "line": 31,
            "column": 1,
            "end_line": 31
          }
        }
      ],
      "sections": []
    }
    "#);
}

#[test]
fn reasons_are_there_without_findings() {
    let sources = Sources::new();
    let document: serde_json::Value =
        serde_json::from_str(&json(&sample::waiting(&sources))).unwrap();
    assert_eq!(document["outcome"], "not enough evidence");
    assert_eq!(document["ok"], false);
    assert_eq!(document["reasons"][0], "no approval for `housing` 7");
    assert_eq!(document["sections"][0]["lines"][1], "- aws_s3_bucket.old");
}

#[test]
fn a_document_in_a_log_is_no_command_and_says_the_same() {
    let findings = [sample::hostile()];
    let sources = Sources::new();
    let text = json(&sample::denied(&findings, &sources));
    assert!(!text.contains("##["), "{text}");
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        document["findings"][0],
        serde_json::to_value(&findings[0]).unwrap()
    );
}
