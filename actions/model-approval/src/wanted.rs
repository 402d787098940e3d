//! What a plan would put into service: model packages, and what leads to them through models and endpoint
//! configurations.
//!
//! Everything that is created or changed is followed to a package or to a name that the registry has to resolve. What
//! is only known after the apply counts as followed when the configuration refers to a resource that this plan makes,
//! because that resource is followed itself; otherwise it is unresolved, which is never a pass.

use evidence::Unresolved;
use serde_json::Value;
use tfplan::{Action, Address, PlanJson, ResourceChange};

const MODEL: &str = "aws_sagemaker_model";
const ENDPOINT_CONFIG: &str = "aws_sagemaker_endpoint_configuration";
const ENDPOINT: &str = "aws_sagemaker_endpoint";

/// Something that a resource of the plan would put into service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// The resource's address.
    pub(crate) by: String,
    /// What it needs.
    pub(crate) what: What,
}

/// What is needed, by the name that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// A model package's ARN.
    Package(String),
    /// A model that this plan does not hold.
    Model(String),
    /// An endpoint configuration that this plan does not hold.
    EndpointConfig(String),
}

/// Everything that `plan` would put into service, and what in it leads nowhere.
pub(crate) fn wanted(plan: &PlanJson) -> (Vec<Wanted>, Vec<Unresolved>) {
    let mut search = Search {
        plan,
        wanted: Vec::new(),
        unresolved: Vec::new(),
    };
    for change in plan
        .resource_changes()
        .filter(|change| change.mode == "managed" && takes_effect(change.action))
    {
        search.follow(change.address, &change);
    }
    (search.wanted, search.unresolved)
}

fn takes_effect(action: Action) -> bool {
    match action {
        Action::Create
        | Action::Update
        | Action::ReplaceDeleteFirst
        | Action::ReplaceCreateFirst
        | Action::CreateThenForget => true,
        Action::NoOp | Action::Read | Action::Delete | Action::Forget => false,
    }
}

struct Search<'a> {
    plan: &'a PlanJson,
    wanted: Vec<Wanted>,
    unresolved: Vec<Unresolved>,
}

impl Search<'_> {
    fn follow(&mut self, by: &str, change: &ResourceChange<'_>) {
        match change.kind {
            MODEL => self.model(by, change),
            ENDPOINT_CONFIG => self.endpoint_config(by, change),
            ENDPOINT => self.endpoint(by, change),
            _ => {}
        }
    }

    fn model(&mut self, by: &str, model: &ResourceChange<'_>) {
        let mut containers = 0;
        for block in ["primary_container", "container"] {
            if model.after_unknown.get(block) == Some(&Value::Bool(true)) {
                return self.lost(
                    by,
                    format!("has a `{block}` that is only known after apply"),
                );
            }
            for index in 0..items(model.after, block).len() {
                containers += 1;
                match known(model, &[block, "model_package_name"], Some(index)) {
                    Known::Text(arn) => self.want(by, What::Package(arn)),
                    Known::Unknown => {
                        self.lost(by, "names a model package that is only known after apply")
                    }
                    Known::Nothing => self.lost(
                        by,
                        "serves an image and data that belong to no model package",
                    ),
                }
            }
        }
        if containers == 0 {
            self.lost(by, "has no container");
        }
    }

    fn endpoint_config(&mut self, by: &str, config: &ResourceChange<'_>) {
        let mut variants = 0;
        for block in ["production_variants", "shadow_production_variants"] {
            if config.after_unknown.get(block) == Some(&Value::Bool(true)) {
                return self.lost(by, format!("has `{block}` that are only known after apply"));
            }
            for index in 0..items(config.after, block).len() {
                variants += 1;
                match known(config, &[block, "model_name"], Some(index)) {
                    Known::Text(name) => self.named(by, MODEL, &name, What::Model(name.clone())),
                    Known::Unknown if self.refers(config, &[block, "model_name"], index, MODEL) => {
                    }
                    Known::Unknown => self.lost(by, "names a model that is only known after apply"),
                    Known::Nothing => self.lost(by, format!("has `{block}` that name no model")),
                }
            }
        }
        if variants == 0 {
            self.lost(by, "has no variant");
        }
    }

    fn endpoint(&mut self, by: &str, endpoint: &ResourceChange<'_>) {
        match known(endpoint, &["endpoint_config_name"], None) {
            Known::Text(name) => self.named(
                by,
                ENDPOINT_CONFIG,
                &name,
                What::EndpointConfig(name.clone()),
            ),
            Known::Unknown
                if self.refers(endpoint, &["endpoint_config_name"], 0, ENDPOINT_CONFIG) => {}
            Known::Unknown => self.lost(
                by,
                "names an endpoint configuration that is only known after apply",
            ),
            Known::Nothing => self.lost(by, "names no endpoint configuration"),
        }
    }

    /// Follows a resource by its name: in the plan where it is there, otherwise by the registry.
    fn named(&mut self, by: &str, kind: &str, name: &str, otherwise: What) {
        let plan = self.plan;
        let found = plan.resource_changes().find(|change| {
            change.kind == kind
                && change.mode == "managed"
                && change.after.get("name").and_then(Value::as_str) == Some(name)
        });
        match found {
            // it is followed by itself
            Some(change) if takes_effect(change.action) => {}
            Some(change) => self.follow(by, &change),
            None => self.want(by, otherwise),
        }
    }

    fn want(&mut self, by: &str, what: What) {
        let wanted = Wanted {
            by: by.to_owned(),
            what,
        };
        if !self.wanted.contains(&wanted) {
            self.wanted.push(wanted);
        }
    }

    fn lost(&mut self, by: &str, because: impl Into<String>) {
        self.unresolved.push(Unresolved {
            what: by.to_owned(),
            because: because.into(),
        });
    }

    /// Whether the configuration of `change` refers at `path` to a resource of `kind` that takes effect in this plan.
    fn refers(&self, change: &ResourceChange<'_>, path: &[&str], index: usize, kind: &str) -> bool {
        let Some(references) = self.references(change, path, index) else {
            return false;
        };
        let module = change.module_address.unwrap_or_default();
        references
            .iter()
            .filter_map(|reference| reference.strip_prefix(kind)?.strip_prefix('.'))
            .any(|rest| {
                let name = rest.split(['.', '[']).next().unwrap_or_default();
                let mut targets = self.plan.resource_changes().filter(|target| {
                    target.kind == kind
                        && target.name == name
                        && target.module_address.unwrap_or_default() == module
                });
                // with `count` or `for_each` each instance is followed by itself, so one that takes effect is enough
                targets.any(|target| takes_effect(target.action))
            })
    }

    fn references(
        &self,
        change: &ResourceChange<'_>,
        path: &[&str],
        index: usize,
    ) -> Option<Vec<String>> {
        let address = Address::parse(change.address)?;
        let mut module = self.plan.configuration()?.get("root_module")?;
        for call in &address.modules {
            module = module.get("module_calls")?.get(&call.name)?.get("module")?;
        }
        let resource = items(module, "resources").iter().find(|resource| {
            resource.get("type") == Some(&change.kind.into())
                && resource.get("name") == Some(&change.name.into())
        })?;
        let mut expression = resource.get("expressions")?;
        for step in path {
            if let Value::Array(blocks) = expression {
                // a dynamic block is described once for all of its instances
                expression = blocks.get(index).or(blocks.first())?;
            }
            expression = expression.get(step)?;
        }
        let references = expression.get("references")?.as_array()?;
        Some(
            references
                .iter()
                .filter_map(|reference| reference.as_str().map(str::to_owned))
                .collect(),
        )
    }
}

enum Known {
    Text(String),
    Unknown,
    Nothing,
}

/// The text at `path` after the apply; `index` picks from the list that the first step leads to.
fn known(change: &ResourceChange<'_>, path: &[&str], index: Option<usize>) -> Known {
    let descend = |value: &Value| {
        let mut value = value;
        for (depth, step) in path.iter().enumerate() {
            value = value.get(step)?;
            if depth == 0
                && let Some(index) = index
            {
                value = value.get(index)?;
            }
        }
        Some(value.clone())
    };
    match (descend(change.after), descend(change.after_unknown)) {
        (Some(Value::String(text)), _) if !text.is_empty() => Known::Text(text),
        (_, Some(Value::Bool(true))) => Known::Unknown,
        _ => Known::Nothing,
    }
}

fn items<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value
        .get(key)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests;
