//! Secret texts, and covering them in other texts.
//!
//! A secret also appears escaped in JSON, percent-encoded in an address, or in base64, alone or inside a longer text; all
//! of these are looked for at once. Texts shorter than four characters are left alone: covering every `1` or `no` would
//! destroy the document and protect nothing.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::sync::Arc;

use aho_corasick::{AhoCorasick, MatchKind};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use serde_json::Value;

use super::marks::Tokens;

const MIN_CHARS: usize = 4;
const MIN_BASE64_CHARS: usize = 8;
const MIN_LINE_CHARS: usize = 16;

/// The secrets of a plan. Printing it shows none of them.
#[derive(Clone, Default)]
pub struct Secrets {
    texts: Vec<(String, String)>,
    whole: Cover,
    lines: Cover,
}

/// Patterns and what to put in their place.
#[derive(Clone, Default)]
pub(super) struct Cover {
    patterns: Option<AhoCorasick>,
    tokens: Arc<[String]>,
}

impl Secrets {
    pub(super) fn new(tokens: Tokens) -> Self {
        let mut texts: Vec<(String, String)> = Vec::new();
        let mut seen = HashSet::new();
        let mut forms = BTreeMap::new();
        for (text, token) in tokens.texts {
            if seen.insert(text.clone()) {
                for form in forms_of(&text) {
                    forms.entry(form).or_insert_with(|| token.clone());
                }
                texts.push((text, token));
            }
        }
        let whole = Cover::new(&forms);
        for (text, token) in &texts {
            for line in text.lines().map(str::trim) {
                if line.chars().count() >= MIN_LINE_CHARS && !line.starts_with("-----") {
                    forms
                        .entry(line.to_owned())
                        .or_insert_with(|| token.clone());
                }
            }
        }
        Self {
            whole,
            lines: Cover::new(&forms),
            texts,
        }
    }

    /// The text with every secret, and every long line of one, replaced by its token.
    pub fn mask(&self, text: &str) -> String {
        self.lines.cover(text).unwrap_or_else(|| text.to_owned())
    }

    /// The secrets in clear, to be told to whoever hides them in logs.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.texts.iter().map(|(text, _)| text.as_str())
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    pub(super) fn whole(&self) -> &Cover {
        &self.whole
    }
}

impl Cover {
    fn new(forms: &BTreeMap<String, String>) -> Self {
        if forms.is_empty() {
            return Self::default();
        }
        let patterns = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(forms.keys());
        // Building fails only beyond four billion states; the document that would need them does not fit into memory.
        Self {
            patterns: patterns.ok(),
            tokens: forms.values().cloned().collect(),
        }
    }

    /// The text with every match replaced; none when there is no match.
    pub(super) fn cover(&self, text: &str) -> Option<String> {
        let patterns = self.patterns.as_ref()?;
        patterns
            .is_match(text)
            .then(|| patterns.replace_all(text, &self.tokens))
    }
}

/// The text of a scalar that is worth looking for.
pub(super) fn searchable(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (text.chars().count() >= MIN_CHARS).then_some(text)
}

fn forms_of(text: &str) -> Vec<String> {
    let quoted = Value::from(text).to_string();
    let escaped = &quoted[1..quoted.len() - 1];
    let mut forms = vec![
        text.to_owned(),
        escaped.to_owned(),
        escape_html(escaped),
        percent_encoded(text),
    ];
    // Text before the secret shifts its bits, so there are three ways to write it. The outermost characters also carry
    // bits of the neighbours, and are left out.
    for shift in 0..3usize {
        let bytes = [&[0; 2][..shift], text.as_bytes()].concat();
        let from = (shift * 8).div_ceil(6);
        let to = bytes.len() * 8 / 6;
        for encoded in [
            STANDARD_NO_PAD.encode(&bytes),
            URL_SAFE_NO_PAD.encode(&bytes),
        ] {
            forms.extend(
                encoded
                    .get(from..to)
                    .filter(|core| core.len() >= MIN_BASE64_CHARS)
                    .map(str::to_owned),
            );
        }
    }
    forms
}

/// As `jsonencode` writes it: Terraform escapes these three in JSON texts.
fn escape_html(text: &str) -> String {
    text.replace('&', "\\u0026")
        .replace('<', "\\u003c")
        .replace('>', "\\u003e")
}

fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                encoded.push(char::from(byte))
            }
            other => encoded.push_str(&format!("%{other:02X}")),
        }
    }
    encoded
}

impl fmt::Debug for Secrets {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("***")
    }
}
