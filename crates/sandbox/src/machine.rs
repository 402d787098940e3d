//! The environment variables of the machine as a value, read once by whoever starts, so that a test can bring its own.

use std::collections::BTreeMap;
use std::env;
use std::os::unix::fs::PermissionsExt;

use camino::{Utf8Path, Utf8PathBuf};

/// Environment variables, and what follows from them
#[derive(Debug, Clone, Default)]
pub struct Machine {
    variables: BTreeMap<String, String>,
}

impl Machine {
    /// A machine with these variables
    pub fn new(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        Self {
            variables: variables.into_iter().collect(),
        }
    }

    /// The variables of this process; those that are not UTF-8 are left out
    pub fn current() -> Self {
        Self::new(env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        }))
    }

    /// All variables
    pub fn variables(&self) -> &BTreeMap<String, String> {
        &self.variables
    }

    /// A variable, unless it is unset or empty
    pub fn get(&self, name: &str) -> Option<&str> {
        let value = self.variables.get(name)?;
        (!value.is_empty()).then_some(value)
    }

    /// The same machine with one variable changed
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }

    /// The person's home folder
    pub fn home(&self) -> Option<&Utf8Path> {
        self.get("HOME").map(Utf8Path::new)
    }

    /// Where Towpath keeps what can be fetched again
    pub fn cache(&self) -> Option<Utf8PathBuf> {
        let caches = match self.get("XDG_CACHE_HOME") {
            // the specification says to ignore relative ones
            Some(folder) if folder.starts_with('/') => Utf8PathBuf::from(folder),
            _ => self.home()?.join(".cache"),
        };
        Some(caches.join("towpath"))
    }

    /// The first executable of that name on the path
    pub fn which(&self, program: &str) -> Option<Utf8PathBuf> {
        self.get("PATH")?
            .split(':')
            .filter(|folder| !folder.is_empty())
            .map(|folder| Utf8Path::new(folder).join(program))
            .find(|file| {
                file.metadata()
                    .is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
            })
    }
}
