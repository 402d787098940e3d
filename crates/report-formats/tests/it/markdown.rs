//! Markdown: what a reviewer sees, hostile text included, within its budget.

use report_formats::{Budget, Section, Sources, markdown};

use crate::sample;

#[test]
fn denials_first_in_one_table() {
    let findings = sample::findings();
    let sources = Sources::new().at("https://github.com/o/r/blob/8d21f0c");
    insta::assert_snapshot!(markdown(&sample::denied(&findings, &sources), Budget::COMMENT), @r"
    ### Policy check: denied

    1 of 43 rules · 38 resources · plan `4f1c9a2e` · 21 ms

    | | what | where | remedy |
    | --- | --- | --- | --- |
    | x | [s3/encryption](https://towpath.dev/policies/s3-encryption): bucket `housing-raw` would keep objects unencrypted | [`iac/modules/data-lake/main.tf:3`](https://github.com/o/r/blob/8d21f0c/iac/modules/data-lake/main.tf#L3-L5)<br>`module.data_lake.aws_s3_bucket.raw` | add an `aws_s3_bucket_server_side_encryption_configuration` for it |
    | ! | plan/replace: the endpoint is replaced | [`iac/serving/main.tf:31`](https://github.com/o/r/blob/8d21f0c/iac/serving/main.tf#L31)<br>`aws_sagemaker_endpoint.prod` |  |
    ");
}

#[test]
fn reasons_then_sections() {
    let sources = Sources::new();
    insta::assert_snapshot!(markdown(&sample::waiting(&sources), Budget::COMMENT), @r"
    ### Gate: not enough evidence

    plan `4f1c9a2e`

    - no approval for `housing` 7

    <details>
    <summary>all 2 changes</summary>

    ```diff
    + aws_s3_bucket.raw
    - aws_s3_bucket.old
    ```

    </details>
    ");
}

#[test]
fn nothing_in_a_finding_becomes_markdown() {
    let findings = [sample::hostile()];
    let shown = markdown(&sample::denied(&findings, &Sources::new()), Budget::COMMENT);
    insta::assert_snapshot!(shown.replace('\u{200b}', "^"), @r"
    ### Policy check: denied

    1 of 43 rules · 38 resources · plan `4f1c9a2e` · 21 ms

    | | what | where | remedy |
    | --- | --- | --- | --- |
    | x | x/&lt;b&gt;: &#124; ::error::a�b \[l\](http://e) &lt;script&gt;alert('1')&lt;/script&gt; &amp; \]\]&gt; | <code>iac/a b&#124;c.tf:7</code><br><code>aws&#95;s3&#95;bucket.raw&#91;&#34;a&#124;&#96;b&#34;&#93;</code> | see ::stop-commands::x #^#^ �\[2Jclosed #^12 by @^owner/team #^#^\[add-mask\]e |
    ");
}

#[test]
fn a_section_cannot_close_itself() {
    let sources = Sources::new();
    let mut report = sample::waiting(&sources);
    report.sections = vec![Section {
        title: "</summary>".into(),
        language: "",
        lines: vec!["````".into(), "</details>".into(), "::error::x".into()],
    }];
    insta::assert_snapshot!(markdown(&report, Budget::COMMENT), @r"
    ### Gate: not enough evidence

    plan `4f1c9a2e`

    - no approval for `housing` 7

    <details>
    <summary>&lt;/summary&gt;</summary>

    `````
    ````
    </details>
    : :error::x
    `````

    </details>
    ");
}

#[test]
fn what_is_left_out_is_counted_and_weighs_least() {
    let sources = Sources::new();
    let findings: Vec<_> = (0..40).flat_map(|_| sample::findings()).collect();
    let mut report = sample::denied(&findings, &sources);
    report.reasons = (0..20)
        .map(|number| format!("reason {number}, {}", "and so on, ".repeat(15)))
        .collect();
    report.sections = vec![Section {
        title: "all changes".into(),
        language: "diff",
        lines: (0..1000)
            .map(|number| format!("+ resource {number}"))
            .collect(),
    }];
    insta::assert_snapshot!(markdown(&report, Budget::Bytes(2000)), @r"
    ### Policy check: denied

    1 of 43 rules · 38 resources · plan `4f1c9a2e` · 21 ms

    - reason 0, and so on, and so on, and so on, and so on, and so on, and so on, and so on, and so on, and so on, and so on, and so on, and so on, and so on, and so on, and so on,
    - reason 1, and so on, and so on, and so on, and so on, and so on, and so on, and so on, and so on, and so on, and so on, and so on, and so on, and so on, and so on, and so on,
    - reason 2, and so on, and so on, and so on, and so on, and so on, and so on, and so on, and so on, and so on, and so on, and so on, and so on, and so on, and so on, and so on,
    - reason 3, and so on, and so on, and so on, and so on, and so on, and so on, and so on, and so on, and so on, and so on, and so on, and so on, and so on, and so on, and so on,
    - reason 4, and so on, and so on, and so on, and so on, and so on, and so on, and so on, and so on, and so on, and so on, and so on, and so on, and so on, and so on, and so on,

    Left out here: 15 reasons.

    | | what | where | remedy |
    | --- | --- | --- | --- |
    | x | [s3/encryption](https://towpath.dev/policies/s3-encryption): bucket `housing-raw` would keep objects unencrypted | `iac/modules/data-lake/main.tf:3`<br>`module.data_lake.aws_s3_bucket.raw` | add an `aws_s3_bucket_server_side_encryption_configuration` for it |
    | x | [s3/encryption](https://towpath.dev/policies/s3-encryption): bucket `housing-raw` would keep objects unencrypted | `iac/modules/data-lake/main.tf:3`<br>`module.data_lake.aws_s3_bucket.raw` | add an `aws_s3_bucket_server_side_encryption_configuration` for it |

    Left out here: 38 denials, 40 warnings.

    <details>
    <summary>all changes</summary>

    ```diff
    + resource 0
    + resource 1
    + resource 2
    + resource 3
    + resource 4
    + resource 5
    + resource 6
    + resource 7
    + resource 8
    + resource 9
    + resource 10
    + resource 11
    + resource 12
    + resource 13
    ... and 986 lines more
    ```

    </details>
    ");
}
