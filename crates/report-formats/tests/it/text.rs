//! Text: code frames, the verdict last, and nothing that a terminal would obey.

use evidence::{Level, Location};
use report_formats::{Look, Sources, text};

use crate::sample;

#[test]
fn a_denial_stands_on_its_line_and_the_verdict_comes_last() {
    let (findings, sources) = (sample::findings(), sample::sources());
    insta::assert_snapshot!(text(&sample::denied(&findings, &sources), Look::plain()), @r#"
      x s3/encryption: bucket `housing-raw` would keep objects unencrypted
       ,-[iac/modules/data-lake/main.tf:3:1]
     3 | resource "aws_s3_bucket" "raw" {
       : ----------------+---------------
       :                 `-- created as module.data_lake.aws_s3_bucket.raw
       `----
      help: add an `aws_s3_bucket_server_side_encryption_configuration` for it (policy/s3/encryption.rego)
            https://towpath.dev/policies/s3-encryption

      ! plan/replace: the endpoint is replaced
      | --> iac/serving/main.tf:31
      | created as aws_sagemaker_endpoint.prod

    denied  1 of 43 rules  38 resources  plan 4f1c9a2e  21 ms
    "#);
}

#[test]
fn reasons_and_sections_stand_before_the_verdict() {
    let sources = Sources::new();
    insta::assert_snapshot!(text(&sample::waiting(&sources), Look::plain()), @r"
    all 2 changes
      + aws_s3_bucket.raw
      - aws_s3_bucket.old

      - no approval for `housing` 7
    not enough evidence  plan 4f1c9a2e
    ");
}

#[test]
fn colour_and_lines_only_when_asked() {
    let (findings, sources) = (sample::findings(), sample::sources());
    let report = sample::denied(&findings, &sources);
    assert!(text(&report, Look::plain()).is_ascii());
    insta::assert_snapshot!(text(&report, Look::rich(80)).replace('\u{1b}', "^"), @r#"
      ^[31m×^[0m s3/encryption: bucket `housing-raw` would keep objects unencrypted
       ╭─[^[36;1;4miac/modules/data-lake/main.tf:3:1^[0m]
     ^[2m3^[0m │ resource "aws_s3_bucket" "raw" {
       · ^[35;1m────────────────┬───────────────^[0m
       ·                 ^[35;1m╰── ^[35;1mcreated as module.data_lake.aws_s3_bucket.raw^[0m^[0m
       ╰────
    ^[36m  help: ^[0madd an `aws_s3_bucket_server_side_encryption_configuration` for it
            (policy/s3/encryption.rego)
            https://towpath.dev/policies/s3-encryption

      ^[33m⚠^[0m plan/replace: the endpoint is replaced
      ^[33m│^[0m --> iac/serving/main.tf:31
      ^[33m│^[0m created as aws_sagemaker_endpoint.prod

    ^[1;31mdenied^[0m  1 of 43 rules  38 resources  plan 4f1c9a2e  21 ms
    "#);
}

#[test]
fn nothing_in_a_finding_is_obeyed() {
    let findings = [sample::hostile()];
    let sources = Sources::from_iter([(
        "iac/a b|c.tf",
        "1\n2\n3\n4\n5\n6\n\u{1b}[31m ##[error]x\r::error::y\n",
    )]);
    let shown = text(&sample::denied(&findings, &sources), Look::plain());
    assert!(!shown.contains(['\u{1b}', '\r', '\u{202e}']), "{shown}");
    assert!(!shown.contains("##["), "{shown}");
    assert!(
        !shown
            .lines()
            .any(|line| line.trim_start().starts_with("::")),
        "{shown}"
    );
    insta::assert_snapshot!(shown, @r#"
      x x/<b>: |
      | ::error::a�b [l](http://e) <script>alert('1')</script> & ]]>
       ,-[iac/a b|c.tf:7:1]
     7 | �[31m # #[error]x�::error::y
       : -------------+-------------
       :              `-- created as aws_s3_bucket.raw["a|`b"]
       `----
      help: see
            : :stop-commands::x
            ## �[2Jclosed #12 by @owner/team # #[add-mask]e
            javascript:alert(1)

    denied  1 of 43 rules  38 resources  plan 4f1c9a2e  21 ms
    "#);
}

#[test]
fn an_attribute_far_along_a_long_line_is_in_view() {
    let line = format!(
        "{{{}\"acl\": \"public\", {}}}",
        " ".repeat(5000),
        "x".repeat(5000)
    );
    let mut finding = sample::finding("s3/public", Level::Deny, "the bucket is public");
    finding.location = Some(Location {
        file: "plan.json".into(),
        line: 1,
        column: 5002,
        end_line: 1,
        end_column: Some(5017),
    });
    let (findings, sources) = ([finding], Sources::from_iter([("plan.json", line)]));
    insta::assert_snapshot!(text(&sample::denied(&findings, &sources), Look::plain()), @r#"
      x s3/public: the bucket is public
       ,-[plan.json:1:5002]
     1 |                                         "acl": "public", xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
       :                                         ---------------
       `----

    denied  1 of 43 rules  38 resources  plan 4f1c9a2e  21 ms
    "#);
}

#[test]
fn a_place_that_is_not_in_the_file_is_named_without_code() {
    for (line, column) in [(0, 1), (2, 1), (3, 99), (99, 1)] {
        let mut finding = sample::finding("a/b", Level::Warn, "no such place");
        let file = "iac/modules/data-lake/main.tf";
        finding.location = Some(Location {
            column,
            ..Location::line(file, line)
        });
        let (findings, sources) = ([finding], sample::sources());
        let shown = text(&sample::denied(&findings, &sources), Look::plain());
        assert!(
            shown.starts_with(&format!("  ! a/b: no such place\n  | --> {file}:{line}\n")),
            "{shown}"
        );
    }
}
