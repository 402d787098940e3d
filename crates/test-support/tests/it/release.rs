//! A repository like ours with one action, `hello`, its bootstrap the real one, and perhaps a release to fetch it from.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use camino::{Utf8Path, Utf8PathBuf};
use tempfile::TempDir;
use test_support::{ActionRun, Program, workspace_root};

use crate::server::Server;

const ACTION: &str = r#"
name: Hello
description: Says hello
outputs:
  program: {description: Where it is, value: '${{ steps.fetch.outputs.program }}'}
runs:
  using: composite
  steps:
    - id: fetch
      shell: bash
      run: '"$GITHUB_ACTION_PATH/../fetch.sh" hello'
    - shell: bash
      run: '"$PROGRAM"'
      env: {PROGRAM: '${{ steps.fetch.outputs.program }}'}
"#;

pub(crate) const VERSION: &str = "1.2.3";

/// The folders of one test. `cache` is a tool cache that its runs share.
pub(crate) struct Project {
    _folder: TempDir,
    pub(crate) root: Utf8PathBuf,
    pub(crate) cache: Utf8PathBuf,
}

impl Project {
    /// Before its first release: the committed `checksums.txt`, and a package to build.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = Utf8Path::from_path(folder.path()).expect("a name in UTF-8");
        let project = Self {
            root: path.join("repository"),
            cache: path.join("cache"),
            _folder: folder,
        };
        fs::create_dir_all(project.root.join("actions/hello")).expect("a folder");
        for name in ["fetch.sh", "checksums.txt"] {
            let from = workspace_root().join("actions").join(name);
            fs::copy(from, project.root.join("actions").join(name)).expect("a file to copy");
        }
        project.write("actions/hello/action.yml", ACTION);
        project
    }

    /// A released commit, and the server of the release.
    pub(crate) fn released() -> (Self, Server) {
        let project = Self::new();
        let archive = project.archive("hello from the release");
        let sum = Program::new("sha256sum")
            .stdin(String::new())
            .arg(&archive)
            .run()
            .stdout;
        let sum = sum.split(' ').next().unwrap_or_default().to_owned();
        project.write(
            "actions/checksums.txt",
            &format!(
                "# a comment\nversion {VERSION}\n{sum}  {}\n",
                archive_name()
            ),
        );
        let bytes = fs::read(archive).expect("the archive");
        let server = Server::new(BTreeMap::from([(
            format!("/v{VERSION}/{}", archive_name()),
            bytes,
        )]));
        (project, server)
    }

    /// An archive as a release holds it, of a program that says `text`.
    pub(crate) fn archive(&self, text: &str) -> Utf8PathBuf {
        let build = self.root.join("build");
        program(&build.join("hello"), text);
        let archive = self.root.join(archive_name());
        let ran = Program::new("tar")
            .args(["-czf", archive.as_str(), "-C", build.as_str(), "hello"])
            .run();
        assert_eq!(ran.exit_code, 0, "{}", ran.stderr);
        archive
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().unwrap_or(&path)).expect("a folder");
        fs::write(path, text).expect("a file to write");
    }

    pub(crate) fn run(&self) -> ActionRun {
        ActionRun::new(self.root.join("actions/hello")).env("RUNNER_TOOL_CACHE", &self.cache)
    }

    pub(crate) fn run_from(&self, server: &Server) -> ActionRun {
        self.run().env("TOWPATH_DOWNLOAD_BASE_URL", server.url())
    }

    /// The version's folder in the tool cache.
    pub(crate) fn cached(&self) -> Utf8PathBuf {
        self.cache.join("towpath-hello").join(VERSION)
    }

    /// Every file in the tool cache.
    pub(crate) fn files(&self) -> Vec<String> {
        let ran = Program::new("find")
            .args([self.cache.as_str(), "-type", "f"])
            .run();
        let mut files: Vec<String> = ran
            .stdout
            .lines()
            .filter_map(|file| Some(file.strip_prefix(self.cached().as_str())?.to_owned()))
            .collect();
        files.sort();
        files
    }
}

/// An executable that says `text`.
pub(crate) fn program(path: &Utf8Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap_or(path)).expect("a folder");
    fs::write(path, format!("#!/bin/sh\necho '{text}'\n")).expect("a file to write");
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("a file of ours");
}

pub(crate) fn arch() -> &'static str {
    if cfg!(target_arch = "aarch64") {
        "arm64"
    } else {
        "x64"
    }
}

pub(crate) fn archive_name() -> String {
    let system = if cfg!(target_os = "macos") {
        "apple-darwin"
    } else {
        "unknown-linux-musl"
    };
    format!("hello-{}-{system}.tar.gz", std::env::consts::ARCH)
}
