//! The text of a release, and what hostile messages become in it.

use worktree::Logged;

use super::*;
use crate::change::change;

fn changes(messages: &[&str]) -> Vec<Change> {
    let commit = |(index, message): (usize, &&str)| Logged {
        id: format!("{:040x}", index + 1),
        message: (*message).to_owned(),
        parents: 1,
        ..Logged::default()
    };
    let commits = messages.iter().enumerate().map(commit);
    commits.filter_map(|commit| change(&commit)).collect()
}

#[test]
fn what_breaks_comes_first_and_nothing_comes_twice() {
    let changes = changes(&[
        "docs: explain",
        "fix(api): answer 404 (#4)",
        "feat(cli)!: drop `--old` (#3)\n\nBREAKING CHANGE: use `--new`\ninstead",
        "feat: add a thing (#2)",
        "Revert \"feat: b\" (#9)\n\nThis reverts commit 0123456789abcdef.",
        "build(deps): bump x",
        "perf: less work",
        "whatever",
    ]);
    let links = Links {
        repository: Some("https://github.com/o/r".to_owned()),
        between: Some(("v1.0.0".to_owned(), "v2.0.0".to_owned())),
    };
    insta::assert_snapshot!(render(&changes, &links), @"
    ### Breaking changes

    - **cli:** drop `--old` ([#3](https://github.com/o/r/pull/3))
      use `--new`
      instead

    ### Added

    - add a thing ([#2](https://github.com/o/r/pull/2))

    ### Fixed

    - **api:** answer 404 ([#4](https://github.com/o/r/pull/4))

    ### Faster

    - less work (00000000)

    ### Taken back

    - feat: b ([#9](https://github.com/o/r/pull/9))

    ### Dependencies

    - bump x (00000000)

    And 2 commits that users do not notice.

    [All changes since v1.0.0](https://github.com/o/r/compare/v1.0.0...v2.0.0)
    ");
}

#[test]
fn a_release_without_news_says_so() {
    assert_eq!(render(&[], &Links::default()), "No changes.\n");
    let one = render(&changes(&["chore: x"]), &Links::default());
    assert_eq!(one, "1 commit that users do not notice.\n");
}

#[test]
fn a_hostile_message_is_text() {
    let cases = [
        ("<img src=x onerror=y>", "\\<img src=x onerror=y\\>"),
        ("ask @admin", "ask @\u{200b}admin"),
        ("[click](http://evil)", "\\[click\\](http:\u{200b}//evil)"),
        ("www.evil.com", "www\u{200b}.evil.com"),
        ("`<b>` stays, ` alone", "`<b>` stays, \\` alone"),
        ("# big", "\\# big"),
        ("- item", "\\- item"),
        ("a\u{202e}b\u{200b}c\u{1b}[31m", "abc\\[31m"),
        ("a\n\n# b", "a # b"),
        ("&lt;b&gt; a & b", "&amp;lt;b&amp;gt; a &amp; b"),
        ("```", "``\\`"),
    ];
    for (text, expected) in cases {
        assert_eq!(harmless(text), expected, "{text:?}");
    }
}

#[test]
fn a_text_that_github_would_refuse_is_cut_at_a_line() {
    let long: Vec<String> = (0..3000)
        .map(|number| format!("fix: {number} {}", "long ".repeat(20)))
        .collect();
    let long: Vec<&str> = long.iter().map(String::as_str).collect();
    let text = render(&changes(&long), &Links::default());
    assert!(text.len() <= LONGEST, "{}", text.len());
    let entries = text.lines().filter(|line| line.starts_with("- ")).count();
    let said = format!("And {} more changes that do not fit here.", 3000 - entries);
    assert!(
        entries > 900 && text.ends_with(&format!("{said}\n")),
        "{entries}"
    );
}
