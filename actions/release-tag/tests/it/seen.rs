//! What a person and a workflow see of a release that would be made.

use serde_json::Value;
use test_support::{ActionRun, Program, Ran, Repository};

fn release(repository: &Repository, arguments: &[&str]) -> Ran {
    Program::new(env!("CARGO_BIN_EXE_release-tag"))
        .args(arguments)
        .cwd(repository.path())
        .run()
}

fn small() -> Repository {
    let mut repository = Repository::new();
    repository.write("a.txt", "1").commit("feat: begin");
    repository.git(["tag", "--annotate", "v1.0.0", "--message", "v1.0.0"]);
    repository
        .write("a.txt", "2")
        .commit("feat(api): answer `POST` (#3)");
    repository
        .write("a.txt", "3")
        .commit("fix!: refuse empty names (#4)\n\nBREAKING CHANGE: a name has a letter");
    repository
}

#[test]
fn a_person_reads_the_version_and_what_is_in_it() {
    let ran = release(&small(), &[]);
    assert_eq!((ran.exit_code, ran.stderr.as_str()), (0, ""));
    insta::assert_snapshot!(ran.stdout, @"
    v2.0.0 after 1.0.0: 1 breaking change, 1 feature  commit 31969f12

    ### Breaking changes

    - refuse empty names (#4)
      a name has a letter

    ### Added

    - **api:** answer `POST` (#3)
    ");
}

#[test]
fn a_workflow_gets_outputs_and_a_summary() {
    let repository = small();
    let folder = repository.path().join("notes.md");
    let result = ActionRun::new("actions/release-tag")
        .env("TOWPATH_BIN", env!("CARGO_BIN_EXE_release-tag"))
        .env("GITHUB_REPOSITORY", "o/r")
        .env("GITHUB_SERVER_URL", "https://github.example.com")
        .input("prerelease", "rc")
        .input("notes", &folder)
        .cwd(repository.path())
        .run();
    assert_eq!(result.exit_code, 0);
    assert_eq!(result.outputs["version"], "2.0.0-rc.1");
    assert_eq!(result.outputs["tag"], "v2.0.0-rc.1");
    let releases: Value = serde_json::from_str(&result.outputs["releases"]).unwrap();
    assert_eq!(releases[0]["previous"], "1.0.0");
    assert_eq!(releases[0]["prerelease"], true);
    let notes = std::fs::read_to_string(folder).unwrap();
    assert_eq!(notes, result.outputs["changelog"]);
    assert!(
        notes.contains("[#4](https://github.example.com/o/r/pull/4)"),
        "{notes}"
    );
    assert!(result.summary.contains(&notes), "{}", result.summary);
}

#[test]
fn nothing_new_is_said_and_is_no_failure() {
    let repository = small();
    repository.git(["tag", "v2.0.0"]);
    let ran = release(&repository, &["--output", "json"]);
    assert_eq!((ran.exit_code, ran.stdout.as_str()), (0, "[]\n"));
    assert_eq!(ran.stderr, "nothing to release: no changes since v2.0.0\n");
}

#[test]
fn packages_have_versions_of_their_own() {
    let mut repository = Repository::new();
    repository.write(
        "towpath.yaml",
        "release:\n  packages:\n    api: {paths: [api, shared]}\n    web: {paths: [web, shared], tag_prefix: web/v}\n",
    );
    repository
        .write("api/x", "1")
        .write("web/x", "1")
        .commit("feat: begin");
    repository.git(["tag", "api-v0.3.1"]);
    repository.git(["tag", "web/v2.0.0"]);
    repository.write("web/x", "2").commit("feat: a page");
    repository.write("shared/x", "2").commit("fix: both");
    repository.write("README.md", "2").commit("feat: nobody's");
    let ran = release(&repository, &["--output", "json"]);
    assert_eq!(ran.exit_code, 0, "{}", ran.stderr);
    let releases: Value = serde_json::from_str(&ran.stdout).unwrap();
    let tags: Vec<&str> = releases
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|release| release["tag"].as_str())
        .collect();
    assert_eq!(tags, ["api-v0.3.2", "web/v2.1.0"]);

    let ran = release(&repository, &["--bump", "major"]);
    assert_eq!(ran.exit_code, 2);
    assert!(
        ran.stderr.contains("name one with `package`: `api`, `web`"),
        "{}",
        ran.stderr
    );
    let ran = release(
        &repository,
        &["--bump", "major", "--package", "web", "--output", "json"],
    );
    assert!(ran.stdout.contains("\"web/v3.0.0\""), "{}", ran.stdout);
    let ran = release(&repository, &["--package", "db"]);
    assert_eq!(ran.exit_code, 2);
    assert!(
        ran.stderr.contains("there is no package `db` to release"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_shallow_clone_is_refused() {
    let repository = small();
    let clone = Repository::new();
    let url = format!("file://{}", repository.path());
    clone.git(["fetch", "--quiet", "--depth=1", &url, "main"]);
    clone.git(["checkout", "--quiet", "--detach", "FETCH_HEAD"]);
    let ran = release(&clone, &[]);
    assert_eq!(ran.exit_code, 2);
    assert!(
        ran.stderr.contains("is shallow") && ran.stderr.contains("fetch-depth: 0"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_version_of_another_line_is_not_given_twice() {
    let repository = small();
    repository.git(["switch", "--quiet", "--create", "next"]);
    repository.git([
        "commit",
        "--quiet",
        "--allow-empty",
        "--message",
        "feat: later",
    ]);
    repository.git(["tag", "v2.0.0"]);
    repository.git(["switch", "--quiet", "main"]);
    let ran = release(&repository, &[]);
    assert_eq!(ran.exit_code, 2);
    assert!(
        ran.stderr.contains("version 2.0.0 is taken"),
        "{}",
        ran.stderr
    );
}
