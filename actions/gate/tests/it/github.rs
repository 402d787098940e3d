//! The action as GitHub would run it: its `action.yml`, its inputs, and the runner's files.

use camino::Utf8Path;
use evidence::Level;
use test_support::ActionRun;

use crate::desk::{Desk, finding, policies};

#[test]
fn a_denial_as_github_sees_it() {
    let mut facts = policies();
    facts.findings = vec![finding(Level::Deny)];
    let desk = Desk::in_order().with(facts);
    let program = Utf8Path::new(env!("CARGO_BIN_EXE_gate"));
    let result = ActionRun::new("actions/gate")
        .cwd(desk.path(""))
        .env("TOWPATH_BIN", program.parent().unwrap())
        .input("environment", "prod")
        .input("explain", "true")
        .run();
    let shown = result.to_string();
    insta::with_settings!({filters => vec![(r"\([0-9a-f]{8}\)", "([digest])")]}, {
        insta::assert_snapshot!(shown, @"
        exit code: 3
        --- stdout
          x s3/encryption: bucket `housing-raw` would keep objects unencrypted
          | --> iac/main.tf:14
          | created as aws_s3_bucket.raw
          help: add a server-side encryption configuration (policy/s3/encryption.rego)

        evidence
          terraform-plan.json ([digest]): 1 change of [sha1] by Terraform 1.11.4, [time]
          policy-check.json ([digest]): 1 finding of 15 rules ([digest]), read from working copy, known-bad plan denied, [time]
          model-approval.json ([digest]): 1 model package, 0 unresolved, [time]

        rules
          evidence: terraform-plan, policy-check, model-approval, at most 24h old
          from a commit: yes
          policies that denied a known-bad plan: yes

        denied  15 rules  1 change  plan 0bf47489  commit 8d21f0c
        ::error title=s3/encryption,file=iac/main.tf,line=14,endLine=14,col=1::bucket `housing-raw` would keep objects unencrypted%0Ain aws_s3_bucket.raw%0Aadd a server-side encryption configuration
        --- stderr
        fetch: gate from TOWPATH_BIN
        --- outputs
        decision=denied
        verdict=.towpath/evidence/prod/verdict.json
        --- summary
        ### Gate: denied

        15 rules · 1 change · plan `0bf47489` · commit `8d21f0c`

        | | what | where | remedy |
        | --- | --- | --- | --- |
        | x | s3/encryption: bucket `housing-raw` would keep objects unencrypted | `iac/main.tf:14`<br>`aws_s3_bucket.raw` | add a server-side encryption configuration |

        <details>
        <summary>evidence</summary>

        ```
        terraform-plan.json ([digest]): 1 change of [sha1] by Terraform 1.11.4, [time]
        policy-check.json ([digest]): 1 finding of 15 rules ([digest]), read from working copy, known-bad plan denied, [time]
        model-approval.json ([digest]): 1 model package, 0 unresolved, [time]
        ```

        </details>

        <details>
        <summary>rules</summary>

        ```
        evidence: terraform-plan, policy-check, model-approval, at most 24h old
        from a commit: yes
        policies that denied a known-bad plan: yes
        ```

        </details>
        --- annotations
        error title=s3/encryption file=iac/main.tf line=14 endLine=14 col=1: bucket `housing-raw` would keep objects unencrypted
        in aws_s3_bucket.raw
        add a server-side encryption configuration
        ");
    });
}
