//! Annotations: each finding on its place, and no more of them than GitHub shows.

use evidence::Level;
use report_formats::{LeftOut, PER_STEP, Sources, annotations};

use crate::sample;

#[test]
fn each_finding_on_its_place() {
    let findings = sample::findings();
    insta::assert_debug_snapshot!(annotations(&sample::denied(&findings, &Sources::new()), PER_STEP), @r#"
    Annotations {
        shown: [
            Annotation {
                level: Deny,
                location: Some(
                    Location {
                        file: "iac/modules/data-lake/main.tf",
                        line: 3,
                        column: 1,
                        end_line: 5,
                        end_column: None,
                    },
                ),
                title: "s3/encryption",
                message: "bucket `housing-raw` would keep objects unencrypted\nin module.data_lake.aws_s3_bucket.raw\nadd an `aws_s3_bucket_server_side_encryption_configuration` for it\nhttps://towpath.dev/policies/s3-encryption",
            },
            Annotation {
                level: Warn,
                location: Some(
                    Location {
                        file: "iac/serving/main.tf",
                        line: 31,
                        column: 1,
                        end_line: 31,
                        end_column: None,
                    },
                ),
                title: "plan/replace",
                message: "the endpoint is replaced\nin aws_sagemaker_endpoint.prod",
            },
        ],
        left_out: Counts {
            deny: 0,
            warn: 0,
        },
    }
    "#);
}

#[test]
fn ten_of_each_level_and_the_rest_counted() {
    let findings: Vec<_> = (0..13)
        .flat_map(|_| sample::findings())
        .chain([sample::hostile()])
        .collect();
    let sources = Sources::new();
    let annotations = annotations(&sample::denied(&findings, &sources), PER_STEP);
    let of = |level| {
        annotations
            .shown
            .iter()
            .filter(|annotation| annotation.level == level)
            .count()
    };
    assert_eq!((of(Level::Deny), of(Level::Warn)), (10, 10));
    assert_eq!(annotations.left_out, LeftOut { deny: 4, warn: 3 });
}

#[test]
fn a_refusal_without_a_denial_is_annotated_itself() {
    let sources = Sources::new();
    let annotations = annotations(&sample::waiting(&sources), PER_STEP);
    assert_eq!(annotations.shown.len(), 1);
    assert_eq!(annotations.shown[0].title, "Gate: not enough evidence");
    assert_eq!(annotations.shown[0].message, "no approval for `housing` 7");
}

#[test]
fn titles_and_messages_end_where_github_cuts_them() {
    let finding = sample::finding(&"r".repeat(300), Level::Deny, &"ä".repeat(5000));
    let findings = [finding];
    let sources = Sources::new();
    let annotations = annotations(&sample::denied(&findings, &sources), PER_STEP);
    assert_eq!(annotations.shown[0].title.chars().count(), 255);
    assert_eq!(annotations.shown[0].message.chars().count(), 4096);
    assert!(annotations.shown[0].message.ends_with('…'));
}
