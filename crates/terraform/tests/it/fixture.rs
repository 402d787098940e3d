//! A root module in a temporary folder, run with the real tool.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};
use tempfile::TempDir;
use terraform::{Event, InitOptions, PlanOptions, PlanRun, Root, Tool, ToolRequest};

pub(crate) struct Fixture {
    folder: TempDir,
}

impl Fixture {
    /// A folder with this `main.tf`.
    pub(crate) fn new(configuration: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let fixture = Self { folder };
        fixture.write("main.tf", configuration);
        fixture
    }

    /// The same, initialised.
    pub(crate) fn ready(configuration: &str) -> Self {
        let fixture = Self::new(configuration);
        let root = fixture.root();
        root.init(&InitOptions::default(), &mut |_| {}).unwrap();
        fixture
    }

    pub(crate) fn path(&self, name: &str) -> Utf8PathBuf {
        Utf8Path::from_path(self.folder.path()).unwrap().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// An executable shell script. Another process writes it: were it this one, a child that another test starts just
    /// then would hold it open for writing, and the system refuses to run such a file.
    pub(crate) fn script(&self, name: &str, body: &str) -> Utf8PathBuf {
        let path = self.path(name);
        let written = Command::new("sh")
            .args([
                "-c",
                r#"printf '#!/bin/sh\n%s\n' "$1" >"$2" && chmod 755 "$2""#,
                "sh",
            ])
            .args([body, path.as_str()])
            .status()
            .unwrap();
        assert!(written.success());
        path
    }

    pub(crate) fn root(&self) -> Root {
        root(tool(), self.path(""))
    }

    pub(crate) fn plan(&self) -> PlanRun {
        self.root().plan(&self.options(), &mut |_| {}).unwrap()
    }

    pub(crate) fn options(&self) -> PlanOptions {
        PlanOptions {
            out: self.path("it.tfplan"),
            ..PlanOptions::default()
        }
    }

    pub(crate) fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

/// A root that does not depend on the configuration file of whoever runs the tests.
pub(crate) fn root(tool: Tool, dir: Utf8PathBuf) -> Root {
    let mut root = Root::new(tool, dir);
    root.env = vec![("TF_CLI_CONFIG_FILE".to_owned(), "/dev/null".to_owned())];
    root
}

pub(crate) fn request() -> ToolRequest {
    ToolRequest {
        name_or_path: None,
        variable: std::env::var_os("TOWPATH_TERRAFORM").map(|v| v.into_string().unwrap()),
        search_path: std::env::var_os("PATH"),
    }
}

pub(crate) fn tool() -> Tool {
    Tool::find(&request()).expect(
        "these tests run the real Terraform: put it on the path or name it in TOWPATH_TERRAFORM",
    )
}

pub(crate) fn wait_for(path: &Utf8Path) {
    let began = Instant::now();
    while !path.exists() {
        assert!(
            began.elapsed() < Duration::from_secs(60),
            "`{path}` never came"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The command lines among events.
pub(crate) fn commands(events: &[Event]) -> Vec<String> {
    events
        .iter()
        .filter_map(|event| match event {
            Event::Command { argv } => Some(argv[1..].join(" ")),
            _ => None,
        })
        .collect()
}
