//! What is a number in a cell: what JSON calls one, and finite. So `NaN`, `+1`, `1,200` and ` 1` are none, in every reader alike.

/// The number that a cell holds
pub fn number(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, rest) = split_digits(unsigned);
    if whole.is_empty() || (whole.starts_with('0') && whole.len() > 1) {
        return None;
    }
    let rest = match rest.strip_prefix('.') {
        Some(fraction) => match split_digits(fraction) {
            ("", _) => return None,
            (_, rest) => rest,
        },
        None => rest,
    };
    let rest = match rest.strip_prefix(['e', 'E']) {
        Some(exponent) => {
            let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            match split_digits(digits) {
                ("", _) => return None,
                (_, rest) => rest,
            }
        }
        None => rest,
    };
    let is_whole = rest.is_empty();
    text.parse()
        .ok()
        .filter(|number: &f64| is_whole && number.is_finite())
}

fn split_digits(text: &str) -> (&str, &str) {
    let end = text.bytes().position(|byte| !byte.is_ascii_digit());
    text.split_at(end.unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_json() {
        for (text, value) in [
            ("0", 0.0),
            ("-0", 0.0),
            ("-122.23", -122.23),
            ("1.5e3", 1500.0),
            ("1E-2", 0.01),
            ("1e+2", 100.0),
            ("123456789012345678901234567890", 1.234_567_890_123_456_8e29),
        ] {
            assert_eq!(number(text), Some(value), "{text}");
        }
        for text in [
            "", "-", ".5", "5.", "1e", "1e+", "01", "-01", "+1", " 1", "1 ", "1,2", "1_0", "0x1",
            "NaN", "inf", "1e999", "--1", "1.2.3", "1e5.0", "\u{661}",
        ] {
            assert_eq!(number(text), None, "{text}");
        }
    }
}
