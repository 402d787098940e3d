//! `actions/fetch.sh`, called as an action calls it.

use std::fs;

use test_support::{ActionResult, workspace_root};

use crate::release::{Project, VERSION, arch, archive_name, program};

fn said(result: &ActionResult) -> &str {
    assert_eq!(result.exit_code, 0, "{result}");
    result.stdout.trim_end()
}

fn refused(result: &ActionResult, exit_code: i32, part: &str) {
    assert_eq!(result.exit_code, exit_code, "{result}");
    assert_eq!(result.annotations.len(), 1, "{result}");
    assert!(result.annotations[0].message.contains(part), "{result}");
    assert!(
        result.stderr.contains("error: ") && result.stderr.contains("\nhint: "),
        "{result}"
    );
    assert_eq!(result.outputs["program"], "", "{result}");
}

#[test]
fn a_release_is_downloaded_once_and_then_cached() {
    let (project, server) = Project::released();
    let first = project.run_from(&server).run();
    assert_eq!(said(&first), "hello from the release");
    let program = project.cached().join(arch()).join("hello");
    assert_eq!(first.outputs["program"], program);
    let second = project.run_from(&server).run();
    assert_eq!(said(&second), "hello from the release");
    assert!(second.stderr.contains("from the tool cache"), "{second}");
    assert_eq!(server.asked(), [format!("/v{VERSION}/{}", archive_name())]);
    assert_eq!(
        project.files(),
        [
            format!("/{}.complete", arch()),
            format!("/{}/hello", arch())
        ]
    );
}

#[test]
fn a_cached_program_without_its_marker_is_not_believed() {
    let (project, server) = Project::released();
    program(
        &project.cached().join(arch()).join("hello"),
        "half of something",
    );
    assert_eq!(
        said(&project.run_from(&server).run()),
        "hello from the release"
    );
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn a_marker_without_its_program_is_not_believed() {
    let (project, server) = Project::released();
    fs::create_dir_all(project.cached()).unwrap();
    fs::write(project.cached().join(format!("{}.complete", arch())), "").unwrap();
    assert_eq!(
        said(&project.run_from(&server).run()),
        "hello from the release"
    );
}

#[test]
fn a_wrong_checksum_runs_nothing_and_leaves_nothing() {
    let (project, server) = Project::released();
    let sums = format!(
        "version {VERSION}\n{}  {}\n",
        "0".repeat(64),
        archive_name()
    );
    project.write("actions/checksums.txt", &sums);
    let result = project.run_from(&server).run();
    refused(&result, 2, "as checksums.txt says");
    assert_eq!(
        result.stdout.lines().count(),
        1,
        "only the annotation: {result}"
    );
    assert_eq!(project.files(), [] as [String; 0]);
    // and the next try is no better off for it
    refused(&project.run_from(&server).run(), 2, "as checksums.txt says");
    assert_eq!(server.asked().len(), 2);
}

#[test]
fn a_download_that_fails_is_somebody_elses_failure() {
    let (project, server) = Project::released();
    let run = project.run().env(
        "TOWPATH_DOWNLOAD_BASE_URL",
        format!("{}/100%25", server.url()),
    );
    refused(&run.run(), 6, "100%25/v1.2.3/");
    let run = project
        .run()
        .env("TOWPATH_DOWNLOAD_BASE_URL", "file:///no/such/folder/");
    refused(&run.run(), 6, "file:///no/such/folder/v1.2.3/");
    assert_eq!(project.files(), [] as [String; 0]);
}

#[test]
fn a_folder_serves_as_well_as_a_server() {
    let (project, _server) = Project::released();
    let folder = project.root.join("www").join(format!("v{VERSION}"));
    fs::create_dir_all(&folder).unwrap();
    fs::rename(
        project.root.join(archive_name()),
        folder.join(archive_name()),
    )
    .unwrap();
    let url = format!("file://{}", project.root.join("www"));
    assert_eq!(
        said(&project.run().env("TOWPATH_DOWNLOAD_BASE_URL", url).run()),
        "hello from the release"
    );
}

#[test]
fn many_at_once_do_not_meet() {
    let (project, server) = Project::released();
    std::thread::scope(|scope| {
        let runs: Vec<_> = (0..6)
            .map(|_| scope.spawn(|| project.run_from(&server).run()))
            .collect();
        for run in runs {
            assert_eq!(said(&run.join().unwrap()), "hello from the release");
        }
    });
    assert_eq!(
        project.files(),
        [
            format!("/{}.complete", arch()),
            format!("/{}/hello", arch())
        ]
    );
}

#[test]
fn a_platform_without_a_release_is_named() {
    let (project, server) = Project::released();
    program(&project.root.join("bin/uname"), "Plan9");
    let path = format!(
        "{}:{}",
        project.root.join("bin"),
        std::env::var_os("PATH").unwrap().display()
    );
    refused(
        &project.run_from(&server).env("PATH", path).run(),
        2,
        "for Plan9 on Plan9",
    );
    assert_eq!(server.asked(), [] as [String; 0]);
}

#[test]
fn towpath_bin_is_a_folder_or_the_program_and_nothing_else_is_tried() {
    let (project, server) = Project::released();
    program(&project.root.join("bin/hello"), "hello from the folder");
    program(&project.root.join("bin/gate"), "not hello");
    let run = |bin: &str| {
        project
            .run_from(&server)
            .cwd(&project.root)
            .env("TOWPATH_BIN", bin)
            .run()
    };
    let bin = project.root.join("bin");
    for good in [
        bin.as_str(),
        &format!("{bin}/"),
        &format!("{bin}/hello"),
        "bin",
        "bin/hello",
    ] {
        let result = run(good);
        assert_eq!(said(&result), "hello from the folder", "{good}");
        assert_eq!(
            result.outputs["program"],
            bin.join("hello").canonicalize_utf8().unwrap(),
            "{good}"
        );
    }
    refused(&run("actions"), 2, "holds no `hello`");
    refused(&run("bin/gate"), 2, "but this action runs `hello`");
    refused(&run("bin/missing"), 2, "which is not there");
    fs::write(project.root.join("hello"), "no program").unwrap();
    refused(&run("hello"), 2, "is not executable");
    assert_eq!(server.asked(), [] as [String; 0]);
}

#[test]
fn a_commit_that_is_no_release_is_built() {
    let project = Project::new();
    let refused_before = project.run().run();
    refused(&refused_before, 1, "failed to build `hello`");
    project.write(
        "Cargo.toml",
        "[package]\nname = \"hello\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n",
    );
    project.write(
        "Cargo.lock",
        "version = 4\n\n[[package]]\nname = \"hello\"\nversion = \"0.0.0\"\n",
    );
    project.write(
        "src/main.rs",
        "fn main() { println!(\"hello from source\") }\n",
    );
    let result = project.run().run();
    assert_eq!(said(&result), "hello from source");
    assert!(
        result.stderr.contains("fetch: hello from source, because"),
        "{result}"
    );
    assert_eq!(
        result.outputs["program"],
        project.root.join("target/release/hello")
    );
}

#[test]
fn the_committed_checksums_are_ones_that_can_be_read() {
    let text = fs::read_to_string(workspace_root().join("actions/checksums.txt")).unwrap();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let is_sum =
            |word: &str| word.len() == 64 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
        match line.split_whitespace().collect::<Vec<_>>()[..] {
            ["version", version] => assert!(!version.starts_with('v'), "{line}"),
            [sum, file] => assert!(is_sum(sum) && file.ends_with(".tar.gz"), "{line}"),
            _ => panic!("neither a version nor a checksum: {line}"),
        }
    }
}
