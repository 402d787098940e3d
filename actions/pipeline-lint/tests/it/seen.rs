//! What a person and what GitHub see.

use camino::Utf8Path;
use test_support::ActionRun;

use crate::{SOUND, lint};

#[test]
fn a_defect_is_shown_in_its_line() {
    let ran = lint(&SOUND.replace("['test']", "['tset']"), "text");
    insta::assert_snapshot!(ran.stdout, @r#"
      x pipeline/dangling-reference: Evaluate: `Steps.Split.ProcessingOutputConfig.Outputs['tset'].S3Output.S3Uri`:
      | `Split` has no output `tset`
        ,-[a.pipeline.json:61:62]
     61 | ": "test", "S3Input": {"S3Uri": {"Get": "Steps.Split.ProcessingOutputConfig.Outputs['tset'].S3Output.S3Uri"}, "LocalPath": "/opt/ml/processing/test", "S3DataTyp
        :                                         -------------------------------------------------------------------
        `----
      help: correct the name: SageMaker finds out only when the pipeline runs

    denied  1 of 45 rules  9 steps
    "#);
}

#[test]
fn sarif_names_the_place() {
    let ran = lint(&SOUND.replace("['test']", "['tset']"), "sarif");
    let log: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let result = &log["runs"][0]["results"][0];
    assert_eq!(result["ruleId"], "pipeline/dangling-reference");
    let region = &result["locations"][0]["physicalLocation"]["region"];
    assert_eq!(
        (&region["startLine"], &region["startColumn"]),
        (&61.into(), &62.into())
    );
}

#[test]
fn what_is_no_definition_is_no_pass() {
    for text in ["", "{", "[]", "{}", "null", "{\"Version\": \"2020-12-01\"}"] {
        assert_eq!(lint(text, "text").exit_code, 2, "{text}");
    }
}

#[test]
fn a_definition_as_github_sees_it() {
    let folder = tempfile::tempdir().unwrap();
    let folder = Utf8Path::from_path(folder.path()).unwrap();
    std::fs::write(folder.join("a.json"), SOUND).unwrap();
    std::fs::write(
        folder.join("b.json"),
        SOUND.replace("\"Value\": 50", "\"Value\": 60"),
    )
    .unwrap();
    let program = Utf8Path::new(env!("CARGO_BIN_EXE_pipeline-lint"));
    let result = ActionRun::new("actions/pipeline-lint")
        .cwd(folder)
        .env("TOWPATH_BIN", program.parent().unwrap())
        .input("definitions", "a.json\nb.json")
        .run();
    insta::assert_snapshot!(result.to_string(), @r#"
    exit code: 3
    --- stdout
      x pipeline/canary: Deploy: CanarySize is 60 percent; it may be 1 to 50
         ,-[b.json:103:111]
     103 |                 "TrafficRoutingConfiguration": {"Type": "CANARY", "WaitIntervalInSeconds": 300, "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": 60}},
         :                                                                                                               -----------------------------------------
         `----
      help: use at least two instances, and a canary of at most half of them

    denied  1 of 45 rules  18 steps
    ::error title=pipeline/canary,file=b.json,line=103,endLine=103,col=111::Deploy: CanarySize is 60 percent; it may be 1 to 50%0Ause at least two instances, and a canary of at most half of them
    --- stderr
    fetch: pipeline-lint from TOWPATH_BIN
    --- outputs
    findings=1
    --- summary
    ### Pipeline lint: denied

    1 of 45 rules · 18 steps

    | | what | where | remedy |
    | --- | --- | --- | --- |
    | x | pipeline/canary: Deploy: CanarySize is 60 percent; it may be 1 to 50 | `b.json:103` | use at least two instances, and a canary of at most half of them |
    --- annotations
    error title=pipeline/canary file=b.json line=103 endLine=103 col=111: Deploy: CanarySize is 60 percent; it may be 1 to 50
    use at least two instances, and a canary of at most half of them
    "#);
}
