//! Values that differ from environment to environment, given to a key of a ConfigMap by name.
//!
//! An address of an API stands in no manifest, because it is not known when that is written; it is given beside the images. A pod reads its ConfigMap
//! when it starts, so what it was started with is written onto its template: another value is another revision, and the pods follow.

use std::collections::BTreeSet;
use std::str::FromStr;

use evidence::Sha256;
use miette::Diagnostic;
use serde_json::{Value, json};

use crate::object::{ObjectRef, pod_spec_pointer, text};
use crate::release::digest_of;

/// Where a template says what its pods were started with.
const STARTED_WITH: &str = "towpath.dev/config";

/// `frontend/api_url=https://...`: a value for a key of a ConfigMap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    map: String,
    key: String,
    value: String,
}

/// Why a value cannot be given.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum SettingError {
    /// No setting.
    #[error("`{text}` gives no value")]
    #[diagnostic(help("write `<ConfigMap>/<key>=<value>`"))]
    NotASetting {
        /// What was given.
        text: String,
    },
    /// No such key.
    #[error("no manifest has the key `{key}` in ConfigMap `{map}`")]
    #[diagnostic(help("the keys are `{}`", known.join("`, `")))]
    NoKey {
        /// The ConfigMap.
        map: String,
        /// The key.
        key: String,
        /// Those that there are.
        known: Vec<String>,
    },
}

impl FromStr for Setting {
    type Err = SettingError;

    fn from_str(written: &str) -> Result<Self, SettingError> {
        let parts = || {
            let (place, value) = written.split_once('=')?;
            let (map, key) = place
                .split_once('/')
                .filter(|(map, key)| !map.is_empty() && !key.is_empty())?;
            Some((map, key, value))
        };
        let (map, key, value) = parts().ok_or_else(|| SettingError::NotASetting {
            text: written.to_owned(),
        })?;
        Ok(Self {
            map: map.to_owned(),
            key: key.to_owned(),
            value: value.to_owned(),
        })
    }
}

/// Writes the values into the ConfigMaps among `objects`.
///
/// # Errors
/// A key that no manifest has: a misspelt one would be read by nobody.
pub fn set(objects: &mut [Value], settings: &[Setting]) -> Result<(), SettingError> {
    for setting in settings {
        let mut found = false;
        for object in objects.iter_mut().filter(|object| is_map(object)) {
            if text(object, "/metadata/name") == Some(&setting.map)
                && object["data"].get(&setting.key).is_some()
            {
                object["data"][&setting.key] = setting.value.clone().into();
                found = true;
            }
        }
        if !found {
            return Err(SettingError::NoKey {
                map: setting.map.clone(),
                key: setting.key.clone(),
                known: objects
                    .iter()
                    .filter(|object| is_map(object))
                    .flat_map(keys)
                    .collect(),
            });
        }
    }
    Ok(())
}

fn is_map(object: &Value) -> bool {
    object["kind"] == "ConfigMap"
}

fn keys(map: &Value) -> Vec<String> {
    let name = text(map, "/metadata/name").unwrap_or_default();
    let data = map["data"].as_object().into_iter().flatten();
    data.map(|(key, _)| format!("{name}/{key}")).collect()
}

/// Writes onto each template what its pods read when they start: a digest over the ConfigMaps and Secrets among `objects`.
pub fn stamp(objects: &mut [Value]) {
    let digests: Vec<Option<Sha256>> = objects
        .iter()
        .map(|object| read_by(object, objects))
        .collect();
    for (object, digest) in objects.iter_mut().zip(digests) {
        let kind = ObjectRef::of(object).kind;
        // a Job's template cannot be changed, and a pod's has no revision
        let revised = matches!(kind.as_str(), "Deployment" | "StatefulSet" | "DaemonSet");
        if let (Some(digest), true) = (digest, revised)
            && let Some(template) = object
                .pointer_mut("/spec/template")
                .and_then(Value::as_object_mut)
        {
            let metadata = template.entry("metadata").or_insert_with(|| json!({}));
            metadata["annotations"][STARTED_WITH] = digest.short().into();
        }
    }
}

/// The digest of everything that a workload's pods read; nothing where they read nothing of these objects.
fn read_by(workload: &Value, objects: &[Value]) -> Option<Sha256> {
    let spec = workload.pointer(pod_spec_pointer(text(workload, "/kind")?)?)?;
    let mut names = BTreeSet::new();
    references(spec, &mut names);
    let read: Vec<Value> = objects
        .iter()
        .filter(|object| {
            let name = text(object, "/metadata/name")
                .unwrap_or_default()
                .to_owned();
            let kind = text(object, "/kind").unwrap_or_default().to_owned();
            names.contains(&(kind, name))
        })
        .cloned()
        .collect();
    (!read.is_empty()).then(|| digest_of(&read))
}

/// ConfigMaps and Secrets that a specification names, wherever it may name them.
fn references(value: &Value, names: &mut BTreeSet<(String, String)>) {
    match value {
        Value::Object(members) => {
            for (member, below) in members {
                let named = match member.as_str() {
                    "configMapRef" | "configMapKeyRef" | "configMap" => {
                        text(below, "/name").map(|name| ("ConfigMap", name))
                    }
                    "secretRef" | "secretKeyRef" => {
                        text(below, "/name").map(|name| ("Secret", name))
                    }
                    "secret" => text(below, "/secretName")
                        .or_else(|| text(below, "/name"))
                        .map(|name| ("Secret", name)),
                    _ => None,
                };
                names.extend(named.map(|(kind, name)| (kind.to_owned(), name.to_owned())));
                references(below, names);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, names)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn objects() -> Vec<Value> {
        vec![
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "frontend"}, "data": {"api_url": ""}}),
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "other"}, "data": {"a": "1"}}),
            json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"template": {"spec": {"containers": [
                {"name": "app", "env": [{"name": "API_URL", "valueFrom": {"configMapKeyRef": {"name": "frontend", "key": "api_url"}}}]}]}}}}),
            json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "plain"}, "spec": {"template": {"spec": {}}}}),
        ]
    }

    #[test]
    fn another_value_is_another_revision_of_whoever_reads_it() {
        let stamped = |settings: &[&str]| {
            let mut objects = objects();
            let settings: Vec<Setting> =
                settings.iter().map(|text| text.parse().unwrap()).collect();
            set(&mut objects, &settings).unwrap();
            stamp(&mut objects);
            assert_eq!(objects[3], super::tests::objects()[3]);
            objects[2]["spec"]["template"]["metadata"]["annotations"][STARTED_WITH]
                .as_str()
                .unwrap()
                .to_owned()
        };
        assert_eq!(stamped(&[]), stamped(&["other/a=2"]));
        assert_ne!(
            stamped(&[]),
            stamped(&["frontend/api_url=https://api.test/?a=b"])
        );
    }

    #[test]
    fn a_misspelt_key_is_named() {
        let error = set(&mut objects(), &["frontend/api-url=x".parse().unwrap()]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "no manifest has the key `api-url` in ConfigMap `frontend`"
        );
        for wrong in ["", "a=b", "/a=b", "a/=b", "a/b"] {
            assert!(wrong.parse::<Setting>().is_err(), "{wrong}");
        }
    }
}
