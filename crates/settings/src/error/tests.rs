//! What a person sees who wrote something wrong.

use camino::Utf8Path;
use miette::{GraphicalReportHandler, GraphicalTheme, ThemeCharacters, ThemeStyles};

use crate::{Settings, SettingsError};

fn shown(text: &str) -> String {
    let error = Settings::parse(Utf8Path::new("towpath.yaml"), text).unwrap_err();
    let theme = GraphicalTheme {
        characters: ThemeCharacters::ascii(),
        styles: ThemeStyles::none(),
    };
    let mut frame = String::new();
    GraphicalReportHandler::new_themed(theme)
        .render_report(&mut frame, &error)
        .unwrap();
    frame
}

#[test]
fn an_unknown_key_is_named_with_its_line_and_the_nearest_key() {
    insta::assert_snapshot!(shown("project: housing\npolicy:\n  namespace: [main]\n"));
    insta::assert_snapshot!(shown("gate:\n  zzz: 1\n"));
}

#[test]
fn a_value_without_meaning_is_shown_in_its_place() {
    insta::assert_snapshot!(shown("gate:\n  max_age: tomorrow\n"));
    insta::assert_snapshot!(shown("aws:\n  account: \"123\"\n"));
    insta::assert_snapshot!(shown("models:\n  approval: console\n"));
}

#[test]
fn the_place_is_behind_the_key_also_when_the_text_stands_elsewhere_too() {
    let shown = shown("project: e1\ngate:\n  max_age: e1\n");
    assert!(shown.contains("[towpath.yaml:3:12]"), "{shown}");
}

#[test]
fn no_file_an_empty_file_and_an_empty_map_mean_the_same() {
    let of = |text| {
        format!(
            "{:?}",
            Settings::parse(Utf8Path::new("towpath.yaml"), text).unwrap()
        )
    };
    assert_eq!(of(""), of("{}"));
    assert_eq!(of(""), format!("{:?}", Settings::default()));
}

#[test]
fn an_environment_is_chosen_by_name_or_by_being_the_only_one() {
    let one = "terraform:\n  environments:\n    prod: {root: iac/prod, backend_config: {bucket: b, region: r}}\n";
    let settings = Settings::parse(Utf8Path::new("towpath.yaml"), one).unwrap();
    assert_eq!(
        settings.environment(None).unwrap().backend_config,
        ["bucket=b", "region=r"]
    );
    assert!(matches!(
        settings.environment(Some("dev")),
        Err(SettingsError::UnknownEnvironment { .. })
    ));
    assert!(matches!(
        Settings::default().environment(None),
        Err(SettingsError::WhichEnvironment { .. })
    ));
}
