//! What a person reads of a plan: what is lost and why first, then every change by module.

use crate::fixture::Fixture;

const BEFORE: &str = r#"
resource "terraform_data" "edited" { input = "before" }
resource "terraform_data" "deleted" {}
resource "terraform_data" "counted" { count = 2 }
resource "terraform_data" "replaced" { triggers_replace = ["before"] }
module "shelf" {
  source = "./shelf"
  label  = "before"
}
output "size" { value = 1 }
"#;

const AFTER: &str = r#"
resource "terraform_data" "edited" { input = "after" }
resource "terraform_data" "created" {}
resource "terraform_data" "counted" { count = 1 }
resource "terraform_data" "replaced" { triggers_replace = ["after"] }
module "shelf" {
  source = "./shelf"
  label  = "after"
}
output "size" { value = 2 }
"#;

const SHELF: &str = r#"
variable "label" { type = string }
resource "terraform_data" "book" {
  for_each         = toset(["red", "blue"])
  input            = var.label
  triggers_replace = each.key == "red" ? var.label : "same"
}
"#;

/// A plan with every kind of change.
fn changed() -> Fixture {
    let mut fixture = Fixture::new(BEFORE);
    fixture.write("iac/shelf/main.tf", SHELF);
    fixture.plan();
    fixture.apply();
    fixture.write("iac/main.tf", AFTER);
    fixture.repository.commit("second");
    fixture
}

#[test]
fn losses_stand_first_with_what_forces_them() {
    let fixture = changed();
    let ran = fixture.plan();
    insta::assert_snapshot!(fixture.normal(&ran.stdout), @r#"
    what changes
      destroys and replacements
        replace  module.shelf.terraform_data.book["red"]: forced by `triggers_replace`
        destroy  terraform_data.counted[1]: its index is beyond `count`
        destroy  terraform_data.deleted: its block is gone
        replace  terraform_data.replaced: forced by `triggers_replace`
      root module
        destroy  terraform_data.counted[1]
        add      terraform_data.created
        destroy  terraform_data.deleted
        change   terraform_data.edited: input, output
        replace  terraform_data.replaced
      module.shelf
        change   terraform_data.book["blue"]: input, output
        replace  terraform_data.book["red"]
      outputs
        change   size

    planned  1 to add, 2 to change, 2 to replace, 2 to destroy, 1 output changes  plan [digest]  commit [commit]
    "#);
}

#[test]
fn a_plan_without_changes_says_so() {
    let fixture = Fixture::new("output \"size\" { value = 1 }\n");
    fixture.plan();
    fixture.apply();
    let ran = fixture.plan();
    insta::assert_snapshot!(fixture.normal(&ran.stdout), @"planned  0 to add, 0 to change, 0 to replace, 0 to destroy  plan [digest]  commit [commit]");
}

#[test]
fn json_is_one_document() {
    let fixture = changed();
    let ran = fixture.program().args(["--output", "json"]).run();
    assert_eq!(ran.exit_code, 0, "{}", ran.stderr);
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(report["outcome"], "planned", "{report:#}");
}
