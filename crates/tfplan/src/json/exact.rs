//! Numbers that a double would round, kept as text.
//!
//! Terraform computes with 512 bits, and a plan may hold `0.333...` with 150 digits. Policies get the nearest double, as
//! every reader of JSON does. A digest must not: two plans that differ in the last digit do different things. So the
//! digest reads a second document, made only when there is such a number, in which its literal is a text.

/// The same document with each number that would be rounded as a text; none when there is no such number.
pub(super) fn with_numbers_as_text(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut copy: Option<Vec<u8>> = None;
    let mut copied = 0;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' => at = string_end(bytes, at),
            b'-' | b'0'..=b'9' => {
                let end = number_end(bytes, at);
                let literal = &bytes[at..end];
                if would_be_rounded(literal) {
                    let copy = copy.get_or_insert_default();
                    copy.extend_from_slice(&bytes[copied..at]);
                    copy.extend_from_slice(b"\"\\u0000number ");
                    copy.extend_from_slice(literal);
                    copy.push(b'"');
                    copied = end;
                }
                at = end;
            }
            _ => at += 1,
        }
    }
    let mut copy = copy?;
    copy.extend_from_slice(&bytes[copied..]);
    Some(copy)
}

/// The text in the place of a number. No value of a plan has it by accident: none begins with a control character.
pub(crate) fn rounded_as_text(literal: &str) -> serde_json::Value {
    format!("\0number {literal}").into()
}

fn string_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

fn number_end(bytes: &[u8], start: usize) -> usize {
    let in_number = |byte: &u8| matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9');
    start
        + bytes[start..]
            .iter()
            .take_while(|byte| in_number(byte))
            .count()
}

/// Whether reading the literal and writing it again gives another number.
pub(crate) fn would_be_rounded(literal: &[u8]) -> bool {
    // 15 digits always survive a double.
    if literal.iter().filter(|byte| byte.is_ascii_digit()).count() <= 15
        && !literal.iter().any(|byte| matches!(byte, b'e' | b'E'))
    {
        return false;
    }
    let Ok(read) = serde_json::from_slice::<serde_json::Number>(literal) else {
        return true;
    };
    let written = read.to_string();
    std::str::from_utf8(literal).map(decimal) != Ok(decimal(&written))
}

/// Sign, significant digits and exponent of a literal: equal for equal numbers.
fn decimal(literal: &str) -> Option<(bool, String, i64)> {
    let (mantissa, exponent) = literal.split_once(['e', 'E']).unwrap_or((literal, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{}{fraction}", whole.trim_start_matches('-'));
    let significant = digits.trim_end_matches('0');
    let dropped = i64::try_from(digits.len() - significant.len()).ok()?;
    let scale = exponent.trim_start_matches('+').parse::<i64>().ok()?
        - i64::try_from(fraction.len()).ok()?;
    let digits = significant.trim_start_matches('0').to_owned();
    let exponent = if digits.is_empty() {
        0
    } else {
        scale.checked_add(dropped)?
    };
    Some((whole.starts_with('-'), digits, exponent))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_that_would_be_rounded_become_text() {
        for kept in [
            "1",
            "-0.1",
            "1.50",
            "18446744073709551615",
            "1e3",
            "0.30000000000000004",
            "[\"12345678901234567890123\"]",
        ] {
            assert_eq!(with_numbers_as_text(kept.as_bytes()), None, "{kept}");
        }
        for changed in [
            "12345678901234567890123",
            "0.33333333333333333333",
            "1e999",
            "9007199254740993.5",
        ] {
            let text =
                with_numbers_as_text(format!("{{\"a\\\"1\":{changed}}}").as_bytes()).unwrap();
            assert_eq!(
                String::from_utf8(text).unwrap(),
                format!("{{\"a\\\"1\":\"\\u0000number {changed}\"}}")
            );
        }
    }
}
