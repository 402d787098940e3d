//! `checks`: what conditions and `check` blocks found.

use serde_json::{Map, Value as Json};

use super::changes::key_json;
use super::message::{choice, text};
use super::{Unclear, fields};
use crate::protobuf::Wire;
use crate::{Address, Step, parse_path};

const WHAT: &str = "a check";

/// Reads the checks, sorted by address.
pub(super) fn read(messages: &[&[u8]]) -> Result<Vec<Json>, Unclear> {
    let mut checks = messages
        .iter()
        .map(|message| check(message))
        .collect::<Result<Vec<_>, _>>()?;
    checks.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(checks.into_iter().map(|(_, check)| check).collect())
}

fn check(message: &[u8]) -> Result<(String, Json), Unclear> {
    let (mut kind, mut address, mut status, mut objects) = (0, "", 0, Vec::new());
    for field in fields(message, WHAT) {
        match field? {
            (1, Wire::Varint(number)) => kind = number,
            (2, Wire::Bytes(of)) => address = text(of, WHAT)?,
            (3, Wire::Varint(number)) => status = number,
            (4, Wire::Bytes(found)) => objects.push(object(found)?),
            (field, _) => return Err(Unclear::UnknownField { what: WHAT, field }),
        }
    }
    let odd = || Unclear::Check(address.to_owned());
    let mut check = Map::new();
    check.insert(
        "address".to_owned(),
        static_address(kind, address).ok_or_else(odd)?,
    );
    check.insert("status".to_owned(), status_name(status)?.into());
    objects.sort_by_key(|(address, _)| *address);
    let mut instances = Vec::new();
    for (of, mut instance) in objects {
        instance.insert(
            "address".to_owned(),
            instance_address(kind, of).ok_or_else(odd)?,
        );
        instances.push(Json::Object(instance));
    }
    if !instances.is_empty() {
        check.insert("instances".to_owned(), instances.into());
    }
    Ok((address.to_owned(), Json::Object(check)))
}

fn object(message: &[u8]) -> Result<(&str, Map<String, Json>), Unclear> {
    let (mut address, mut status, mut messages) = ("", 0, Vec::new());
    for field in fields(message, WHAT) {
        match field? {
            (1, Wire::Bytes(of)) => address = text(of, WHAT)?,
            (2, Wire::Varint(number)) => status = number,
            (3, Wire::Bytes(message)) => messages.push(text(message, WHAT)?),
            (field, _) => return Err(Unclear::UnknownField { what: WHAT, field }),
        }
    }
    let mut object = Map::new();
    object.insert("status".to_owned(), status_name(status)?.into());
    messages.sort_unstable();
    if !messages.is_empty() {
        let problems = messages
            .into_iter()
            .map(|message| serde_json::json!({"message": message}));
        object.insert("problems".to_owned(), problems.collect());
    }
    Ok((address, object))
}

fn status_name(status: u64) -> Result<&'static str, Unclear> {
    Ok(match status {
        0 => "unknown",
        1 => "pass",
        2 => "fail",
        3 => "error",
        _ => return Err(choice("the status of a check", status)),
    })
}

/// The address of what is declared, taken apart.
fn static_address(kind: u64, text: &str) -> Option<Json> {
    let mut address = Map::new();
    let mut set = |name: &str, value: Json| address.insert(name.to_owned(), value);
    set("to_display", text.into());
    let module = if kind == 1 {
        let resource = Address::parse(text)?;
        set("kind", "resource".into());
        set(
            "mode",
            if resource.data { "data" } else { "managed" }.into(),
        );
        let data = if resource.data { "data." } else { "" };
        let block = format!("{data}{}.{}", resource.kind, resource.name);
        set("type", resource.kind.into());
        set("name", resource.name.into());
        text.strip_suffix(&block)?
    } else {
        let (module, name) = named(kind, text)?;
        set("kind", kind_name(kind)?.into());
        set("name", name.into());
        module
    };
    if !module.is_empty() {
        set("module", module.trim_end_matches('.').into());
    }
    Some(Json::Object(address))
}

/// The address of one instance of it.
fn instance_address(kind: u64, text: &str) -> Option<Json> {
    let mut address = Map::new();
    address.insert("to_display".to_owned(), text.into());
    let module = if kind == 1 {
        let resource = Address::parse(text)?;
        if let Some(key) = &resource.key {
            address.insert("instance_key".to_owned(), key_json(key));
        }
        if resource.modules.is_empty() {
            ""
        } else {
            super::changes::module_address(text, &resource)?
        }
    } else {
        named(kind, text)?.0
    };
    if !module.is_empty() {
        address.insert("module".to_owned(), module.trim_end_matches('.').into());
    }
    Some(Json::Object(address))
}

/// The module, with the dot behind it, and the name of an output, a check or a variable.
fn named(kind: u64, text: &str) -> Option<(&str, String)> {
    let prefix = match kind {
        2 => "output.",
        3 => "check.",
        4 => "var.",
        _ => return None,
    };
    let steps = parse_path(text)?;
    let Step::Name(name) = steps.last()? else {
        return None;
    };
    let module = text.strip_suffix(&format!("{prefix}{name}"))?;
    Some((module, name.clone()))
}

fn kind_name(kind: u64) -> Option<&'static str> {
    Some(match kind {
        2 => "output_value",
        3 => "check",
        4 => "var",
        _ => return None,
    })
}
