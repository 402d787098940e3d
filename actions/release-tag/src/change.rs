//! What a commit says about itself, by [Conventional Commits](https://www.conventionalcommits.org).
//!
//! A message that does not keep to it is no error: it is a change that asks for no release, and the plan counts it.
//! Git's own `Revert "..."` is understood, and so are GitHub's two ways to name a pull request: `(#12)` at the end of a
//! squashed commit's title, and the message of the merge that brought a commit.

use git_conventional::Commit;
use semver::Version;
use worktree::Logged;

/// One commit, as far as a release depends on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    /// The commit's hash.
    pub(crate) id: String,
    pub(crate) kind: Kind,
    pub(crate) scope: Option<String>,
    /// What was done, without type, scope and pull request.
    pub(crate) description: String,
    /// What breaks, where it says so.
    pub(crate) breaking: Option<String>,
    pub(crate) pull: Option<u64>,
    /// The commits that it takes back, as it names them: whole hashes, or their beginnings.
    pub(crate) reverts: Vec<String>,
    /// `Release-As:` of its footers.
    pub(crate) release_as: Option<Result<Version, String>>,
    /// The files that it changed.
    pub(crate) files: Vec<String>,
}

/// The kinds of change that readers of a changelog tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// `feat`
    Feature,
    /// `fix`
    Fix,
    /// `perf`
    Performance,
    /// `revert`, and git's own words for it
    Revert,
    /// `deps`, and any type but `chore`, `ci` and `test` with a scope that begins with `deps`
    Dependencies,
    /// Any other type: `docs`, `chore`, `ci`, `test`, `refactor`, ...
    Other,
    /// No conventional commit
    Unconventional,
}

/// A merge says nothing of its own: what it brings does.
pub(crate) fn change(commit: &Logged) -> Option<Change> {
    if commit.parents > 1 {
        return None;
    }
    let message = commit.message.trim();
    let title = message.lines().next().unwrap_or_default().trim();
    let (title_only, pull) = without_pull(title);
    let mut change = Change {
        id: commit.id.clone(),
        kind: Kind::Unconventional,
        scope: None,
        description: title_only.to_owned(),
        breaking: None,
        pull: pull.or_else(|| commit.brought_by.as_deref().and_then(merged_pull)),
        reverts: Vec::new(),
        release_as: release_as(message),
        files: commit.files.clone(),
    };
    if let Some(what) = reverted_title(title_only) {
        change.kind = Kind::Revert;
        change.description = what.to_owned();
        change.reverts = reverted(message);
        return Some(change);
    }
    // the parser wants an empty line below the title; people forget it
    let rest = message.lines().skip(1).collect::<Vec<_>>().join("\n");
    let regular = match rest.trim() {
        "" => title.to_owned(),
        rest => format!("{title}\n\n{rest}"),
    };
    let Ok(parsed) = Commit::parse(&regular).or_else(|_| Commit::parse(title)) else {
        return Some(change);
    };
    let name = parsed.type_().as_str().to_lowercase();
    change.scope = parsed.scope().map(|scope| scope.as_str().to_owned());
    change.description = without_pull(parsed.description()).0.to_owned();
    change.kind = kind(&name, change.scope.as_deref());
    if parsed.breaking() {
        let explained = parsed.breaking_description().map(str::trim);
        let explained = explained.filter(|text| *text != parsed.description().trim());
        change.breaking = Some(explained.unwrap_or_default().to_owned());
    }
    if change.kind == Kind::Revert {
        change.reverts = reverted(message);
    }
    Some(change)
}

fn kind(name: &str, scope: Option<&str>) -> Kind {
    let of_dependencies = scope.is_some_and(|scope| scope.to_lowercase().starts_with("deps"));
    match name {
        "feat" | "feature" => Kind::Feature,
        "fix" => Kind::Fix,
        "perf" => Kind::Performance,
        "revert" => Kind::Revert,
        "deps" => Kind::Dependencies,
        "chore" | "ci" | "test" => Kind::Other,
        _ if of_dependencies => Kind::Dependencies,
        _ => Kind::Other,
    }
}

/// A title without the pull request that GitHub adds to it, and the pull request.
fn without_pull(title: &str) -> (&str, Option<u64>) {
    let title = title.trim();
    let found = title.strip_suffix(')').and_then(|rest| {
        let (before, number) = rest.rsplit_once("(#")?;
        Some((before.trim_end(), number.parse().ok()?))
    });
    match found {
        Some((before, number)) if !before.is_empty() => (before, Some(number)),
        _ => (title, None),
    }
}

/// The pull request of a merge, by GitHub's own words or at the end of the title.
fn merged_pull(message: &str) -> Option<u64> {
    let title = message.lines().next()?.trim();
    let by_github = || {
        let rest = title.strip_prefix("Merge pull request #")?;
        rest.split_whitespace().next()?.parse().ok()
    };
    by_github().or_else(|| without_pull(title).1)
}

/// What git's `Revert "..."` takes back.
fn reverted_title(title: &str) -> Option<&str> {
    title.strip_prefix("Revert \"")?.strip_suffix('"')
}

/// The commits that a revert names, by git's sentence or by footers.
fn reverted(message: &str) -> Vec<String> {
    let named = message.lines().flat_map(|line| {
        let line = line.trim();
        let after = line
            .split_once("This reverts commit ")
            .or_else(|| line.split_once("Refs: "))
            .or_else(|| line.split_once("Reverts: "));
        let words = after.map_or("", |(_, words)| words);
        words
            .split(|letter: char| !letter.is_ascii_alphanumeric())
            .filter(|word| (7..=64).contains(&word.len()))
            .filter(|word| word.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .map(str::to_lowercase)
            .collect::<Vec<_>>()
    });
    named.collect()
}

/// The version that a commit's last paragraph asks for.
fn release_as(message: &str) -> Option<Result<Version, String>> {
    let footers = message.trim().rsplit("\n\n").next()?;
    let mut asked = footers.lines().filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.trim()
            .eq_ignore_ascii_case("release-as")
            .then_some(value.trim())
    });
    let text = asked.next_back()?;
    Some(Version::parse(text.trim_start_matches('v')).map_err(|_| text.to_owned()))
}

/// Those of `changes`, the newest first, that nothing newer took back, and without what only took back one of them.
pub(crate) fn standing(changes: Vec<Change>) -> Vec<Change> {
    let mut gone = vec![false; changes.len()];
    for index in 0..changes.len() {
        if gone[index] {
            continue;
        }
        let reverts = &changes[index].reverts;
        let named = |older: &Change| {
            reverts
                .iter()
                .any(|name| older.id.starts_with(name.as_str()))
        };
        let older: Vec<usize> = (index + 1..changes.len())
            .filter(|older| named(&changes[*older]))
            .collect();
        // one that also takes back what an earlier release has is a change of its own
        gone[index] = !reverts.is_empty() && older.len() == reverts.len();
        for older in older {
            gone[older] = true;
        }
    }
    let kept = changes.into_iter().zip(gone);
    kept.filter(|(_, gone)| !gone)
        .map(|(change, _)| change)
        .collect()
}

#[cfg(test)]
mod tests;
