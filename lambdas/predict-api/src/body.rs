//! The body of `POST /predict`: one instance, or an array of them, as rows that keep the contract.

use data_contract::{Contract, Given, Purpose, Row};

use crate::http::Request;
use crate::json::Json;
use crate::problem::{Fault, Problem};

/// A thousand instances written generously; SageMaker itself takes more
pub(crate) const MOST_BYTES: usize = 1 << 20;
pub(crate) const MOST_INSTANCES: usize = 1_000;
/// Faults that are named; whoever has more has one fault a thousand times
const MOST_FAULTS: usize = 100;
/// Characters of a name that nobody here gave
const LONGEST_NAME: usize = 64;

pub(crate) fn rows<'c>(contract: &'c Contract, request: &Request) -> Result<Vec<Row<'c>>, Problem> {
    is_json(request)?;
    let Ok(body) = &request.body else {
        return Err(Problem::NotJson(
            "the body is not the base64 that it is said to be".into(),
        ));
    };
    if body.len() > MOST_BYTES {
        return Err(Problem::TooLarge { most: MOST_BYTES });
    }
    let text = std::str::from_utf8(body)
        .map_err(|error| Problem::NotJson(format!("not UTF-8 at byte {}", error.valid_up_to())))?;
    let json = serde_json::from_str(text).map_err(|error| Problem::NotJson(error.to_string()))?;
    let mut faults = Faults::default();
    let mut rows = Vec::new();
    for (pointer, instance) in instances(json)? {
        match instance {
            Json::Object(members) => {
                let fields = members
                    .iter()
                    .map(|(name, value)| (name.as_str(), given(value)));
                match contract.row(Purpose::Prediction, fields) {
                    Ok(row) => rows.push(row),
                    Err(violations) => {
                        for wrong in violations {
                            let name = escaped(&wrong.field);
                            faults.add(format!("{pointer}/{name}"), &wrong.field, wrong.detail);
                        }
                    }
                }
            }
            other => {
                let detail = format!("must be an object, not {}", other.in_words());
                faults.add(pointer, "", detail);
            }
        }
    }
    match faults.all {
        0 => Ok(rows),
        all => Err(Problem::Invalid(faults.named, all)),
    }
}

#[derive(Default)]
struct Faults {
    named: Vec<Fault>,
    all: usize,
}

impl Faults {
    fn add(&mut self, pointer: String, field: &str, detail: String) {
        self.all += 1;
        if self.named.len() < MOST_FAULTS {
            let field = field.chars().take(LONGEST_NAME).collect();
            self.named.push(Fault {
                pointer,
                field,
                detail,
            });
        }
    }
}

fn is_json(request: &Request) -> Result<(), Problem> {
    let wrong = |what: String| Err(Problem::WrongMediaType(what));
    if let Some(encoding) = &request.content_encoding
        && !encoding.eq_ignore_ascii_case("identity")
    {
        return wrong("the body must not be compressed".into());
    }
    let given = request.content_type.as_deref().unwrap_or_default();
    let mut parts = given.split(';').map(str::trim);
    if !parts
        .next()
        .unwrap_or_default()
        .eq_ignore_ascii_case("application/json")
    {
        return wrong("the header `content-type` must be `application/json`".into());
    }
    for parameter in parts {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        let value = value.trim_matches('"');
        if name.eq_ignore_ascii_case("charset") && !value.eq_ignore_ascii_case("utf-8") {
            return wrong("the charset must be `utf-8`".into());
        }
    }
    Ok(())
}

/// Instances, each with the pointer to it
fn instances(json: Json) -> Result<Vec<(String, Json)>, Problem> {
    let one = |pointer: &str, detail: String| {
        let fault = Fault {
            pointer: pointer.to_owned(),
            field: pointer.trim_start_matches('/').to_owned(),
            detail,
        };
        Err(Problem::Invalid(vec![fault], 1))
    };
    let mut members = match json {
        Json::Object(members) => members,
        other => {
            let found = other.in_words();
            return one("", format!("the body must be an object, not {found}"));
        }
    };
    let Some(place) = members.iter().position(|(name, _)| name == "instances") else {
        return Ok(vec![(String::new(), Json::Object(members))]);
    };
    let (_, instances) = members.remove(place);
    if let Some((name, _)) = members.first() {
        let detail = "must not be there beside `instances`".to_owned();
        return one(&format!("/{}", escaped(name)), detail);
    }
    match instances {
        Json::Array(items) if (1..=MOST_INSTANCES).contains(&items.len()) => {
            let items = items.into_iter().enumerate();
            Ok(items
                .map(|(index, item)| (format!("/instances/{index}"), item))
                .collect())
        }
        Json::Array(items) => {
            let found = items.len();
            one(
                "/instances",
                format!("must be 1 to {MOST_INSTANCES} instances, not {found}"),
            )
        }
        other => one(
            "/instances",
            format!("must be an array, not {}", other.in_words()),
        ),
    }
}

fn given(json: &Json) -> Given<'_> {
    match json {
        Json::Null => Given::Missing,
        Json::Number(number) => Given::Number(*number),
        Json::Text(text) => Given::Text(text),
        other => Given::Other(other.in_words()),
    }
}

/// A name as a part of a JSON pointer, and not at any length
fn escaped(name: &str) -> String {
    let name: String = name.chars().take(LONGEST_NAME).collect();
    name.replace('~', "~0").replace('/', "~1")
}
