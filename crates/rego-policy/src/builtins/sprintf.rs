//! `sprintf` with Go's rules (D4).
//!
//! The engine fails on a surplus argument, and a denial whose message it was vanishes. Go prints the oddity into the
//! text and goes on: `%!(EXTRA int64=1)`, `%!d(string=a)`, `%!s(MISSING)`. As OPA does, whole numbers reach the verbs as
//! integers, other numbers as floats, strings as strings, and everything else as the text of its value.

mod numbers;

use super::{Answer, Builtin, kind, text};
use numbers::{float, general, integer};
use regorus::Value;

pub(super) fn builtins() -> Vec<Builtin> {
    vec![Builtin::new("sprintf", 2, |params| -> Answer {
        let format = text(&params[0])?;
        let Value::Array(args) = &params[1] else {
            return Err(format!(
                "expects an array of values, got {}",
                kind(&params[1])
            ));
        };
        let args: Vec<Arg> = args.iter().map(Arg::from).collect();
        Ok(sprintf(format, &args).into())
    })]
}

enum Arg {
    /// Digits with an optional sign, and whether it is beyond 64 bits.
    Int(String, bool),
    Float(f64),
    Text(String),
}

impl From<&Value> for Arg {
    fn from(value: &Value) -> Self {
        match value {
            Value::Number(n) if n.is_integer() => {
                let digits = match n.as_i128() {
                    Some(whole) => whole.to_string(),
                    None => n.format_decimal(),
                };
                Self::Int(digits, n.as_i64().is_none())
            }
            Value::Number(n) => Self::Float(n.as_f64().unwrap_or(f64::NAN)),
            Value::String(text) => Self::Text(text.to_string()),
            other => Self::Text(rego_text(other)),
        }
    }
}

/// A value as Rego prints it: sets in braces, strings in quotes.
fn rego_text(value: &Value) -> String {
    let list = |items: Vec<String>| items.join(", ");
    match value {
        Value::Array(items) => format!("[{}]", list(items.iter().map(rego_text).collect())),
        Value::Set(items) if items.is_empty() => "set()".to_owned(),
        Value::Set(items) => format!("{{{}}}", list(items.iter_sorted().map(rego_text).collect())),
        Value::Object(fields) => {
            let fields = fields
                .iter_sorted()
                .map(|(k, v)| format!("{}: {}", rego_text(k), rego_text(v)));
            format!("{{{}}}", list(fields.collect()))
        }
        other => other.to_string(),
    }
}

#[derive(Default)]
struct Spec {
    minus: bool,
    plus: bool,
    sharp: bool,
    space: bool,
    zero: bool,
    width: Option<usize>,
    precision: Option<usize>,
}

fn sprintf(format: &str, args: &[Arg]) -> String {
    let chars: Vec<char> = format.chars().collect();
    let mut out = String::with_capacity(format.len());
    let (mut at, mut next, mut reordered) = (0, 0, false);
    while let Some(&c) = chars.get(at) {
        at += 1;
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut spec = Spec::default();
        while let Some(flag) = chars.get(at) {
            match flag {
                '-' => spec.minus = true,
                '+' => spec.plus = true,
                '#' => spec.sharp = true,
                ' ' => spec.space = true,
                '0' => spec.zero = true,
                _ => break,
            }
            at += 1;
        }
        index(&chars, &mut at, &mut next, &mut reordered);
        spec.width = number(&chars, &mut at, args, &mut next);
        if chars.get(at) == Some(&'.') {
            at += 1;
            index(&chars, &mut at, &mut next, &mut reordered);
            spec.precision = Some(number(&chars, &mut at, args, &mut next).unwrap_or(0));
        }
        index(&chars, &mut at, &mut next, &mut reordered);
        let Some(&verb) = chars.get(at) else {
            out.push_str("%!(NOVERB)");
            break;
        };
        at += 1;
        if verb == '%' {
            out.push('%');
        } else if let Some(arg) = args.get(next) {
            out.push_str(&arg.print(verb, &spec));
            next += 1;
        } else {
            out.push_str(&format!("%!{verb}(MISSING)"));
        }
    }
    if !reordered && next < args.len() {
        let extra: Vec<String> = args[next..]
            .iter()
            .map(|arg| format!("{}={}", arg.go_type(), arg.plain()))
            .collect();
        out.push_str(&format!("%!(EXTRA {})", extra.join(", ")));
    }
    out
}

/// `[n]`: the next argument is the n-th, from 1.
fn index(chars: &[char], at: &mut usize, next: &mut usize, reordered: &mut bool) {
    if chars.get(*at) != Some(&'[') {
        return;
    }
    let inner: String = chars[*at + 1..].iter().take_while(|c| **c != ']').collect();
    if let Ok(n @ 1..) = inner.parse::<usize>() {
        *next = n - 1;
        *reordered = true;
        *at += inner.chars().count() + 2;
    }
}

/// A width or precision: digits, or `*` for the next argument.
fn number(chars: &[char], at: &mut usize, args: &[Arg], next: &mut usize) -> Option<usize> {
    if chars.get(*at) == Some(&'*') {
        *at += 1;
        *next += 1;
        return match args.get(*next - 1) {
            Some(Arg::Int(digits, _)) => digits.parse().ok(),
            _ => None,
        };
    }
    let digits: String = chars[*at..]
        .iter()
        .take_while(|c| c.is_ascii_digit())
        .collect();
    *at += digits.len();
    // Wide enough for any message; a policy cannot ask for gigabytes of blanks.
    digits.parse().ok().map(|n: usize| n.min(10_000))
}

impl Arg {
    fn go_type(&self) -> &'static str {
        match self {
            Self::Int(_, false) => "int64",
            Self::Int(_, true) => "*big.Int",
            Self::Float(_) => "float64",
            Self::Text(_) => "string",
        }
    }

    fn plain(&self) -> String {
        match self {
            Self::Int(digits, _) => digits.clone(),
            Self::Float(f) => general(*f, None),
            Self::Text(text) => text.clone(),
        }
    }

    fn print(&self, verb: char, spec: &Spec) -> String {
        let printed = match self {
            Self::Int(digits, big) => integer(digits, *big, verb, spec),
            Self::Float(f) => float(*f, verb, spec),
            Self::Text(text) => string(text, verb, spec),
        };
        if verb == 'T' {
            return pad(self.go_type().to_owned(), spec, false);
        }
        match printed {
            Some(text) => pad(text, spec, !matches!(self, Self::Text(_))),
            None => {
                let type_name = self.go_type().trim_start_matches('*');
                format!("%!{verb}({type_name}={})", self.print('v', spec))
            }
        }
    }
}

fn string(text: &str, verb: char, spec: &Spec) -> Option<String> {
    let cut: String = match spec.precision {
        Some(length) => text.chars().take(length).collect(),
        None => text.to_owned(),
    };
    Some(match verb {
        'v' if spec.sharp => quote(text),
        'v' | 's' => cut,
        'q' => quote(&cut),
        'x' => cut.bytes().map(|byte| format!("{byte:02x}")).collect(),
        'X' => cut.bytes().map(|byte| format!("{byte:02X}")).collect(),
        _ => return None,
    })
}

/// Go's `strconv.Quote`.
fn quote(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{b}' => out.push_str("\\v"),
            '\u{c}' => out.push_str("\\f"),
            c if c.is_ascii_control() => out.push_str(&format!("\\x{:02x}", u32::from(c))),
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn pad(text: String, spec: &Spec, numeric: bool) -> String {
    let missing = spec.width.unwrap_or(0).saturating_sub(text.chars().count());
    if missing == 0 {
        return text;
    }
    if spec.minus {
        return text + &" ".repeat(missing);
    }
    let zero = !numeric || spec.precision.is_none() || text.contains('.');
    if spec.zero && zero {
        let signed = numeric && text.starts_with(['-', '+', ' ']);
        let (sign, digits) = text.split_at(usize::from(signed));
        return format!("{sign}{}{digits}", "0".repeat(missing));
    }
    " ".repeat(missing) + &text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn print(format: &str, args: &str) -> String {
        let args = Value::from_json_str(args).unwrap();
        let args: Vec<Arg> = args.as_array().unwrap().iter().map(Arg::from).collect();
        sprintf(format, &args)
    }

    #[test]
    fn prints_what_go_prints() {
        for (format, args, expected) in [
            ("bad %s", r#"["a", "b"]"#, "bad a%!(EXTRA string=b)"),
            ("%v", r#"["a", 1, 2.5]"#, "a%!(EXTRA int64=1, float64=2.5)"),
            ("%d", r#"["a"]"#, "%!d(string=a)"),
            ("%s", "[5]", "%!s(int64=5)"),
            ("%s %s", r#"["a"]"#, "a %!s(MISSING)"),
            ("100%%", "[]", "100%"),
            ("100%", "[]", "100%!(NOVERB)"),
            (
                "%v|%v|%v",
                r#"[["a", 1], {"k": null}, true]"#,
                r#"["a", 1]|{"k": null}|true"#,
            ),
            ("%q", r#"["a\"b\n"]"#, r#""a\"b\n""#),
            ("%t", "[true]", "%!t(string=true)"),
            ("%x %X %x", r#"[255, 255, "hi"]"#, "ff FF 6869"),
            (
                "%.2f|%8.3f|%f",
                "[3.14159, 2.5, 0.5]",
                "3.14|   2.500|0.500000",
            ),
            (
                "%5d|%-5d|%05d|%+d",
                "[42, 42, -42, 42]",
                "   42|42   |-0042|+42",
            ),
            ("%6s|%-6s|%.1s", r#"["ab", "ab", "ab"]"#, "    ab|ab    |a"),
            (
                "%v %v %v",
                "[0.1, 1e21, 0.00001]",
                "0.1 1000000000000000000000 1e-05",
            ),
            ("%[2]s %[1]s", r#"["a", "b"]"#, "b a"),
            (
                "%+v %06d %5.1f",
                r#"[1, "x", 3]"#,
                "1 %!d(string=00000x) %!f(int64=    3)",
            ),
            ("%*d", "[5, 42]", "   42"),
            ("%z", "[1]", "%!z(int64=1)"),
            ("%e", "[1234.5]", "1.234500e+03"),
            ("%d", "[18446744073709551615]", "18446744073709551615"),
        ] {
            assert_eq!(print(format, args), expected, "sprintf({format:?}, {args})");
        }
    }
}
