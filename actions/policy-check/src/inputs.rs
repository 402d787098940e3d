//! What is judged: a saved plan, a plan's JSON, or any other document, told apart by content.
//!
//! A document that looks like Terraform's and is no plan (a state, a plan cut short, `{}`) is refused: every plan policy
//! would let it pass.

use std::io::Read as _;

use camino::{Utf8Path, Utf8PathBuf};
use gha::Host;
use project::{Plan, Scope, TerraformArgs};
use rego_policy::documents::{self, Parser};
use serde_json::Value;
use tfplan::{PlanJson, Redacted};

use crate::{Args, Error};

/// One input.
#[derive(Debug)]
pub(crate) struct Document {
    /// Its name, as results show it.
    pub(crate) name: String,
    /// What it is.
    pub(crate) subject: Subject,
}

/// What an input is.
#[derive(Debug)]
pub(crate) enum Subject {
    /// A saved plan, and the environment that it is for.
    Saved(Box<Plan>, Box<Scope>),
    /// A plan's JSON without its secrets, and the environment when one is named.
    Json(Box<Redacted>, Option<Box<Scope>>),
    /// Anything else.
    Other(Value),
}

impl Document {
    pub(crate) fn value(&self) -> &Value {
        match &self.subject {
            Subject::Saved(plan, _) => plan.redacted.document(),
            Subject::Json(redacted, _) => redacted.document(),
            Subject::Other(value) => value,
        }
    }
}

/// Reads every input; without any, the environment's saved plan.
pub(crate) fn read(
    args: &Args,
    terraform: &TerraformArgs,
    host: &mut Host,
) -> Result<Vec<Document>, Error> {
    if args.inputs.is_empty() {
        let scope = args.scope.resolve(host)?;
        let file = scope.plan_file.clone();
        return Ok(vec![saved(&file, scope, terraform, host)?]);
    }
    let parser = args.parser.as_deref().map(Parser::named).transpose()?;
    args.inputs
        .iter()
        .map(|path| one(path, parser, args, terraform, host))
        .collect()
}

fn one(
    path: &Utf8Path,
    parser: Option<Parser>,
    args: &Args,
    terraform: &TerraformArgs,
    host: &mut Host,
) -> Result<Document, Error> {
    let failed = |source| Error::ReadInput {
        path: path.to_owned(),
        source,
    };
    let bytes = if path == "-" {
        let mut bytes = Vec::new();
        std::io::stdin().read_to_end(&mut bytes).map_err(failed)?;
        bytes
    } else {
        std::fs::read(path).map_err(failed)?
    };
    if bytes.starts_with(b"PK") {
        return saved(path, args.scope.resolve(host)?, terraform, host);
    }
    let text = String::from_utf8(bytes).map_err(|_| Error::NotText {
        path: path.to_string(),
    })?;
    let parser = match parser {
        Some(parser) => parser,
        None => Parser::of(path)?,
    };
    let name = path.to_string();
    if text.trim().is_empty() {
        return Err(Error::Empty { path: name });
    }
    let value = documents::parse(parser, &name, &text)?;
    let subject = match classify(&value) {
        Class::Plan => {
            let redacted =
                tfplan::redact(&PlanJson::from_value(value).map_err(project::ProjectError::from)?);
            for secret in redacted.secrets().iter() {
                host.mask(secret);
            }
            Subject::Json(
                Box::new(redacted),
                args.scope.resolve(host).ok().map(Box::new),
            )
        }
        Class::Empty => return Err(Error::Empty { path: name }),
        Class::Other => Subject::Other(value),
    };
    Ok(Document { name, subject })
}

fn saved(
    file: &Utf8Path,
    scope: Scope,
    terraform: &TerraformArgs,
    host: &mut Host,
) -> Result<Document, Error> {
    let mut terraform = terraform.resolve(&scope, host)?;
    let plan = Plan::read(file, &scope, &mut terraform, host)?;
    let name = Utf8PathBuf::from(file).into_string();
    Ok(Document {
        name,
        subject: Subject::Saved(Box::new(plan), Box::new(scope)),
    })
}

enum Class {
    /// A plan, or what claims to be Terraform's and has to be read as one.
    Plan,
    Empty,
    Other,
}

fn classify(value: &Value) -> Class {
    let has = |key: &str| value.get(key).is_some();
    match value {
        Value::Null => Class::Empty,
        Value::Object(fields) if fields.is_empty() => Class::Empty,
        Value::Array(documents) if documents.is_empty() => Class::Empty,
        _ if has("resource_changes")
            || has("terraform_version")
            || (has("format_version") && has("values")) =>
        {
            Class::Plan
        }
        _ => Class::Other,
    }
}
