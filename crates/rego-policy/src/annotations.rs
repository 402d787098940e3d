//! `# METADATA` comments: titles, descriptions and links of rules, as OPA defines them.
//!
//! A block belongs to the rule or package right below it. Its YAML is read here, from the file as written, because the
//! engine throws comments away. A block that is not YAML is a problem and not a comment: what a finding says depends on
//! it.

use crate::error::{PolicyProblem, Problem};
use crate::position::line_start;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a METADATA block says.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Annotations {
    /// `rule` unless it says `document`, `package` or `subpackages`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// A short name of the rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Where to read more.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub related_resources: Vec<RelatedResource>,
    /// Anything else that the policy's authors agreed on.
    #[serde(skip_serializing_if = "serde_json::Map::is_empty")]
    pub custom: serde_json::Map<String, serde_json::Value>,
}

/// A link of a METADATA block.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "Link")]
pub struct RelatedResource {
    /// The address.
    #[serde(rename = "ref")]
    pub reference: String,
    /// What is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// OPA allows an address alone.
#[derive(Deserialize)]
#[serde(untagged)]
enum Link {
    Address(String),
    Described {
        #[serde(rename = "ref")]
        reference: String,
        description: Option<String>,
    },
}

impl From<Link> for RelatedResource {
    fn from(link: Link) -> Self {
        let (reference, description) = match link {
            Link::Address(reference) => (reference, None),
            Link::Described {
                reference,
                description,
            } => (reference, description),
        };
        Self {
            reference,
            description,
        }
    }
}

/// The blocks of one file by the line (from 1) of what follows them.
pub(crate) type Blocks = BTreeMap<usize, Vec<Annotations>>;

/// Reads them.
pub(crate) fn of_file(path: &str, file: &Arc<str>) -> Result<Blocks, Box<PolicyProblem>> {
    let lines: Vec<&str> = file.lines().collect();
    let mut blocks = Blocks::new();
    let mut pending: Vec<(usize, String)> = Vec::new();
    let mut previous_was_comment = false;
    for (index, line) in lines.iter().enumerate() {
        let comment = line.strip_prefix('#');
        match comment {
            Some(text) if text.trim() == "METADATA" => pending.push((index, String::new())),
            Some(text) if previous_was_comment || !pending.is_empty() => {
                if let Some((_, yaml)) = pending.last_mut() {
                    yaml.push_str(text.strip_prefix(' ').unwrap_or(text));
                    yaml.push('\n');
                }
            }
            Some(_) => {}
            None if line.trim().is_empty() => {
                // A block for the whole package or document may stand apart; one for a rule may not.
            }
            None => {
                for (start, yaml) in pending.drain(..) {
                    let parsed = parse(path, file, start, &yaml)?;
                    blocks.entry(index + 1).or_default().push(parsed);
                }
            }
        }
        previous_was_comment = comment.is_some();
    }
    Ok(blocks)
}

fn parse(
    path: &str,
    text: &Arc<str>,
    line: usize,
    yaml: &str,
) -> Result<Annotations, Box<PolicyProblem>> {
    serde_yaml::from_str(yaml).map_err(|error| {
        let start = line_start(text, line + 1);
        let end = start + "# METADATA".len();
        let range = start..end.min(text.len());
        let message = format!("failed to read the METADATA comment: {error}");
        let problem = PolicyProblem::new(Problem::Annotation, path, text, range, message);
        Box::new(problem.help("write YAML in the lines below `# METADATA`, up to the rule"))
    })
}
