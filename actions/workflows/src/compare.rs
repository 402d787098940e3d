//! Two files by what they mean: what runs, when, and what it may do.
//!
//! Comments, order of keys, quotes and indentation are no difference, nor is a pin of the same action that moved forward.
//! Everything else is one. A file that cannot be parsed is a difference, because nobody knows what GitHub makes of it.

use std::collections::BTreeMap;

use serde_yaml::Value;

use crate::pins;
use crate::render::{Kind, Rendered};

/// How a file differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    /// The last part of the finding's rule.
    pub(crate) kind: &'static str,
    pub(crate) line: u32,
    pub(crate) message: String,
}

impl Difference {
    pub(crate) fn missing() -> Self {
        Self::at(1, "missing", "it is not there".to_owned())
    }

    pub(crate) fn stale() -> Self {
        Self::at(
            1,
            "stale",
            "it was generated once, and nothing asks for it any more".to_owned(),
        )
    }

    fn at(line: u32, kind: &'static str, message: String) -> Self {
        Self {
            kind,
            line,
            message,
        }
    }
}

/// How `there` differs from what would be generated.
pub(crate) fn compare(wanted: &Rendered, there: &str) -> Vec<Difference> {
    match wanted.kind {
        Kind::CodeOwners => owners(&wanted.text, there),
        Kind::Workflow | Kind::Dependabot => yaml(&wanted.text, there),
    }
}

fn yaml(wanted: &str, there: &str) -> Vec<Difference> {
    let parsed = match parse(there) {
        Ok(parsed) => parsed,
        Err(message) => {
            return vec![Difference::at(1, "unreadable", message)];
        }
    };
    let Ok(expected) = parse(wanted) else {
        unreachable!("what is generated was parsed by the rules before");
    };
    let mut walk = Walk {
        lines: there.lines().collect(),
        wanted: pins::versions(wanted),
        there: pins::versions(there),
        found: Vec::new(),
    };
    walk.values(&mut Vec::new(), &expected, &parsed);
    walk.found
}

/// Parses YAML as GitHub does: no anchors that change what a reader sees, no keys twice, no second document.
fn parse(text: &str) -> Result<Value, String> {
    if text
        .lines()
        .any(|line| line.trim_start().starts_with("<<:"))
    {
        return Err("it merges maps by `<<`, which GitHub does not read".to_owned());
    }
    serde_yaml::from_str::<Value>(text).map_err(|error| format!("it is no YAML: {error}"))
}

struct Walk<'t> {
    lines: Vec<&'t str>,
    wanted: BTreeMap<String, String>,
    there: BTreeMap<String, String>,
    found: Vec<Difference>,
}

impl Walk<'_> {
    fn values(&mut self, path: &mut Vec<String>, wanted: &Value, there: &Value) {
        match (wanted, there) {
            (Value::Mapping(wanted), Value::Mapping(there)) => {
                for (key, value) in wanted {
                    path.push(text_of(key));
                    match there.get(key) {
                        Some(other) => self.values(path, value, other),
                        None => self.say(path, format!("`{}` is gone", short(value))),
                    }
                    path.pop();
                }
                for (key, value) in there {
                    if !wanted.contains_key(key) {
                        path.push(text_of(key));
                        self.say(path, format!("`{}` was added", short(value)));
                        path.pop();
                    }
                }
            }
            (Value::Sequence(wanted), Value::Sequence(there)) => {
                self.lists(path, wanted, there);
            }
            _ => {
                let uses = path.last().is_some_and(|key| key == "uses");
                let same =
                    same_scalar(path, wanted, there) || (uses && self.moved_forward(wanted, there));
                if !same {
                    let message = format!("`{}` became `{}`", short(wanted), short(there));
                    self.say(path, message);
                }
            }
        }
    }

    /// Lists in their order; where one is longer, what is too many or missing is named by itself.
    fn lists(&mut self, path: &mut Vec<String>, wanted: &[Value], there: &[Value]) {
        if wanted.len() == there.len() {
            for (index, (wanted, there)) in wanted.iter().zip(there).enumerate() {
                path.push(index.to_string());
                self.values(path, wanted, there);
                path.pop();
            }
            return;
        }
        let name = |value: &Value| match value.get("name") {
            Some(name) => text_of(name),
            None => short(value),
        };
        let names = |list: &[Value]| list.iter().map(name).collect::<Vec<_>>();
        let (before, after) = (names(wanted), names(there));
        for name in before.iter().filter(|name| !after.contains(name)) {
            self.say(path, format!("`{name}` is gone"));
        }
        for name in after.iter().filter(|name| !before.contains(name)) {
            self.say(path, format!("`{name}` was added"));
        }
        if before.iter().all(|name| after.contains(name))
            && after.iter().all(|name| before.contains(name))
        {
            let message = format!("{} became {}", before.len(), after.len());
            self.say(path, message);
        }
    }

    /// The same action at a later version. What the comment says is believed: which commit a version is, nobody can
    /// tell without asking GitHub.
    fn moved_forward(&self, wanted: &Value, there: &Value) -> bool {
        let (Some(wanted), Some(there)) = (wanted.as_str(), there.as_str()) else {
            return false;
        };
        let (Some(old), Some(new)) = (pins::take_apart(wanted), pins::take_apart(there)) else {
            return false;
        };
        let versions = (self.wanted.get(wanted), self.there.get(there));
        let forward = matches!(versions, (Some(from), Some(to)) if pins::is_forward(from, to));
        (old.0, old.1) == (new.0, new.1) && forward
    }

    fn say(&mut self, path: &[String], message: String) {
        self.found.push(Difference {
            kind: "changed",
            line: self.line(path),
            message: format!("{}: {message}", shown(path)),
        });
    }

    /// The line where `path` stands, or the last part of it that is there, as far as indentation says.
    fn line(&self, path: &[String]) -> u32 {
        let mut at = None;
        for key in path {
            let found = match key.parse::<usize>() {
                Ok(index) => self.items(at).nth(index),
                Err(_) => self.key(at, key),
            };
            match found {
                Some(line) => at = Some(line),
                None => break,
            }
        }
        u32::try_from(at.map_or(1, |at| at + 1)).unwrap_or(1)
    }

    /// The lines of the block that begins in line `at`, or all.
    fn block(&self, at: Option<usize>) -> std::ops::Range<usize> {
        let Some(at) = at else {
            return 0..self.lines.len();
        };
        let own = indent(self.lines[at]);
        // a list may stand as deep as its key
        let ends = |line: &str| {
            let item = line.trim_start().starts_with("- ") && !self.is_item(at);
            !is_blank(line) && (indent(line) < own || (indent(line) == own && !item))
        };
        let length = self.lines[at + 1..].iter().position(|line| ends(line));
        at + 1..length.map_or(self.lines.len(), |length| at + 1 + length)
    }

    fn key(&self, at: Option<usize>, key: &str) -> Option<usize> {
        let block = self.block(at);
        let item = at.filter(|at| self.is_item(*at));
        let first = block.clone().find(|line| !is_blank(self.lines[*line]));
        let depth = match item {
            Some(at) => indent(self.lines[at]) + 2,
            None => indent(self.lines[first?]),
        };
        let begins = |line: &str| {
            let plain = line.trim_start().trim_start_matches("- ").trim_start();
            let name = plain.split(':').next().unwrap_or_default();
            plain.contains(':') && name.trim_matches(['"', '\'']) == key
        };
        let deep = block.filter(|line| indent(self.lines[*line]) == depth);
        item.into_iter()
            .chain(deep)
            .find(|line| begins(self.lines[*line]))
    }

    fn items(&self, at: Option<usize>) -> impl Iterator<Item = usize> {
        let block = self.block(at);
        let depth = block.clone().find(|line| self.is_item(*line));
        let depth = depth.map(|line| indent(self.lines[line]));
        block.filter(move |line| self.is_item(*line) && Some(indent(self.lines[*line])) == depth)
    }

    fn is_item(&self, line: usize) -> bool {
        self.lines[line].trim_start().starts_with("- ")
    }
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

fn is_blank(line: &str) -> bool {
    let text = line.trim_start();
    text.is_empty() || text.starts_with('#')
}

/// Numbers, truths and texts: in `env` and `with` all of them become texts, elsewhere they have to be the same.
fn same_scalar(path: &[String], wanted: &Value, there: &Value) -> bool {
    let texts = path.iter().any(|key| key == "env" || key == "with");
    let scalar = |value: &Value| !value.is_mapping() && !value.is_sequence() && !value.is_null();
    wanted == there
        || (texts && scalar(wanted) && scalar(there) && text_of(wanted) == text_of(there))
}

fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(truth) => truth.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Null => String::new(),
        _ => serde_yaml::to_string(value).unwrap_or_default(),
    }
}

/// One line of at most 80 characters.
fn short(value: &Value) -> String {
    let text = match value {
        Value::Mapping(map) => {
            let keys: Vec<String> = map.keys().map(text_of).collect();
            format!("{{{}}}", keys.join(", "))
        }
        Value::Sequence(list) => {
            let items: Vec<String> = list.iter().map(short).collect();
            format!("[{}]", items.join(", "))
        }
        value => text_of(value),
    };
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= 80 {
        return line;
    }
    let cut: String = line.chars().take(77).collect();
    format!("{cut}...")
}

/// `jobs.apply-prod.steps[3].uses`
fn shown(path: &[String]) -> String {
    let mut text = String::new();
    for key in path {
        match key.parse::<usize>() {
            Ok(index) => text.push_str(&format!("[{index}]")),
            Err(_) if text.is_empty() => text.push_str(key),
            Err(_) => text.push_str(&format!(".{key}")),
        }
    }
    text
}

/// Lines of `CODEOWNERS` decide by their order, and comments by nothing.
fn owners(wanted: &str, there: &str) -> Vec<Difference> {
    let rules = |text: &str| {
        text.lines()
            .map(|line| line.split('#').next().unwrap_or_default())
            .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
            .filter(|line| !line.is_empty())
            .collect::<Vec<_>>()
    };
    let (wanted, there) = (rules(wanted), rules(there));
    if wanted == there {
        return Vec::new();
    }
    let gone = wanted.iter().filter(|line| !there.contains(line));
    let gone = gone.map(|line| Difference::at(1, "changed", format!("`{line}` is gone")));
    let added = there.iter().filter(|line| !wanted.contains(line));
    let added = added.map(|line| Difference::at(1, "changed", format!("`{line}` was added")));
    let mut found: Vec<Difference> = gone.chain(added).collect();
    if found.is_empty() {
        let message = "the lines are in another order, and the last one counts".to_owned();
        found.push(Difference::at(1, "changed", message));
    }
    found
}

#[cfg(test)]
mod tests;
