//! JUnit: what fails, and what only passes with a word.

use report_formats::{Sources, junit};

use crate::sample;

#[test]
fn only_a_denial_fails() {
    let (findings, sources) = (sample::findings(), sample::sources());
    insta::assert_snapshot!(junit(&sample::denied(&findings, &sources)), @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <testsuites tests="3" failures="2">
    <testsuite name="policy-check" tests="3" failures="2" errors="0" skipped="0">
    <testcase classname="policy-check" name="verdict"><failure type="verdict" message="denied">1 of 43 rules
    38 resources
    plan 4f1c9a2e
    21 ms</failure></testcase>
    <testcase classname="s3/encryption" name="module.data_lake.aws_s3_bucket.raw" file="iac/modules/data-lake/main.tf" line="3"><failure type="deny" message="bucket `housing-raw` would keep objects unencrypted">bucket `housing-raw` would keep objects unencrypted
    iac/modules/data-lake/main.tf:3
    add an `aws_s3_bucket_server_side_encryption_configuration` for it
    https://towpath.dev/policies/s3-encryption</failure></testcase>
    <testcase classname="plan/replace" name="aws_sagemaker_endpoint.prod" file="iac/serving/main.tf" line="31"><system-out>warning: the endpoint is replaced
    iac/serving/main.tf:31</system-out></testcase>
    </testsuite>
    </testsuites>
    "#);
}

#[test]
fn a_refusal_without_findings_is_not_green() {
    let sources = Sources::new();
    insta::assert_snapshot!(junit(&sample::waiting(&sources)), @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <testsuites tests="1" failures="1">
    <testsuite name="gate" tests="1" failures="1" errors="0" skipped="0">
    <testcase classname="gate" name="verdict"><failure type="verdict" message="not enough evidence">plan 4f1c9a2e
    no approval for `housing` 7</failure></testcase>
    </testsuite>
    </testsuites>
    "#);
}

#[test]
fn any_text_is_well_formed_xml() {
    let findings = [sample::hostile()];
    insta::assert_snapshot!(junit(&sample::denied(&findings, &Sources::new())), @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <testsuites tests="2" failures="2">
    <testsuite name="policy-check" tests="2" failures="2" errors="0" skipped="0">
    <testcase classname="policy-check" name="verdict"><failure type="verdict" message="denied">1 of 43 rules
    38 resources
    plan 4f1c9a2e
    21 ms</failure></testcase>
    <testcase classname="x/&lt;b&gt;" name="aws_s3_bucket.raw[&quot;a|`b&quot;]" file="iac/a b|c.tf" line="7"><failure type="deny" message="|&#10;&#58;:error&#58;:a�b [l](http://e) &lt;script&gt;alert('1')&lt;/script&gt; &amp; ]]&gt;">|
    &#58;:error&#58;:a�b [l](http://e) &lt;script&gt;alert('1')&lt;/script&gt; &amp; ]]&gt;
    iac/a b|c.tf:7
    see
    &#58;:stop-commands&#58;:x
    ## �[2Jclosed #12 by @owner/team #&#35;[add-mask]e
    javascript:alert(1)</failure></testcase>
    </testsuite>
    </testsuites>
    "#);
}
