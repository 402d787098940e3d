//! What is a number in a cell: what JSON calls one, and finite. So `NaN`, `+1`, `1,200` and ` 1` are none, in every reader alike.

/// Powers of ten that 64 bits hold exactly
const TENS: [f64; 16] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
];

/// The number that a cell holds
pub fn number(text: &str) -> Option<f64> {
    let bytes = text.as_bytes();
    let unsigned = bytes.strip_prefix(b"-").unwrap_or(bytes);
    let (whole, digits, rest) = digits(unsigned, 0);
    if digits == 0 || (unsigned[0] == b'0' && digits > 1) {
        return None;
    }
    let (mantissa, decimals, rest) = match rest.strip_prefix(b".") {
        None => (whole, 0, rest),
        Some(fraction) => match self::digits(fraction, whole) {
            (_, 0, _) => return None,
            found => found,
        },
    };
    if rest.is_empty() && digits + decimals < TENS.len() {
        // both are exact, so their quotient is rounded once: the nearest number, as `parse` finds it
        let value = mantissa as f64 / TENS[decimals];
        let is_negative = unsigned.len() < bytes.len();
        return Some(if is_negative { -value } else { value });
    }
    let rest = match rest.strip_prefix(b"e").or(rest.strip_prefix(b"E")) {
        None => rest,
        Some(exponent) => {
            let unsigned = exponent.strip_prefix(b"+").or(exponent.strip_prefix(b"-"));
            match self::digits(unsigned.unwrap_or(exponent), 0) {
                (_, 0, _) => return None,
                (.., rest) => rest,
            }
        }
    };
    let is_whole = rest.is_empty();
    text.parse()
        .ok()
        .filter(|number: &f64| is_whole && number.is_finite())
}

/// Digits read on to a number, how many, and what is behind them; the number is right for up to 15 digits
fn digits(bytes: &[u8], before: u64) -> (u64, usize, &[u8]) {
    let count = bytes.iter().position(|byte| !byte.is_ascii_digit());
    let (digits, rest) = bytes.split_at(count.unwrap_or(bytes.len()));
    let read = |number: u64, digit: &u8| {
        number
            .wrapping_mul(10)
            .wrapping_add(u64::from(digit - b'0'))
    };
    (digits.iter().fold(before, read), digits.len(), rest)
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
