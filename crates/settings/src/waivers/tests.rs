//! What a person sees who mistyped a waiver.

use miette::{GraphicalReportHandler, GraphicalTheme, ThemeCharacters, ThemeStyles};

use super::*;

const GOOD: &str = "\
waivers:
  - rule: s3/encryption
    address: aws_s3_bucket.raw
    owner: ada
    reason: moved next week
    expires: 2026-12-31
    environments: [prod]
";

fn rendered(error: &SettingsError) -> String {
    let theme = GraphicalTheme {
        characters: ThemeCharacters::ascii(),
        styles: ThemeStyles::none(),
    };
    let mut frame = String::new();
    GraphicalReportHandler::new_themed(theme)
        .with_width(100)
        .render_report(&mut frame, error)
        .unwrap();
    frame
}

fn parsed(text: &str) -> Result<WaiverFile, SettingsError> {
    let file = WaiverFile::parse("policy/waivers.yaml".into(), text)?;
    file.check(
        ["s3/encryption", "s3/public"].into_iter(),
        ["dev", "prod"].into_iter(),
    )?;
    Ok(file)
}

fn changed(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from), "{from}");
    rendered(&parsed(&GOOD.replace(from, to)).unwrap_err())
}

#[test]
fn a_waiver_is_what_it_says_where_it_says_so() {
    let file = parsed(GOOD).unwrap();
    let waivers: Vec<_> = file.of(Some("prod")).collect();
    assert_eq!(waivers.len(), 1);
    assert_eq!(waivers[0].place, "policy/waivers.yaml:2");
    assert_eq!(waivers[0].expires.to_string(), "2026-12-31");
    assert_eq!(file.of(Some("dev")).count() + file.of(None).count(), 0);
    assert_eq!(parsed("waivers: []").unwrap().of(None).count(), 0);
}

#[test]
fn what_is_mistyped_is_shown_on_its_line() {
    let frames = [
        changed("expires: 2026-12-31", "expire: 2026-12-31"),
        changed("s3/encryption", "s3/encrytion"),
        changed("[prod]", "[prd]"),
        changed("2026-12-31", "2026-13-31"),
        changed("2026-12-31", "20261231"),
        changed("owner: ada", "owner: ''"),
        changed("aws_s3_bucket.raw", "'*'"),
        changed("aws_s3_bucket.raw", "'aws_s3_bucket.raw[\"a]'"),
        changed("s3/encryption", "s3/*"),
        changed("    reason: moved next week\n", ""),
        changed("[prod]", "[]"),
        changed("[prod]", "[prod]\n    digest: abc"),
        changed("[prod]", "[prod]\n    unused_until: 2027-01-01"),
        rendered(
            &parsed(&format!(
                "{GOOD}{}",
                &GOOD[9..].replace("prod", "dev, prod")
            ))
            .unwrap_err(),
        ),
        rendered(&parsed("").unwrap_err()),
        rendered(&parsed("waivers:\n  - rule: a\n   address: b\n").unwrap_err()),
        rendered(&parsed(&format!("{GOOD}    owner: bob\n")).unwrap_err()),
    ];
    insta::assert_snapshot!(frames.join("\n"));
}
