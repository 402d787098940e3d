//! Actions of others, each by its commit and the version that it is.
//!
//! The known ones stand here. A file that was generated before may have newer ones, from Dependabot or from a person: what
//! moved forward is taken over, so that a generation never takes a pin back. Which commit a version is cannot be looked
//! up here; who wants that checked runs zizmor's online audits.

use std::collections::BTreeMap;

use semver::Version;

/// An action's repository at a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pin {
    /// 40 hexadecimal digits.
    pub(crate) commit: String,
    /// As it is tagged: `v7.0.1`.
    pub(crate) version: String,
}

/// What generated files use: repository, name in templates, commit, version
const KNOWN: [(&str, &str, &str, &str); 7] = [
    (
        "actions/attest",
        "attest",
        "59d89421af93a897026c735860bf21b6eb4f7b26",
        "v4.1.0",
    ),
    (
        "actions/checkout",
        "checkout",
        "3d3c42e5aac5ba805825da76410c181273ba90b1",
        "v7.0.1",
    ),
    (
        "actions/create-github-app-token",
        "create-github-app-token",
        "bcd2ba49218906704ab6c1aa796996da409d3eb1",
        "v3.2.0",
    ),
    (
        "actions/download-artifact",
        "download-artifact",
        "3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c",
        "v8.0.1",
    ),
    (
        "actions/upload-artifact",
        "upload-artifact",
        "043fb46d1a93c77aae656e7c1c64a875d1fc6a0a",
        "v7.0.1",
    ),
    (
        "aws-actions/configure-aws-credentials",
        "configure-aws-credentials",
        "e6de054238d6b7531b4efff3b6587d9aade6a06c",
        "v6.2.3",
    ),
    (
        "hashicorp/setup-terraform",
        "setup-terraform",
        "dfe3c3f87815947d99a8997f908cb6525fc44e9e",
        "v4.0.1",
    ),
];

/// Pins by repository.
#[derive(Clone, Debug)]
pub(crate) struct Pins {
    by_repository: BTreeMap<String, Pin>,
}

impl Pins {
    /// The known ones.
    pub(crate) fn known() -> Self {
        let by_repository = KNOWN.map(|(repository, _, commit, version)| {
            let pin = Pin {
                commit: commit.to_owned(),
                version: version.to_owned(),
            };
            (repository.to_owned(), pin)
        });
        Self {
            by_repository: by_repository.into(),
        }
    }

    /// Adds one that the configuration names.
    pub(crate) fn add(&mut self, repository: &str, pin: Pin) {
        self.by_repository.insert(repository.to_owned(), pin);
    }

    /// Takes over from a file that was generated before what is newer there.
    pub(crate) fn adopt(&mut self, text: &str) {
        for (uses, version) in versions(text) {
            let Some((repository, _, commit)) = take_apart(&uses) else {
                continue;
            };
            if let Some(pin) = self.by_repository.get_mut(repository)
                && is_forward(&pin.version, &version)
            {
                *pin = Pin {
                    commit: commit.to_owned(),
                    version,
                };
            }
        }
    }

    /// As it stands behind `uses:`, by the name in templates.
    pub(crate) fn for_templates(&self) -> BTreeMap<String, String> {
        KNOWN
            .iter()
            .filter_map(|(repository, name, ..)| Some((*name, self.uses(repository, "")?)))
            .map(|(name, uses)| (name.to_owned(), uses))
            .collect()
    }

    /// `owner/name/path@commit # version`.
    pub(crate) fn uses(&self, repository: &str, path: &str) -> Option<String> {
        let pin = self.by_repository.get(repository)?;
        let path = if path.is_empty() {
            String::new()
        } else {
            format!("/{path}")
        };
        Some(format!(
            "{repository}{path}@{} # {}",
            pin.commit, pin.version
        ))
    }
}

/// What stands behind each `uses:` of a text, with the version in the comment behind it. Where one commit has several
/// versions beside it, the oldest counts.
pub(crate) fn versions(text: &str) -> BTreeMap<String, String> {
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    for line in text.lines() {
        let line = line.trim_start().trim_start_matches("- ");
        let Some(rest) = line.strip_prefix("uses:") else {
            continue;
        };
        let Some((uses, comment)) = rest.split_once('#') else {
            continue;
        };
        let uses = uses.trim().trim_matches(['"', '\'']).to_owned();
        let version = comment.split_whitespace().next().unwrap_or_default();
        if parse(version).is_none() {
            continue;
        }
        match found.get(&uses) {
            Some(other) if !is_forward(version, other) => {}
            _ => {
                found.insert(uses, version.to_owned());
            }
        }
    }
    found
}

/// Repository, path in it, and commit of `owner/name/path@commit`.
pub(crate) fn take_apart(uses: &str) -> Option<(&str, &str, &str)> {
    let (action, commit) = uses.split_once('@')?;
    let is_commit = commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
    let end = action.match_indices('/').nth(1).map(|(at, _)| at);
    let (repository, path) = match end {
        Some(at) => (&action[..at], &action[at + 1..]),
        None => (action, ""),
    };
    (is_commit && repository.contains('/')).then_some((repository, path, commit))
}

/// Whether `to` is a later version than `from`.
pub(crate) fn is_forward(from: &str, to: &str) -> bool {
    match (parse(from), parse(to)) {
        (Some(from), Some(to)) => to > from,
        _ => false,
    }
}

/// `v7`, `v7.0` and `7.0.1` are versions too.
fn parse(text: &str) -> Option<Version> {
    let text = text.trim_start_matches('v');
    let dots = text.split(['-', '+']).next()?.matches('.').count();
    let whole = match dots {
        0 => format!("{text}.0.0"),
        1 => format!("{text}.0"),
        _ => text.to_owned(),
    };
    Version::parse(&whole).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn newer_pins_of_a_file_are_taken_over_and_older_ones_are_not() {
        let mut pins = Pins::known();
        let newer = "f".repeat(40);
        pins.adopt(&format!(
            "      - uses: actions/checkout@{newer} # v7.2.0\n        uses: hashicorp/setup-terraform@{newer} # v3.0.0\n        uses: somebody/else@{newer} # v99.0.0\n"
        ));
        assert_eq!(
            pins.uses("actions/checkout", "").unwrap(),
            format!("actions/checkout@{newer} # v7.2.0")
        );
        let terraform = pins.uses("hashicorp/setup-terraform", "").unwrap();
        assert!(terraform.ends_with("# v4.0.1"), "{terraform}");
        assert_eq!(pins.uses("somebody/else", ""), None);
    }

    #[test]
    fn the_oldest_version_beside_a_commit_counts() {
        let commit = "a".repeat(40);
        let text = format!("uses: a/b@{commit} # v9.0.0\nuses: a/b@{commit} # v1.0.0\n");
        assert_eq!(versions(&text)[&format!("a/b@{commit}")], "v1.0.0");
    }
}
