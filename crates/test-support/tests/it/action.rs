//! An action is run as GitHub would run it, or refused where GitHub would be lenient.

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::json;
use tempfile::TempDir;
use test_support::{ActionRun, RunError};

const INPUTS: &str = r#"
name: Test
description: Tests the harness
inputs:
  policy-dir: {description: Folder, default: policy}
  strict: {description: Flag, default: false}
  token: {description: Token, default: '${{ github.token }}'}
  plan: {description: Plan, required: true}
"#;

const VERDICT: &str =
    "{verdict: {description: Verdict, value: '${{ steps.judge.outputs.verdict }}'}}";

/// An action whose steps are `steps`, with an input of each kind.
struct Action {
    _folder: TempDir,
    path: Utf8PathBuf,
}

impl Action {
    fn new(steps: &str) -> Self {
        Self::with_outputs("{}", steps)
    }

    fn with_outputs(outputs: &str, steps: &str) -> Self {
        Self::with_manifest(&format!(
            "{INPUTS}outputs: {outputs}\nruns:\n  using: composite\n  steps:\n{steps}"
        ))
    }

    fn with_manifest(manifest: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("action.yml"), manifest).expect("a file to write");
        let path = Utf8Path::from_path(folder.path())
            .expect("a name in UTF-8")
            .to_owned();
        Self {
            _folder: folder,
            path,
        }
    }

    fn run(&self) -> ActionRun {
        ActionRun::new(&self.path).input("plan", "prod.tfplan")
    }
}

const JUDGE: &str = r#"
    - id: judge
      shell: bash
      env:
        PLAN: ${{ inputs.plan }}
        STRICT: ${{ inputs.strict == 'true' && 'yes' || 'no' }}
        NUMBER: ${{ github.event.pull_request.number }}
      run: |
        echo "judging $PLAN, strict: $STRICT, number $NUMBER at $GITHUB_REF into $GITHUB_BASE_REF"
        echo "::add-mask::hunter2"
        echo "::error file=main.tf,line=3::denied%0Aon this line"
        echo "a warning" >&2
        printf 'verdict<<END\ndenied\n  twice\nEND\nsize=3\n' >> "$GITHUB_OUTPUT"
        echo "SEEN=1" >> "$GITHUB_ENV"
        echo "**denied**" >> "$GITHUB_STEP_SUMMARY"
        exit 3
    - shell: bash
      run: echo never
    - if: failure() && steps.judge.outputs.size == 3
      shell: bash
      run: 'echo "afterwards: SEEN=$SEEN"'
    - if: ${{ always() && steps.judge.outcome == 'success' }}
      shell: bash
      run: echo not this one either
"#;

#[test]
fn a_run_is_what_github_would_have_seen() {
    let event =
        json!({"pull_request": {"number": 7, "base": {"ref": "main"}, "head": {"ref": "fix"}}});
    let result = Action::with_outputs(VERDICT, JUDGE)
        .run()
        .event("pull_request", event)
        .run();
    insta::assert_snapshot!(result, @r"
    exit code: 3
    --- stdout
    judging prod.tfplan, strict: no, number 7 at refs/pull/7/merge into main
    ::add-mask::hunter2
    ::error file=main.tf,line=3::denied%0Aon this line
    afterwards: SEEN=1
    --- stderr
    a warning
    --- outputs
    verdict=denied
      twice
    --- summary
    **denied**
    --- annotations
    error file=main.tf line=3: denied
    on this line
    --- masks
    hunter2
    --- env
    SEEN=1
    ");
    assert_eq!(result.outputs["verdict"], "denied\n  twice");
    assert_eq!(result.masks, ["hunter2"]);
}

#[test]
fn inputs_are_declared_required_and_defaulted() {
    let action = Action::new(
        "    - {shell: bash, run: echo \"$ALL\", env: {ALL: '${{ inputs.policy-dir }} ${{ inputs.strict }} ${{ inputs.token }}'}}\n",
    );
    let run = action.run().env("GITHUB_TOKEN", "t0k");
    assert_eq!(run.run().stdout, "policy false t0k\n");
    assert_eq!(
        run.clone()
            .input("policy-dir", "x")
            .input("strict", "")
            .run()
            .stdout,
        "x  t0k\n"
    );
    let error = run.input("policy_dir", "x").try_run().unwrap_err();
    assert!(
        matches!(&error, RunError::UnknownInput(name) if name == "policy_dir"),
        "{error}"
    );
    let error = ActionRun::new(&action.path).try_run().unwrap_err();
    assert!(
        matches!(&error, RunError::MissingInput(name) if name == "plan"),
        "{error}"
    );
}

#[test]
fn what_github_would_trip_over_is_refused() {
    let step = |line: &str| {
        Action::new(&format!("    - {{{line}}}\n"))
            .run()
            .try_run()
            .unwrap_err()
    };
    assert!(matches!(
        step("shell: bash, run: 'echo ${{ inputs.plan }}'"),
        RunError::ExpressionInScript(_)
    ));
    assert!(matches!(
        step("shell: pwsh, run: ls"),
        RunError::Shell { .. }
    ));
    assert!(matches!(step("run: ls"), RunError::Manifest(_)));
    assert!(matches!(
        step("shell: bash, run: ls, wiht: {a: b}"),
        RunError::Manifest(_)
    ));
    assert!(matches!(
        step("shell: bash, run: ls, env: {A: '${{ inputs.plam }}'}"),
        RunError::Expression { .. }
    ));
    assert!(matches!(
        step("shell: bash, run: ls, if: steps.fetch.outcome"),
        RunError::Expression { .. }
    ));
    let no_such_step = Action::with_outputs(VERDICT, "    - {shell: bash, run: ls}\n")
        .run()
        .try_run();
    assert!(matches!(
        no_such_step.unwrap_err(),
        RunError::Expression { .. }
    ));
    let node = Action::with_manifest("name: N\ndescription: N\nruns: {using: node24, steps: []}\n");
    assert!(matches!(
        ActionRun::new(&node.path).try_run().unwrap_err(),
        RunError::NotComposite(_)
    ));
    let error = ActionRun::new("actions/no-such-action")
        .try_run()
        .unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("actions/no-such-action/action.yml`"),
        "{error}"
    );
}

#[test]
fn what_the_runner_refuses_to_read_is_an_error() {
    let step = |script: &str| {
        Action::new(&format!("    - shell: bash\n      run: {script}\n"))
            .run()
            .try_run()
            .unwrap_err()
    };
    let error = step("echo 'a<<END' >> \"$GITHUB_OUTPUT\"");
    assert!(
        matches!(
            error,
            RunError::FileCommand {
                file: "GITHUB_OUTPUT",
                ..
            }
        ),
        "{error}"
    );
    let error = step("echo nonsense >> \"$GITHUB_ENV\"");
    assert!(
        matches!(
            error,
            RunError::FileCommand {
                file: "GITHUB_ENV",
                ..
            }
        ),
        "{error}"
    );
    let error = step("head -c 1048577 /dev/zero > \"$GITHUB_STEP_SUMMARY\"");
    assert!(
        matches!(
            error,
            RunError::Summary {
                bytes: 1_048_577,
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn steps_run_in_the_workspace_with_bash_as_the_runner_starts_it() {
    let workspace = tempfile::tempdir().unwrap();
    let workspace = Utf8Path::from_path(workspace.path()).unwrap();
    std::fs::create_dir(workspace.join("iac")).unwrap();
    let result = Action::new(
        r#"
    - shell: bash
      run: |
        mkdir -p "$RUNNER_TEMP/bin" && printf '#!/bin/sh\necho found\n' > "$RUNNER_TEMP/bin/tool-of-ours"
        chmod +x "$RUNNER_TEMP/bin/tool-of-ours"
        echo "$RUNNER_TEMP/bin" >> "$GITHUB_PATH"
    - shell: bash
      working-directory: iac
      run: pwd; tool-of-ours
    - shell: bash
      continue-on-error: true
      run: false | true
    - shell: bash
      run: 'false; echo unreachable'
"#,
    )
    .run()
    .cwd(workspace)
    .run();
    assert_eq!(result.exit_code, 1);
    assert_eq!(result.stdout.lines().nth(1), Some("found"), "{result}");
    assert!(
        result.stdout.lines().next().unwrap().ends_with("/iac"),
        "{result}"
    );
    assert_eq!(result.stdout.lines().count(), 2, "{result}");
}
