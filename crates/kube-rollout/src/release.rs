//! What the cluster remembers of an application: what it owns, what was proven to serve, and what is under way.
//!
//! It is kept in one Secret beside the application, because manifests may hold secrets, packed so that a thousand objects fit. A release
//! is written down as proven only after it was ready and stayed so; going back means applying it again.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use evidence::Sha256;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::cluster::{ApplyMode, Cluster, ClusterError, Resource};
use crate::object::{ObjectRef, text};

/// What etcd takes, less the encoding.
const LARGEST: usize = 700 * 1024;
/// Nothing that we wrote unpacks to more.
const LARGEST_UNPACKED: u64 = 64 * 1024 * 1024;

/// A release: the manifests as they were applied.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Release {
    /// The digest of the manifests: equal for two releases that are the same.
    pub digest: Sha256,
    /// When it was proven.
    pub at: Timestamp,
    /// By which run.
    pub run: String,
    /// The images by workload and container.
    pub images: BTreeMap<String, String>,
    /// The objects.
    pub objects: Vec<Value>,
}

/// What is under way, or was when its run died.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnderWay {
    /// The digest of its manifests.
    pub digest: Sha256,
    /// By which run.
    pub run: String,
    /// Since when.
    pub since: Timestamp,
}

/// What is remembered.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    /// Every object that this application may have written.
    #[serde(default)]
    pub inventory: Vec<ObjectRef>,
    /// The last release that was proven.
    #[serde(default)]
    pub proven: Option<Release>,
    /// What is under way.
    #[serde(default)]
    pub under_way: Option<UnderWay>,
}

/// The digest of a set of manifests, whatever their order and their files.
pub(crate) fn digest_of(objects: &[Value]) -> Sha256 {
    let mut texts: Vec<String> = objects.iter().map(canonical).collect();
    texts.sort();
    Sha256::of(texts.join("\n"))
}

/// JSON with the members of each object in the order of their names.
fn canonical(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let sorted: BTreeMap<&String, &Value> = members.iter().collect();
            let each = sorted.into_iter().map(|(name, value)| {
                format!("{}:{}", Value::from(name.as_str()), canonical(value))
            });
            format!("{{{}}}", each.collect::<Vec<_>>().join(","))
        }
        Value::Array(items) => format!(
            "[{}]",
            items.iter().map(canonical).collect::<Vec<_>>().join(",")
        ),
        other => other.to_string(),
    }
}

fn secrets() -> Resource {
    Resource::core("Secret", "secrets")
}

fn name_of(application: &str) -> String {
    format!("towpath-{application}")
}

impl Memory {
    /// What is remembered of `application`; nothing at the first time.
    ///
    /// # Errors
    /// The cluster does not answer, or what it keeps is not ours.
    pub async fn read(
        cluster: &Cluster,
        namespace: &str,
        application: &str,
    ) -> Result<Self, ClusterError> {
        let name = name_of(application);
        let Some(secret) = cluster.get(&secrets(), Some(namespace), &name).await? else {
            return Ok(Self::default());
        };
        let damaged = |detail: String| ClusterError::Other {
            doing: format!("reading what Secret {name} remembers"),
            message: detail,
        };
        let packed = text(&secret, "/data/release")
            .ok_or_else(|| damaged("it has no `release`".to_owned()))?;
        let bytes = STANDARD
            .decode(packed)
            .map_err(|error| damaged(error.to_string()))?;
        unpack(&bytes).map_err(damaged)
    }

    /// Writes it down; whether all of it fitted. What does not fit is the proven release's manifests.
    ///
    /// # Errors
    /// The cluster does not let us.
    pub async fn write(
        &self,
        cluster: &Cluster,
        namespace: &str,
        application: &str,
    ) -> Result<bool, ClusterError> {
        let mut bytes = pack(self);
        let fits = bytes.len() <= LARGEST;
        if !fits {
            bytes = pack(&Self {
                proven: None,
                ..self.clone()
            });
        }
        let secret = json!({
            "apiVersion": "v1",
            "kind": "Secret",
            "type": "towpath.dev/release",
            "metadata": {"name": name_of(application), "namespace": namespace, "labels": {"app.kubernetes.io/managed-by": "towpath"}},
            "data": {"release": STANDARD.encode(bytes)},
        });
        let mode = ApplyMode {
            force: true,
            ..ApplyMode::default()
        };
        cluster.apply(&secrets(), &secret, mode).await?;
        Ok(fits)
    }

    /// Adds to the inventory what is about to be written.
    pub fn will_own(&mut self, objects: impl IntoIterator<Item = ObjectRef>) {
        for object in objects {
            if !self.inventory.iter().any(|known| known.is(&object)) {
                self.inventory.push(object);
            }
        }
    }
}

fn pack(memory: &Memory) -> Vec<u8> {
    let json = serde_json::to_vec(memory).unwrap_or_default();
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    // writing to memory does not fail
    encoder
        .write_all(&json)
        .and_then(|()| encoder.finish())
        .unwrap_or_default()
}

fn unpack(bytes: &[u8]) -> Result<Memory, String> {
    let mut json = Vec::new();
    GzDecoder::new(bytes)
        .take(LARGEST_UNPACKED)
        .read_to_end(&mut json)
        .map_err(|error| error.to_string())?;
    serde_json::from_slice(&json).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_is_unpacked_and_a_thousand_objects_fit() {
        let object = |number: usize| {
            json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": format!("web-{number}"), "labels": {"app": format!("web-{number}")}},
                "spec": {"template": {"spec": {"containers": [{"name": "app", "image": format!("r.test/web-{number}@sha256:{}", Sha256::of(number.to_string()))}]}}}})
        };
        let objects: Vec<Value> = (0..1_000).map(object).collect();
        let memory = Memory {
            inventory: objects.iter().map(ObjectRef::of).collect(),
            proven: Some(Release {
                digest: digest_of(&objects),
                at: Timestamp::UNIX_EPOCH,
                run: "r".into(),
                images: crate::images::images(&objects),
                objects,
            }),
            under_way: None,
        };
        let packed = pack(&memory);
        assert!(packed.len() < LARGEST / 2, "{}", packed.len());
        assert_eq!(unpack(&packed).unwrap(), memory);
        assert!(unpack(b"not gzip").is_err());
    }

    #[test]
    fn the_digest_ignores_order_and_sees_every_value() {
        let (a, b) = (json!({"a": 1, "b": 2}), json!({"c": 3}));
        assert_eq!(
            digest_of(&[a.clone(), b.clone()]),
            digest_of(&[b.clone(), json!({"b": 2, "a": 1})])
        );
        assert_ne!(
            digest_of(&[a, b]),
            digest_of(&[json!({"a": 1, "b": 3}), json!({"c": 3})])
        );
    }
}
