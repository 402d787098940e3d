//! One repository on GitHub as a local server: what promoting a model asks of it, for tests and for places without it.
//!
//! It speaks the part of GitHub's REST interface that `github-api` uses, and that people use who review and merge: references, files, trees and
//! commits, pull requests, their reviews and merges, releases and their files, with its status codes, its messages and its `Link` headers ([`routes`]). Behind it
//! is a bare git repository, at the `clone_url` that it names: what is pushed there is what it tells.
//!
//! A token `person:<login>` is that person's; any other text is a workflow's. In tests people are played by methods as well:
//! [`GitHub::push`], [`GitHub::review`], [`GitHub::merge`], [`GitHub::close`]. [`GitHub::fail`] makes requests go wrong on demand,
//! [`GitHub::interrupt`] stops whoever asks at one of them, and
//! [`GitHub::requests`] says what was asked, so that a test can tell that a second run wrote nothing.
//!
//! What it does not do: nobody may do less than everybody else, no rule protects a branch, and who wrote a commit is the name in it.
//! Pull requests are in memory, and all of it ends with the process.

mod interrupt;
mod releases;
mod reports;
mod repository;
mod routes;
mod server;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use interrupt::Interrupt;
pub use interrupt::When;
pub use releases::{Asset, Release};
pub use reports::{Check, Comment};
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

#[derive(Debug)]
struct State {
    repository: Repository,
    faults: Vec<Fault>,
    requests: Vec<String>,
    interrupt: Option<Interrupt>,
}

impl GitHub {
    /// Starts one on a free port of this machine, with a branch `main` that holds these files; without files, with no branch.
    ///
    /// # Errors
    /// No port is free, or no temporary folder.
    pub fn start(files: &[(&str, &str)]) -> std::io::Result<Self> {
        let state = Arc::new(Mutex::new(State {
            repository: Repository::create()?,
            faults: Vec::new(),
            requests: Vec::new(),
            interrupt: None,
        }));
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

    /// Where git finds the repository.
    pub fn clone_url(&self) -> String {
        self.lock().repository.clone_url()
    }

    /// `login` commits a file on a branch, which begins at `main` when it is new; gives the commit.
    ///
    /// # Panics
    /// Git takes no such path or branch.
    pub fn push(&self, branch: &str, path: &str, text: &str, login: &str) -> String {
        let repository = &mut self.lock().repository;
        let parent = repository
            .branch(branch)
            .or_else(|| repository.branch("main"));
        let before = parent.as_ref().and_then(|sha| repository.commit(sha));
        let files = [(path.to_owned(), text.to_owned())];
        let base = before.map(|commit| commit.tree);
        let parents: Vec<String> = parent.into_iter().collect();
        let commit = repository
            .write_tree(base.as_deref(), &files)
            .and_then(|tree| {
                let message = format!("change {path}");
                repository.write_commit(&parents, &tree, &message, login)
            })
            .expect("git takes a file at a path");
        assert!(
            repository.set_branch(branch, &commit),
            "no branch `{branch}`"
        );
        commit
    }

    /// `login` opens a pull request from a branch into `main`; gives its number.
    pub fn open(&self, branch: &str, login: &str) -> u64 {
        let repository = &mut self.lock().repository;
        repository.open(branch, "main", "by hand", "", login)
    }

    /// `login` reviews the newest commit of a pull request: `APPROVED`, `CHANGES_REQUESTED`, `COMMENTED`, `DISMISSED`.
    pub fn review(&self, number: u64, login: &str, state: &str) {
        self.lock().repository.review(number, login, state);
    }

    /// Merges a pull request; gives the commit that `main` leads to then.
    ///
    /// # Panics
    /// It is not open, or there are conflicts.
    pub fn merge(&self, number: u64, how: Merge) -> String {
        let merged = self.lock().repository.merge(number, how);
        merged.expect("it is open, and git can merge it")
    }

    /// Closes a pull request without merging it.
    pub fn close(&self, number: u64) {
        self.lock().repository.close(number);
    }

    /// Takes a branch away.
    pub fn delete_branch(&self, branch: &str) {
        self.lock().repository.delete_branch(branch);
    }

    /// The commit that a branch leads to.
    pub fn head(&self, branch: &str) -> Option<String> {
        self.lock().repository.branch(branch)
    }

    /// The file at a path of a branch.
    pub fn file(&self, branch: &str, path: &str) -> Option<String> {
        let repository = &self.lock().repository;
        repository.text(&repository.branch(branch)?, path)
    }

    /// How many commits a branch has that `main` has not.
    pub fn ahead(&self, branch: &str) -> usize {
        let repository = &self.lock().repository;
        let main = repository.ancestors(repository.branch("main").as_deref());
        let ours = repository.ancestors(repository.branch(branch).as_deref());
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

    /// At the request after `left` more, `then` is called, and that request is not answered well.
    pub fn interrupt(&self, left: usize, when: When, then: impl FnMut() + Send + 'static) {
        self.lock().interrupt = Some(Interrupt {
            left,
            when,
            then: Box::new(then),
        });
    }

    /// Nothing is interrupted any more.
    pub fn go_on(&self) {
        self.lock().interrupt = None;
    }

    /// Whether published releases can be changed; at first they can.
    pub fn immutable_releases(&self, immutable: bool) {
        self.lock().repository.releases.immutable = immutable;
    }

    /// No digests are told any more, as GitHub Enterprise Server does it.
    pub fn without_digests(&self) {
        self.lock().repository.releases.digests = false;
    }

    /// The releases, the oldest first.
    pub fn releases(&self) -> Vec<Release> {
        self.lock().repository.releases.all.clone()
    }

    /// `login` comments on a pull request.
    pub fn say(&self, number: u64, login: &str, text: &str) {
        self.lock().repository.reports.say(number, login, text);
    }

    /// The comments, the oldest first.
    pub fn comments(&self) -> Vec<Comment> {
        self.lock().repository.reports.comments.clone()
    }

    /// The check runs, the oldest first.
    pub fn checks(&self) -> Vec<Check> {
        self.lock().repository.reports.checks.clone()
    }

    /// What code scanning was given, as it was sent.
    pub fn scans(&self) -> Vec<serde_json::Value> {
        self.lock().repository.reports.scans.clone()
    }

    /// From now on a workflow's token may not write, as in a pull request of a fork.
    pub fn read_only(&self) {
        self.lock().repository.reports.read_only = true;
    }

    /// The commit that a tag leads to.
    pub fn tag(&self, name: &str) -> Option<String> {
        self.lock().repository.tag(name)
    }

    /// The names of all tags.
    pub fn tags(&self) -> Vec<String> {
        self.lock().repository.tags()
    }

    /// Writes one of git's hooks into the repository, as a script.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn hook(&self, name: &str, script: &str) -> std::io::Result<()> {
        self.lock().repository.hook(name, script)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
