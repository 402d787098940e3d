//! What goes right, what goes wrong by itself, and a plan that is replaced while it is judged.

use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use evidence::ResourceState::{self, Changed, Failed, NotStarted};
use rustix::process::{Pid, Signal, kill_process};

use crate::judged::OTHER;
use crate::project::{EVIDENCE, PLAN, Project};

/// Three resources, one after the other; the second one runs `command`.
fn three(command: &str) -> String {
    format!(
        r#"
resource "terraform_data" "first" {{
}}

resource "terraform_data" "second" {{
  depends_on = [terraform_data.first]

  provisioner "local-exec" {{
    command = "{command}"
  }}
}}

resource "terraform_data" "third" {{
  depends_on = [terraform_data.second]
}}
"#
    )
}

/// What became of each change, by the record.
fn became(project: &Project) -> Vec<(String, ResourceState)> {
    let mut became: Vec<_> = project
        .record()
        .unwrap()
        .resources
        .into_iter()
        .map(|resource| (resource.address, resource.state))
        .collect();
    became.sort_by(|one, other| one.0.cmp(&other.0));
    became
}

fn of(names: [(&str, ResourceState); 3]) -> Vec<(String, ResourceState)> {
    names
        .map(|(name, state)| (format!("terraform_data.{name}"), state))
        .into()
}

#[test]
fn the_judged_plan_is_applied_and_written_down() {
    let project = Project::new(&three("true"));
    assert!(project.state().is_none());
    let gate = project.judge();
    assert_eq!(gate.exit_code, 0, "{}", gate.stdout);
    let verdict = project.read(&format!("{EVIDENCE}/verdict.json"));

    let ran = project.program("terraform-apply").run();
    assert_eq!(ran.exit_code, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains("applied  3 changes"), "{}", ran.stdout);
    assert_eq!(
        became(&project),
        of([("first", Changed), ("second", Changed), ("third", Changed)])
    );
    let record = project.record().unwrap();
    assert!(record.complete);
    assert_eq!(record.verdict, evidence::Sha256::of(verdict));
    let state: serde_json::Value = serde_json::from_slice(&project.state().unwrap()).unwrap();
    let after = record.state.unwrap();
    assert_eq!(
        (&state["lineage"], &state["serial"]),
        (&after.lineage.into(), &after.serial.into())
    );

    // once is enough: the state is another one now
    let ran = project.program("terraform-apply").run();
    assert_eq!(ran.exit_code, 3, "{}", ran.stdout);
}

#[test]
fn an_apply_that_ends_half_way_says_how_far_it_came() {
    let project = Project::new(&three("exit 7"));
    assert_eq!(project.judge().exit_code, 0);
    let ran = project.program("terraform-apply").run();
    for line in [
        "  failed       terraform_data.second",
        "  changed      terraform_data.first",
        "  not started  terraform_data.third",
        "the state is saved in its backend, with what was changed",
        "applied half-way  1 change",
    ] {
        assert!(ran.stdout.contains(line), "no `{line}` in:\n{}", ran.stdout);
    }
    for line in [
        "error: the apply failed: 1 of 3 changes done, 1 failed, 1 not started",
        "hint: put the cause right and plan again",
    ] {
        assert!(ran.stderr.contains(line), "no `{line}` in:\n{}", ran.stderr);
    }
    assert_eq!(ran.exit_code, 6);
    let record = project.record().unwrap();
    assert!(!record.complete);
    assert!(record.state.is_some());
    assert_eq!(
        became(&project),
        of([
            ("first", Changed),
            ("second", Failed),
            ("third", NotStarted)
        ])
    );
}

#[test]
fn an_interrupt_lets_terraform_finish_and_is_written_down() {
    let project = Project::new(&three("touch begun; exec sleep 30"));
    assert_eq!(project.judge().exit_code, 0);
    let mut apply = Command::new(env!("CARGO_BIN_EXE_terraform-apply"))
        .current_dir(project.path(""))
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .envs(project.environment())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let begun = project.path("iac/begun");
    let start = Instant::now();
    while !begun.exists() {
        assert!(start.elapsed() < Duration::from_secs(60), "nothing began");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(project.path("iac/.terraform.tfstate.lock.info").exists());
    kill_process(Pid::from_child(&apply), Signal::INT).unwrap();
    let status = apply.wait().unwrap();
    let mut said = String::new();
    apply
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut said)
        .unwrap();

    assert!(start.elapsed() < Duration::from_secs(25), "it did not stop");
    assert_eq!(status.code(), Some(1), "{said}");
    assert!(
        said.contains("`apply` was interrupted: 1 of 3 changes done"),
        "{said}"
    );
    assert!(
        !project.path("iac/.terraform.tfstate.lock.info").exists(),
        "the lock is held"
    );
    assert!(!project.record().unwrap().complete);
    assert_eq!(
        became(&project),
        of([
            ("first", Changed),
            ("second", Failed),
            ("third", NotStarted)
        ])
    );
}

/// Terraform repeats what a failed command printed, and this one prints a secret.
#[test]
fn a_secret_is_written_nowhere() {
    const SECRET: &str = "correct-horse-battery";
    let mut project = Project::new(
        r#"
variable "password" {
  type      = string
  sensitive = true
}

resource "terraform_data" "database" {
  input = var.password

  provisioner "local-exec" {
    command     = "echo $PASSWORD; exit 1"
    environment = { PASSWORD = var.password }
  }
}
"#,
    );
    project.write(
        "iac/secret.auto.tfvars",
        format!("password = \"{SECRET}\"\n"),
    );
    assert_eq!(project.judge().exit_code, 0);
    let ran = project.program("terraform-apply").run();
    assert_eq!(ran.exit_code, 6, "{}", ran.stderr);
    assert!(
        ran.stderr.contains("Output: (sensitive-1)"),
        "{}",
        ran.stderr
    );
    for said in [ran.stdout, ran.stderr] {
        assert!(!said.contains(SECRET), "{said}");
    }
    for file in project.path(EVIDENCE).read_dir_utf8().unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        assert!(!text.contains(SECRET), "{text}");
    }
}

/// The last thing that is looked at before the apply is the state: there the plan's file becomes another one.
#[test]
fn a_plan_that_is_replaced_between_judging_and_applying() {
    let mut project = Project::allowed();
    let (other, plan) = (project.path(OTHER), project.path(PLAN));
    let wrapper = project.path(".towpath/terraform");
    let script = format!(
        "#!/bin/sh\nif [ \"$1 $2\" = 'state pull' ]; then cp '{other}' '{plan}'; fi\nexec terraform \"$@\"\n"
    );
    project.write(".towpath/terraform", script);
    std::fs::set_permissions(&wrapper, std::fs::Permissions::from_mode(0o755)).unwrap();

    let ran = project
        .program("terraform-apply")
        .args(["--terraform", wrapper.as_str()])
        .run();
    assert_eq!(ran.exit_code, 0, "{}\n{}", ran.stdout, ran.stderr);
    assert_eq!(project.read(PLAN), project.read(OTHER), "it was replaced");
    // the judged plan leaves `old` alone, the other one would have set it to 3
    let state = String::from_utf8(project.state().unwrap()).unwrap();
    assert!(
        state.contains("\"internal\"") && !state.contains("\"3\""),
        "{state}"
    );
}

#[test]
fn a_plan_that_cannot_be_read() {
    let mut project = Project::allowed();
    let plan = project.read(PLAN);
    for (bytes, said) in [
        (&plan[..plan.len() / 2], "error: "),
        (b"{}".as_slice(), "error: "),
    ] {
        project.write(PLAN, bytes);
        project.fails(&project.program("terraform-apply"), 2, &[said, "hint: "]);
    }
    std::fs::remove_file(project.path(PLAN)).unwrap();
    project.fails(
        &project.program("terraform-apply"),
        2,
        &[
            "error: failed to read the saved plan `.towpath/plans/prod.tfplan`",
            "hint: make it with `towpath terraform-plan`",
        ],
    );
}

#[test]
fn a_plan_that_nobody_judged() {
    let project = Project::allowed();
    std::fs::remove_file(project.path(EVIDENCE).join("verdict.json")).unwrap();
    let nobody = "nobody judged this plan: there is no verdict in `.towpath/evidence/prod`";
    project.refused(4, &[nobody]);
    std::fs::remove_dir_all(project.path(EVIDENCE)).unwrap();
    project.refused(4, &[nobody]);
}

#[test]
fn no_terraform() {
    let project = Project::allowed();
    let apply = project
        .program("terraform-apply")
        .args(["--terraform", "/nowhere/terraform"]);
    project.fails(
        &apply,
        2,
        &["error: found no `/nowhere/terraform`", "hint: "],
    );
}
