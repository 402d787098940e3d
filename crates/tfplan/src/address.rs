//! Addresses and attribute paths, taken apart.
//!
//! `module.shelf["raw"].aws_s3_bucket.this[0]` names an instance; the configuration knows modules and blocks without
//! instances. Attribute paths, `production_variants[0].model_name`, are written the same way, so both share one reader.

use std::fmt;

use serde_json::Value;

/// One step of an address or an attribute path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// `.name`
    Name(String),
    /// `[0]` or `["key"]`
    Key(Key),
}

/// An index in brackets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// `[0]`
    Index(u64),
    /// `["key"]`
    Text(String),
}

/// A module call on the way to a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The call's name in the configuration.
    pub name: String,
    /// Which instance, when there are several.
    pub key: Option<Key>,
}

/// A resource instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// The module calls that lead to it.
    pub modules: Vec<Call>,
    /// Whether it is a data source.
    pub data: bool,
    /// Its type.
    pub kind: String,
    /// Its name in the configuration.
    pub name: String,
    /// Which instance, when there are several.
    pub key: Option<Key>,
}

impl Address {
    /// Takes an address apart; none when it is not the address of a resource.
    pub fn parse(text: &str) -> Option<Self> {
        let steps = parse_path(text)?;
        let mut steps = steps.into_iter().peekable();
        let mut modules = Vec::new();
        while steps
            .next_if(|step| matches!(step, Step::Name(name) if name == "module"))
            .is_some()
        {
            modules.push(Call {
                name: name(steps.next())?,
                key: key(&mut steps),
            });
        }
        let data = steps
            .next_if(|step| matches!(step, Step::Name(name) if name == "data"))
            .is_some();
        let (kind, name) = (name(steps.next())?, name(steps.next())?);
        let key = key(&mut steps);
        steps.next().is_none().then_some(Self {
            modules,
            data,
            kind,
            name,
            key,
        })
    }

    /// The key of its module among a plan's modules: the calls' names joined by dots.
    pub fn module_key(&self) -> String {
        let names: Vec<&str> = self.modules.iter().map(|call| call.name.as_str()).collect();
        names.join(".")
    }
}

fn name(step: Option<Step>) -> Option<String> {
    match step? {
        Step::Name(name) => Some(name),
        Step::Key(_) => None,
    }
}

fn key(steps: &mut std::iter::Peekable<std::vec::IntoIter<Step>>) -> Option<Key> {
    match steps.next_if(|step| matches!(step, Step::Key(_)))? {
        Step::Key(key) => Some(key),
        Step::Name(_) => None,
    }
}

/// Reads `a.b[0]["c"]`; none when it is written otherwise. A number after a dot, `a.0`, is an index too.
pub fn parse_path(text: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix('[') {
            let (key, behind) = parse_key(inner)?;
            steps.push(Step::Key(key));
            rest = behind.strip_prefix(']')?;
        } else {
            let named = if steps.is_empty() {
                rest
            } else {
                rest.strip_prefix('.')?
            };
            let end = named.find(['.', '[']).unwrap_or(named.len());
            let (name, behind) = named.split_at(end);
            if name.is_empty() {
                return None;
            }
            let step = name.parse().map(|index| Step::Key(Key::Index(index)));
            steps.push(step.unwrap_or_else(|_| Step::Name(name.to_owned())));
            rest = behind;
        }
    }
    (!steps.is_empty()).then_some(steps)
}

fn parse_key(text: &str) -> Option<(Key, &str)> {
    if !text.starts_with('"') {
        let end = text.find(']')?;
        let index = text[..end].parse().ok()?;
        return Some((Key::Index(index), &text[end..]));
    }
    // Terraform quotes keys as HCL does; of its escapes JSON lacks only `$${` and `%%{`.
    let mut reader = serde_json::Deserializer::from_str(text).into_iter::<String>();
    let key = reader.next()?.ok()?;
    let behind = &text[reader.byte_offset()..];
    Some((
        Key::Text(key.replace("$${", "${").replace("%%{", "%{")),
        behind,
    ))
}

/// Writes one of a plan's `replace_paths`, for example `["production_variants", 0, "model_name"]`.
pub(crate) fn render_path(path: &Value) -> String {
    let mut text = String::new();
    for step in path
        .as_array()
        .map_or(std::slice::from_ref(path), Vec::as_slice)
    {
        match step {
            Value::String(name) if is_identifier(name) => {
                if !text.is_empty() {
                    text.push('.');
                }
                text.push_str(name);
            }
            other => text.push_str(&format!("[{other}]")),
        }
    }
    text
}

fn is_identifier(text: &str) -> bool {
    let mut chars = text.chars();
    chars
        .next()
        .is_some_and(|first| first.is_alphabetic() || first == '_')
        && chars.all(|next| next.is_alphanumeric() || matches!(next, '_' | '-'))
}

impl fmt::Display for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Index(index) => write!(formatter, "[{index}]"),
            Self::Text(text) => write!(formatter, "[{}]", Value::from(text.as_str())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_addresses_apart() {
        let address =
            Address::parse(r#"module.a["k.[\"x\"]"].module.b[2].data.aws_x.y["z"]"#).unwrap();
        assert_eq!(address.module_key(), "a.b");
        assert_eq!(address.modules[0].key, Some(Key::Text("k.[\"x\"]".into())));
        assert_eq!(address.modules[1].key, Some(Key::Index(2)));
        assert!(address.data);
        assert_eq!(
            (address.kind.as_str(), address.name.as_str()),
            ("aws_x", "y")
        );
        assert_eq!(address.key, Some(Key::Text("z".into())));
    }

    #[test]
    fn refuses_what_is_no_address() {
        for text in [
            "",
            "aws_x",
            "module.a",
            "aws_x.y.z",
            "aws_x.y[",
            "aws_x.y[\"a]",
            "aws_x..y",
            "aws_x.y[0]z",
            "[0].a.b",
        ] {
            assert_eq!(Address::parse(text), None, "{text}");
        }
    }

    #[test]
    fn writes_paths_as_people_do() {
        let path = serde_json::json!(["production_variants", 0, "model_name"]);
        assert_eq!(render_path(&path), "production_variants[0].model_name");
        assert_eq!(
            render_path(&serde_json::json!(["tags", "cost center"])),
            "tags[\"cost center\"]"
        );
    }
}
