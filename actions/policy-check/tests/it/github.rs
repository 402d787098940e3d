//! The action as GitHub would run it: its `action.yml`, its inputs, and the runner's files.

use camino::Utf8Path;
use test_support::ActionRun;

use crate::desk::{Desk, SECRET};

#[test]
fn a_denial_as_github_sees_it() {
    let desk = Desk::with_plan();
    let program = Utf8Path::new(env!("CARGO_BIN_EXE_policy-check"));
    let result = ActionRun::new("actions/policy-check")
        .cwd(desk.path(""))
        .env("TOWPATH_BIN", program.parent().unwrap())
        .env("TF_CLI_CONFIG_FILE", "/dev/null")
        .input("environment", "prod")
        .run();
    let shown = result.to_string().replace(SECRET, "[secret]");
    let filters = vec![
        (r"plan [0-9a-f]{8}", "plan [digest]"),
        (r"plan `[0-9a-f]{8}`", "plan `[digest]`"),
        // commands, and what terraform tells of `init` in the words of its version
        (r"(?m)^\$ .*\n", ""),
        (r"(?m)^  ?[A-Z].*\n", ""),
    ];
    insta::with_settings!({filters => filters}, {
        insta::assert_snapshot!(shown, @r#"
        exit code: 3
        --- stdout
        ::add-mask::[secret]
          x main/public: `terraform_data.raw` would be public
           ,-[iac/main.tf:8:3]
         8 |   input = "public"
           :   --------+-------
           :           `-- created as terraform_data.raw
           `----
          help: say `private` (policy/main.rego:10)
                https://example.com/public

        denied  1 of 1 rule  2 resources  plan [digest]
        ::error title=main/public,file=iac/main.tf,line=8,endLine=8,col=3::`terraform_data.raw` would be public%0Ain terraform_data.raw%0Asay `private`%0Ahttps://example.com/public
        --- stderr
        fetch: policy-check from TOWPATH_BIN
        --- outputs
        decision=denied
        denials=1
        evidence=.towpath/evidence/prod/policy-check.json
        --- summary
        ### Policy check: denied

        1 of 1 rule · 2 resources · plan `[digest]`

        | | what | where | remedy |
        | --- | --- | --- | --- |
        | x | [main/public](https://example.com/public): `terraform_data.raw` would be public | `iac/main.tf:8`<br>`terraform_data.raw` | say `private` |
        --- annotations
        error title=main/public file=iac/main.tf line=8 endLine=8 col=3: `terraform_data.raw` would be public
        in terraform_data.raw
        say `private`
        https://example.com/public
        --- masks
        [secret]
        "#);
    });
}
