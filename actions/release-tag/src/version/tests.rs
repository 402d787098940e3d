//! Steps, lines and pre-releases, by their rules.

use super::*;
use crate::change::change;
use worktree::Logged;

fn changes(messages: &[&str]) -> Vec<Change> {
    let commits = messages.iter().map(|message| Logged {
        id: "c".repeat(40),
        message: (*message).to_owned(),
        parents: 1,
        ..Logged::default()
    });
    commits.filter_map(|commit| change(&commit)).collect()
}

/// Versions behind the commit; one that begins with `~` is on another line.
fn known(versions: &[&str]) -> Vec<Known> {
    let each = versions.iter().map(|text| {
        let text = text.trim();
        let plain = text.trim_start_matches('~');
        Known {
            version: Version::parse(plain).expect("a version"),
            tag: format!("v{plain}"),
            commit: "d".repeat(40),
            behind: plain == text,
        }
    });
    each.collect()
}

fn asked(prerelease: Option<&str>) -> Asked {
    Asked {
        prerelease: prerelease.map(str::to_owned),
        ..Asked::default()
    }
}

fn answer(versions: &[&str], messages: &[&str], asked: &Asked) -> String {
    let changes = changes(messages);
    match next(&known(versions), &changes, &changes, asked) {
        Ok(Some(version)) => version.to_string(),
        Ok(None) => "nothing".to_owned(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn the_largest_change_decides() {
    let plain = Asked::default();
    let from = |messages: &[&str]| answer(&["1.4.2"], messages, &plain);
    assert_eq!(from(&["docs: a", "fix: b"]), "1.4.3");
    assert_eq!(from(&["fix: b", "feat: c"]), "1.5.0");
    assert_eq!(from(&["fix: b", "chore!: c", "feat: d"]), "2.0.0");
    assert_eq!(from(&["docs: a", "just words"]), "nothing");
    assert_eq!(from(&[]), "nothing");
}

#[test]
fn before_one_nothing_is_promised() {
    let plain = Asked::default();
    let from = |messages: &[&str]| answer(&["0.4.2"], messages, &plain);
    assert_eq!(from(&["fix: a"]), "0.4.3");
    assert_eq!(from(&["feat: a"]), "0.5.0");
    assert_eq!(from(&["feat!: a"]), "0.5.0");
    let major = Asked {
        bump: Some(Bump::Major),
        ..Asked::default()
    };
    assert_eq!(answer(&["0.4.2"], &["docs: a"], &major), "1.0.0");
    assert_eq!(
        answer(&["0.4.2"], &["feat: a\n\nRelease-As: 1.0.0"], &plain),
        "1.0.0"
    );
}

#[test]
fn a_first_release_is_the_initial_one() {
    assert_eq!(answer(&[], &["feat!: a"], &Asked::default()), "0.1.0");
    assert_eq!(answer(&[], &["feat: a"], &asked(Some("rc"))), "0.1.0-rc.1");
    assert_eq!(answer(&[], &["docs: a"], &Asked::default()), "nothing");
    let initial = Asked {
        initial: Some(Version::new(1, 0, 0)),
        ..Asked::default()
    };
    assert_eq!(answer(&[], &["fix: a"], &initial), "1.0.0");
}

#[test]
fn pre_releases_count_up_and_end_in_the_release() {
    let rc = asked(Some("rc"));
    assert_eq!(answer(&["1.4.2"], &["feat: a"], &rc), "1.5.0-rc.1");
    assert_eq!(
        answer(&["1.4.2", "1.5.0-rc.1"], &["fix: a"], &rc),
        "1.5.0-rc.2"
    );
    assert_eq!(
        answer(&["1.4.2", "1.5.0-rc.9"], &["fix: a"], &rc),
        "1.5.0-rc.10"
    );
    assert_eq!(
        answer(&["1.4.2", "1.5.0-rc.1"], &["feat!: a"], &rc),
        "2.0.0-rc.1"
    );
    assert_eq!(answer(&["1.4.2", "1.5.0-rc.1"], &[], &rc), "nothing");
    assert_eq!(
        answer(&["1.4.2", "1.5.0-rc.1"], &[], &Asked::default()),
        "1.5.0"
    );
    assert_eq!(
        answer(&["1.4.2", "1.5.0-rc.1", "1.5.0"], &[], &Asked::default()),
        "nothing"
    );
    assert_eq!(
        answer(&["1.4.2", "2.0.0-rc.1"], &["fix: a"], &Asked::default()),
        "2.0.0"
    );
    assert_eq!(
        answer(&["1.4.2", "2.0.0-beta.3"], &["fix: a"], &rc),
        "2.0.0-rc.1"
    );
    // the number of another line is not used again
    assert_eq!(
        answer(&["1.4.2", "~1.5.0-rc.1"], &["feat: a"], &rc),
        "1.5.0-rc.2"
    );
    assert!(answer(&["1.4.2"], &["feat: a"], &asked(Some("r.c"))).contains("not a name"));
    assert!(answer(&["1.4.2"], &["feat: a"], &asked(Some("12"))).contains("not a name"));
}

#[test]
fn an_older_line_goes_on_below_the_newer_one() {
    let plain = Asked::default();
    assert_eq!(
        answer(&["1.4.2", "~2.0.0", "~2.3.1"], &["fix: a"], &plain),
        "1.4.3"
    );
    assert_eq!(answer(&["1.4.2", "~2.0.0"], &["feat: a"], &plain), "1.5.0");
    for (versions, message) in [
        (["1.4.2", "~1.4.3"], "fix: a"),
        (["1.4.2", "~1.5.0"], "feat: a"),
        (["1.4.2", "~1.6.0"], "feat: a"),
        (["1.4.2", "~2.3.1"], "feat!: a"),
    ] {
        let said = answer(&versions, &[message], &plain);
        assert!(
            said.contains("is taken") && said.contains("has the tag"),
            "{versions:?}: {said}"
        );
    }
}

#[test]
fn a_version_that_is_asked_for_goes_forward() {
    let exactly = |text| Asked {
        version: Some(Version::parse(text).expect("a version")),
        ..Asked::default()
    };
    assert_eq!(answer(&["1.4.2"], &[], &exactly("1.9.0")), "1.9.0");
    for text in ["1.4.2", "1.4.1", "1.4.2-rc.1"] {
        let said = answer(&["1.4.2"], &["fix: a"], &exactly(text));
        assert!(said.contains("is not after 1.4.2"), "{said}");
    }
    assert!(answer(&["1.4.2", "~1.9.0"], &[], &exactly("1.9.0")).contains("is taken"));
    let wrong = answer(
        &["1.4.2"],
        &["fix: a\n\nRelease-As: later"],
        &Asked::default(),
    );
    assert!(wrong.contains("`Release-As: later`"), "{wrong}");
}

#[test]
fn a_written_version_holds_until_it_is_reached() {
    let messages = ["fix: a", "chore: b\n\nRelease-As: 2.0.0"];
    assert_eq!(answer(&["1.4.2"], &messages, &Asked::default()), "2.0.0");
    assert_eq!(
        answer(&["1.4.2"], &messages, &asked(Some("rc"))),
        "2.0.0-rc.1"
    );
    assert_eq!(
        answer(&["1.4.2", "2.0.0-rc.1"], &messages, &asked(Some("rc"))),
        "2.0.0-rc.2"
    );
    let exact = ["fix: a", "chore: b\n\nRelease-As: 2.0.0-rc.1"];
    assert_eq!(answer(&["1.4.2"], &exact, &Asked::default()), "2.0.0-rc.1");
    assert_eq!(
        answer(&["1.4.2", "2.0.0-rc.1"], &exact, &Asked::default()),
        "2.0.0"
    );
}
