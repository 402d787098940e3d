//! `towpath.yaml`: what a repository says about itself, once, for every action.
//!
//! [`raw`] is the file as it is written, with everything optional and every unknown key an error that names its line
//! and the nearest key. [`Settings`] is what it means, with nothing optional: the rest of the code sees only that.
//! Without a file the defaults hold, so each action also works from its inputs alone. The JSON Schema for editors
//! comes from [`raw`] as well ([`schema`]). This crate does not know the command line.

mod error;
pub mod images;
pub mod raw;
mod resolve;
pub mod waivers;
pub mod workflows;

pub use error::{Invalid, SettingsError};
pub use resolve::{
    Approval, Environment, Models, Policy, RegoVersion, Release, ReleasePackage, Rollout,
    RolloutCanary, RolloutCheck, Settings,
};

pub use waivers::WaiverFile;

use camino::Utf8Path;

/// The name of the file, at the repository's root.
pub const FILE_NAME: &str = "towpath.yaml";

impl Settings {
    /// Reads `path`, or takes the defaults when `path` is not given and the repository has no [`FILE_NAME`].
    ///
    /// # Errors
    /// A file that is missing though it was named, is not readable, or says something that has no meaning.
    pub fn load(path: Option<&Utf8Path>) -> Result<Self, SettingsError> {
        let file = path.unwrap_or(Utf8Path::new(FILE_NAME));
        match std::fs::read_to_string(file) {
            Ok(text) => Self::parse(file, &text),
            Err(error) if path.is_none() && error.kind() == std::io::ErrorKind::NotFound => {
                Ok(Self::default())
            }
            Err(source) => Err(SettingsError::Read {
                path: file.to_owned(),
                source,
            }),
        }
    }

    /// Reads the text of a file called `file`.
    ///
    /// # Errors
    /// A text that is not YAML, or says something that has no meaning.
    pub fn parse(file: &Utf8Path, text: &str) -> Result<Self, SettingsError> {
        // an empty file is YAML's null, and says as little as no file
        let raw: Option<raw::Settings> = serde_yaml::from_str(text)
            .map_err(|error| SettingsError::invalid(file, text, &error))?;
        resolve::resolve(raw.unwrap_or_default())
            .map_err(|problem| SettingsError::meaningless(file, text, problem))
    }
}

/// The JSON Schema of the file, for editors.
pub fn schema() -> schemars::Schema {
    schemars::schema_for!(raw::Settings)
}
