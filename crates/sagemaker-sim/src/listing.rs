//! What the `List*` operations share: filters, order and pages.
//!
//! A page token is the offset of the next page; AWS's are opaque, so no client may read one.

use serde_json::{Map, Value};

use crate::wire::Failure;
use crate::world::{Answer, Call};

/// AWS's page size when the request does not say one
const PAGE: usize = 10;

/// A page of `summaries` under `member`, filtered by name and time and ordered as the request says
pub(crate) fn page(call: &Call, member: &str, name: &str, mut summaries: Vec<Value>) -> Answer {
    let created = |summary: &Value| summary["CreationTime"].as_f64().unwrap_or_default();
    let text = |summary: &Value| summary[name].as_str().unwrap_or_default().to_owned();
    let bound = |member: &str| call.input.get(member).and_then(Value::as_f64);
    let part = call.text("NameContains");
    summaries.retain(|summary| {
        text(summary).contains(part)
            && bound("CreationTimeAfter").is_none_or(|after| created(summary) > after)
            && bound("CreationTimeBefore").is_none_or(|before| created(summary) < before)
    });
    if call.text("SortBy") == "Name" {
        summaries.sort_by_key(text);
    } else {
        // stable, so that what was created in the same millisecond stays in the order given
        summaries.sort_by(|a, b| created(a).total_cmp(&created(b)));
    }
    if call.text("SortOrder") == "Descending" {
        summaries.reverse();
    }

    let start = match call.text("NextToken") {
        "" => 0,
        token => token
            .parse()
            .map_err(|_| Failure::validation("The NextToken is not valid."))?,
    };
    let size = call
        .input
        .get("MaxResults")
        .and_then(Value::as_u64)
        .map_or(PAGE, |size| size as usize);
    let mut answer = Map::new();
    if start + size < summaries.len() {
        answer.insert("NextToken".into(), (start + size).to_string().into());
    }
    let page = summaries.into_iter().skip(start).take(size).collect();
    answer.insert(member.into(), Value::Array(page));
    Ok(Value::Object(answer))
}
