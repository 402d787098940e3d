//! A summary as Markdown for a comment, and as plain text for a terminal.
//!
//! Markdown has a budget in bytes. The counts always stand first; what does not fit is cut at a line, from the end, and the
//! text then says how much is missing, so destroys are cut last.

use super::{Counts, Item, Module, Summary};
use crate::Action;

impl Summary {
    /// Markdown of at most `budget` bytes, as far as the first line allows.
    pub fn to_markdown(&self, budget: usize) -> String {
        let mut lines = vec![];
        for item in &self.urgent {
            let because = if item.because.is_empty() {
                String::new()
            } else {
                format!(": {}", item.because.join(", "))
            };
            lines.push(format!(
                "- **{}** {}{because}",
                verb(item),
                code(&item.address)
            ));
        }
        if !self.modules.is_empty() {
            lines.push(String::new());
        }
        for Module { address, items } in &self.modules {
            let name = if address.is_empty() {
                "root module".to_owned()
            } else {
                code(address)
            };
            lines.push(format!("**{name}**"));
            lines.extend(items.iter().map(|item| {
                format!(
                    "- {} {}{}",
                    verb(item),
                    code(item.address_in(address)),
                    details(item, code)
                )
            }));
        }
        lines.extend(
            self.outputs
                .iter()
                .map(|(name, action)| format!("- {} output {}", output_verb(*action), code(name))),
        );
        cut(format!("{}\n", self.counts.sentence("**")), &lines, budget)
    }

    /// Plain text, all of it: the counts, what is urgent with what forces it, then every change by module.
    pub fn to_text(&self) -> String {
        let quote = |literal: &str| format!("`{literal}`");
        let mut lines = vec![self.counts.sentence("")];
        if !self.urgent.is_empty() {
            lines.push("destroys and replacements".to_owned());
        }
        for item in &self.urgent {
            let because = match item.because.is_empty() {
                true => String::new(),
                false => format!(": {}", item.because.join(", ")),
            };
            lines.push(format!("  {:<7}  {}{because}", verb(item), item.address));
        }
        for Module { address, items } in &self.modules {
            lines.push(if address.is_empty() {
                "root module".to_owned()
            } else {
                address.clone()
            });
            lines.extend(items.iter().map(|item| {
                format!(
                    "  {:<7}  {}{}",
                    verb(item),
                    item.address_in(address),
                    details(item, quote)
                )
            }));
        }
        if !self.outputs.is_empty() {
            lines.push("outputs".to_owned());
        }
        lines.extend(
            self.outputs
                .iter()
                .map(|(name, action)| format!("  {:<7}  {name}", output_verb(*action))),
        );
        lines.push(String::new());
        lines.join("\n")
    }
}

impl Counts {
    /// One line, with what is dangerous between two `strong`.
    pub fn sentence(&self, strong: &str) -> String {
        let danger = |count: usize, what: &str| {
            let strong = if count > 0 { strong } else { "" };
            format!("{strong}{count} to {what}{strong}")
        };
        let mut parts = vec![
            format!("{} to add", self.add),
            format!("{} to change", self.change),
            danger(self.replace, "replace"),
            danger(self.destroy, "destroy"),
        ];
        if self.forget > 0 {
            parts.push(danger(self.forget, "forget"));
        }
        for (count, what) in [
            (self.import, "to import"),
            (self.moved, "to move"),
            (self.read, "to read"),
        ] {
            if count > 0 {
                parts.push(format!("{count} {what}"));
            }
        }
        match self.outputs {
            0 => {}
            1 => parts.push("1 output changes".to_owned()),
            count => parts.push(format!("{count} outputs change")),
        }
        parts.join(", ")
    }
}

fn verb(item: &Item) -> &'static str {
    match item.action {
        Action::NoOp if item.imported => "import",
        Action::NoOp => "move",
        Action::Delete => "destroy",
        Action::Update => "change",
        Action::Create => "add",
        other => other.name(),
    }
}

fn output_verb(action: Action) -> &'static str {
    match action {
        Action::Create => "add",
        Action::Delete => "remove",
        _ => "change",
    }
}

fn details(item: &Item, code: impl Fn(&str) -> String) -> String {
    let mut details = String::new();
    if let Some(from) = &item.moved_from {
        details.push_str(&format!(" from {}", code(from)));
    }
    if item.imported && item.action != Action::NoOp {
        details.push_str(", imported");
    }
    if let Some(key) = &item.deposed {
        details.push_str(&format!(", deposed object {}", code(key)));
    }
    if !item.attributes.is_empty() {
        details.push_str(&format!(": {}", item.attributes.join(", ")));
    }
    details
}

/// A literal in backticks, also when it holds some itself.
fn code(literal: &str) -> String {
    if literal.contains('`') {
        format!("`` {literal} ``")
    } else {
        format!("`{literal}`")
    }
}

fn cut(mut text: String, lines: &[String], budget: usize) -> String {
    const NOTE: usize = 40;
    let mut left = budget.saturating_sub(text.len() + NOTE);
    let whole: usize = lines.iter().map(|line| line.len() + 1).sum();
    if whole <= left + NOTE {
        left = whole;
    }
    for (index, line) in lines.iter().enumerate() {
        let Some(rest) = left.checked_sub(line.len() + 1) else {
            let missing = lines[index..]
                .iter()
                .filter(|line| line.starts_with("- "))
                .count();
            text.push_str(&format!("\n_{missing} more lines do not fit here_\n"));
            return text;
        };
        left = rest;
        text.push_str(line);
        text.push('\n');
    }
    text
}
