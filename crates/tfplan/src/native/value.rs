//! Values: msgpack as Terraform writes it.
//!
//! Objects and maps are maps, lists, sets and tuples are arrays, what is not known yet is an extension. A value whose type the
//! schema leaves open is a pair of the type's JSON, as binary, and the value; nothing else is binary.

use rmp::Marker;
use rmp::decode::{self, RmpRead as _};
use serde_json::Value as Json;

use super::typed;

/// A value of a plan.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value<'a> {
    Null,
    /// Not known yet.
    Unknown,
    Bool(bool),
    /// In decimal, with all digits.
    Number(String),
    Text(&'a str),
    List(Vec<Value<'a>>),
    /// Sorted as it was written, by name.
    Map(Vec<(&'a str, Value<'a>)>),
    /// A value with its own type.
    Typed(Json, Box<Value<'a>>),
}

/// Deeper values than any schema has: a file may not exhaust the stack.
const DEPTH: usize = 200;

impl<'a> Value<'a> {
    /// Decodes a whole value; none when anything about it is odd.
    pub(super) fn decode(bytes: &'a [u8]) -> Option<Self> {
        let mut rest = bytes;
        let value = value(&mut rest, DEPTH)?;
        rest.is_empty().then_some(value)
    }

    /// Without the types that values brought along.
    pub(super) fn bare(&self) -> &Self {
        match self {
            Self::Typed(_, value) => value.bare(),
            value => value,
        }
    }

    /// Whether nothing in it is unknown.
    pub(super) fn is_known(&self) -> bool {
        match self {
            Self::Unknown => false,
            Self::List(items) => items.iter().all(Self::is_known),
            Self::Map(members) => members.iter().all(|(_, member)| member.is_known()),
            Self::Typed(_, value) => value.is_known(),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::Text(_) => true,
        }
    }
}

fn value<'a>(rest: &mut &'a [u8], depth: usize) -> Option<Value<'a>> {
    let depth = depth.checked_sub(1)?;
    let before = *rest;
    let marker = decode::read_marker(rest).ok()?;
    Some(match marker {
        Marker::Null => Value::Null,
        Marker::True => Value::Bool(true),
        Marker::False => Value::Bool(false),
        Marker::FixPos(_) | Marker::FixNeg(_) => integer(rest, before)?,
        Marker::U8 | Marker::U16 | Marker::U32 | Marker::U64 => integer(rest, before)?,
        Marker::I8 | Marker::I16 | Marker::I32 | Marker::I64 => integer(rest, before)?,
        Marker::F32 => float(f64::from(f32::from_bits(rest.read_data_u32().ok()?)))?,
        Marker::F64 => float(f64::from_bits(rest.read_data_u64().ok()?))?,
        Marker::FixStr(length) => text(rest, length.into())?,
        Marker::Str8 => {
            let length = rest.read_data_u8().ok()?;
            text(rest, length.into())?
        }
        Marker::Str16 => {
            let length = rest.read_data_u16().ok()?;
            text(rest, length.into())?
        }
        Marker::Str32 => {
            let length = rest.read_data_u32().ok()?;
            text(rest, length)?
        }
        Marker::FixArray(length) => list(rest, length.into(), depth)?,
        Marker::Array16 => {
            let length = rest.read_data_u16().ok()?;
            list(rest, length.into(), depth)?
        }
        Marker::Array32 => {
            let length = rest.read_data_u32().ok()?;
            list(rest, length, depth)?
        }
        Marker::FixMap(length) => map(rest, length.into(), depth)?,
        Marker::Map16 => {
            let length = rest.read_data_u16().ok()?;
            map(rest, length.into(), depth)?
        }
        Marker::Map32 => {
            let length = rest.read_data_u32().ok()?;
            map(rest, length, depth)?
        }
        Marker::FixExt1 => extension(rest, 1)?,
        Marker::FixExt2 => extension(rest, 2)?,
        Marker::FixExt4 => extension(rest, 4)?,
        Marker::FixExt8 => extension(rest, 8)?,
        Marker::FixExt16 => extension(rest, 16)?,
        Marker::Ext8 => {
            let length = rest.read_data_u8().ok()?;
            extension(rest, length.into())?
        }
        Marker::Ext16 => {
            let length = rest.read_data_u16().ok()?;
            extension(rest, length.into())?
        }
        Marker::Ext32 => {
            let length = rest.read_data_u32().ok()?;
            extension(rest, length)?
        }
        Marker::Bin8 | Marker::Bin16 | Marker::Bin32 | Marker::Reserved => return None,
    })
}

fn integer<'a>(rest: &mut &'a [u8], before: &'a [u8]) -> Option<Value<'a>> {
    let mut again = before;
    let number: i128 = match decode::read_int::<i64, _>(&mut again) {
        Ok(number) => number.into(),
        Err(_) => {
            again = before;
            decode::read_int::<u64, _>(&mut again).ok()?.into()
        }
    };
    *rest = again;
    Some(Value::Number(number.to_string()))
}

/// As Go prints it with the fewest digits and no exponent. Infinity is no JSON.
fn float(number: f64) -> Option<Value<'static>> {
    number
        .is_finite()
        .then(|| Value::Number(number.to_string()))
}

fn text<'a>(rest: &mut &'a [u8], length: u32) -> Option<Value<'a>> {
    Some(Value::Text(std::str::from_utf8(take(rest, length)?).ok()?))
}

fn list<'a>(rest: &mut &'a [u8], length: u32, depth: usize) -> Option<Value<'a>> {
    if length == 2
        && let Some(ty) = binary(rest)
    {
        let ty = serde_json::from_slice(ty).ok().filter(typed::is_type)?;
        let content = typed::apply(&ty, value(rest, depth)?)?;
        return Some(Value::Typed(ty, Box::new(content)));
    }
    // Every element is a byte at least, so a false length allocates nothing.
    let length = usize::try_from(length).ok()?;
    let mut items = Vec::with_capacity(length.min(rest.len()));
    for _ in 0..length {
        items.push(value(rest, depth)?);
    }
    Some(Value::List(items))
}

fn map<'a>(rest: &mut &'a [u8], length: u32, depth: usize) -> Option<Value<'a>> {
    let length = usize::try_from(length).ok()?;
    let mut members: Vec<(&str, Value<'_>)> = Vec::with_capacity(length.min(rest.len() / 2));
    for _ in 0..length {
        let Value::Text(name) = value(rest, depth)? else {
            return None;
        };
        members.push((name, value(rest, depth)?));
    }
    // A name twice would be read as one or the other.
    let mut names: Vec<&str> = members.iter().map(|(name, _)| *name).collect();
    names.sort_unstable();
    names
        .windows(2)
        .all(|pair| pair[0] != pair[1])
        .then_some(Value::Map(members))
}

/// Not known yet: type 0, or 12 with what is known about it all the same.
fn extension<'a>(rest: &mut &'a [u8], length: u32) -> Option<Value<'a>> {
    let kind = rest.read_data_i8().ok()?;
    take(rest, length)?;
    matches!(kind, 0 | 12).then_some(Value::Unknown)
}

/// The binary at the start, when there is one.
fn binary<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let mut ahead = *rest;
    let length = match decode::read_marker(&mut ahead).ok()? {
        Marker::Bin8 => ahead.read_data_u8().ok()?.into(),
        Marker::Bin16 => ahead.read_data_u16().ok()?.into(),
        Marker::Bin32 => ahead.read_data_u32().ok()?,
        _ => return None,
    };
    let bytes = take(&mut ahead, length)?;
    *rest = ahead;
    Some(bytes)
}

fn take<'a>(rest: &mut &'a [u8], length: u32) -> Option<&'a [u8]> {
    let (head, tail) = rest.split_at_checked(usize::try_from(length).ok()?)?;
    *rest = tail;
    Some(head)
}
