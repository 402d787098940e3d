//! Size: whatever there is to tell, GitHub takes it, and the verdict is in it.

use evidence::Decision;
use fastrand::Rng;

use crate::desk::{Desk, change, finding};

#[test]
fn no_report_is_refused_for_its_size() {
    let mut random = Rng::with_seed(7);
    let texts = ["x", "\u{e9}\u{4e16}\u{1f600}", "`|<&@#", "a b c "];
    for findings in [0, 1, 49, 50, 51, 500, 501, 3_000, 10_000] {
        let desk = Desk::new();
        let length = match findings {
            0 => 0,
            // about ten megabytes with the largest numbers
            many => random.usize(1..=(10_000_000 / many).min(100_000)),
        };
        let text = texts[random.usize(..texts.len())].repeat(length / 4 + 1);
        let all: Vec<_> = (0..findings)
            .map(|number| finding(&format!("rule/{number}"), &format!("{number} {text}")))
            .collect();
        let changes: Vec<_> = (0..findings)
            .map(|number| change(&format!("module.m{number}.a.b[\"{text}\"]"), "replace"))
            .take(2_000)
            .collect();
        let decision = match findings {
            0 => Decision::Allowed,
            _ => Decision::Denied,
        };
        desk.judged("prod", decision, &all, &changes);
        desk.judged("dev", Decision::Allowed, &[], &[]);
        desk.reports(&["--code-scanning"]);
        let body = desk.comment();
        assert!(body.encode_utf16().count() <= 65_536, "{findings}");
        assert!(
            body.contains(&format!("### Towpath: {}", decision.word())),
            "{findings}"
        );
        let check = &desk.github.checks()[0];
        assert!(check.summary.len() <= 65_535, "{findings}");
        assert_eq!(check.annotations.len(), findings.min(500), "{findings}");
        // and again, over what was told before
        desk.reports(&[]);
        assert!(desk.comment().contains(decision.word()));
    }
}
