//! What a report says, before anybody decides how it looks.
//!
//! The rendering of one format never looks further than this: the verdict, the facts beside it, the findings, the
//! reasons that no finding holds, and sections of detail that may be left out.

use std::cmp::Reverse;

use evidence::{Finding, Level};

use crate::Sources;

/// Everything that one run has to say.
#[derive(Clone, Debug)]
pub struct Report<'a> {
    /// The program, for example `policy-check`.
    pub tool: &'a str,
    /// What it does, for a heading: `Policy check`.
    pub title: &'a str,
    /// The answer.
    pub outcome: Outcome<'a>,
    /// What stands beside the answer, in the order in which it is shown.
    pub facts: Vec<Fact>,
    /// Why, where no finding says it: `no approval for housing 7`.
    pub reasons: Vec<String>,
    /// What the rules found, in any order.
    pub findings: &'a [Finding],
    /// Details, for the formats that have room for them.
    pub sections: Vec<Section>,
    /// The files that findings point into, for code frames and links.
    pub sources: &'a Sources,
}

/// The answer, in one word, and whether it lets the work go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome<'a> {
    /// `allowed`, `denied`, `not enough evidence`.
    pub label: &'a str,
    /// Whether the work may go on.
    pub ok: bool,
}

/// One fact beside the verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// `38 resources`: how many there are of something.
    Count {
        /// In the singular: `resource`.
        noun: String,
        /// How many.
        count: u64,
    },
    /// `1 of 43 rules`: how many of how many.
    Share {
        /// In the singular: `rule`.
        noun: String,
        /// How many of them.
        part: u64,
        /// How many in all.
        whole: u64,
    },
    /// `plan 4f1c9a2e`: the name of something, to be compared or copied.
    Name {
        /// What it names.
        name: String,
        /// The name.
        value: String,
    },
    /// `21 ms`: a text that needs no name before it when a person reads it.
    Plain {
        /// What a program calls it: `duration`.
        name: String,
        /// The text.
        text: String,
    },
}

impl Fact {
    /// `38 resources`
    pub fn count(noun: impl Into<String>, count: usize) -> Self {
        Self::Count {
            noun: noun.into(),
            count: count as u64,
        }
    }

    /// `1 of 43 rules`
    pub fn share(noun: impl Into<String>, part: usize, whole: usize) -> Self {
        Self::Share {
            noun: noun.into(),
            part: part as u64,
            whole: whole as u64,
        }
    }

    /// `plan 4f1c9a2e`
    pub fn name(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self::Name {
            name: name.into(),
            value: value.into(),
        }
    }

    /// `21 ms`
    pub fn plain(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self::Plain {
            name: name.into(),
            text: text.into(),
        }
    }

    /// The fact as a person reads it on one line.
    pub fn shown(&self) -> String {
        match self {
            Self::Count { noun, count } => counted(*count, noun),
            Self::Share { noun, part, whole } => format!("{part} of {}", counted(*whole, noun)),
            Self::Name { name, value } => format!("{name} {value}"),
            Self::Plain { text, .. } => text.clone(),
        }
    }
}

/// `1 rule`, `2 rules`.
pub(crate) fn counted(count: u64, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// Details under a title: shown where there is room, counted where there is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// `all 5 changes, by module`
    pub title: String,
    /// The language for highlighting, for example `diff`; empty for none.
    pub language: &'static str,
    /// The lines, most important first.
    pub lines: Vec<String>,
}

/// How many findings there are of each level.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Counts {
    /// Findings that deny.
    pub deny: usize,
    /// Findings that warn.
    pub warn: usize,
}

impl Report<'_> {
    /// The findings as a person should meet them: denials first, then by place, rule and resource.
    pub fn ranked(&self) -> Vec<&Finding> {
        let mut findings: Vec<&Finding> = self.findings.iter().collect();
        findings.sort_by_key(|finding| {
            let place = finding.location.as_ref();
            (
                Reverse(finding.level),
                place.is_none(),
                place,
                &finding.rule,
                &finding.resource,
            )
        });
        findings
    }

    /// How many findings there are of each level.
    pub fn counts(&self) -> Counts {
        let deny = self
            .findings
            .iter()
            .filter(|finding| finding.level == Level::Deny)
            .count();
        Counts {
            deny,
            warn: self.findings.len() - deny,
        }
    }
}
