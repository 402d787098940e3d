//! Numbers as Go's `fmt` prints them.

use super::Spec;

/// An integer under a verb; nothing when the verb is not for integers.
pub(super) fn integer(digits: &str, big: bool, verb: char, spec: &Spec) -> Option<String> {
    let (negative, magnitude) = match digits.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, digits),
    };
    let value = magnitude.parse::<u128>().ok();
    let sharp = |prefix: &str, body: String| {
        if spec.sharp {
            format!("{prefix}{body}")
        } else {
            body
        }
    };
    let body = match verb {
        'v' | 'd' => magnitude.to_owned(),
        's' if big => magnitude.to_owned(),
        'b' => sharp("0b", format!("{:b}", value?)),
        'o' => sharp("0", format!("{:o}", value?)),
        'O' => format!("0o{:o}", value?),
        'x' => sharp("0x", format!("{:x}", value?)),
        'X' => sharp("0X", format!("{:X}", value?)),
        'c' => return Some(character(value?).to_string()),
        'q' => return Some(format!("'{}'", character(value?))),
        'U' => return Some(format!("U+{:04X}", value?)),
        _ => return None,
    };
    let body = match spec.precision {
        Some(digits) => format!("{body:0>digits$}"),
        None => body,
    };
    let plain = Spec::default(); // Go's `%+v` means the names of fields, and no sign
    let sign = sign(negative, if verb == 'v' && !big { &plain } else { spec });
    Some(format!("{sign}{body}"))
}

fn character(code: u128) -> char {
    u32::try_from(code)
        .ok()
        .and_then(char::from_u32)
        .unwrap_or('\u{fffd}')
}

fn sign(negative: bool, spec: &Spec) -> &'static str {
    match (negative, spec.plus, spec.space) {
        (true, _, _) => "-",
        (false, true, _) => "+",
        (false, false, true) => " ",
        _ => "",
    }
}

/// A float under a verb; nothing when the verb is not for floats.
pub(super) fn float(f: f64, verb: char, spec: &Spec) -> Option<String> {
    let magnitude = f.abs();
    let body = match verb {
        'v' | 'g' => general(magnitude, spec.precision),
        'G' => general(magnitude, spec.precision).to_uppercase(),
        'f' | 'F' => format!("{magnitude:.*}", spec.precision.unwrap_or(6)),
        'e' => scientific(magnitude, Some(spec.precision.unwrap_or(6))),
        'E' => scientific(magnitude, Some(spec.precision.unwrap_or(6))).to_uppercase(),
        _ => return None,
    };
    let plain = Spec::default();
    let sign = sign(
        f.is_sign_negative(),
        if verb == 'v' { &plain } else { spec },
    );
    Some(format!("{sign}{body}"))
}

/// Go's `%e`: at least two digits in the exponent.
fn scientific(f: f64, precision: Option<usize>) -> String {
    let text = match precision {
        Some(digits) => format!("{f:.digits$e}"),
        None => format!("{f:e}"),
    };
    let Some((mantissa, exponent)) = text.split_once('e') else {
        return text;
    };
    let (sign, digits) = match exponent.strip_prefix('-') {
        Some(digits) => ('-', digits),
        None => ('+', exponent),
    };
    format!("{mantissa}e{sign}{digits:0>2}")
}

/// Go's `%v` of a float: the shortest text, in scientific form below 1e-4 and from 1e21 (or the given precision).
pub(super) fn general(f: f64, precision: Option<usize>) -> String {
    let digits = precision.map(|digits| digits.max(1));
    let shape = match digits {
        Some(digits) => format!("{f:.*e}", digits - 1),
        None => format!("{f:e}"),
    };
    let exponent: i32 = shape
        .split_once('e')
        .and_then(|(_, exponent)| exponent.parse().ok())
        .unwrap_or(0);
    let threshold = digits.map_or(21, |digits| i32::try_from(digits).unwrap_or(21));
    let rounded: f64 = shape.parse().unwrap_or(f);
    if exponent < -4 || exponent >= threshold {
        scientific(rounded, None)
    } else {
        rounded.to_string()
    }
}
