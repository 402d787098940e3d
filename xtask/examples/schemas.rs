//! Prints the text of every committed JSON Schema: one object, by path below `schemas/` without the ending.
//!
//! `cargo xtask generate` runs this and writes the files. It is an example because only an example may use development
//! dependencies: so the types behind the schemas are not compiled before each `cargo xtask`.

use std::collections::BTreeMap;
use std::io::{self, Write as _};

use serde_json::{Map, Value};

/// What a reader looks for first
const HEAD: [&str; 3] = ["$schema", "title", "description"];

fn main() -> io::Result<()> {
    let mut schemas = BTreeMap::from([
        ("towpath".to_owned(), settings::schema()),
        ("waivers".to_owned(), settings::waivers::schema()),
    ]);
    for (name, schema) in evidence::schemas() {
        schemas.insert(format!("evidence/{name}"), schema);
    }
    // as texts, because only this program surely keeps the order of keys: that is a feature of `serde_json`
    let texts: BTreeMap<String, String> = schemas
        .into_iter()
        .map(|(name, schema)| (name, format!("{:#}\n", head_first(schema.to_value()))))
        .collect();
    let mut stdout = io::stdout().lock();
    serde_json::to_writer(&mut stdout, &texts)?;
    stdout.flush()
}

fn head_first(schema: Value) -> Value {
    let Value::Object(mut rest) = schema else {
        return schema;
    };
    let head = HEAD.map(|key| rest.shift_remove_entry(key));
    let mut ordered: Map<String, Value> = head.into_iter().flatten().collect();
    ordered.extend(rest);
    ordered.into()
}
