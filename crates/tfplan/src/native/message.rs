//! The messages of a saved plan, field by field.
//!
//! Written by hand over the one walker in [`protobuf`](crate::protobuf), because a generated reader drops the fields that it
//! does not know, and such a field may change what all others mean. Here it is [`Unclear`]. Field numbers are facts from
//! Terraform's `planfile.proto`.

use super::{Unclear, damaged, fields};
use crate::protobuf::Wire;

/// A saved plan.
#[derive(Default)]
pub(super) struct PlanMessage<'a> {
    pub(super) variables: Vec<(&'a str, &'a [u8])>,
    pub(super) resource_changes: Vec<ChangeMessage<'a>>,
    pub(super) resource_drift: Vec<ChangeMessage<'a>>,
    pub(super) output_changes: Vec<OutputMessage<'a>>,
    pub(super) check_results: Vec<&'a [u8]>,
    /// Addresses and paths.
    pub(super) relevant_attributes: Vec<(&'a str, Path<'a>)>,
    pub(super) applyable: bool,
    pub(super) complete: bool,
    pub(super) errored: bool,
    targeted: bool,
    mode: u64,
}

/// One change of a resource.
#[derive(Default)]
pub(super) struct ChangeMessage<'a> {
    pub(super) address: &'a str,
    pub(super) previous_address: &'a str,
    pub(super) deposed: &'a str,
    pub(super) provider: &'a str,
    pub(super) change: Values<'a>,
    pub(super) required_replace: Vec<Path<'a>>,
    pub(super) reason: u64,
}

/// One change of an output.
#[derive(Default)]
pub(super) struct OutputMessage<'a> {
    pub(super) name: &'a str,
    pub(super) change: Values<'a>,
    pub(super) sensitive: bool,
}

/// What a change does to which values.
#[derive(Default)]
pub(super) struct Values<'a> {
    pub(super) action: u64,
    pub(super) values: Vec<&'a [u8]>,
    pub(super) before_sensitive: Vec<Path<'a>>,
    pub(super) after_sensitive: Vec<Path<'a>>,
    pub(super) importing: Option<Importing<'a>>,
    pub(super) generated_config: &'a str,
}

/// How an object is found that is imported.
#[derive(Default)]
pub(super) struct Importing<'a> {
    pub(super) id: &'a str,
    pub(super) unknown: bool,
}

/// A way into a value.
pub(super) type Path<'a> = Vec<PathStep<'a>>;

/// A step into a value.
pub(super) enum PathStep<'a> {
    Attribute(&'a str),
    /// The element's key as msgpack.
    Element(&'a [u8]),
}

impl<'a> PlanMessage<'a> {
    /// Reads the whole message.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, Unclear> {
        const WHAT: &str = "the plan";
        let mut plan = Self::default();
        for field in fields(bytes, WHAT) {
            match field? {
                (2, Wire::Bytes(entry)) => plan.variables.push(variable(entry)?),
                (3, Wire::Bytes(change)) => {
                    plan.resource_changes.push(ChangeMessage::read(change)?);
                }
                (4, Wire::Bytes(change)) => plan.output_changes.push(OutputMessage::read(change)?),
                (5, Wire::Bytes(_)) => plan.targeted = true,
                (15, Wire::Bytes(attribute)) => {
                    plan.relevant_attributes.push(relevant(attribute)?);
                }
                (17, Wire::Varint(mode)) => plan.mode = mode,
                (18, Wire::Bytes(change)) => plan.resource_drift.push(ChangeMessage::read(change)?),
                (19, Wire::Bytes(check)) => plan.check_results.push(check),
                (20, Wire::Varint(errored)) => plan.errored = errored != 0,
                (25, Wire::Varint(applyable)) => plan.applyable = applyable != 0,
                (26, Wire::Varint(complete)) => plan.complete = complete != 0,
                (27, Wire::Bytes(_)) => return Err(Unclear::Deferred),
                // The version, the backend, the tool's version and the time are read where the file is taken apart; which
                // replacements were asked for, what functions returned and which variables come later is not in the JSON.
                (1, Wire::Varint(_)) | (13 | 14 | 16 | 21 | 22 | 28, Wire::Bytes(_)) => {}
                (field, _) => return Err(Unclear::UnknownField { what: WHAT, field }),
            }
        }
        if plan.mode > 2 {
            return Err(choice("the plan's mode", plan.mode));
        }
        Ok(plan)
    }

    /// OpenTofu uses the same version numbers, and never says that a plan is complete.
    pub(super) fn assured_maker(&self) -> Result<(), Unclear> {
        let changes = self.resource_changes.iter().chain(&self.resource_drift);
        let mut providers = changes.map(|change| change.provider);
        let explained = self.complete || self.errored || self.targeted;
        if !explained || providers.any(|provider| provider.contains("[\"registry.opentofu.org/")) {
            return Err(Unclear::OtherMaker);
        }
        Ok(())
    }

    pub(super) fn is_refresh_only(&self) -> bool {
        self.mode == 2
    }
}

impl<'a> ChangeMessage<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, Unclear> {
        const WHAT: &str = "a change of a resource";
        let mut change = Self::default();
        let mut found = false;
        for field in fields(bytes, WHAT) {
            match field? {
                (7, Wire::Bytes(key)) => change.deposed = text(key, WHAT)?,
                (8, Wire::Bytes(provider)) => change.provider = text(provider, WHAT)?,
                (9, Wire::Bytes(values)) => {
                    change.change = Values::read(values)?;
                    found = true;
                }
                // what the provider keeps for itself
                (10, Wire::Bytes(_)) => {}
                (11, Wire::Bytes(replace)) => change.required_replace.push(path(replace)?),
                (12, Wire::Varint(reason)) => change.reason = reason,
                (13, Wire::Bytes(address)) => change.address = text(address, WHAT)?,
                (14, Wire::Bytes(address)) => change.previous_address = text(address, WHAT)?,
                (field, _) => return Err(Unclear::UnknownField { what: WHAT, field }),
            }
        }
        if !found {
            return Err(damaged(WHAT));
        }
        Ok(change)
    }
}

impl<'a> OutputMessage<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, Unclear> {
        const WHAT: &str = "a change of an output";
        let mut output = Self::default();
        for field in fields(bytes, WHAT) {
            match field? {
                (1, Wire::Bytes(name)) => output.name = text(name, WHAT)?,
                (2, Wire::Bytes(values)) => output.change = Values::read(values)?,
                (3, Wire::Varint(sensitive)) => output.sensitive = sensitive != 0,
                (field, _) => return Err(Unclear::UnknownField { what: WHAT, field }),
            }
        }
        Ok(output)
    }
}

impl<'a> Values<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, Unclear> {
        const WHAT: &str = "a change";
        let mut values = Self::default();
        for field in fields(bytes, WHAT) {
            match field? {
                (1, Wire::Varint(action)) => values.action = action,
                (2, Wire::Bytes(value)) => values.values.push(dynamic(value)?),
                (3, Wire::Bytes(mark)) => values.before_sensitive.push(path(mark)?),
                (4, Wire::Bytes(mark)) => values.after_sensitive.push(path(mark)?),
                (5, Wire::Bytes(found)) => values.importing = Some(importing(found)?),
                (6, Wire::Bytes(config)) => values.generated_config = text(config, WHAT)?,
                (field, _) => return Err(Unclear::UnknownField { what: WHAT, field }),
            }
        }
        Ok(values)
    }
}

fn importing(bytes: &[u8]) -> Result<Importing<'_>, Unclear> {
    const WHAT: &str = "an import";
    let mut importing = Importing::default();
    for field in fields(bytes, WHAT) {
        match field? {
            (1, Wire::Bytes(id)) => importing.id = text(id, WHAT)?,
            (2, Wire::Varint(unknown)) => importing.unknown = unknown != 0,
            (field, _) => return Err(Unclear::UnknownField { what: WHAT, field }),
        }
    }
    Ok(importing)
}

fn variable(bytes: &[u8]) -> Result<(&str, &[u8]), Unclear> {
    const WHAT: &str = "a variable";
    let (mut name, mut value) = ("", None);
    for field in fields(bytes, WHAT) {
        match field? {
            (1, Wire::Bytes(key)) => name = text(key, WHAT)?,
            (2, Wire::Bytes(content)) => value = Some(dynamic(content)?),
            (field, _) => return Err(Unclear::UnknownField { what: WHAT, field }),
        }
    }
    Ok((name, value.ok_or_else(|| damaged(WHAT))?))
}

fn relevant(bytes: &[u8]) -> Result<(&str, Path<'_>), Unclear> {
    const WHAT: &str = "a relevant attribute";
    let (mut resource, mut attribute) = ("", Path::new());
    for field in fields(bytes, WHAT) {
        match field? {
            (1, Wire::Bytes(address)) => resource = text(address, WHAT)?,
            (2, Wire::Bytes(steps)) => attribute = path(steps)?,
            (field, _) => return Err(Unclear::UnknownField { what: WHAT, field }),
        }
    }
    Ok((resource, attribute))
}

fn path(bytes: &[u8]) -> Result<Path<'_>, Unclear> {
    const WHAT: &str = "a path";
    let mut steps = Vec::new();
    for field in fields(bytes, WHAT) {
        let (1, Wire::Bytes(step)) = field? else {
            return Err(damaged(WHAT));
        };
        let mut found = None;
        for field in fields(step, WHAT) {
            found = Some(match field? {
                (1, Wire::Bytes(name)) => PathStep::Attribute(text(name, WHAT)?),
                (2, Wire::Bytes(key)) => PathStep::Element(dynamic(key)?),
                (field, _) => return Err(Unclear::UnknownField { what: WHAT, field }),
            });
        }
        steps.push(found.ok_or_else(|| damaged(WHAT))?);
    }
    Ok(steps)
}

/// The msgpack in a value; a value may have another encoding one day, and then has none.
fn dynamic(bytes: &[u8]) -> Result<&[u8], Unclear> {
    const WHAT: &str = "a value";
    let mut value = None;
    for field in fields(bytes, WHAT) {
        match field? {
            (1, Wire::Bytes(msgpack)) => value = Some(msgpack),
            (field, _) => return Err(Unclear::UnknownField { what: WHAT, field }),
        }
    }
    value
        .filter(|msgpack| !msgpack.is_empty())
        .ok_or_else(|| damaged(WHAT))
}

pub(super) fn text<'a>(bytes: &'a [u8], what: &'static str) -> Result<&'a str, Unclear> {
    std::str::from_utf8(bytes).map_err(|_| damaged(what))
}

pub(super) fn choice(what: &'static str, number: u64) -> Unclear {
    Unclear::UnknownChoice { what, number }
}
