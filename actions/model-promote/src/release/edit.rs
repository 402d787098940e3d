//! Changing a few scalars of a YAML file and no other byte: comments, blank lines and order stay as somebody wrote them.
//!
//! It knows block style with one `key: value` a line, which is how people write such files. Whatever it does not
//! recognise it refuses, and its result is parsed again by the caller.

use std::fmt::Write as _;
use std::ops::Range;

use serde_yaml::Value;

use super::Release;

/// Why a file cannot be changed in place.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// A key that is not there, or not on a line of its own.
    #[error("`{0}` is not on a line of its own")]
    NoLine(String),
    /// A figure that the file keeps and the new package does not have.
    #[error("the file keeps the metric `{0}`, and the package has none of that name")]
    NoMetric(String),
    /// The result does not say what it should.
    #[error("the result would not say what it should")]
    Garbled,
}

/// `text` with these pins.
pub(super) fn repin(
    text: &str,
    release: &Release,
    previous: Option<&Release>,
) -> Result<String, EditError> {
    let mut changed = text.to_owned();
    for (path, value) in scalars("release", release) {
        set(&mut changed, &path, &value)?;
    }
    // those that the file keeps are a choice of whoever reviews it
    for metric in keys(&changed, &["release", "metrics"]) {
        let value = release.metrics.get(&metric);
        let value = value.ok_or_else(|| EditError::NoMetric(metric.clone()))?;
        set(
            &mut changed,
            &["release", "metrics", &metric],
            &value.to_string(),
        )?;
    }
    match previous {
        None => replace_block(&mut changed, "previous", "previous: null"),
        Some(previous) => match in_place(&changed, previous) {
            Some(text) => changed = text,
            None => replace_block(&mut changed, "previous", &block("previous", previous)),
        },
    }
    Ok(changed)
}

/// `text` with the block of the previous release changed line by line, when it has the lines for it.
fn in_place(text: &str, previous: &Release) -> Option<String> {
    let metrics = keys(text, &["previous", "metrics"]);
    if !metrics.iter().eq(previous.metrics.keys()) {
        return None;
    }
    let mut changed = text.to_owned();
    for (path, value) in scalars("previous", previous) {
        set(&mut changed, &path, &value).ok()?;
    }
    for (metric, value) in &previous.metrics {
        set(
            &mut changed,
            &["previous", "metrics", metric],
            &value.to_string(),
        )
        .ok()?;
    }
    Some(changed)
}

/// The scalars of a release but its metrics, by their path.
fn scalars<'a>(key: &'a str, release: &Release) -> [(Vec<&'a str>, String); 5] {
    let text = |text: &str| scalar(text);
    [
        (vec![key, "package"], text(&release.package)),
        (vec![key, "image"], text(&release.image)),
        (
            vec![key, "model_data", "url"],
            text(&release.model_data.url),
        ),
        (
            vec![key, "model_data", "etag"],
            text(&release.model_data.etag),
        ),
        (
            vec![key, "training_data", "sha256"],
            text(&release.training_data.sha256),
        ),
    ]
}

/// A release as a block of its own.
fn block(key: &str, release: &Release) -> String {
    let mut text = format!(
        "{key}:\n  package: {}\n  image: {}\n  model_data:\n    url: {}\n    etag: {}\n  training_data:\n    sha256: {}",
        scalar(&release.package),
        scalar(&release.image),
        scalar(&release.model_data.url),
        scalar(&release.model_data.etag),
        scalar(&release.training_data.sha256),
    );
    let mut metrics = release.metrics.iter().peekable();
    if metrics.peek().is_some() {
        text.push_str("\n  metrics:");
    }
    for (name, value) in metrics {
        // writing to a string cannot fail
        let _ = write!(text, "\n    {name}: {value}");
    }
    text
}

/// A string as YAML reads it: plain where that is the same string, quoted where it would be a number or worse.
fn scalar(text: &str) -> String {
    let read = serde_yaml::from_str::<Value>(&format!("key: {text}\n"));
    let plain = read.is_ok_and(|value| value.get("key").and_then(Value::as_str) == Some(text));
    match plain {
        true => text.to_owned(),
        // what JSON quotes, YAML reads the same
        false => serde_json::json!(text).to_string(),
    }
}

/// Replaces the scalar at `path`.
fn set(text: &mut String, path: &[&str], value: &str) -> Result<(), EditError> {
    let lines = lines(text);
    let line = lines.iter().find(|line| line.path == path);
    match line {
        Some(line) if !line.value.is_empty() => {
            let span = line.value.clone();
            text.replace_range(span, value);
            Ok(())
        }
        _ => Err(EditError::NoLine(path.join("."))),
    }
}

/// The keys directly below `path`, in their order.
fn keys(text: &str, path: &[&str]) -> Vec<String> {
    let lines = lines(text);
    let below = lines
        .iter()
        .filter(|line| line.path.len() == path.len() + 1 && line.path.starts_with(path));
    let mut keys: Vec<String> = below
        .filter_map(|line| line.path.last().map(|key| (*key).to_owned()))
        .collect();
    keys.sort();
    keys
}

/// Replaces everything that belongs to a key of the first level; adds it after the release where there is none.
fn replace_block(text: &mut String, key: &str, with: &str) {
    let of = |key: &str, text: &str| -> Option<Range<usize>> {
        let lines = lines(text);
        let mut own = lines.iter().filter(|line| line.path.first() == Some(&key));
        let first = own.next()?;
        let last = own.next_back().unwrap_or(first);
        Some(first.start..last.value.end)
    };
    if let Some(span) = of(key, text) {
        text.replace_range(span, with);
    } else if let Some(span) = of("release", text) {
        let end = text[span.end..]
            .find('\n')
            .map_or(text.len(), |at| span.end + at);
        text.insert_str(end, &format!("\n\n{with}"));
    }
}

/// A line of the form `key: value`, by the keys that lead to it.
struct Line<'a> {
    path: Vec<&'a str>,
    start: usize,
    /// Where the value stands, without the comment behind it; empty for a key that has more lines below it.
    value: Range<usize>,
}

fn lines(text: &str) -> Vec<Line<'_>> {
    let mut found = Vec::new();
    let mut above: Vec<(usize, &str)> = Vec::new();
    let mut start = 0;
    for whole in text.split_inclusive('\n') {
        let line = whole.trim_end();
        let body = line.trim_start_matches(' ');
        let indent = line.len() - body.len();
        if let Some((key, rest)) = body.split_once(':')
            && is_key(key)
            && (rest.is_empty() || rest.starts_with(' '))
        {
            while above.last().is_some_and(|(outer, _)| *outer >= indent) {
                above.pop();
            }
            above.push((indent, key));
            let value = value(rest);
            let offset = start + indent + key.len() + 1;
            found.push(Line {
                path: above.iter().map(|(_, key)| *key).collect(),
                start: start + indent,
                value: offset + value.start..offset + value.end,
            });
        }
        start += whole.len();
    }
    found
}

fn is_key(text: &str) -> bool {
    let inside = |sign: char| sign.is_ascii_alphanumeric() || sign == '_' || sign == '-';
    !text.is_empty() && text.chars().all(inside)
}

/// Where the scalar stands in what follows `key:`.
fn value(rest: &str) -> Range<usize> {
    let body = rest.trim_start();
    let start = rest.len() - body.len();
    let length = match body.chars().next() {
        None | Some('#') => return 0..0,
        Some(quote @ ('"' | '\'')) => body[1..].find(quote).map_or(body.len(), |end| end + 2),
        Some(_) => body.find(" #").unwrap_or(body.len()),
    };
    let length = body[..length].trim_end().len();
    start..start + length
}
