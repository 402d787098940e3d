//! From what the tool says to the error that it means.
//!
//! Terraform has no error codes, so its words are all there is to go by. They are matched here and nowhere else,
//! against the summary and detail of its diagnostics; what is not recognised is passed on as it is.

use super::{Error, Report};
use crate::diagnostics::Diagnostic;
use crate::execute::Transcript;
use crate::lock::Lock;
use crate::tool::{Kind, Tool};

type Texts = &'static [&'static str];
type Make = fn(Box<Report>) -> Error;

/// What the tools say, and the error that it means; the first that fits.
const MEANINGS: &[(Texts, Make)] = &[
    (
        &[
            "Saved plan is stale",
            "Saved plan does not match the given state",
        ],
        Error::StalePlan,
    ),
    (&["as a plan file"], Error::NotAPlan),
    (
        &[
            "Provider dependency changes detected",
            "Inconsistent dependency lock file",
            "doesn't match any of the checksums previously recorded",
        ],
        Error::LockFile,
    ),
    (
        &[
            "Backend configuration changed",
            "configuration block has changed",
        ],
        Error::BackendChanged,
    ),
    (
        &[
            "initialization required",
            "Required plugins are not installed",
            "Missing required provider",
            "Module not installed",
        ],
        Error::NotInitialised,
    ),
    (
        &[
            "No valid credential sources",
            "NoCredentialProviders",
            "InvalidClientTokenId",
            "InvalidAccessKeyId",
            "UnrecognizedClientException",
            "ExpiredToken",
            "SignatureDoesNotMatch",
            "could not find default credentials",
        ],
        Error::Credentials,
    ),
    (
        &[
            "Failed to query available provider packages",
            "Failed to install provider",
            "Failed to resolve provider packages",
        ],
        Error::ProviderUnavailable,
    ),
];

impl Report {
    pub(crate) fn error_with(&self, texts: &[&str]) -> Option<&Diagnostic> {
        self.errors().find(|error| error.mentions(texts))
    }
}

/// Finds the error behind what a command said.
pub(crate) fn classify(tool: &Tool, transcript: &Transcript) -> Error {
    let report = Box::new(Report {
        command: transcript.command,
        diagnostics: transcript.diagnostics.clone(),
    });
    if report.errors().next().is_none() {
        return Error::Unexpected {
            command: transcript.command,
            ended: match transcript.code {
                Some(code) => format!("exit code {code}"),
                None => "a signal".to_owned(),
            },
            said: last_line(transcript),
        };
    }
    let lock = report.errors().find_map(|error| Lock::parse(&error.detail));
    if let Some(lock) = lock {
        let lock = Box::new(lock);
        return Error::Locked { lock, report };
    }
    let core = match tool.kind {
        Kind::Terraform => "Unsupported Terraform Core version",
        Kind::OpenTofu => "Unsupported OpenTofu Core version",
    };
    if let Some(error) = report.error_with(&[core]) {
        let snippet = error.snippet.as_ref();
        return Error::VersionRefused {
            tool: tool.to_string(),
            required: snippet.and_then(|snippet| quotation(&snippet.code)),
            report,
        };
    }
    if let Some(error) = report.error_with(&["No value for required variable"]) {
        return Error::MissingVariable {
            name: quotation(&error.detail).unwrap_or_default(),
            report,
        };
    }
    let meaning = MEANINGS
        .iter()
        .find(|(texts, _)| report.error_with(texts).is_some());
    match meaning {
        Some((_, error)) => error(report),
        None => Error::Terraform(report),
    }
}

/// The first text in double quotes.
fn quotation(text: &str) -> Option<String> {
    let (_, rest) = text.split_once('"')?;
    let (inner, _) = rest.split_once('"')?;
    Some(inner.to_owned())
}

fn last_line(transcript: &Transcript) -> String {
    let lines = transcript.said.lines();
    let last = lines.rev().find(|line| !line.trim().is_empty());
    last.unwrap_or_default().trim().chars().take(200).collect()
}
