//! However much there is to say, a report fits, keeps its verdict and counts what it left out.

use evidence::{Finding, Level};
use proptest::prelude::*;
use report_formats::{Budget, Report, Section, Sources, markdown};

use crate::sample;

/// Text of any length, of characters that need escaping, more than one byte, or more than one UTF-16 unit.
fn any_text() -> impl Strategy<Value = String> {
    proptest::string::string_regex("([a-z<|`@#$\\\\\n\r_]|ä|\u{1f6a2}|::){0,60}")
        .expect("a regular expression")
}

fn any_finding() -> impl Strategy<Value = Finding> {
    let level = prop_oneof![Just(Level::Deny), Just(Level::Warn)];
    (
        any_text(),
        level,
        any_text(),
        proptest::option::of(any_text()),
    )
        .prop_map(|(rule, level, message, resource)| {
            let mut finding = sample::finding(&rule, level, &message);
            finding.resource = resource;
            finding
        })
}

fn any_budget() -> impl Strategy<Value = Budget> {
    let limit = prop_oneof![0usize..3000, Just(65_536), Just(1024 * 1024)];
    (limit, any::<bool>()).prop_map(|(limit, bytes)| match bytes {
        true => Budget::Bytes(limit),
        false => Budget::Characters(limit),
    })
}

fn limit(budget: Budget) -> usize {
    match budget {
        Budget::Bytes(limit) | Budget::Characters(limit) => limit,
    }
}

/// The numbers before `noun` in all notes, summed.
fn left_out(text: &str, noun: &str) -> usize {
    let is_note = |line: &&str| line.starts_with("Left out here: ") || line.starts_with("... and ");
    let mut sum = 0;
    for note in text.lines().filter(is_note) {
        let words: Vec<&str> = note
            .split([' ', ',', '.'])
            .filter(|word| !word.is_empty())
            .collect();
        for pair in words
            .windows(2)
            .filter(|pair| pair[1].trim_end_matches('s') == noun)
        {
            sum += pair[0]
                .parse::<usize>()
                .expect("a number stands before what it counts");
        }
    }
    sum
}

fn check(report: &Report<'_>, budget: Budget) -> Result<(), TestCaseError> {
    let text = markdown(report, budget);
    prop_assert!(
        budget.size(&text) <= limit(budget),
        "{} over {budget:?}",
        budget.size(&text)
    );
    let label = report.outcome.label;
    if limit(budget) >= label.len() {
        prop_assert!(text.contains(label), "no verdict in {text}");
    }
    // from this size on there is room for every note
    if limit(budget) >= 1000 {
        let rows = text
            .lines()
            .filter(|line| line.starts_with("| x |") || line.starts_with("| ! |"))
            .count();
        prop_assert_eq!(
            rows + left_out(&text, "denial") + left_out(&text, "warning"),
            report.findings.len()
        );
        let reasons = text.lines().filter(|line| line.starts_with("- ")).count();
        prop_assert_eq!(reasons + left_out(&text, "reason"), report.reasons.len());
        let lines = text.lines().filter(|line| line.starts_with("+ ")).count();
        let all: usize = report
            .sections
            .iter()
            .map(|section| section.lines.len())
            .sum();
        prop_assert_eq!(lines + left_out(&text, "line"), all);
        prop_assert_eq!(
            text.matches("<details>").count(),
            text.matches("</details>").count()
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_report_fits_any_budget(
        kinds in proptest::collection::vec(any_finding(), 1..6),
        count in prop_oneof![0usize..50, 9_000usize..=10_000],
        reasons in proptest::collection::vec("[a-z|`@]{1,40}", 0..40),
        lines in 0usize..2000,
        budget in any_budget(),
    ) {
        let findings: Vec<Finding> = kinds.into_iter().cycle().take(count).collect();
        let sources = Sources::new();
        let mut report = sample::denied(&findings, &sources);
        report.reasons = reasons;
        report.sections = vec![
            Section { title: "changes".into(), language: "diff", lines: vec!["+ a".into(); lines] },
            Section { title: "more".into(), language: "", lines: vec!["+ b".into(); 3] },
        ];
        check(&report, budget)?;
    }
}

#[test]
fn ten_thousand_findings_fill_a_comment_and_no_more() {
    let findings: Vec<Finding> = (0..5_000).flat_map(|_| sample::findings()).collect();
    let sources = Sources::new();
    let report = sample::denied(&findings, &sources);
    for budget in [Budget::COMMENT, Budget::CHECK_RUN, Budget::STEP_SUMMARY] {
        let text = markdown(&report, budget);
        let (size, limit) = (budget.size(&text), limit(budget));
        assert!(
            size <= limit && size > limit * 95 / 100,
            "{size} of {limit}"
        );
        check(&report, budget).unwrap();
    }
}
