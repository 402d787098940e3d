//! What can be wrong with `towpath.yaml`, shown on its line.

use camino::{Utf8Path, Utf8PathBuf};
use miette::{Diagnostic, LabeledSpan, NamedSource, SourceSpan};

use crate::resolve::Problem;

/// Why a repository's settings cannot be used. All of them are bad input.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum SettingsError {
    /// The file cannot be read.
    #[error("failed to read `{path}`")]
    #[diagnostic(help("check the path given as `--config`"))]
    Read {
        /// The file.
        path: Utf8PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file says something that has no meaning.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Invalid(Box<Invalid>),
    /// An environment that the file does not have.
    #[error("there is no environment `{name}`")]
    #[diagnostic(help("{}", environments(known)))]
    UnknownEnvironment {
        /// The name that was asked for.
        name: String,
        /// Those that there are.
        known: Vec<String>,
    },
    /// An image that the file does not have, or none was named and there is not exactly one.
    #[error("{}", which_image(name.as_deref()))]
    #[diagnostic(help("{}", images(known)))]
    WhichImage {
        /// The name that was asked for.
        name: Option<String>,
        /// Those that there are.
        known: Vec<String>,
    },
    /// An application that the file does not have.
    #[error("there is no rollout `{name}`")]
    #[diagnostic(help("{}", rollouts(known)))]
    UnknownRollout {
        /// The name that was asked for.
        name: String,
        /// Those that there are.
        known: Vec<String>,
    },
    /// A package that the file does not have.
    #[error("there is no package `{name}` to release")]
    #[diagnostic(help("{}", packages(known)))]
    UnknownPackage {
        /// The name that was asked for.
        name: String,
        /// Those that there are.
        known: Vec<String>,
    },
    /// No application was named, and there is not exactly one.
    #[error("no application was named")]
    #[diagnostic(help("{}", rollouts(known)))]
    WhichRollout {
        /// Those that there are.
        known: Vec<String>,
    },
    /// No environment was named, and there is not exactly one.
    #[error("no environment was named")]
    #[diagnostic(help("{}", environments(known)))]
    WhichEnvironment {
        /// Those that there are.
        known: Vec<String>,
    },
}

/// Something in the file, and its place.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[error("{message}")]
pub struct Invalid {
    message: String,
    #[source_code]
    text: NamedSource<String>,
    #[label(collection)]
    place: Vec<LabeledSpan>,
    #[help]
    help: Option<String>,
}

fn which_image(name: Option<&str>) -> String {
    match name {
        Some(name) => format!("there is no image `{name}`"),
        None => "no image was named".to_owned(),
    }
}

fn images(known: &[String]) -> String {
    if known.is_empty() {
        "name the repository with `--repository`, or describe the image in `towpath.yaml` under `images`".to_owned()
    } else {
        format!("name one with `--image`: `{}`", known.join("`, `"))
    }
}

fn rollouts(known: &[String]) -> String {
    if known.is_empty() {
        "name it with `--application` and its folder with `--manifests`, or describe it in `towpath.yaml` under `rollouts`"
            .to_owned()
    } else {
        format!("name one with `--application`: `{}`", known.join("`, `"))
    }
}

fn packages(known: &[String]) -> String {
    if known.is_empty() {
        "leave `package` out, or describe it in `towpath.yaml` under `release.packages`".to_owned()
    } else {
        format!("name one with `package`: `{}`", known.join("`, `"))
    }
}

fn environments(known: &[String]) -> String {
    if known.is_empty() {
        "name the root module with `--root`, or describe it in `towpath.yaml` under `terraform.environments`".to_owned()
    } else {
        format!("name one with `--environment`: `{}`", known.join("`, `"))
    }
}

impl SettingsError {
    pub(crate) fn invalid(file: &Utf8Path, text: &str, error: &serde_yaml::Error) -> Self {
        let whole = error.to_string();
        let place = error
            .location()
            .map(|location| word_at(text, location.index()));
        Self::explained(file, text, &whole, place)
    }

    /// What serde says about a text, in its place.
    pub(crate) fn explained(
        file: &Utf8Path,
        text: &str,
        whole: &str,
        place: Option<SourceSpan>,
    ) -> Self {
        // the frame shows the place; the sentence need not repeat it
        let message = whole.split(" at line ").next().unwrap_or(whole).to_owned();
        let (message, help) = match unknown_key(&message) {
            Some((key, help)) => (format!("unknown key `{key}`"), Some(help)),
            None => (message, None),
        };
        Self::frame(file, text, message, place, help)
    }

    pub(crate) fn meaningless(file: &Utf8Path, text: &str, problem: Problem) -> Self {
        let key = text.find(problem.key).map(|key| key + problem.key.len());
        let place = key.and_then(|key| {
            let start = key + text[key..].find(&problem.value)?;
            Some(SourceSpan::from((start, problem.value.len())))
        });
        Self::frame(file, text, problem.message, place, Some(problem.help))
    }

    pub(crate) fn frame(
        file: &Utf8Path,
        text: &str,
        message: String,
        place: Option<SourceSpan>,
        help: Option<String>,
    ) -> Self {
        Self::Invalid(Box::new(Invalid {
            message,
            text: NamedSource::new(file.as_str(), text.to_owned()),
            place: place
                .map(|span| LabeledSpan::new_primary_with_span(Some("here".to_owned()), span))
                .into_iter()
                .collect(),
            help,
        }))
    }
}

/// The word that begins at `index`.
fn word_at(text: &str, index: usize) -> SourceSpan {
    let start = index.min(text.len());
    let rest = text.get(start..).unwrap_or_default();
    let length = rest
        .find(|letter: char| letter == ':' || letter.is_whitespace())
        .unwrap_or(rest.len());
    SourceSpan::from((start, length))
}

/// The key of serde's message about an unknown field, and what it might have been.
fn unknown_key(message: &str) -> Option<(String, String)> {
    let (_, names) = message.split_once("unknown field ")?;
    let mut names = names.split('`').skip(1).step_by(2);
    let key = names.next()?;
    let quoted: Vec<&str> = names.collect();
    // one reader of YAML quotes the keys, the other does not
    let known = match message.split_once("expected one of ") {
        Some((_, bare)) if quoted.is_empty() => bare.split(", ").collect(),
        _ => quoted,
    };
    let nearest = known.iter().copied().max_by(|one, other| {
        strsim::jaro_winkler(one, key).total_cmp(&strsim::jaro_winkler(other, key))
    });
    let help = match nearest {
        Some(nearest) if strsim::jaro_winkler(nearest, key) > 0.75 => {
            format!("did you mean `{nearest}`?")
        }
        _ => format!("the keys here are `{}`", known.join("`, `")),
    };
    Some((key.to_owned(), help))
}

#[cfg(test)]
mod tests;
