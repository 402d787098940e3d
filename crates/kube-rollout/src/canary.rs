//! A canary: a second Deployment of the new release beside the one that serves, and a share of the requests for it.
//!
//! Everything here is made from manifests, and nothing is asked: the canary's Deployment, with a label of its own so that no
//! Service of the old release finds its pods; the Services and NetworkPolicies that choose pods by that label, once more for the canary;
//! and the routes of the release that serves, with a weight. What can divide requests is an `HTTPRoute` of the Gateway API, and a
//! `VirtualServer` or `VirtualServerRoute` of F5's NGINX Ingress Controller. An Ingress cannot.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use serde_json::{Map, Value, json};

use crate::object::{ObjectRef, list, text};

/// Says why the new release should not get more requests; nothing when all is well.
pub type Check = Arc<dyn Fn() -> BoxFuture<'static, Result<(), String>> + Send + Sync>;

const SUFFIX: &str = "-canary";
/// What a name or the value of a label may be long.
const LONGEST: usize = 63;

/// How a new release is tried on some of the requests before it gets all of them.
#[derive(Clone)]
pub struct Canary {
    /// The Deployment; the only one where none is named.
    pub deployment: Option<String>,
    /// The share of requests at each step, in percent.
    pub weights: Vec<u8>,
    /// How long each step lasts.
    pub hold: Duration,
    /// What is asked meanwhile, and how often.
    pub check: Option<(Check, Duration)>,
    /// How many answers in a row have to be bad.
    pub failures: u32,
}

impl std::fmt::Debug for Canary {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Canary")
            .field("deployment", &self.deployment)
            .field("weights", &self.weights)
            .field("hold", &self.hold)
            .finish_non_exhaustive()
    }
}

/// Why there can be no canary.
#[derive(Debug, thiserror::Error, miette::Diagnostic, PartialEq, Eq)]
pub enum CanaryError {
    /// No such Deployment.
    #[error("a canary is wanted of {}, and the manifests have {}", wanted.as_deref().unwrap_or("the only Deployment"), known.join(", "))]
    #[diagnostic(help("name it under `canary.deployment`"))]
    WhichDeployment {
        /// The name, if there was one.
        wanted: Option<String>,
        /// Those that there are.
        known: Vec<String>,
    },
    /// No label tells the canary's pods from the others.
    #[error(
        "Deployment {deployment}: {selecting} chooses its pods by none of the Deployment's own labels"
    )]
    #[diagnostic(help(
        "let the Deployment's `selector` and each Service and NetworkPolicy share one label in `matchLabels`"
    ))]
    NoLabel {
        /// The Deployment.
        deployment: String,
        /// What chooses otherwise.
        selecting: ObjectRef,
    },
    /// Nothing divides the requests.
    #[error(
        "no route of the manifests can send a part of the requests to another release of Deployment {deployment}"
    )]
    #[diagnostic(help(
        "an Ingress cannot: use an HTTPRoute, or a VirtualServer of the NGINX Ingress Controller that passes to its Service"
    ))]
    NoRoute {
        /// The Deployment.
        deployment: String,
    },
}

/// What a canary adds to a release that serves.
#[derive(Clone, Debug)]
pub(crate) struct Split {
    deployment: Value,
    beside: Vec<Value>,
    services: Vec<ObjectRef>,
    routes: Vec<Value>,
}

impl Canary {
    /// What a canary of `objects` takes, beside `serving`: the objects of the release that serves.
    pub(crate) fn split(&self, objects: &[Value], serving: &[Value]) -> Result<Split, CanaryError> {
        let deployment = self.deployment_of(objects)?;
        let name = text(deployment, "/metadata/name").unwrap_or_default();
        let choosing: Vec<(&Value, &'static str)> = objects
            .iter()
            .filter(|object| same_namespace(object, deployment))
            .filter_map(|object| Some((object, selector_of(object)?)))
            .filter(|(object, pointer)| chooses(object, pointer, deployment))
            .collect();
        let key = label(deployment, &choosing)?;
        let beside: Vec<Value> = choosing
            .iter()
            .map(|(object, pointer)| {
                let mut copy = named_apart(object);
                relabel(&mut copy, pointer, &key);
                if object["kind"] == "Service" {
                    inside(&mut copy);
                }
                copy
            })
            .collect();
        let services: Vec<ObjectRef> = choosing
            .iter()
            .map(|(object, _)| ObjectRef::of(object))
            .filter(|object| object.kind == "Service")
            .collect();
        let routes: Vec<Value> = serving
            .iter()
            .filter(|object| divided(object, &services, 0).is_some())
            .cloned()
            .collect();
        if routes.is_empty() {
            return Err(CanaryError::NoRoute {
                deployment: name.to_owned(),
            });
        }
        let mut canary = named_apart(deployment);
        for pointer in [
            "/spec/selector/matchLabels",
            "/spec/template/metadata/labels",
        ] {
            relabel(&mut canary, pointer, &key);
        }
        Ok(Split {
            deployment: canary,
            beside,
            services,
            routes,
        })
    }

    fn deployment_of<'o>(&self, objects: &'o [Value]) -> Result<&'o Value, CanaryError> {
        let deployments: Vec<&Value> = objects
            .iter()
            .filter(|object| object["kind"] == "Deployment")
            .collect();
        let name = |object: &Value| {
            text(object, "/metadata/name")
                .unwrap_or_default()
                .to_owned()
        };
        let found = match &self.deployment {
            Some(wanted) => deployments
                .iter()
                .find(|object| name(object) == *wanted)
                .copied(),
            None => deployments
                .first()
                .copied()
                .filter(|_| deployments.len() == 1),
        };
        found.ok_or_else(|| CanaryError::WhichDeployment {
            wanted: self.deployment.clone(),
            known: match deployments.is_empty() {
                true => vec!["none".to_owned()],
                false => deployments.iter().map(|object| name(object)).collect(),
            },
        })
    }

    /// Whether the Deployment's pods would be others than those of `serving`.
    pub(crate) fn is_news(&self, objects: &[Value], serving: &[Value]) -> bool {
        match (self.deployment_of(objects), self.deployment_of(serving)) {
            (Ok(new), Ok(old)) => new["spec"]["template"] != old["spec"]["template"],
            (Ok(_) | Err(_), Ok(_) | Err(_)) => false,
        }
    }
}

impl Split {
    /// What is applied for a step: nothing is sent to the canary at the weight zero.
    pub(crate) fn at(&self, weight: u8) -> Vec<Value> {
        let mut deployment = self.deployment.clone();
        let replicas = deployment["spec"]["replicas"].as_u64().unwrap_or(1);
        let share = (replicas * u64::from(weight)).div_ceil(100).max(1);
        if let Some(spec) = deployment["spec"].as_object_mut() {
            spec.insert("replicas".to_owned(), share.into());
        }
        let mut objects = vec![deployment];
        objects.extend(self.beside.iter().cloned());
        if weight > 0 {
            objects.extend(
                self.routes
                    .iter()
                    .filter_map(|route| divided(route, &self.services, weight)),
            );
        }
        objects
    }
}

fn same_namespace(one: &Value, other: &Value) -> bool {
    text(one, "/metadata/namespace") == text(other, "/metadata/namespace")
}

/// Where an object says which pods it is about, if its canary needs one of its own.
fn selector_of(object: &Value) -> Option<&'static str> {
    match object["kind"].as_str()? {
        "Service" => Some("/spec/selector"),
        "NetworkPolicy" => Some("/spec/podSelector/matchLabels"),
        _ => None,
    }
}

fn labels<'o>(object: &'o Value, pointer: &str) -> Option<&'o Map<String, Value>> {
    object
        .pointer(pointer)?
        .as_object()
        .filter(|labels| !labels.is_empty())
}

fn chooses(object: &Value, pointer: &str, deployment: &Value) -> bool {
    let (Some(chosen), Some(worn)) = (
        labels(object, pointer),
        labels(deployment, "/spec/template/metadata/labels"),
    ) else {
        return false;
    };
    chosen
        .iter()
        .all(|(key, value)| worn.get(key) == Some(value))
}

/// The label that all of them choose by, so that another value is another set of pods for each.
fn label(deployment: &Value, choosing: &[(&Value, &'static str)]) -> Result<String, CanaryError> {
    let own: Vec<&String> = labels(deployment, "/spec/selector/matchLabels")
        .into_iter()
        .flat_map(Map::keys)
        .collect();
    let shared = own.iter().find(|key| {
        choosing.iter().all(|(object, pointer)| {
            labels(object, pointer).is_some_and(|labels| labels.contains_key(**key))
        })
    });
    shared.map(|key| (*key).clone()).ok_or_else(|| {
        let foreign = choosing.iter().find(|(object, pointer)| {
            !own.iter()
                .any(|key| labels(object, pointer).is_some_and(|labels| labels.contains_key(*key)))
        });
        CanaryError::NoLabel {
            deployment: text(deployment, "/metadata/name")
                .unwrap_or_default()
                .to_owned(),
            selecting: ObjectRef::of(
                foreign
                    .or(choosing.first())
                    .map_or(deployment, |(object, _)| object),
            ),
        }
    })
}

fn apart(name: &str) -> String {
    let kept: String = name.chars().take(LONGEST - SUFFIX.len()).collect();
    format!("{}{SUFFIX}", kept.trim_end_matches(['-', '.', '_']))
}

fn named_apart(object: &Value) -> Value {
    let mut copy = object.clone();
    if let Some(name) = copy.pointer_mut("/metadata/name") {
        *name = apart(name.as_str().unwrap_or_default()).into();
    }
    copy
}

fn relabel(object: &mut Value, pointer: &str, key: &str) {
    if let Some(value) = object
        .pointer_mut(pointer)
        .and_then(|labels| labels.get_mut(key))
    {
        *value = apart(value.as_str().unwrap_or_default()).into();
    }
}

/// A Service that is reached through routes only: addresses and ports of nodes are the first one's own.
fn inside(service: &mut Value) {
    if let Some(spec) = service["spec"].as_object_mut() {
        for member in [
            "clusterIP",
            "clusterIPs",
            "externalIPs",
            "externalTrafficPolicy",
            "healthCheckNodePort",
            "loadBalancerIP",
        ] {
            spec.remove(member);
        }
        spec.insert("type".to_owned(), "ClusterIP".into());
    }
    let ports = service
        .pointer_mut("/spec/ports")
        .and_then(Value::as_array_mut);
    for port in ports.into_iter().flatten().filter_map(Value::as_object_mut) {
        port.remove("nodePort");
    }
}

/// The route with that share for the canaries of `services`; nothing if it sends no request to any of them.
fn divided(route: &Value, services: &[ObjectRef], weight: u8) -> Option<Value> {
    let is_ours = |name: &Value, namespace: Option<&str>| {
        services.iter().any(|service| {
            Some(service.name.as_str()) == name.as_str()
                && service.namespace.as_deref() == namespace
        })
    };
    let own = text(route, "/metadata/namespace");
    let mut divided = route.clone();
    let found = match route["kind"].as_str()? {
        "HTTPRoute" => {
            let rules = divided.pointer_mut("/spec/rules")?.as_array_mut()?;
            rules
                .iter_mut()
                .filter(|rule| {
                    list(rule, "/backendRefs").iter().any(|backend| {
                        is_backend(backend)
                            && is_ours(&backend["name"], text(backend, "/namespace").or(own))
                    })
                })
                .map(|rule| {
                    let backends = list(rule, "/backendRefs")
                        .iter()
                        .flat_map(|backend| {
                            let old = backend["weight"].as_u64().unwrap_or(1);
                            let weighed = |name: Value, part: u64| {
                                let mut backend = backend.clone();
                                backend["weight"] = (old * part).into();
                                backend["name"] = name;
                                backend
                            };
                            let name = backend["name"].clone();
                            match is_backend(backend)
                                && is_ours(&name, text(backend, "/namespace").or(own))
                            {
                                true => vec![
                                    weighed(name.clone(), u64::from(100 - weight)),
                                    weighed(
                                        apart(name.as_str().unwrap_or_default()).into(),
                                        u64::from(weight),
                                    ),
                                ],
                                false => vec![weighed(name, 100)],
                            }
                        })
                        .collect();
                    rule["backendRefs"] = Value::Array(backends);
                })
                .count()
        }
        kind @ ("VirtualServer" | "VirtualServerRoute") => {
            let upstreams: Vec<Value> = list(route, "/spec/upstreams")
                .iter()
                .filter(|upstream| is_ours(&upstream["service"], own))
                .cloned()
                .collect();
            let routes = if kind == "VirtualServer" {
                "/spec/routes"
            } else {
                "/spec/subroutes"
            };
            let all = divided.pointer_mut(routes)?.as_array_mut()?;
            let count = all.iter_mut().filter_map(|route| {
                let action = route.get("action")?.clone();
                let place = ["/pass", "/proxy/upstream"].into_iter().find(|place| upstreams.iter().any(|upstream| action.pointer(place) == Some(&upstream["name"])))?;
                let mut canary = action.clone();
                let name = canary.pointer_mut(place)?;
                *name = apart(name.as_str().unwrap_or_default()).into();
                let members = route.as_object_mut()?;
                members.remove("action");
                members.insert("splits".to_owned(), json!([{"weight": 100 - weight, "action": action}, {"weight": weight, "action": canary}]));
                Some(())
            })
            .count();
            let copies = upstreams.into_iter().map(|mut upstream| {
                for member in ["name", "service"] {
                    upstream[member] = apart(upstream[member].as_str().unwrap_or_default()).into();
                }
                upstream
            });
            divided
                .pointer_mut("/spec/upstreams")?
                .as_array_mut()?
                .extend(copies);
            count
        }
        _ => 0,
    };
    (found > 0).then_some(divided)
}

fn is_backend(backend: &Value) -> bool {
    backend.get("kind").is_none_or(|kind| kind == "Service")
        && backend.get("group").is_none_or(|group| group == "")
}

#[cfg(test)]
mod tests;
