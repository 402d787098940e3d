//! Amazon ECR as a local server: its `/v2/` protocol with its quirks, and the part of its own interface that pushing an
//! image asks for, on one port.
//!
//! The quirks are those that AWS documents or that people reported: 201 for a PATCH, an immutable tag that refuses the
//! same digest as well, blobs that can be mounted only when a manifest of another repository has them, a session that
//! cannot begin again (416), no `Location` for a manifest, blobs behind a redirect that wants no credentials, Basic
//! credentials that run out. [`EcrSim::fail`] makes requests go wrong on demand, [`EcrSim::requests`] says what was
//! asked, and [`EcrSim::verify`] that nothing in it is damaged.
//!
//! Where it is simpler than ECR: one account and region, no limits of rate or size but those asked for by faults, no
//! replication, pull-through, signing, encryption or expiry, the native upload calls (`InitiateLayerUpload` and what
//! follows) are missing, policies are kept and not carried out, and a scan finds what [`EcrSim::scan`] says: without that
//! nothing, at once, where the repository scans as images come. Requests are not checked for their signature. Blobs lie
//! in a folder, all else in memory.

mod api;
mod faults;
mod server;
mod state;
mod v2;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use faults::{Does, Fault};
pub use state::{Finding, Recorded};
use state::{Repository, Scan, State};

/// How one is set up.
#[derive(Clone, Debug)]
pub struct Config {
    /// The port; 0 takes a free one.
    pub port: u16,
    /// The account's twelve digits.
    pub account: String,
    /// The region.
    pub region: String,
    /// Whether blobs may be mounted from other repositories: the account setting `BLOB_MOUNTING`.
    pub mounting: bool,
    /// Who may ask at `/v2/`.
    pub gate: Gate,
    /// Where blobs are kept; a temporary folder when it is not given.
    pub folder: Option<PathBuf>,
}

/// Who may ask at `/v2/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// Whoever has the password of `GetAuthorizationToken`.
    Ecr,
    /// Whoever fetched a token for the repository, as on Docker Hub and on ECR's public registry.
    Token,
    /// Everybody.
    Open,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            port: 0,
            account: "000000000000".to_owned(),
            region: "eu-central-1".to_owned(),
            mounting: true,
            gate: Gate::Ecr,
            folder: None,
        }
    }
}

/// A running stand-in. It ends with the process.
#[derive(Clone, Debug)]
pub struct EcrSim {
    url: String,
    state: Arc<Mutex<State>>,
    _folder: Option<Arc<tempfile::TempDir>>,
}

impl EcrSim {
    /// Starts one.
    ///
    /// # Errors
    /// No port or folder.
    pub fn start(config: Config) -> std::io::Result<Self> {
        let (folder, own) = match config.folder.clone() {
            Some(folder) => (folder, None),
            None => {
                let folder = tempfile::tempdir()?;
                (folder.path().to_owned(), Some(Arc::new(folder)))
            }
        };
        std::fs::create_dir_all(&folder)?;
        let port = config.port;
        let state = Arc::new(Mutex::new(State::new(config, folder)));
        let url = server::start(port, Arc::clone(&state))?;
        Ok(Self {
            url,
            state,
            _folder: own,
        })
    }

    /// Where it listens: what `AWS_ENDPOINT_URL_ECR` has to say, and the registry too.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The host and port, as images are called: `127.0.0.1:4000`.
    pub fn host(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    /// Creates a repository.
    pub fn create(&self, name: &str, immutable: bool) {
        let mutability = if immutable { "IMMUTABLE" } else { "MUTABLE" };
        let repository = Repository::new(mutability);
        self.lock().repositories.insert(name.to_owned(), repository);
    }

    /// From now on a push creates its repository, immutable, below `prefix`: a creation template for that.
    pub fn create_on_push(&self, prefix: &str) {
        self.lock().templates.push(prefix.to_owned());
    }

    /// From now on requests go wrong.
    pub fn fail(&self, fault: Fault) {
        self.lock().faults.push(fault);
    }

    /// No more faults.
    pub fn mend(&self) {
        self.lock().faults.clear();
    }

    /// What was asked since the last time.
    pub fn requests(&self) -> Vec<Recorded> {
        std::mem::take(&mut self.lock().requests)
    }

    /// How much was asked so far, without forgetting it.
    pub fn asked(&self) -> usize {
        self.lock().requests.len()
    }

    /// The password that was given out is not taken any more; the next one is another.
    pub fn expire_credentials(&self) {
        self.lock().password += 1;
    }

    /// The password of today.
    pub fn password(&self) -> String {
        self.lock().password()
    }

    /// From now on an action of ECR's interface is denied, as IAM does it.
    pub fn deny(&self, action: &str) {
        self.lock().denied.insert(action.to_owned());
    }

    /// What a scan of an image finds: one of ECR's states, and the findings.
    pub fn scan(&self, repository: &str, digest: &str, status: &str, findings: Vec<Finding>) {
        let scan = Scan {
            status: status.to_owned(),
            findings,
        };
        if let Some(repository) = self.lock().repositories.get_mut(repository) {
            repository.scans.insert(digest.to_owned(), scan);
        }
    }

    /// Gives a repository a lifecycle policy.
    pub fn lifecycle(&self, repository: &str, policy: &str) {
        if let Some(repository) = self.lock().repositories.get_mut(repository) {
            repository.lifecycle = Some(policy.to_owned());
        }
    }

    /// Whether a request hangs on demand.
    pub fn hangs(&self) -> bool {
        self.lock().hanging
    }

    /// A blob of a repository that has `text` in it.
    pub fn blob_with(&self, repository: &str, text: &str) -> Option<Vec<u8>> {
        let state = self.lock();
        let blobs = state.repositories.get(repository)?.blobs.keys();
        let mut bytes = blobs.filter_map(|digest| std::fs::read(state.blob(digest)).ok());
        let has = |bytes: &Vec<u8>| {
            bytes
                .windows(text.len())
                .any(|part| part == text.as_bytes())
        };
        bytes.find(has)
    }

    /// The tags of a repository, with the digests that they lead to.
    pub fn tags(&self, repository: &str) -> Vec<(String, String)> {
        let state = self.lock();
        let tags = state.repositories.get(repository).map(|found| &found.tags);
        let tags = tags.into_iter().flatten();
        tags.map(|(tag, digest)| (tag.clone(), digest.clone()))
            .collect()
    }

    /// The bytes of a manifest.
    pub fn manifest(&self, repository: &str, object: &str) -> Option<Vec<u8>> {
        let state = self.lock();
        let found = state.repositories.get(repository)?.manifest(object)?;
        Some(found.1.bytes.to_vec())
    }

    /// How many blobs a repository has.
    pub fn blobs(&self, repository: &str) -> usize {
        let state = self.lock();
        let found = state.repositories.get(repository);
        found.map_or(0, |found| found.blobs.len())
    }

    /// Whether every manifest is its digest, and everything that it leads to is there and is its digest.
    ///
    /// # Errors
    /// A sentence about the first thing that is not.
    pub fn verify(&self) -> Result<(), String> {
        self.lock().verify()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
