//! A git repository in a temporary folder, the same in each run: fixed author, fixed dates, no configuration of the
//! machine. So a commit of the same files has the same hash everywhere.

use camino::{Utf8Path, Utf8PathBuf};
use tempfile::TempDir;

use crate::Program;
use crate::program::Ran;

/// A repository that is removed when it is dropped.
#[derive(Debug)]
pub struct Repository {
    folder: TempDir,
    path: Utf8PathBuf,
    commits: u32,
}

impl Repository {
    /// An empty repository on the branch `main`.
    ///
    /// # Panics
    /// As every method here, if git or the file system refuses: a test cannot go on without its repository.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        // on macOS the temporary folder is a link, and git says where it leads
        let path = folder.path().canonicalize().expect("a folder that exists");
        let path =
            Utf8PathBuf::from_path_buf(path).expect("a temporary folder with a name in UTF-8");
        let repository = Self {
            folder,
            path,
            commits: 0,
        };
        repository.git(["init", "--quiet", "--initial-branch=main"]);
        repository
    }

    /// Where it is.
    pub fn path(&self) -> &Utf8Path {
        &self.path
    }

    /// Writes a file, and the folders above it.
    pub fn write(&mut self, path: impl AsRef<Utf8Path>, text: impl AsRef<[u8]>) -> &mut Self {
        let path = self.path.join(path);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).expect("a folder to write into");
        }
        std::fs::write(&path, text).expect("a file to write");
        self
    }

    /// Commits everything and returns the commit's hash. Each commit is a minute after the one before.
    pub fn commit(&mut self, message: &str) -> String {
        self.commits += 1;
        self.git(["add", "--all"]);
        self.git(["commit", "--quiet", "--allow-empty", "--message", message]);
        self.git(["rev-parse", "HEAD"])
    }

    /// Runs git in the repository and returns what it printed, without the last line feed.
    pub fn git<A: AsRef<str>>(&self, arguments: impl IntoIterator<Item = A>) -> String {
        let arguments: Vec<String> = arguments
            .into_iter()
            .map(|argument| argument.as_ref().to_owned())
            .collect();
        let date = format!("2026-01-02T03:{:02}:00Z", self.commits % 60);
        let Ran {
            exit_code,
            stdout,
            stderr,
        } = Program::new("git")
            .args(&arguments)
            .cwd(&self.path)
            .envs([
                ("GIT_CONFIG_GLOBAL", null()),
                ("GIT_CONFIG_NOSYSTEM", "1"),
                ("GIT_AUTHOR_NAME", "Ada"),
                ("GIT_AUTHOR_EMAIL", "ada@example.com"),
                ("GIT_COMMITTER_NAME", "Ada"),
                ("GIT_COMMITTER_EMAIL", "ada@example.com"),
                ("GIT_AUTHOR_DATE", &date),
                ("GIT_COMMITTER_DATE", &date),
            ])
            .run();
        assert_eq!(
            exit_code,
            0,
            "`git {}` failed: {stderr}",
            arguments.join(" ")
        );
        stdout.trim_end_matches('\n').to_owned()
    }

    /// Keeps the folder, for a look at what a test left.
    pub fn keep(self) -> Utf8PathBuf {
        let _ = self.folder.keep();
        self.path
    }
}

impl Default for Repository {
    fn default() -> Self {
        Self::new()
    }
}

fn null() -> &'static str {
    if cfg!(windows) { "NUL" } else { "/dev/null" }
}
