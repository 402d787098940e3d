//! A secret in a haystack: in whichever form it was written down.

use test_support::Program;

/// The ways in which a text may be written: as it is, in JSON, in JSON within JSON, in a workflow command, in base64 at
/// any offset.
fn forms(secret: &str) -> Vec<Vec<u8>> {
    let escaped = |text: &str| {
        let json = serde_json::to_string(text).unwrap();
        json[1..json.len() - 1].to_owned()
    };
    let json = escaped(secret);
    let mut forms = vec![
        secret.as_bytes().to_vec(),
        escaped(&json).into_bytes(),
        json.into_bytes(),
        secret.replace('%', "%25").into_bytes(),
    ];
    forms.extend((0..3).map(|offset| base64_inside(secret.as_bytes(), offset)));
    forms
}

/// What every base64 of a text holds that has `secret` at `offset` bytes past a group of three.
fn base64_inside(secret: &[u8], offset: usize) -> Vec<u8> {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let whole = &secret[(3 - offset) % 3..];
    let groups = whole.chunks_exact(3).map(|group| {
        let number = group
            .iter()
            .fold(0u32, |number, byte| number << 8 | u32::from(*byte));
        [18, 12, 6, 0].map(|shift| DIGITS[(number >> shift & 63) as usize])
    });
    groups.flatten().collect()
}

/// Whether `secret` stands in `bytes` in any form.
pub(crate) fn holds(bytes: &[u8], secret: &str) -> bool {
    forms(secret)
        .iter()
        .any(|form| bytes.windows(form.len()).any(|part| part == form))
}

#[test]
fn each_form_is_found() {
    let secret = "s3kr3t \"towing\" \\ line";
    let json = serde_json::json!({ "a": serde_json::json!({ "b": secret }).to_string() });
    assert!(holds(json.to_string().as_bytes(), secret));
    let inside = |prefix: &str| {
        let encode = "printf %s \"$1$2\" | base64 -w0";
        let ran = Program::new("sh")
            .args(["-c", encode, "sh", prefix, secret])
            .run();
        holds(ran.stdout.as_bytes(), secret)
    };
    assert!(inside("") && inside("x") && inside("xy") && inside("xyz"));
    assert!(holds(b"::error::my 100%25", "my 100%"));
    assert!(!holds(b"s3kr3t", secret));
}
