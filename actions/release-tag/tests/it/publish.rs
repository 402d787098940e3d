//! Releases made at the stand-in for GitHub, whole, in parts and again.

use std::path::PathBuf;

use github_sim::{GitHub, REPOSITORY, When};
use serde_json::Value;
use test_support::{ActionRun, Program, Ran, Repository};

/// A clone, what it was pushed to, and files that were built.
struct World {
    github: GitHub,
    clone: Repository,
    files: tempfile::TempDir,
}

const FILES: [(&str, &str); 2] = [("towpath-linux.tar", "linux"), ("towpath-mac.tar", "mac")];

impl World {
    /// 1.0.0 is out, with its floating tags, and a feature came since.
    fn new() -> Self {
        let github = GitHub::start(&[]).expect("a free port");
        let mut clone = Repository::new();
        clone.git(["remote", "add", "origin", &github.clone_url()]);
        clone.write("a.txt", "1").commit("feat: begin");
        for tag in ["v1.0.0", "v1", "v1.0"] {
            clone.git(["tag", tag]);
        }
        clone.write("a.txt", "2").commit("feat: answer (#3)");
        clone.git(["push", "--quiet", "origin", "main", "--tags"]);
        let files = tempfile::tempdir().expect("a temporary folder");
        for (name, text) in FILES {
            std::fs::write(files.path().join(name), text).expect("a file to write");
        }
        Self {
            github,
            clone,
            files,
        }
    }

    /// Where a run writes its number, so that it can be killed.
    fn process(&self) -> PathBuf {
        self.clone.path().join(".git/process").into()
    }

    fn run(&self, more: &[&str]) -> Ran {
        let script = format!("echo $$ > {}; exec \"$@\"", self.process().display());
        Program::new("bash")
            .args(["-c", &script, "bash", env!("CARGO_BIN_EXE_release-tag")])
            .args(["--publish", "--files"])
            .arg(self.files.path())
            .args(more)
            .envs([
                ("GITHUB_API_URL", self.github.url()),
                ("GITHUB_REPOSITORY", REPOSITORY),
                ("GITHUB_TOKEN", "token"),
                ("GIT_CONFIG_GLOBAL", "/dev/null"),
                ("GIT_CONFIG_NOSYSTEM", "1"),
            ])
            .cwd(self.clone.path())
            .run()
    }

    fn head(&self) -> String {
        self.clone.git(["rev-parse", "HEAD"])
    }

    /// Everything is as it shall be, and nothing is there twice.
    fn assert_out(&self, place: &str) {
        let head = self.head();
        let mut tags = self.github.tags();
        tags.sort();
        assert_eq!(tags, ["v1", "v1.0", "v1.0.0", "v1.1", "v1.1.0"], "{place}");
        for tag in ["v1.1.0", "v1.1", "v1"] {
            assert_eq!(self.github.tag(tag).as_ref(), Some(&head), "{place}: {tag}");
        }
        let releases = self.github.releases();
        assert_eq!(releases.len(), 1, "{place}: {releases:?}");
        let release = &releases[0];
        assert_eq!(
            (release.tag.as_str(), release.draft, release.latest),
            ("v1.1.0", false, true),
            "{place}"
        );
        let mut assets: Vec<(&str, &[u8])> = release
            .assets
            .iter()
            .map(|asset| (asset.name.as_str(), asset.bytes.as_slice()))
            .collect();
        assets.sort_unstable();
        assert_eq!(assets.len(), 3, "{place}");
        assert_eq!(assets[0].0, "SHA256SUMS");
        for ((name, text), (given, bytes)) in FILES.iter().zip(&assets[1..]) {
            assert_eq!((*given, *bytes), (*name, text.as_bytes()), "{place}");
        }
        assert!(release.assets.iter().all(|asset| asset.whole), "{place}");
    }
}

#[test]
fn a_person_reads_all_that_will_be_changed_before_it_is() {
    let world = World::new();
    world.github.requests();
    let ran = world.run(&["--dry-run"]);
    assert_eq!((ran.exit_code, ran.stderr.as_str()), (0, ""));
    insta::assert_snapshot!(ran.stdout, @"
    v1.1.0 after 1.0.0: 1 feature  commit 31e41e5c

    ### Added

    - answer ([#3](https://github.com/towpath-dev/towpath/pull/3))

    [All changes since v1.0.0](https://github.com/towpath-dev/towpath/compare/v1.0.0...v1.1.0)

    1. tag 31e41e5c as `v1.1.0`, annotated, and push it
    2. draft the release `v1.1.0`
    3. upload `towpath-linux.tar`, 5 bytes, sha256:caf90169...
    4. upload `towpath-mac.tar`, 3 bytes, sha256:348a629f...
    5. upload `SHA256SUMS`, 166 bytes, sha256:6ec046ab...
    6. verify 3 files by downloading them again
    7. publish `v1.1.0`, as the latest
    8. move `v1` from 37d8126e and `v1.1`, which is new, all or none
    ");
    assert_eq!(world.github.writes(), [""; 0]);
    assert_eq!(world.github.tags(), ["v1", "v1.0", "v1.0.0"]);

    let ran = world.run(&["--dry-run", "--output", "json"]);
    let planned: Value = serde_json::from_str(&ran.stdout).unwrap();
    let steps = planned[0]["steps"].as_array().unwrap();
    let steps: Vec<&str> = steps
        .iter()
        .filter_map(|step| step["step"].as_str())
        .collect();
    assert_eq!(
        steps,
        [
            "tag", "draft", "upload", "upload", "upload", "verify", "publish", "move"
        ]
    );
}

#[test]
fn a_release_is_made_once() {
    let world = World::new();
    let ran = world.run(&[]);
    assert_eq!(ran.exit_code, 0, "{}", ran.stderr);
    world.assert_out("the first run");
    // with an object of its own, by GitHub's account for workflows
    let tag = world.clone.git(["cat-file", "tag", "v1.1.0"]);
    assert!(tag.contains("github-actions[bot]"), "{tag}");
    assert!(tag.ends_with("v1.1.0\n\n1 feature"), "{tag}");
    world.github.requests();
    let ran = world.run(&[]);
    assert_eq!(ran.exit_code, 0, "{}", ran.stderr);
    assert!(
        ran.stdout
            .ends_with("It is out, and nothing is left to do.\n\n"),
        "{}",
        ran.stdout
    );
    assert_eq!(world.github.writes(), [""; 0]);
    world.assert_out("the second run");
}

#[test]
fn killed_at_any_request_it_is_finished_by_the_next_run() {
    let requests = {
        let world = World::new();
        world.github.requests();
        assert_eq!(world.run(&[]).exit_code, 0);
        world.github.requests()
    };
    assert!(requests.len() >= 12, "{requests:?}");
    for immutable in [false, true] {
        for (left, request) in requests.iter().enumerate() {
            for when in [When::Before, When::Halfway, When::After] {
                // only a file can arrive in part
                if when == When::Halfway && !request.contains("/uploads/") {
                    continue;
                }
                let place = format!("{left}: {request}, {when:?}, immutable {immutable}");
                let world = World::new();
                world.github.immutable_releases(immutable);
                let process = world.process();
                world.github.interrupt(left, when, move || {
                    let number = std::fs::read_to_string(&process).unwrap();
                    Program::new("kill").args(["-9", number.trim()]).run();
                });
                let ran = world.run(&[]);
                assert_eq!(ran.exit_code, 137, "{place}: {}", ran.stderr);
                assert!(world.github.tag("v1").is_some(), "{place}");
                let ran = world.run(&[]);
                assert_eq!(ran.exit_code, 0, "{place}: {}", ran.stderr);
                world.assert_out(&place);
            }
        }
    }
}

#[test]
fn killed_while_it_pushes_it_is_finished_by_the_next_run() {
    // git calls `update` for each tag before it is moved, and `post-receive` when all are
    for (hook, tag, end) in [
        ("update", "v1.1.0", 1),
        ("update", "v1.1.0", 0),
        ("post-receive", "v1.1.0", 0),
        ("update", "v1", 1),
        ("update", "v1", 0),
        ("update", "v1.1", 1),
        ("post-receive", "v1.1", 0),
    ] {
        let place = format!("{hook} of {tag}, {end}");
        let world = World::new();
        let process = world.process();
        let tags = format!(
            "#!/bin/sh\nname=${{1-$(cat)}}\ncase \"$name \" in *refs/tags/{tag}[!.0-9]*) kill -9 $(cat {}); exit {end} ;; esac\n",
            process.display()
        );
        world.github.hook(hook, &tags).unwrap();
        let ran = world.run(&[]);
        assert_eq!(ran.exit_code, 137, "{place}: {}", ran.stderr);
        assert!(world.github.tag("v1").is_some(), "{place}");
        world.github.hook(hook, "#!/bin/sh\n").unwrap();
        // git goes on by itself for a moment
        wait_for_git(&world);
        let ran = world.run(&[]);
        assert_eq!(ran.exit_code, 0, "{place}: {}", ran.stderr);
        world.assert_out(&place);
    }
}

/// Until no reference of the remote is locked any more.
fn wait_for_git(world: &World) {
    let folder = world.github.clone_url();
    let folder = PathBuf::from(folder.trim_start_matches("file://")).join("refs/tags");
    for _ in 0..200 {
        std::thread::sleep(std::time::Duration::from_millis(10));
        let names = std::fs::read_dir(&folder).expect("a repository has tags");
        let locked = names
            .flatten()
            .any(|entry| entry.file_name().to_string_lossy().ends_with(".lock"));
        if !locked {
            return;
        }
    }
}

#[test]
fn floating_tags_move_all_or_none_and_never_away() {
    let world = World::new();
    let log = world.clone.path().join(".git/pushed");
    // one of two is refused
    let hook =
        format!("#!/bin/sh\necho \"$1 $3\" >> {log}\ncase $1 in refs/tags/v1.1) exit 1 ;; esac\n");
    world.github.hook("update", &hook).unwrap();
    let before = world.github.tag("v1");
    let ran = world.run(&[]);
    assert_eq!(ran.exit_code, 6, "{}", ran.stderr);
    assert!(ran.stderr.contains("`git push` failed"), "{}", ran.stderr);
    assert_eq!(world.github.tag("v1"), before);
    assert!(!world.github.releases()[0].draft);
    let hook = format!("#!/bin/sh\necho \"$1 $3\" >> {log}\n");
    world.github.hook("update", &hook).unwrap();
    let ran = world.run(&[]);
    assert_eq!(ran.exit_code, 0, "{}", ran.stderr);
    world.assert_out("all of them");
    let pushed = std::fs::read_to_string(&log).unwrap();
    assert!(pushed.contains("refs/tags/v1 "), "{pushed}");
    assert!(!pushed.contains(&"0".repeat(40)), "{pushed}");
}

#[test]
fn a_fix_of_an_older_line_leaves_the_newer_one_alone() {
    let mut world = World::new();
    assert_eq!(world.run(&[]).exit_code, 0);
    let newer = world.head();
    world
        .clone
        .git(["switch", "--quiet", "--create", "1.0", "v1.0.0"]);
    world.clone.write("a.txt", "mended").commit("fix: mend");
    world.clone.git(["push", "--quiet", "origin", "1.0"]);
    let ran = world.run(&[]);
    assert_eq!(ran.exit_code, 0, "{}", ran.stderr);
    let head = world.head();
    for (tag, commit) in [
        ("v1.0.1", &head),
        ("v1.0", &head),
        ("v1", &newer),
        ("v1.1", &newer),
    ] {
        assert_eq!(world.github.tag(tag).as_ref(), Some(commit), "{tag}");
    }
    let releases = world.github.releases();
    let latest: Vec<&str> = releases
        .iter()
        .filter(|release| release.latest)
        .map(|release| release.tag.as_str())
        .collect();
    assert_eq!(latest, ["v1.1.0"]);
}

#[test]
fn a_pre_release_moves_nothing_and_the_release_of_the_same_commit_follows() {
    let world = World::new();
    let before = world.github.tag("v1");
    for _ in 0..2 {
        let ran = world.run(&["--prerelease", "rc"]);
        assert_eq!(ran.exit_code, 0, "{}", ran.stderr);
    }
    assert_eq!(world.github.tags(), ["v1", "v1.0", "v1.0.0", "v1.1.0-rc.1"]);
    let releases = world.github.releases();
    assert!(releases[0].prerelease && !releases[0].latest && !releases[0].draft);
    assert_eq!(world.github.tag("v1"), before);
    assert_eq!(world.run(&[]).exit_code, 0);
    assert_eq!(world.github.tag("v1.1.0"), Some(world.head()));
    assert_eq!(world.github.releases().len(), 2);
}

#[test]
fn a_draft_with_other_files_gets_these() {
    let world = World::new();
    world.github.interrupt(11, When::Before, || {});
    let ran = world.run(&[]);
    assert_eq!(ran.exit_code, 6, "{}", ran.stderr);
    assert!(world.github.releases()[0].draft);
    // built again, otherwise
    std::fs::write(world.files.path().join("towpath-mac.tar"), "newer").unwrap();
    let ran = world.run(&[]);
    assert_eq!(ran.exit_code, 0, "{}", ran.stderr);
    let release = &world.github.releases()[0];
    let mac: Vec<_> = release
        .assets
        .iter()
        .filter(|asset| asset.name == "towpath-mac.tar")
        .collect();
    assert_eq!(mac.len(), 1);
    assert_eq!(mac[0].bytes, b"newer");
    assert!(!release.draft);
    // now it is out, and stays as it is
    std::fs::write(world.files.path().join("towpath-mac.tar"), "newest").unwrap();
    world.github.requests();
    let ran = world.run(&[]);
    assert_eq!(ran.exit_code, 0, "{}", ran.stderr);
    assert!(
        ran.stderr
            .contains("stays as it is: towpath-mac.tar, SHA256SUMS"),
        "{}",
        ran.stderr
    );
    assert_eq!(world.github.writes(), [""; 0]);
}

#[test]
fn without_digests_files_are_compared_by_their_bytes() {
    let world = World::new();
    world.github.without_digests();
    assert_eq!(world.run(&[]).exit_code, 0);
    world.assert_out("without digests");
}

#[test]
fn files_are_judged_before_anybody_sees_them() {
    let world = World::new();
    let no =
        "sha256sum --check --quiet SHA256SUMS; echo \"::error::$TOWPATH_TAG is not good\"; exit 3";
    let ran = world.run(&["--verify", no]);
    assert_eq!(ran.exit_code, 2, "{}", ran.stderr);
    assert!(
        ran.stderr.contains("v1.1.0 is not good")
            && ran
                .stderr
                .contains("the files of `v1.1.0` were not verified"),
        "{}",
        ran.stderr
    );
    assert!(
        !ran.stdout
            .lines()
            .chain(ran.stderr.lines())
            .any(|line| line.starts_with("::error")),
        "{}{}",
        ran.stdout,
        ran.stderr
    );
    assert!(world.github.releases()[0].draft);
    let yes = "sha256sum --check --quiet SHA256SUMS; test \"$TOWPATH_VERSION\" = 1.1.0; test $(ls | wc -l) = 3";
    let ran = world.run(&["--verify", yes]);
    assert_eq!(ran.exit_code, 0, "{}", ran.stderr);
    world.assert_out("verified");
}

#[test]
fn a_tag_that_only_this_clone_has_is_no_release() {
    let mut world = World::new();
    // what a run that was killed left, of an older commit
    world.clone.git(["tag", "v1.1.0"]);
    world.clone.write("a.txt", "3").commit("fix: more");
    let ran = world.run(&[]);
    assert_eq!(ran.exit_code, 2);
    assert!(ran.stderr.contains("is not on GitHub"), "{}", ran.stderr);
    world.clone.git(["push", "--quiet", "origin", "main"]);
    let ran = world.run(&[]);
    assert_eq!(ran.exit_code, 0, "{}", ran.stderr);
    world.assert_out("the later commit");
}

#[test]
fn a_tag_is_signed_as_git_is_set_up_to() {
    let world = World::new();
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("key");
    let made = Program::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-f"])
        .arg(&key)
        .run();
    assert_eq!(made.exit_code, 0, "{}", made.stderr);
    let public = std::fs::read_to_string(key.with_extension("pub")).unwrap();
    let signers = folder.path().join("signers");
    std::fs::write(&signers, format!("* {public}")).unwrap();
    let (key, signers) = (key.display().to_string(), signers.display().to_string());
    world.clone.git(["config", "gpg.format", "ssh"]);
    world.clone.git(["config", "user.signingKey", &key]);
    world
        .clone
        .git(["config", "gpg.ssh.allowedSignersFile", &signers]);
    let ran = world.run(&["--sign"]);
    assert_eq!(ran.exit_code, 0, "{}", ran.stderr);
    world.assert_out("signed");
    world.clone.git(["tag", "--delete", "v1.1.0"]);
    world.clone.git(["fetch", "--quiet", "--tags", "--force"]);
    world.clone.git(["verify-tag", "v1.1.0"]);
}

#[test]
fn a_workflow_gets_the_address() {
    let world = World::new();
    let result = ActionRun::new("actions/release-tag")
        .env("TOWPATH_BIN", env!("CARGO_BIN_EXE_release-tag"))
        .env("GITHUB_REPOSITORY", REPOSITORY)
        .env("GITHUB_API_URL", world.github.url())
        .env("GITHUB_TOKEN", "token")
        .input("publish", "true")
        .cwd(world.clone.path())
        .run();
    assert_eq!(result.exit_code, 0);
    assert_eq!(result.outputs["tag"], "v1.1.0");
    assert_eq!(result.outputs["released"], "true");
    assert_eq!(
        result.outputs["url"],
        "https://github.com/towpath-dev/towpath/releases/tag/v1.1.0"
    );
    assert!(
        result.summary.contains("publish `v1.1.0`"),
        "{}",
        result.summary
    );
}

#[test]
fn packages_are_released_side_by_side() {
    let github = GitHub::start(&[]).unwrap();
    let mut clone = Repository::new();
    clone.git(["remote", "add", "origin", &github.clone_url()]);
    clone.write(
        "towpath.yaml",
        "release:\n  packages:\n    api: {paths: [api]}\n    web: {paths: [web], tag_prefix: web/v, floating: false}\n",
    );
    clone.write("api/x", "1").write("web/x", "1");
    clone.commit("feat: begin");
    clone.git(["tag", "api-v2.3.1"]);
    clone.git(["tag", "api-v2"]);
    clone.git(["tag", "web/v1.0.0"]);
    clone.write("api/x", "2").write("web/x", "2");
    clone.commit("feat: both");
    clone.git(["push", "--quiet", "origin", "main", "--tags"]);
    let ran = Program::new(env!("CARGO_BIN_EXE_release-tag"))
        .arg("--publish")
        .envs([
            ("GITHUB_API_URL", github.url()),
            ("GITHUB_REPOSITORY", REPOSITORY),
            ("GITHUB_TOKEN", "token"),
        ])
        .cwd(clone.path())
        .run();
    assert_eq!(ran.exit_code, 0, "{}", ran.stderr);
    let head = Some(clone.git(["rev-parse", "HEAD"]));
    for tag in ["api-v2.4.0", "api-v2", "api-v2.4", "web/v1.1.0"] {
        assert_eq!(github.tag(tag), head, "{tag}");
    }
    assert_eq!(github.tag("web/v1"), None);
    assert!(
        github
            .releases()
            .iter()
            .all(|release| !release.draft && !release.latest)
    );
}
