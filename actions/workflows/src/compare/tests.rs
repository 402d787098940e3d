//! Changes to this repository's own files: each that means something is found, and none that means nothing.

use camino::Utf8Path;
use serde_yaml::Value;
use settings::Settings;

use super::compare;
use crate::context::{Context, Which};
use crate::render::{Kind, Rendered, render};
use crate::repository::Repository;

fn generated() -> Vec<Rendered> {
    let root = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let settings = Settings::load(Some(&root.join("towpath.yaml"))).unwrap();
    let repository = Repository::look(&root, &settings).unwrap();
    let context = Context::new(&settings, &repository, Which::Known).unwrap();
    render(&context, &settings.workflows).unwrap()
}

fn yaml(files: &[Rendered]) -> impl Iterator<Item = (&Rendered, Value)> {
    files
        .iter()
        .filter(|file| file.kind != Kind::CodeOwners)
        .map(|file| (file, serde_yaml::from_str(&file.text).unwrap()))
}

/// Every value that `change` makes of one of the values in `whole`, in its place.
fn each(whole: &Value, change: &dyn Fn(&Value) -> Vec<Value>) -> Vec<Value> {
    let mut found = change(whole);
    match whole {
        Value::Mapping(map) => {
            for (key, inner) in map {
                for changed in each(inner, change) {
                    let mut map = map.clone();
                    map.insert(key.clone(), changed);
                    found.push(Value::Mapping(map));
                }
            }
        }
        Value::Sequence(list) => {
            for (index, inner) in list.iter().enumerate() {
                for changed in each(inner, change) {
                    let mut list = list.clone();
                    list[index] = changed;
                    found.push(Value::Sequence(list));
                }
            }
        }
        _ => {}
    }
    found
}

/// What means something else: a text or number changed, a key gone or added, an element gone, added or moved.
fn harmful(value: &Value) -> Vec<Value> {
    match value {
        Value::Mapping(map) => {
            let added = map
                .clone()
                .into_iter()
                .chain([("added".into(), "x".into())]);
            let mut found = vec![Value::Mapping(added.collect())];
            for key in map.keys() {
                let mut map = map.clone();
                map.remove(key);
                found.push(Value::Mapping(map));
            }
            found
        }
        Value::Sequence(list) => {
            let mut more = list.clone();
            more.push(list[0].clone());
            let mut fewer = list.clone();
            fewer.pop();
            let mut turned = list.clone();
            turned.rotate_left(1);
            let mut found = vec![Value::Sequence(more), Value::Sequence(fewer)];
            if list.len() > 1 {
                found.push(Value::Sequence(turned));
            }
            found
        }
        Value::String(text) => vec![
            format!("{text}x").into(),
            format!("x{text}").into(),
            Value::Null,
            vec![text.as_str()].into(),
        ],
        Value::Bool(truth) => vec![(!truth).into(), Value::Null],
        Value::Number(_) => vec![12345.into(), "x".into()],
        _ => vec!["x".into()],
    }
}

#[test]
fn every_change_of_meaning_is_found() {
    let files = generated();
    let mut tried = 0;
    for (file, whole) in yaml(&files) {
        for changed in each(&whole, &harmful) {
            let text = serde_yaml::to_string(&changed).unwrap();
            assert!(
                !compare(file, &text).is_empty(),
                "{}:
{text}",
                file.path
            );
            tried += 1;
        }
    }
    assert!(tried > 2000, "{tried}");
}

#[test]
fn changes_that_attack_are_found_in_their_line() {
    let files = generated();
    let apply = files.iter().find(|file| file.name == "apply").unwrap();
    let fork = apply.text.replacen(
        "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1",
        "attacker/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v99.0.0",
        1,
    );
    let same_version = apply.text.replacen("@3d3c", "@4d3c", 1);
    let no_version = apply.text.replacen(
        "3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1",
        "4d3c42e5aac5ba805825da76410c181273ba90b1",
        1,
    );
    let back = apply.text.replacen(
        "3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1",
        "4d3c42e5aac5ba805825da76410c181273ba90b1 # v6.0.0",
        1,
    );
    let branch = apply.text.replacen(
        "3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1",
        "main # v8.0.0",
        1,
    );
    let elsewhere = apply.text.replacen("$/actions/gate", "./actions/gate", 1);
    let lines = apply.text.lines();
    let uses = lines
        .clone()
        .position(|line| line.contains("actions/checkout@"))
        .unwrap()
        + 1;
    for text in [fork, same_version, no_version, back, branch] {
        assert_ne!(text, apply.text);
        let found = compare(apply, &text);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].line as usize, uses, "{found:?}");
    }
    assert_eq!(compare(apply, &elsewhere).len(), 1);
    let environment = apply.text.replace("\n    environment: prod\n", "\n");
    let message = &compare(apply, &environment)[0].message;
    assert_eq!(message, "jobs.apply-prod.environment: `prod` is gone");
    // what GitHub reads otherwise than a person
    let merged = format!("{}\nx: &a {{b: 1}}\ny:\n  <<: *a\n", apply.text);
    assert_eq!(compare(apply, &merged)[0].kind, "unreadable");
    let twice = format!("{}\npermissions: write-all\n", apply.text);
    assert_eq!(compare(apply, &twice)[0].kind, "unreadable");
}

/// Maps with their keys in another order.
fn reordered(value: &Value) -> Vec<Value> {
    match value {
        Value::Mapping(map) if map.len() > 1 => {
            let pairs: Vec<(Value, Value)> = map.clone().into_iter().collect();
            vec![Value::Mapping(pairs.into_iter().rev().collect())]
        }
        _ => Vec::new(),
    }
}

/// Lines inside of a script or another text of several lines.
fn inside(lines: &[&str]) -> Vec<bool> {
    let mut block = None;
    let indent = |line: &str| line.len() - line.trim_start().len();
    lines
        .iter()
        .map(|line| {
            if block.is_some_and(|block| !line.is_empty() && indent(line) <= block) {
                block = None;
            }
            let within = block.is_some();
            if !within && line.ends_with('|') {
                block = Some(indent(line));
            }
            within || line.ends_with('|')
        })
        .collect()
}

#[test]
fn no_harmless_change_is_reported() {
    let files = generated();
    let mut tried = 0;
    let mut same = |file: &Rendered, text: &str| {
        assert_eq!(compare(file, text), [], "{}:\n{text}", file.path);
        tried += 1;
    };
    for (file, whole) in yaml(&files) {
        for changed in each(&whole, &reordered) {
            same(file, &serde_yaml::to_string(&changed).unwrap());
        }
        let lines: Vec<&str> = file.text.lines().collect();
        let inside = inside(&lines);
        for (number, line) in lines.iter().enumerate() {
            if inside[number] || line.contains(" # ") {
                continue;
            }
            let mut commented = lines.clone();
            let comment = format!("{line} # why not");
            commented[number] = &comment;
            same(file, &(commented.join("\n") + "\n"));
            let mut above = lines.clone();
            above.insert(number, "# a line of its own");
            same(file, &(above.join("\n") + "\n"));
        }
        for (uses, version) in crate::pins::versions(&file.text) {
            let (action, _) = uses.split_once('@').unwrap();
            let newer = format!("{action}@{} # v99.1", "f".repeat(40));
            same(
                file,
                &file.text.replace(&format!("{uses} # {version}"), &newer),
            );
            // one of them alone, as Dependabot does in a group of its own
            same(
                file,
                &file
                    .text
                    .replacen(&format!("{uses} # {version}"), &newer, 1),
            );
        }
        same(file, &file.text.replace("\n", "\r\n"));
        same(
            file,
            &file.text.replace(
                "persist-credentials: false",
                "persist-credentials: \"false\"",
            ),
        );
    }
    assert!(tried > 1000, "{tried}");
}
