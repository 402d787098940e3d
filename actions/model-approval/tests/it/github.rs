//! The action as GitHub would run it: its `action.yml`, its inputs, and the runner's files.

use camino::Utf8Path;
use test_support::ActionRun;

use crate::desk::Desk;
use crate::plans::Case;

#[test]
fn a_model_that_waits_as_github_sees_it() {
    let desk = Desk::new(Case::Release, "PendingManualApproval");
    let program = Utf8Path::new(env!("CARGO_BIN_EXE_model-approval"));
    let run = ActionRun::new("actions/model-approval")
        .cwd(desk.path(""))
        .env("TOWPATH_BIN", program.parent().unwrap())
        .input("environment", "prod");
    let run = desk
        .environment()
        .into_iter()
        .fold(run, |run, (name, value)| run.env(name, value));
    let filters = vec![
        (r"plan [0-9a-f]{8}", "plan [digest]"),
        (r"plan `[0-9a-f]{8}`", "plan `[digest]`"),
        (r"(?m)^\$ .*\n", ""),
    ];
    insta::with_settings!({filters => filters}, {
        insta::assert_snapshot!(run.run(), @"
        exit code: 4
        --- stdout
        ::add-mask::AKIATEST
        ::add-mask::invented-for-planning
        who approved what
          waiting  arn:aws:sagemaker:eu-central-1:000000000000:model-package/housing/1  last changed by arn:aws:sts::000000000000:assumed-role/sandbox/000000000000 at [time]: RMSE 0.441

          - model package `arn:aws:sagemaker:eu-central-1:000000000000:model-package/housing/1` waits for approval: its status is PendingManualApproval
        not enough evidence  1 model package  0 approvals  plan [digest]
        ::error title=Model approval%3A not enough evidence::model package `arn:aws:sagemaker:eu-central-1:000000000000:model-package/housing/1` waits for approval: its status is PendingManualApproval
        --- stderr
        fetch: model-approval from TOWPATH_BIN
        --- outputs
        decision=not-enough-evidence
        evidence=.towpath/evidence/prod/model-approval.json
        --- summary
        ### Model approval: not enough evidence

        1 model package · 0 approvals · plan `[digest]`

        - model package `arn:aws:sagemaker:eu-central-1:000000000000:model-package/housing/1` waits for approval: its status is PendingManualApproval

        <details>
        <summary>who approved what</summary>

        ```
        waiting  arn:aws:sagemaker:eu-central-1:000000000000:model-package/housing/1  last changed by arn:aws:sts::000000000000:assumed-role/sandbox/000000000000 at [time]: RMSE 0.441
        ```

        </details>
        --- annotations
        error title=Model approval: not enough evidence: model package `arn:aws:sagemaker:eu-central-1:000000000000:model-package/housing/1` waits for approval: its status is PendingManualApproval
        --- masks
        AKIATEST
        invented-for-planning
        ");
    });
}
