//! Messages as people write them, and what they mean.

use super::*;

fn of(message: &str) -> Change {
    let commit = Logged {
        id: "1".repeat(40),
        message: message.to_owned(),
        parents: 1,
        ..Logged::default()
    };
    change(&commit).expect("one parent, so a change")
}

#[test]
fn types_are_told_apart() {
    let kinds = [
        ("feat: a", Kind::Feature),
        ("Feat(api): a", Kind::Feature),
        ("fix : a", Kind::Unconventional),
        ("fix(x): a", Kind::Fix),
        ("perf: a", Kind::Performance),
        ("build(deps): bump x from 1 to 2", Kind::Dependencies),
        ("chore(deps-dev): bump x", Kind::Other),
        ("deps: bump x", Kind::Dependencies),
        ("docs: a", Kind::Other),
        ("hotfix things", Kind::Unconventional),
        ("Merge branch 'main' into x", Kind::Unconventional),
        ("", Kind::Unconventional),
        ("feat:", Kind::Unconventional),
        ("feat: \u{1f680} a", Kind::Feature),
    ];
    for (message, kind) in kinds {
        assert_eq!(of(message).kind, kind, "{message}");
    }
}

#[test]
fn what_breaks_is_said_by_a_mark_or_a_footer() {
    assert_eq!(of("feat: a").breaking, None);
    assert_eq!(of("feat!: a").breaking.as_deref(), Some(""));
    assert_eq!(of("chore(x)!: a").breaking.as_deref(), Some(""));
    let footer = of("fix: a\n\nbody\n\nBREAKING CHANGE: rename `x`\nto `y`\nRefs: #3");
    assert_eq!(footer.breaking.as_deref(), Some("rename `x`\nto `y`"));
    let dashed = of("fix: a\n\nBREAKING-CHANGE: gone");
    assert_eq!(dashed.breaking.as_deref(), Some("gone"));
    // without the empty line that the standard asks for
    let close = of("fix: a\nBREAKING CHANGE: gone");
    assert_eq!(close.breaking.as_deref(), Some("gone"));
    // in the middle of a sentence it is no footer
    assert_eq!(of("fix: a\n\nno BREAKING CHANGE: here").breaking, None);
}

#[test]
fn pull_requests_are_found_where_github_puts_them() {
    let squashed = of("feat(api): add a thing (#12)");
    assert_eq!(
        (squashed.description.as_str(), squashed.pull),
        ("add a thing", Some(12))
    );
    assert_eq!(of("fix: see (#3) there").pull, None);
    assert_eq!(of("fix: not one (#x)").pull, None);
    let mut commit = Logged {
        message: "fix: a".to_owned(),
        parents: 1,
        brought_by: Some("Merge pull request #7 from a/b\n\nfix: a".to_owned()),
        ..Logged::default()
    };
    assert_eq!(change(&commit).and_then(|change| change.pull), Some(7));
    commit.message = "fix: a (#8)".to_owned();
    assert_eq!(change(&commit).and_then(|change| change.pull), Some(8));
    commit.parents = 2;
    assert_eq!(change(&commit), None);
}

#[test]
fn a_revert_names_what_it_takes_back() {
    let git = of(
        "Revert \"feat: a (#3)\" (#4)\n\nThis reverts commit 0123456789abcdef0123456789abcdef01234567.",
    );
    assert_eq!(git.kind, Kind::Revert);
    assert_eq!(
        (git.description.as_str(), git.pull),
        ("feat: a (#3)", Some(4))
    );
    assert_eq!(git.reverts, ["0123456789abcdef0123456789abcdef01234567"]);
    let footer = of("revert: feat: a\n\nRefs: 676104e, a215868");
    assert_eq!(footer.kind, Kind::Revert);
    assert_eq!(footer.reverts, ["676104e", "a215868"]);
}

fn numbered(id: char, reverts: &[char]) -> Change {
    let mut change = of("feat: a");
    change.id = id.to_string().repeat(40);
    change.reverts = reverts.iter().map(|id| id.to_string().repeat(40)).collect();
    change
}

fn left(changes: &[Change]) -> String {
    let standing = standing(changes.to_vec());
    standing
        .iter()
        .filter_map(|change| change.id.chars().next())
        .collect()
}

#[test]
fn what_was_taken_back_is_no_change_and_a_revert_of_a_revert_brings_it_again() {
    let (a, b) = (numbered('a', &[]), numbered('b', &[]));
    assert_eq!(left(&[numbered('c', &['a']), b.clone(), a.clone()]), "b");
    let back = [
        numbered('d', &['c']),
        numbered('c', &['a']),
        b.clone(),
        a.clone(),
    ];
    assert_eq!(left(&back), "ba");
    // what an earlier release has is taken back by a change of its own
    assert_eq!(left(&[numbered('c', &['e']), b.clone()]), "cb");
    assert_eq!(left(&[numbered('c', &['a', 'e']), b, a]), "cb");
}

#[test]
fn a_commit_may_ask_for_its_version() {
    let asked = of("chore: release\n\nRelease-As: v2.0.0-rc.1").release_as;
    assert_eq!(
        asked,
        Some(Ok(Version::parse("2.0.0-rc.1").expect("a version")))
    );
    assert_eq!(
        of("fix: a\n\nrelease-as: next").release_as,
        Some(Err("next".to_owned()))
    );
    assert_eq!(of("fix: a\n\nRelease-As: 1.0.0\n\nmore").release_as, None);
}
