//! The images of a repository, and what is said of them.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use jiff::SignedDuration;
use jiff::civil::Date;

use crate::raw::images as raw;
use crate::resolve::Problem;

/// An image, where it goes and how it is built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Its name.
    pub name: String,
    /// The repository's name in ECR, or a host and a repository.
    pub repository: String,
    /// The Dockerfile.
    pub dockerfile: Utf8PathBuf,
    /// The folder that it copies from.
    pub context: Utf8PathBuf,
    /// `linux/amd64`.
    pub platform: String,
    /// Values for the Dockerfile's `ARG`s.
    pub args: BTreeMap<String, String>,
    /// The tags, with `{commit}` and others to fill in.
    pub tags: Vec<String>,
    /// What builds it.
    pub builder: Builder,
    /// Repositories of the same registry that may lend blobs.
    pub mount_from: Vec<String>,
    /// What a scan may find; nothing is asked when it is not given.
    pub scan: Option<Scan>,
}

/// What builds an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Builder {
    /// Towpath itself where it can, else the first that works here.
    Auto,
    /// Towpath itself.
    Python,
    /// Docker's buildx.
    Docker,
    /// Buildah.
    Buildah,
    /// Podman.
    Podman,
}

/// What a scan may find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scan {
    /// New vulnerabilities from here on fail.
    pub fail_on: Severity,
    /// How long to wait for it.
    pub wait: SignedDuration,
    /// What is taken for a while.
    pub exceptions: Vec<Exception>,
}

/// How bad a vulnerability is, the worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Low.
    Low,
    /// Medium.
    Medium,
    /// High.
    High,
    /// Critical.
    Critical,
}

/// A vulnerability that is taken for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exception {
    /// Its name.
    pub name: String,
    /// Why.
    pub reason: String,
    /// The last day.
    pub until: Date,
}

/// The placeholders of a tag.
pub const TAG_PARTS: [&str; 5] = ["commit", "branch", "version", "major", "minor"];

pub(crate) fn image(name: String, raw: raw::Image) -> Result<Image, Problem> {
    let context = raw.context.unwrap_or_else(|| ".".into());
    let tags = raw.tags.unwrap_or_else(|| vec!["{commit}".to_owned()]);
    for tag in &tags {
        tag_rule(tag)?;
    }
    Ok(Image {
        dockerfile: raw.dockerfile.unwrap_or_else(|| context.join("Dockerfile")),
        context,
        name,
        repository: raw.repository,
        platform: raw.platform.unwrap_or_else(|| "linux/amd64".to_owned()),
        args: raw.args,
        tags,
        builder: match raw.builder {
            None | Some(raw::Builder::Auto) => Builder::Auto,
            Some(raw::Builder::Python) => Builder::Python,
            Some(raw::Builder::Docker) => Builder::Docker,
            Some(raw::Builder::Buildah) => Builder::Buildah,
            Some(raw::Builder::Podman) => Builder::Podman,
        },
        mount_from: raw.mount_from,
        scan: raw.scan.map(scan).transpose()?,
    })
}

fn tag_rule(rule: &str) -> Result<(), Problem> {
    for part in rule.split('{').skip(1) {
        let name = part.split('}').next().unwrap_or_default();
        if !part.contains('}') || !TAG_PARTS.contains(&name) {
            return Err(Problem {
                key: "tags",
                value: rule.to_owned(),
                message: format!("`{rule}` is not a rule for a tag"),
                help: format!(
                    "what can be filled in is `{{{}}}`",
                    TAG_PARTS.join("}`, `{")
                ),
            });
        }
    }
    Ok(())
}

fn scan(raw: raw::Scan) -> Result<Scan, Problem> {
    let wait = raw.wait.unwrap_or_else(|| "5m".to_owned());
    let exceptions = raw.exceptions.into_iter().map(|raw| {
        let until = raw.until.parse::<Date>().map_err(|_| Problem {
            key: "until",
            message: format!("`{}` is not a day", raw.until),
            value: raw.until.clone(),
            help: "write it like `2026-12-31`".to_owned(),
        })?;
        if raw.reason.trim().is_empty() {
            return Err(Problem {
                key: "exceptions",
                message: format!("`{}` is taken without a reason", raw.name),
                value: raw.name,
                help: "say in `reason` why it may stay".to_owned(),
            });
        }
        Ok(Exception {
            name: raw.name,
            reason: raw.reason,
            until,
        })
    });
    Ok(Scan {
        fail_on: match raw.fail_on {
            Some(raw::Severity::Low) => Severity::Low,
            Some(raw::Severity::Medium) => Severity::Medium,
            Some(raw::Severity::High) | None => Severity::High,
            Some(raw::Severity::Critical) => Severity::Critical,
        },
        wait: match wait.parse::<SignedDuration>() {
            Ok(wait) if wait >= SignedDuration::ZERO => wait,
            _ => {
                return Err(Problem {
                    key: "wait",
                    message: format!("`{wait}` is not a time"),
                    value: wait,
                    help: "write minutes and seconds, for example `5m` or `90s`".to_owned(),
                });
            }
        },
        exceptions: exceptions.collect::<Result<_, _>>()?,
    })
}

impl crate::Settings {
    /// The image called `name`, or the only one there is.
    ///
    /// # Errors
    /// No such image, or several and none named; the text says which there are.
    pub fn image(&self, name: Option<&str>) -> Result<&Image, crate::SettingsError> {
        let known = || self.images.keys().cloned().collect::<Vec<_>>();
        let mut all = self.images.values();
        let found = match name {
            Some(name) => self.images.get(name),
            None => all.next().filter(|_| all.next().is_none()),
        };
        found.ok_or_else(|| crate::SettingsError::WhichImage {
            name: name.map(str::to_owned),
            known: known(),
        })
    }
}

#[cfg(test)]
mod tests {
    use camino::Utf8Path;

    use crate::Settings;

    fn parsed(text: &str) -> Result<Settings, String> {
        let parsed = Settings::parse(Utf8Path::new("towpath.yaml"), text);
        parsed.map_err(|error| error.to_string())
    }

    #[test]
    fn an_image_needs_a_repository_and_nothing_else() {
        let settings = parsed("images: {web: {repository: shop-web}}\n").unwrap();
        let image = settings.image(None).unwrap();
        assert_eq!(
            (image.name.as_str(), image.tags.as_slice()),
            ("web", ["{commit}".to_owned()].as_slice())
        );
        assert_eq!(
            (image.dockerfile.as_str(), image.platform.as_str()),
            ("./Dockerfile", "linux/amd64")
        );
        assert!(settings.image(Some("other")).is_err());
    }

    #[test]
    fn what_has_no_meaning_is_said() {
        for (text, says) in [
            (
                "images: {web: {repository: a, tags: [\"{sha}\"]}}",
                "`{sha}` is not a rule for a tag",
            ),
            (
                "images: {web: {repository: a, tags: [\"{commit\"]}}",
                "`{commit` is not a rule for a tag",
            ),
            (
                "images: {web: {repository: a, scan: {wait: soon}}}",
                "`soon` is not a time",
            ),
            (
                "images: {web: {repository: a, scan: {exceptions: [{name: CVE-1, reason: r, until: never}]}}}",
                "`never` is not a day",
            ),
            (
                "images: {web: {repository: a, scan: {exceptions: [{name: CVE-1, reason: ' ', until: 2026-01-01}]}}}",
                "`CVE-1` is taken without a reason",
            ),
        ] {
            assert_eq!(parsed(text).unwrap_err(), says);
        }
    }
}
