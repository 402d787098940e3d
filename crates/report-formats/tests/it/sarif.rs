//! SARIF: what code scanning takes, and fingerprints that survive a moved line.

use evidence::Finding;
use report_formats::{Sources, sarif};
use serde_json::Value;

use crate::sample;

fn render(findings: &[Finding]) -> Value {
    serde_json::from_str(&sarif(&sample::denied(findings, &Sources::new())))
        .expect("a log with results")
}

fn fingerprints(findings: &[Finding]) -> Vec<String> {
    let log = render(findings);
    let results = log["runs"][0]["results"]
        .as_array()
        .expect("a log with results");
    results
        .iter()
        .map(|result| {
            result["partialFingerprints"]["towpath/v1"]
                .as_str()
                .expect("a log with results")
                .to_owned()
        })
        .collect()
}

#[test]
fn one_rule_an_id_and_a_place_for_each_result() {
    let (findings, sources) = (sample::findings(), sample::sources());
    insta::assert_snapshot!(sarif(&sample::denied(&findings, &sources)), @r#"
    {
      "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
      "version": "2.1.0",
      "runs": [
        {
          "tool": {
            "driver": {
              "name": "policy-check",
              "rules": [
                {
                  "id": "s3/encryption",
                  "shortDescription": {
                    "text": "Buckets are encrypted"
                  },
                  "fullDescription": {
                    "text": "Buckets are encrypted"
                  },
                  "help": {
                    "text": "add an `aws_s3_bucket_server_side_encryption_configuration` for it"
                  },
                  "helpUri": "https://towpath.dev/policies/s3-encryption",
                  "defaultConfiguration": {
                    "level": "error"
                  },
                  "properties": {
                    "policy": "policy/s3/encryption.rego"
                  }
                },
                {
                  "id": "plan/replace",
                  "shortDescription": {
                    "text": "plan/replace"
                  },
                  "fullDescription": {
                    "text": "plan/replace"
                  },
                  "help": {
                    "text": "plan/replace"
                  },
                  "defaultConfiguration": {
                    "level": "warning"
                  },
                  "properties": {}
                }
              ]
            }
          },
          "automationDetails": {
            "id": "policy-check/"
          },
          "columnKind": "unicodeCodePoints",
          "results": [
            {
              "ruleId": "s3/encryption",
              "ruleIndex": 0,
              "level": "error",
              "message": {
                "text": "bucket `housing-raw` would keep objects unencrypted\nin module.data_lake.aws_s3_bucket.raw\nadd an `aws_s3_bucket_server_side_encryption_configuration` for it"
              },
              "locations": [
                {
                  "physicalLocation": {
                    "artifactLocation": {
                      "uri": "iac/modules/data-lake/main.tf",
                      "uriBaseId": "%SRCROOT%"
                    },
                    "region": {
                      "startLine": 3,
                      "startColumn": 1,
                      "endLine": 5
                    }
                  },
                  "logicalLocations": [
                    {
                      "fullyQualifiedName": "module.data_lake.aws_s3_bucket.raw",
                      "kind": "resource"
                    }
                  ]
                }
              ],
              "partialFingerprints": {
                "towpath/v1": "6fc52d6f554aff7f48c734500d32c80c:1"
              },
              "properties": {
                "metadata": {
                  "severity": "high"
                }
              }
            },
            {
              "ruleId": "plan/replace",
              "ruleIndex": 1,
              "level": "warning",
              "message": {
                "text": "the endpoint is replaced\nin aws_sagemaker_endpoint.prod"
              },
              "locations": [
                {
                  "physicalLocation": {
                    "artifactLocation": {
                      "uri": "iac/serving/main.tf",
                      "uriBaseId": "%SRCROOT%"
                    },
                    "region": {
                      "startLine": 31,
                      "startColumn": 1,
                      "endLine": 31
                    }
                  },
                  "logicalLocations": [
                    {
                      "fullyQualifiedName": "aws_sagemaker_endpoint.prod",
                      "kind": "resource"
                    }
                  ]
                }
              ],
              "partialFingerprints": {
                "towpath/v1": "cf802ac6d4c70b6162a1354e00bb3b9e:1"
              }
            }
          ],
          "properties": {
            "outcome": "denied",
            "ok": false,
            "leftOut": 0
          }
        }
      ]
    }
    "#);
}

#[test]
fn a_finding_keeps_its_fingerprint_when_its_block_moves() {
    let before = sample::findings();
    let mut after = before.clone();
    for place in after
        .iter_mut()
        .filter_map(|finding| finding.location.as_mut())
    {
        place.line += 40;
        place.end_line += 40;
    }
    assert_eq!(fingerprints(&before), fingerprints(&after));
    after[1].resource = Some("module.data_lake.aws_s3_bucket.other".into());
    assert_ne!(fingerprints(&before), fingerprints(&after));
}

#[test]
fn two_findings_that_say_the_same_are_two() {
    let twice = vec![sample::hostile(), sample::hostile()];
    let prints = fingerprints(&twice);
    assert_ne!(prints[0], prints[1]);
}

#[test]
fn every_result_has_a_file_because_github_refuses_the_whole_log_otherwise() {
    let mut with_policy = sample::findings().remove(1);
    with_policy.location = None;
    let without = sample::finding("a/b", evidence::Level::Deny, "nowhere");
    let log = render(&[with_policy, without]);
    let uris: Vec<&str> = log["runs"][0]["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|result| {
            result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
                .as_str()
                .unwrap()
        })
        .collect();
    assert_eq!(uris, ["towpath.yaml", "policy/s3/encryption.rego"]);
}

#[test]
fn text_makes_no_link_and_a_path_stays_a_path() {
    let log = render(&[sample::hostile()]);
    let result = &log["runs"][0]["results"][0];
    assert!(!result["message"]["text"].as_str().unwrap().contains("]("));
    assert_eq!(
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
        "iac/a%20b%7Cc.tf"
    );
    assert_eq!(
        log["runs"][0]["tool"]["driver"]["rules"][0].get("helpUri"),
        None
    );
}

#[test]
fn never_more_results_than_github_takes() {
    let many = vec![sample::findings().remove(0); 25_003];
    let run = &render(&many)["runs"][0];
    assert_eq!(run["results"].as_array().unwrap().len(), 25_000);
    assert_eq!(run["properties"]["leftOut"], 3);
}
