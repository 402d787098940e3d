//! Numbers, and texts that could be numbers.
//!
//! A number with more digits than a double holds is written as a text. Where the schema is not at hand, such a text may as
//! well be a text: `1.28` is a version of Kubernetes. A text that a number would never be written as is no question.

use std::cell::Cell;

use serde_json::{Number, Value as Json};

use crate::json::{rounded_as_text, would_be_rounded};

/// How numbers are written.
#[derive(Default)]
pub(super) struct Numbers {
    as_text: bool,
    rounded: Cell<bool>,
}

impl Numbers {
    /// For digests: numbers that a double would round are texts.
    pub(super) fn as_text() -> Self {
        Self {
            as_text: true,
            rounded: Cell::default(),
        }
    }

    /// Whether any number was rounded.
    pub(super) fn any_rounded(&self) -> bool {
        self.rounded.get()
    }

    /// A number as JSON; none when it is too large for any reader of JSON.
    pub(super) fn number(&self, literal: &str) -> Option<Json> {
        if would_be_rounded(literal.as_bytes()) {
            self.rounded.set(true);
            if self.as_text {
                return Some(rounded_as_text(literal));
            }
        }
        literal.parse::<Number>().ok().map(Json::Number)
    }
}

/// Whether a number that is no integer of 64 bits and no double could have been written as this text.
pub(super) fn may_be_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = match digits.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (digits, None),
    };
    let only_digits =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !only_digits(whole) || (whole.len() > 1 && whole.starts_with('0')) {
        return false;
    }
    match fraction {
        None => text.parse::<i64>().is_err(),
        Some(fraction) => {
            only_digits(fraction) && !fraction.ends_with('0') && !is_double(text, fraction)
        }
    }
}

/// Whether a double has exactly this value: then it would have been written as one.
fn is_double(text: &str, fraction: &str) -> bool {
    let Ok(double) = text.parse::<f64>() else {
        return false;
    };
    // All digits of a double's fraction fit into these.
    let exact = format!("{double:.1100}");
    let Some((head, tail)) = exact.split_at_checked(exact.len() - 1100 + fraction.len().min(1100))
    else {
        return false;
    };
    head == text && tail.bytes().all(|digit| digit == b'0')
}

#[cfg(test)]
mod tests {
    use super::may_be_number;

    #[test]
    fn what_a_number_is_never_written_as_is_a_text() {
        for text in [
            "",
            "-",
            "1",
            "-7",
            "123456789012",
            "1.5",
            "0.25",
            "1.50",
            "01.1",
            ".1",
            "1.",
            "1e5",
            "1.2.3",
            "0x1",
            " 1.1",
            "9223372036854775807",
        ] {
            assert!(!may_be_number(text), "{text}");
        }
        for text in [
            "0.1",
            "-1.28",
            "5.7",
            "9223372036854775808",
            "-9223372036854775809",
        ] {
            assert!(may_be_number(text), "{text}");
        }
    }
}
