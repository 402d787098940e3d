//! Images by digest: which container gets which, and what the manifests say of all of them.
//!
//! A container is named by its own name, or by its workload's and its own, never by a piece of text that may stand anywhere in the
//! file.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use evidence::Sha256;
use miette::Diagnostic;
use serde_json::Value;

use crate::object::{ObjectRef, pod_spec_pointer, text};

/// `app=<repository>@sha256:<digest>`, or `frontend/app=...`: what a container is to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    workload: Option<String>,
    container: String,
    image: ImageRef,
}

/// An image by its digest.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ImageRef {
    repository: String,
    digest: Sha256,
}

/// Why images cannot be pinned.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum ImageError {
    /// No pin.
    #[error("`{text}` pins no image")]
    #[diagnostic(help(
        "write `<container>=<repository>@sha256:<digest>`, or `<workload>/<container>=...`"
    ))]
    NotAPin {
        /// What was given.
        text: String,
    },
    /// No container of that name.
    #[error("no manifest has a container `{container}`")]
    #[diagnostic(help("the containers are `{}`", known.join("`, `")))]
    NoContainer {
        /// As it was named.
        container: String,
        /// Those that there are.
        known: Vec<String>,
    },
    /// Two pins for one container.
    #[error("two images are given for container `{container}`")]
    Ambiguous {
        /// As it was named.
        container: String,
    },
}

impl ImageRef {
    /// Its digest.
    pub fn digest(&self) -> &Sha256 {
        &self.digest
    }

    /// Its repository, with the registry's host.
    pub fn repository(&self) -> &str {
        &self.repository
    }
}

impl FromStr for ImageRef {
    type Err = ImageError;

    fn from_str(text: &str) -> Result<Self, ImageError> {
        let problem = || ImageError::NotAPin {
            text: text.to_owned(),
        };
        let (repository, digest) = text.split_once('@').ok_or_else(problem)?;
        let digest = digest
            .strip_prefix("sha256:")
            .and_then(|digits| digits.parse().ok())
            .ok_or_else(problem)?;
        let plain = |letter: char| letter.is_ascii_alphanumeric() || "-._/:".contains(letter);
        if repository.is_empty() || !repository.chars().all(plain) {
            return Err(problem());
        }
        Ok(Self {
            repository: repository.to_owned(),
            digest,
        })
    }
}

impl fmt::Display for ImageRef {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}@sha256:{}", self.repository, self.digest)
    }
}

impl FromStr for Pin {
    type Err = ImageError;

    fn from_str(text: &str) -> Result<Self, ImageError> {
        let problem = || ImageError::NotAPin {
            text: text.to_owned(),
        };
        let (container, image) = text.split_once('=').ok_or_else(problem)?;
        let (workload, container) = match container.split_once('/') {
            Some((workload, container)) => (Some(workload.to_owned()), container),
            None => (None, container),
        };
        if container.is_empty() || workload.as_deref() == Some("") {
            return Err(problem());
        }
        let image = image.parse().map_err(|_: ImageError| problem())?;
        Ok(Self {
            workload,
            container: container.to_owned(),
            image,
        })
    }
}

impl Pin {
    /// The image.
    pub fn image(&self) -> &ImageRef {
        &self.image
    }

    fn name(&self) -> String {
        match &self.workload {
            Some(workload) => format!("{workload}/{}", self.container),
            None => self.container.clone(),
        }
    }

    fn fits(&self, object: &ObjectRef, container: &str) -> bool {
        self.container == container
            && self
                .workload
                .as_ref()
                .is_none_or(|workload| *workload == object.name)
    }
}

/// Writes the pinned images into `objects`.
///
/// # Errors
/// A pin that no container, or two pins that one container answers to.
pub fn pin<'a>(
    objects: impl IntoIterator<Item = &'a mut Value>,
    pins: &[Pin],
) -> Result<(), ImageError> {
    let mut used = BTreeSet::new();
    let mut known = BTreeSet::new();
    for object in objects {
        let name = ObjectRef::of(object);
        let Some(spec) =
            pod_spec_pointer(&name.kind).and_then(|pointer| object.pointer_mut(pointer))
        else {
            continue;
        };
        for list in ["initContainers", "containers"] {
            for container in spec
                .get_mut(list)
                .and_then(Value::as_array_mut)
                .into_iter()
                .flatten()
            {
                let own = text(container, "/name").unwrap_or_default().to_owned();
                known.insert(format!("{}/{own}", name.name));
                let fitting: Vec<usize> = (0..pins.len())
                    .filter(|&number| pins[number].fits(&name, &own))
                    .collect();
                // the one that names the workload as well is the closer one
                let closer = fitting
                    .iter()
                    .copied()
                    .filter(|&number| pins[number].workload.is_some())
                    .collect::<Vec<_>>();
                let chosen = if closer.is_empty() { &fitting } else { &closer };
                if let [first, second, ..] = chosen[..]
                    && pins[first] != pins[second]
                {
                    return Err(ImageError::Ambiguous {
                        container: pins[first].name(),
                    });
                }
                if let Some(&number) = chosen.first() {
                    container["image"] = pins[number].image.to_string().into();
                }
                used.extend(fitting);
            }
        }
    }
    match (0..pins.len()).find(|number| !used.contains(number)) {
        Some(number) => Err(ImageError::NoContainer {
            container: pins[number].name(),
            known: known.into_iter().collect(),
        }),
        None => Ok(()),
    }
}

/// Every image in `objects`, by `<workload>/<container>`.
pub fn images<'a>(objects: impl IntoIterator<Item = &'a Value>) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for object in objects {
        let name = ObjectRef::of(object);
        let Some(spec) = pod_spec_pointer(&name.kind).and_then(|pointer| object.pointer(pointer))
        else {
            continue;
        };
        for list in ["/initContainers", "/containers"] {
            for container in crate::object::list(spec, list) {
                if let (Some(own), Some(image)) =
                    (text(container, "/name"), text(container, "/image"))
                {
                    found.insert(format!("{}/{own}", name.name), image.to_owned());
                }
            }
        }
    }
    found
}

/// An image for a person: `sha256:9b21c04e` where it has a digest.
pub fn short(image: &str) -> String {
    match image.parse::<ImageRef>() {
        Ok(image) => format!("sha256:{}", image.digest.short()),
        Err(_) => image.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn deployment(name: &str) -> Value {
        json!({"kind": "Deployment", "apiVersion": "apps/v1", "metadata": {"name": name, "annotations": {"note": "app:latest"}},
            "spec": {"template": {"spec": {"initContainers": [{"name": "migrate", "image": "app:latest"}], "containers": [{"name": "app", "image": "app:latest"}]}}}})
    }

    fn pins(texts: &[&str]) -> Vec<Pin> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    fn digest(letter: &str) -> String {
        format!("r.test/app@sha256:{}", letter.repeat(64))
    }

    #[test]
    fn a_container_is_named_and_nothing_else_changes() {
        let mut objects = [
            deployment("a"),
            deployment("b"),
            json!({"kind": "CronJob", "metadata": {"name": "c"},
            "spec": {"jobTemplate": {"spec": {"template": {"spec": {"containers": [{"name": "app", "image": "x"}]}}}}}}),
        ];
        pin(
            &mut objects,
            &pins(&[
                &format!("app={}", digest("a")),
                &format!("b/app={}", digest("b")),
            ]),
        )
        .unwrap();
        let found = images(&objects);
        assert_eq!(found["a/app"], digest("a"));
        assert_eq!(found["b/app"], digest("b"));
        assert_eq!(found["c/app"], digest("a"));
        assert_eq!(found["a/migrate"], "app:latest");
        assert_eq!(objects[0]["metadata"]["annotations"]["note"], "app:latest");
    }

    #[test]
    fn what_is_not_there_or_not_clear_is_an_error() {
        let error = pin(
            &mut [deployment("a")],
            &pins(&[&format!("web={}", digest("a"))]),
        )
        .unwrap_err();
        assert_eq!(error.to_string(), "no manifest has a container `web`");
        let error = pin(
            &mut [deployment("a")],
            &pins(&[
                &format!("app={}", digest("a")),
                &format!("app={}", digest("b")),
            ]),
        )
        .unwrap_err();
        assert!(matches!(error, ImageError::Ambiguous { .. }));
        for wrong in [
            "app",
            "app=r/app:latest",
            "app=r/app@sha256:12",
            "=r@sha256:x",
            "/app=x",
            &format!("app=a b@sha256:{}", "a".repeat(64)),
        ] {
            assert!(wrong.parse::<Pin>().is_err(), "{wrong}");
        }
    }
}
