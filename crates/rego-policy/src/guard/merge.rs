//! The files of a package become one module (D1).
//!
//! The engine marks a package as evaluated after the first of its modules; what the others define is then undefined,
//! depending on the order of loading. With one module per package, and nested packages before the ones around them,
//! the mark is right. Every file keeps its lines, one file after the other, so a line of the merged module is a line of
//! one file.

use super::{Guarded, groups};
use crate::position::{Position, line_start};
use std::collections::BTreeMap;

/// One package, ready for the engine.
#[derive(Debug)]
pub(crate) struct Merged {
    /// The name the engine knows it by, `package:<namespace>`; no file is called so.
    pub(crate) name: String,
    /// Its Rego.
    pub(crate) text: String,
    parts: Vec<Part>,
}

#[derive(Debug)]
struct Part {
    file: usize,
    start: usize,
    length: usize,
}

/// Merges files by package.
pub(crate) fn merge(files: &[Guarded]) -> Vec<Merged> {
    let mut packages: BTreeMap<&[String], Vec<usize>> = BTreeMap::new();
    for (index, file) in files.iter().enumerate() {
        packages.entry(&file.package).or_default().push(index);
    }
    let mut order: Vec<_> = packages.into_iter().collect();
    order.sort_by_key(|(package, _)| std::cmp::Reverse(package.len()));
    order
        .into_iter()
        .map(|(_, members)| merged(files, &members))
        .collect()
}

fn merged(files: &[Guarded], members: &[usize]) -> Merged {
    let namespace = members
        .first()
        .map(|&first| files[first].namespace())
        .unwrap_or_default();
    let mut text = format!("package {namespace}\n");
    let keywords = members.iter().any(|&file| files[file].keywords);
    if keywords {
        text.push_str("import future.keywords\n");
    }
    let mut parts = Vec::new();
    for &file in members {
        let start = text.len();
        let body = files[file].names.apply(&files[file].split_text);
        text.push_str(&body);
        parts.push(Part {
            file,
            start,
            length: body.len(),
        });
        text.push('\n');
    }
    text.push_str(&groups::definitions(files, members, keywords));
    Merged {
        name: format!("package:{namespace}"),
        text,
        parts,
    }
}

impl Merged {
    /// The file and byte that a line and column of the merged module stand for.
    pub(crate) fn origin(
        &self,
        files: &[Guarded],
        line: usize,
        column: usize,
    ) -> Option<(usize, usize)> {
        let start = line_start(&self.text, line);
        let rest = self.text.get(start..)?;
        let within = rest
            .char_indices()
            .nth(column.saturating_sub(1))
            .map_or(0, |(at, _)| at);
        let offset = expression_start(&self.text, start + within);
        let part = self
            .parts
            .iter()
            .find(|part| (part.start..=part.start + part.length).contains(&offset))?;
        let file = &files[part.file];
        let before = file.names.to_before(offset - part.start);
        Some((part.file, file.original(before).min(file.text.len())))
    }

    /// The same as a place.
    pub(crate) fn position(
        &self,
        files: &[Guarded],
        line: usize,
        column: usize,
    ) -> Option<Position> {
        let (file, offset) = self.origin(files, line, column)?;
        Some(Position::of(&files[file].path, &files[file].text, offset))
    }
}

impl Merged {
    /// Puts the file's place where a message names `package:<namespace>:<line>:<column>`.
    pub(crate) fn rename(&self, files: &[Guarded], message: &str) -> String {
        let name = format!("{}:", self.name);
        let mut parts = message.split(&name);
        let mut renamed = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let place = part
                .find(|c: char| !c.is_ascii_digit() && c != ':')
                .unwrap_or(part.len());
            let (place, rest) = part.split_at(place);
            let mut numbers = place.split(':').map(str::parse);
            let position = match (numbers.next(), numbers.next()) {
                (Some(Ok(line)), Some(Ok(column))) => self.position(files, line, column),
                _ => None,
            };
            match position {
                Some(Position { file, line, column }) => {
                    renamed.push_str(&format!("{file}:{line}:{column}{rest}"));
                }
                None => renamed.push_str(&format!("{name}{part}")),
            }
        }
        renamed
    }
}

/// The engine places a call at its parenthesis and a reference at its dot; the name before it is what a reader looks for.
fn expression_start(text: &str, offset: usize) -> usize {
    if !text[offset..].starts_with(['(', '.', '[']) {
        return offset;
    }
    let name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    text[..offset].trim_end_matches(name).len()
}
