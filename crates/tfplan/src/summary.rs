//! What a plan does, for people: counts, then what is destroyed and why, then all changes by module.
//!
//! It names attributes and never shows a value, so it needs no redaction; still a `for_each` key is part of an address and
//! is shown. The data is here, the two ways to write it in `render`.

mod render;

use std::collections::BTreeMap;

use evidence::PlannedChange;
use serde_json::Value;

use crate::address::render_path;
use crate::{Action, PlanJson, ResourceChange, reason_in_words};

/// What a plan does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// How much of what.
    pub counts: Counts,
    /// What is destroyed, replaced or forgotten, by address.
    pub urgent: Vec<Item>,
    /// All that changes, by module, the root module first.
    pub modules: Vec<Module>,
    /// The outputs that change.
    pub outputs: Vec<(String, Action)>,
}

/// How many resources are touched, and how. A replacement counts as nothing else; imports and moves count beside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Made.
    pub add: usize,
    /// Changed in place.
    pub change: usize,
    /// Destroyed and made anew.
    pub replace: usize,
    /// Destroyed.
    pub destroy: usize,
    /// Managed no longer.
    pub forget: usize,
    /// Imported, whatever else happens to them.
    pub import: usize,
    /// Moved to another address, whatever else happens to them.
    pub moved: usize,
    /// Read during apply.
    pub read: usize,
    /// Outputs of the root module that change.
    pub outputs: usize,
}

/// The changes in one module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Module {
    /// Its address; empty for the root module.
    pub address: String,
    /// Its changes, by address.
    pub items: Vec<Item>,
}

/// One change, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The resource's full address.
    pub address: String,
    /// What happens.
    pub action: Action,
    /// What forces it, most precise first.
    pub because: Vec<String>,
    /// The attributes that an update changes.
    pub attributes: Vec<String>,
    /// The address before, when it moves.
    pub moved_from: Option<String>,
    /// Whether it is imported.
    pub imported: bool,
    /// The old object's key, when only that is destroyed.
    pub deposed: Option<String>,
}

/// Sums a plan up.
pub fn summary(plan: &PlanJson) -> Summary {
    let mut changes: Vec<_> = plan
        .resource_changes()
        .filter(|change| does_something(change))
        .collect();
    changes.sort_by_key(|change| (change.address, change.deposed));
    let mut counts = Counts::default();
    let mut urgent = Vec::new();
    let mut modules: BTreeMap<&str, Vec<Item>> = BTreeMap::new();
    for change in &changes {
        counts.add(change);
        let item = Item::of(change);
        if item.action.destroys() {
            urgent.push(item.clone());
        }
        modules
            .entry(change.module_address.unwrap_or_default())
            .or_default()
            .push(item);
    }
    let modules = modules
        .into_iter()
        .map(|(address, items)| Module {
            address: address.to_owned(),
            items,
        })
        .collect();
    let outputs = plan
        .output_changes()
        .filter(|output| output.action != Action::NoOp);
    let mut outputs: Vec<_> = outputs
        .map(|output| (output.name.to_owned(), output.action))
        .collect();
    outputs.sort();
    counts.outputs = outputs.len();
    Summary {
        counts,
        urgent,
        modules,
        outputs,
    }
}

impl Summary {
    /// The changes as evidence has them.
    pub fn planned_changes(&self) -> Vec<PlannedChange> {
        let items = self.modules.iter().flat_map(|module| &module.items);
        let changes = items
            .filter(|item| item.action != Action::NoOp)
            .map(|item| PlannedChange {
                address: item.address.clone(),
                action: item.action.name().to_owned(),
                destroys: item.action.destroys(),
                because: item.because.clone(),
            });
        changes.collect()
    }
}

fn does_something(change: &ResourceChange<'_>) -> bool {
    change.action != Action::NoOp || change.previous_address.is_some() || change.importing.is_some()
}

impl Counts {
    fn add(&mut self, change: &ResourceChange<'_>) {
        match change.action {
            Action::NoOp => {}
            Action::Create => self.add += 1,
            Action::Read => self.read += 1,
            Action::Update => self.change += 1,
            Action::Delete => self.destroy += 1,
            Action::ReplaceDeleteFirst | Action::ReplaceCreateFirst => self.replace += 1,
            Action::Forget => self.forget += 1,
            Action::CreateThenForget => {
                self.add += 1;
                self.forget += 1;
            }
        }
        self.import += usize::from(change.importing.is_some());
        self.moved += usize::from(change.previous_address.is_some());
    }
}

impl Item {
    fn of(change: &ResourceChange<'_>) -> Self {
        let forced_by = change
            .replace_paths
            .iter()
            .map(|path| format!("forced by `{}`", render_path(path)));
        let mut because: Vec<String> = forced_by.collect();
        // The paths say more than Terraform's reason for them.
        let reason = change
            .action_reason
            .filter(|reason| because.is_empty() || *reason != "replace_because_cannot_update");
        because.extend(reason.map(|reason| reason_in_words(reason).to_owned()));
        if change.deposed.is_some() {
            because.push("it was left over by an earlier replacement".to_owned());
        }
        Self {
            address: change.address.to_owned(),
            action: change.action,
            because,
            attributes: if change.action == Action::Update {
                changed_attributes(change)
            } else {
                Vec::new()
            },
            moved_from: change.previous_address.map(str::to_owned),
            imported: change.importing.is_some(),
            deposed: change.deposed.map(str::to_owned),
        }
    }

    /// The address within its module, when `module` is the module's address.
    pub fn address_in(&self, module: &str) -> &str {
        let rest = self
            .address
            .strip_prefix(module)
            .and_then(|rest| rest.strip_prefix('.'));
        rest.unwrap_or(&self.address)
    }
}

fn changed_attributes(change: &ResourceChange<'_>) -> Vec<String> {
    let (Some(before), Some(after)) = (change.before.as_object(), change.after.as_object()) else {
        return Vec::new();
    };
    let unknown = change.after_unknown.as_object();
    let unknown = unknown
        .into_iter()
        .flatten()
        .filter(|(_, mask)| marks(mask))
        .map(|(name, _)| name);
    let null = Value::Null;
    let differs =
        |name: &&String| before.get(*name).unwrap_or(&null) != after.get(*name).unwrap_or(&null);
    let mut names: Vec<String> = before
        .keys()
        .chain(after.keys())
        .filter(differs)
        .chain(unknown)
        .cloned()
        .collect();
    names.sort();
    names.dedup();
    names
}

fn marks(mask: &Value) -> bool {
    match mask {
        Value::Bool(marked) => *marked,
        Value::Array(items) => items.iter().any(marks),
        Value::Object(members) => members.values().any(marks),
        _ => false,
    }
}
