//! The reports that the tests render.

use evidence::{Finding, Level, Location};
use report_formats::{Fact, Outcome, Report, Section, Sources};

pub(crate) const MAIN_TF: &str = r#"terraform {}

resource "aws_s3_bucket" "raw" {
  bucket = "housing-raw"
}
"#;

pub(crate) fn finding(rule: &str, level: Level, message: &str) -> Finding {
    Finding {
        rule: rule.into(),
        level,
        message: message.into(),
        title: None,
        resource: None,
        location: None,
        remedy: None,
        link: None,
        policy_file: None,
        metadata: Default::default(),
        digest: None,
        waived: None,
    }
}

/// A warning without a place, then a denial with everything: the order in which they must not be shown.
pub(crate) fn findings() -> Vec<Finding> {
    let warning = Finding {
        resource: Some("aws_sagemaker_endpoint.prod".into()),
        location: Some(Location::line("iac/serving/main.tf", 31)),
        ..finding("plan/replace", Level::Warn, "the endpoint is replaced")
    };
    let denial = Finding {
        title: Some("Buckets are encrypted".into()),
        resource: Some("module.data_lake.aws_s3_bucket.raw".into()),
        location: Some(Location {
            file: "iac/modules/data-lake/main.tf".into(),
            line: 3,
            column: 1,
            end_line: 5,
            end_column: None,
        }),
        remedy: Some("add an `aws_s3_bucket_server_side_encryption_configuration` for it".into()),
        link: Some("https://towpath.dev/policies/s3-encryption".into()),
        policy_file: Some("policy/s3/encryption.rego".into()),
        metadata: [("severity".to_owned(), "high".into())].into(),
        ..finding(
            "s3/encryption",
            Level::Deny,
            "bucket `housing-raw` would keep objects unencrypted",
        )
    };
    vec![warning, denial]
}

pub(crate) fn sources() -> Sources {
    Sources::from_iter([("iac/modules/data-lake/main.tf", MAIN_TF)])
}

pub(crate) fn denied<'a>(findings: &'a [Finding], sources: &'a Sources) -> Report<'a> {
    Report {
        tool: "policy-check",
        title: "Policy check",
        outcome: Outcome {
            label: "denied",
            ok: false,
        },
        facts: vec![
            Fact::share("rule", 1, 43),
            Fact::count("resource", 38),
            Fact::name("plan", "4f1c9a2e"),
            Fact::plain("duration", "21 ms"),
        ],
        reasons: vec![],
        findings,
        sections: vec![],
        sources,
    }
}

/// Refused without a finding.
pub(crate) fn waiting(sources: &Sources) -> Report<'_> {
    Report {
        tool: "gate",
        title: "Gate",
        outcome: Outcome {
            label: "not enough evidence",
            ok: false,
        },
        facts: vec![Fact::name("plan", "4f1c9a2e")],
        reasons: vec!["no approval for `housing` 7".into()],
        findings: &[],
        sections: vec![Section {
            title: "all 2 changes".into(),
            language: "diff",
            lines: vec!["+ aws_s3_bucket.raw".into(), "- aws_s3_bucket.old".into()],
        }],
        sources,
    }
}

/// A finding that tries everything on its reader.
pub(crate) fn hostile() -> Finding {
    Finding {
        resource: Some("aws_s3_bucket.raw[\"a|`b\"]".into()),
        location: Some(Location::line("iac/a b|c.tf", 7)),
        remedy: Some(
            "see\n::stop-commands::x\n## \u{1b}[2Jclosed #12 by @owner/team ##[add-mask]e".into(),
        ),
        link: Some("javascript:alert(1)".into()),
        ..finding(
            "x/<b>",
            Level::Deny,
            "|\r::error::a\u{202e}b [l](http://e) <script>alert('1')</script> & ]]>",
        )
    }
}
