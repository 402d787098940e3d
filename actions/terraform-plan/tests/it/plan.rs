//! What a plan leaves behind, and what it says about where it came from.

use evidence::Sha256;
use test_support::Repository;

use crate::fixture::{CONFIG, Fixture, terraform};

const ONE: &str = "resource \"terraform_data\" \"a\" {\n  input = 1\n}\n";

#[test]
fn a_plan_leaves_private_files_that_belong_together() {
    let fixture = Fixture::new(ONE);
    let ran = fixture.plan();
    assert_eq!(
        fixture.files(".towpath"),
        [
            (
                ".towpath/evidence/prod/terraform-plan.json".to_owned(),
                0o600
            ),
            (".towpath/plans/prod.json".to_owned(), 0o600),
            (".towpath/plans/prod.tfplan".to_owned(), 0o600),
        ]
    );
    let statement = fixture.statement();
    let file = std::fs::read(fixture.path(".towpath/plans/prod.tfplan")).unwrap();
    assert_eq!(statement.subject("plan"), Some(&Sha256::of(file)));
    let json = fixture.read(".towpath/plans/prod.json");
    assert_eq!(statement.subject("plan.json"), Some(&Sha256::of(json)));

    let facts = statement.predicate;
    assert_eq!(
        (facts.environment.as_str(), facts.root.as_str()),
        ("prod", "iac")
    );
    assert_eq!(
        facts.commit,
        Some(fixture.repository.git(["rev-parse", "HEAD"]))
    );
    assert!(facts.clean);
    assert_eq!(facts.workspace, "default");
    assert!(facts.tool.starts_with("Terraform 1."), "{}", facts.tool);
    assert_eq!(facts.changes[0].address, "terraform_data.a");
    assert_eq!(facts.changes[0].action, "create");
    assert!(facts.unusable.is_empty());

    // what is going on stands apart from the result
    assert!(ran.stdout.contains("planned  1 to add"), "{}", ran.stdout);
    assert!(ran.stderr.contains(" plan -no-color "), "{}", ran.stderr);
    assert!(!ran.stdout.contains('$'), "{}", ran.stdout);
}

#[test]
fn outputs_say_where_everything_is_and_whether_there_is_anything_to_apply() {
    let fixture = Fixture::new(ONE);
    let outputs = || {
        let file = fixture.path(".towpath-outputs");
        let ran = fixture.program().env("GITHUB_OUTPUT", &file).run();
        assert_eq!(ran.exit_code, 0, "{}", ran.stderr);
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::remove_file(file).unwrap();
        test_support::key_values(&text).unwrap()
    };
    let digest = |outputs: &[(String, String)]| outputs[2].1.clone();
    let first = outputs();
    let named: Vec<_> = first
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let expected = fixture
        .statement()
        .subject("plan-digest")
        .unwrap()
        .to_string();
    assert_eq!(
        named,
        [
            ("plan", ".towpath/plans/prod.tfplan"),
            ("plan-json", ".towpath/plans/prod.json"),
            ("plan-digest", expected.as_str()),
            ("has-changes", "true"),
            ("evidence", ".towpath/evidence/prod/terraform-plan.json"),
        ]
    );
    // the same plan again has another file and the same digest
    assert_eq!(digest(&outputs()), digest(&first));
    fixture.apply();
    let third = outputs();
    assert_eq!(third[3], ("has-changes".to_owned(), "false".to_owned()));
    assert_ne!(digest(&third), digest(&first));
}

#[test]
fn a_new_plan_takes_away_the_evidence_about_the_earlier_one() {
    let mut fixture = Fixture::new(ONE);
    fixture.plan();
    for later in ["policy-check.json", "verdict.json"] {
        fixture.write(&format!(".towpath/evidence/prod/{later}"), "{}");
    }
    fixture.write(".towpath/evidence/stage/terraform-plan.json", "{}");
    fixture.plan();
    let files = fixture.files(".towpath/evidence");
    let names: Vec<_> = files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            ".towpath/evidence/prod/terraform-plan.json",
            ".towpath/evidence/stage/terraform-plan.json",
        ]
    );
}

#[test]
fn the_working_copy_is_clean_only_with_nothing_beside_the_commit() {
    let mut fixture = Fixture::new(ONE);
    fixture.write("iac/more.tf", "resource \"terraform_data\" \"b\" {}\n");
    fixture.plan();
    let facts = fixture.facts();
    assert!(facts.commit.is_some());
    assert!(!facts.clean);
}

#[test]
fn outside_of_a_repository_there_is_no_commit() {
    let folder = tempfile::tempdir().unwrap();
    let folder = camino::Utf8Path::from_path(folder.path()).unwrap();
    std::fs::create_dir(folder.join("iac")).unwrap();
    std::fs::write(folder.join("iac/main.tf"), ONE).unwrap();
    std::fs::write(folder.join("towpath.yaml"), CONFIG).unwrap();
    let elsewhere = Fixture {
        repository: Repository::new(),
    };
    let ran = elsewhere.program().cwd(folder).run();
    assert_eq!(ran.exit_code, 0, "{}", ran.stderr);
    let store = evidence_store::Store::new(&folder.join(".towpath/evidence"), "prod");
    let facts = store.read().unwrap().case.plan.unwrap().statement.predicate;
    assert_eq!((facts.commit, facts.clean), (None, false));
    assert_eq!(facts.root, "iac");
}

#[test]
fn without_a_configuration_the_root_module_alone_is_enough() {
    let fixture = Fixture::new(ONE);
    std::fs::remove_file(fixture.path("towpath.yaml")).unwrap();
    let ran = fixture
        .program()
        .args(["--root", "iac", "--out", "a/b/my.tfplan", "--destroy"])
        .run();
    assert_eq!(ran.exit_code, 0, "{}", ran.stderr);
    let files = fixture.files("a");
    assert_eq!(files, [("a/b/my.tfplan".to_owned(), 0o600)]);
    assert!(
        fixture
            .path(".towpath/evidence/iac/terraform-plan.json")
            .exists()
    );
    assert!(ran.stdout.contains("0 to destroy"), "{}", ran.stdout);
}

#[test]
fn tofu_is_recorded_as_what_it_says_it_is() {
    let mut fixture = Fixture::new(ONE);
    let real = fixture.program().env("NAME", terraform());
    let body = "case $1 in version) echo OpenTofu v1.10.2;; *) exec \"$NAME\" \"$@\";; esac";
    let tofu = fixture.script(".towpath-tofu", body);
    fixture.write(
        "towpath.yaml",
        &format!("terraform:\n  tool: {tofu}\n  environments:\n    prod: {{root: iac}}\n"),
    );
    let ran = real.clone().env("TOWPATH_TERRAFORM", "").run();
    assert_eq!(ran.exit_code, 0, "{}", ran.stderr);
    assert_eq!(fixture.facts().tool, "OpenTofu 1.10.2");
    // the machine's variable is nearer than the repository's configuration, and an argument nearer still
    let named = real.clone().run();
    assert_eq!(named.exit_code, 0, "{}", named.stderr);
    assert!(fixture.facts().tool.starts_with("Terraform 1."));
    let given = real.args(["--terraform", tofu.as_str()]).run();
    assert_eq!(given.exit_code, 0, "{}", given.stderr);
    assert_eq!(fixture.facts().tool, "OpenTofu 1.10.2");
}
