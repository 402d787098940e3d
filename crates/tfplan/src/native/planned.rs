//! `planned_values`: what there will be, module by module.
//!
//! All of it follows from the changes but the version of each resource's schema, which only its provider knows.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json, json};

use super::changes::{Change, Output};

/// Modules by address: their resources, and their children in the order in which they appear.
#[derive(Default)]
struct Tree<'c, 'a> {
    resources: BTreeMap<String, Vec<&'c Change<'a>>>,
    children: BTreeMap<String, Vec<String>>,
    seen: BTreeSet<String>,
}

/// The planned values.
pub(super) fn values(changes: &[Change<'_>], outputs: &[Output<'_>]) -> Json {
    let mut tree = Tree::default();
    for change in changes {
        if !change.deletes() && change.deposed.is_empty() {
            tree.add(change);
        }
    }
    let mut root = tree.module("");
    // Only the first level is sorted.
    if let Some(children) = root.get_mut("child_modules").and_then(Json::as_array_mut) {
        children.sort_by_key(|child| child["address"].to_string());
    }
    let mut values = json!({"root_module": root});
    let planned = outputs
        .iter()
        .filter_map(|output| Some((output.name.to_owned(), output.planned.clone()?)));
    let planned: Map<String, Json> = planned.collect();
    if !planned.is_empty() {
        values["outputs"] = Json::Object(planned);
    }
    values
}

impl<'c, 'a> Tree<'c, 'a> {
    fn add(&mut self, change: &'c Change<'a>) {
        let modules = ancestors(change);
        let module = modules.last().cloned().unwrap_or_default();
        // The nearest first, as Terraform finds them.
        let mut levels: Vec<(&str, &String)> = Vec::new();
        for (level, child) in modules.iter().enumerate() {
            let parent = level
                .checked_sub(1)
                .map_or("", |above| modules[above].as_str());
            levels.push((parent, child));
        }
        let nearest = usize::from(!levels.is_empty());
        levels.rotate_right(nearest);
        for (parent, child) in levels {
            if self.seen.insert(child.clone()) {
                self.children
                    .entry(parent.to_owned())
                    .or_default()
                    .push(child.clone());
            }
        }
        self.resources.entry(module).or_default().push(change);
    }

    fn module(&self, address: &str) -> Map<String, Json> {
        let mut module = Map::new();
        if !address.is_empty() {
            module.insert("address".to_owned(), address.into());
        }
        if let Some(resources) = self.resources.get(address) {
            let mut resources = resources.clone();
            resources.sort_by_key(|change| change.text);
            let resources: Vec<Json> = resources.into_iter().map(resource).collect();
            module.insert("resources".to_owned(), resources.into());
        }
        if let Some(children) = self.children.get(address) {
            let children: Vec<Json> = children
                .iter()
                .map(|child| Json::Object(self.module(child)))
                .collect();
            module.insert("child_modules".to_owned(), children.into());
        }
        module
    }
}

/// The addresses of the modules that lead to a change, the outermost first.
fn ancestors(change: &Change<'_>) -> Vec<String> {
    let Some(whole) = change.named.get("module_address").and_then(Json::as_str) else {
        return Vec::new();
    };
    let depth = change.address.modules.len();
    let mut addresses = Vec::with_capacity(depth);
    for level in 1..depth {
        // the address is cut before the next call; keys may hold any text, so calls are written again
        let calls = change.address.modules[..level].iter().map(|call| {
            let key = call
                .key
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default();
            format!("module.{}{key}", call.name)
        });
        let written = calls.collect::<Vec<_>>().join(".");
        // as it stands in the whole address, where that is the same
        let known = whole.get(..written.len()).filter(|start| *start == written);
        addresses.push(known.map_or(written.clone(), str::to_owned));
    }
    addresses.push(whole.to_owned());
    addresses
}

fn resource(change: &Change<'_>) -> Json {
    let mut resource = change.named.clone();
    resource.retain(|name, _| {
        matches!(
            name.as_str(),
            "address" | "mode" | "type" | "name" | "index" | "provider_name"
        )
    });
    if let Some(values) = change
        .after()
        .as_object()
        .filter(|values| !values.is_empty())
    {
        resource.insert("values".to_owned(), Json::Object(values.clone()));
    }
    resource.insert(
        "sensitive_values".to_owned(),
        change.after_sensitive().clone(),
    );
    Json::Object(resource)
}
