//! One repository on GitHub as a local server: what promoting a model asks of it, for tests and for places without it.
//!
//! It speaks the part of GitHub's REST interface that `github-api` uses: references, files, trees and commits, pull
//! requests and their reviews, with its status codes, its messages and its `Link` headers ([`routes`]). People are
//! played by methods: [`GitHub::push`], [`GitHub::review`], [`GitHub::merge`], [`GitHub::close`]. [`GitHub::fail`] makes
//! requests go wrong on demand, and [`GitHub::requests`] says what was asked, so that a test can tell that a second
//! run wrote nothing.
//!
//! What it does not do: hashes are not git's (they are hashes of the same content all the same), it merges by taking
//! the branch's files, a token is any text, and nobody may do less than everybody else. All state is in memory.

mod repository;
mod routes;
mod server;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use repository::{Merge, REPOSITORY};
use repository::{Pull, Repository};

/// A running stand-in. It ends with the process.
#[derive(Clone, Debug)]
pub struct GitHub {
    url: String,
    state: Arc<Mutex<State>>,
}

/// A request that goes wrong.
#[derive(Clone, Debug)]
pub struct Fault {
    /// `GET`, `POST` or `PATCH`.
    pub method: &'static str,
    /// How the path ends, below the repository.
    pub path: &'static str,
    /// The status.
    pub status: u16,
    /// Headers beside it.
    pub headers: Vec<(&'static str, String)>,
    /// GitHub's words.
    pub message: &'static str,
    /// How often; each time counts down.
    pub times: usize,
}

#[derive(Debug, Default)]
struct State {
    repository: Repository,
    faults: Vec<Fault>,
    requests: Vec<String>,
}

impl GitHub {
    /// Starts one on a free port of this machine, with a branch `main` that holds these files.
    ///
    /// # Errors
    /// No port is free.
    pub fn start(files: &[(&str, &str)]) -> std::io::Result<Self> {
        let state = Arc::new(Mutex::new(State::default()));
        let url = server::start(Arc::clone(&state))?;
        let github = Self { url, state };
        for (path, text) in files {
            github.push("main", path, text, "founder");
        }
        Ok(github)
    }

    /// Where it listens: what `GITHUB_API_URL` has to say.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// `login` commits a file on a branch, which begins at `main` when it is new; gives the commit.
    pub fn push(&self, branch: &str, path: &str, text: &str, login: &str) -> String {
        let repository = &mut self.lock().repository;
        let parent = repository
            .branches
            .get(branch)
            .or(repository.branches.get("main"))
            .cloned();
        let mut files = repository.files(parent.as_deref());
        files.insert(path.to_owned(), text.to_owned());
        let tree = repository.write_tree(files);
        let message = format!("change {path}");
        let commit = repository.write_commit(parent, tree, message, login);
        repository
            .branches
            .insert(branch.to_owned(), commit.clone());
        commit
    }

    /// `login` opens a pull request from a branch into `main`; gives its number.
    pub fn open(&self, branch: &str, login: &str) -> u64 {
        let repository = &mut self.lock().repository;
        repository.open(branch, "main", "by hand", "", login)
    }

    /// `login` reviews the newest commit of a pull request: `APPROVED`, `CHANGES_REQUESTED`, `COMMENTED`, `DISMISSED`.
    pub fn review(&self, number: u64, login: &str, state: &str) {
        let repository = &mut self.lock().repository;
        let head = repository
            .pull(number)
            .map(|pull| repository.head_of(pull))
            .unwrap_or_default();
        if let Some(pull) = repository.pull_mut(number) {
            pull.reviews
                .push((login.to_owned(), state.to_owned(), head));
        }
    }

    /// Merges a pull request; gives the commit that `main` leads to then.
    pub fn merge(&self, number: u64, how: Merge) -> String {
        self.lock().repository.merge(number, how)
    }

    /// Closes a pull request without merging it.
    pub fn close(&self, number: u64) {
        self.lock().repository.close(number);
    }

    /// Takes a branch away.
    pub fn delete_branch(&self, branch: &str) {
        self.lock().repository.branches.remove(branch);
    }

    /// The commit that a branch leads to.
    pub fn head(&self, branch: &str) -> Option<String> {
        self.lock().repository.branches.get(branch).cloned()
    }

    /// The file at a path of a branch.
    pub fn file(&self, branch: &str, path: &str) -> Option<String> {
        let repository = &self.lock().repository;
        let commit = repository.branches.get(branch)?;
        repository.files(Some(commit)).remove(path)
    }

    /// How many commits a branch has that `main` has not.
    pub fn ahead(&self, branch: &str) -> usize {
        let repository = &self.lock().repository;
        let main = repository.ancestors(repository.branches.get("main"));
        let ours = repository.ancestors(repository.branches.get(branch));
        ours.iter().filter(|commit| !main.contains(*commit)).count()
    }

    /// The pull requests, the oldest first: number, state, title and text.
    pub fn pulls(&self) -> Vec<(u64, &'static str, String, String)> {
        let repository = &self.lock().repository;
        let shown = |pull: &Pull| {
            (
                pull.number,
                pull.state(),
                pull.title.clone(),
                pull.body.clone(),
            )
        };
        repository.pulls.iter().map(shown).collect()
    }

    /// From now on a request goes wrong.
    pub fn fail(&self, fault: Fault) {
        self.lock().faults.push(fault);
    }

    /// What was asked since the last time: method and path below the repository, without the query.
    pub fn requests(&self) -> Vec<String> {
        std::mem::take(&mut self.lock().requests)
    }

    /// What was asked since the last time that changes something.
    pub fn writes(&self) -> Vec<String> {
        let mut requests = self.requests();
        requests.retain(|request| !request.starts_with("GET "));
        requests
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
