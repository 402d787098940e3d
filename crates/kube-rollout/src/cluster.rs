//! The API of a cluster: requests with JSON in and out, and errors that say what was asked.
//!
//! Which paths a kind lives at is asked once for each group and version. Everything above this file speaks of objects; everything below is
//! `kube`'s client: TLS, retries of what the server calls temporary, and authentication.

use std::collections::BTreeMap;
use std::sync::Arc;

use http::{Method, Request};
use kube::Client;
use kube::core::WatchEvent;
use kube::core::response::Status;
use miette::Diagnostic;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::object::{ObjectRef, list, text};

/// Why the cluster did not do what was asked.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum ClusterError {
    /// Nobody answers.
    #[error("the API server does not answer: {detail}")]
    #[diagnostic(help("check the cluster's endpoint, and that this machine may reach it"))]
    Unreachable {
        /// What the connection said.
        detail: String,
    },
    /// It does not know us.
    #[error("the API server does not accept our credentials")]
    Unauthorized,
    /// It knows us, and says no.
    #[error("{doing} is not allowed: {message}")]
    Forbidden {
        /// What we wanted.
        doing: String,
        /// What it said.
        message: String,
    },
    /// Somebody else owns what we would change.
    #[error("{object} has members that others own: {}", conflicts.join(", "))]
    #[diagnostic(help(
        "leave them out of the manifest, or take them over once with `force-conflicts`"
    ))]
    Conflict {
        /// The object.
        object: ObjectRef,
        /// Member and manager, one each.
        conflicts: Vec<String>,
    },
    /// There is no such kind.
    #[error("the cluster has no kind `{kind}` in `{api_version}`")]
    #[diagnostic(help("{help}"))]
    UnknownKind {
        /// The kind.
        kind: String,
        /// The group and version.
        api_version: String,
        /// What may have been meant.
        help: String,
    },
    /// It refuses an object.
    #[error("{object} is refused: {message}")]
    Refused {
        /// The object.
        object: ObjectRef,
        /// Why.
        message: String,
        /// The code of HTTP.
        code: u16,
    },
    /// Anything else.
    #[error("{doing} failed: {message}")]
    Other {
        /// What we wanted.
        doing: String,
        /// What it said.
        message: String,
    },
}

/// Where a kind lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// For example `apps/v1`.
    pub api_version: String,
    /// For example `Deployment`.
    pub kind: String,
    /// For example `deployments`.
    pub plural: String,
    /// Whether its objects are in namespaces.
    pub namespaced: bool,
}

impl ClusterError {
    /// Whether a policy, a webhook or a standard said no, and not the API itself.
    pub(crate) fn is_policy(&self) -> bool {
        match self {
            Self::Refused { message, code, .. } => {
                *code == 403
                    || message.contains("denied request")
                    || message.contains("denied the request")
            }
            _ => false,
        }
    }
}

impl Resource {
    pub(crate) fn core(kind: &str, plural: &str) -> Self {
        Self::new("v1", kind, plural)
    }

    pub(crate) fn new(api_version: &str, kind: &str, plural: &str) -> Self {
        Self {
            api_version: api_version.to_owned(),
            kind: kind.to_owned(),
            plural: plural.to_owned(),
            namespaced: true,
        }
    }

    fn path(&self, namespace: Option<&str>, name: Option<&str>) -> String {
        let mut path = base(&self.api_version);
        if let Some(namespace) = namespace.filter(|_| self.namespaced) {
            path.push_str(&format!("/namespaces/{namespace}"));
        }
        path.push_str(&format!("/{}", self.plural));
        if let Some(name) = name {
            path.push_str(&format!("/{name}"));
        }
        path
    }
}

fn base(api_version: &str) -> String {
    if api_version.contains('/') {
        format!("/apis/{api_version}")
    } else {
        format!("/api/{api_version}")
    }
}

/// How an object is applied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ApplyMode {
    /// Only say what would come of it.
    pub dry_run: bool,
    /// Take over what others own.
    pub force: bool,
}

type Kinds = BTreeMap<String, Arc<Vec<Resource>>>;

/// A cluster that we may talk to.
#[derive(Clone)]
pub struct Cluster {
    client: Client,
    /// Under which name members are owned
    manager: String,
    kinds: Arc<Mutex<Kinds>>,
}

impl std::fmt::Debug for Cluster {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Cluster").finish_non_exhaustive()
    }
}

impl Cluster {
    /// The cluster that `client` leads to.
    pub fn new(client: Client) -> Self {
        Self {
            client,
            manager: "towpath".to_owned(),
            kinds: Arc::default(),
        }
    }

    /// The same cluster, with what is applied owned by one application: two that claim one member get into conflict.
    #[must_use]
    pub fn for_application(&self, application: &str) -> Self {
        Self {
            manager: format!("{}{application}", crate::ownership::MANAGERS),
            ..self.clone()
        }
    }

    pub(crate) fn manager(&self) -> &str {
        &self.manager
    }

    /// Its version, for example `v1.36.0`; the cheapest question that needs a server.
    ///
    /// # Errors
    /// Nobody answers, or not to us.
    pub async fn version(&self) -> Result<String, ClusterError> {
        let said = self
            .ask(Method::GET, "/version", None, "asking for the version")
            .await?;
        Ok(text(&said, "/gitVersion").unwrap_or("unknown").to_owned())
    }

    /// Where a kind lives.
    ///
    /// # Errors
    /// No such kind; the help names the nearest.
    pub async fn resource(&self, api_version: &str, kind: &str) -> Result<Resource, ClusterError> {
        let known = self.kinds(api_version).await?;
        if let Some(found) = known.iter().find(|resource| resource.kind == kind) {
            return Ok(found.clone());
        }
        let near = known
            .iter()
            .map(|resource| resource.kind.as_str())
            .max_by(|one, other| {
                strsim::jaro_winkler(kind, one).total_cmp(&strsim::jaro_winkler(kind, other))
            });
        Err(ClusterError::UnknownKind {
            kind: kind.to_owned(),
            api_version: api_version.to_owned(),
            help: match near {
                Some(near) => format!("`{near}` is the nearest that it has"),
                None => format!(
                    "it does not serve `{api_version}` at all; its definition has to be installed first"
                ),
            },
        })
    }

    async fn kinds(&self, api_version: &str) -> Result<Arc<Vec<Resource>>, ClusterError> {
        if let Some(known) = self.kinds.lock().await.get(api_version) {
            return Ok(Arc::clone(known));
        }
        let asked = self
            .ask(
                Method::GET,
                &base(api_version),
                None,
                "asking for the kinds",
            )
            .await;
        let said = match asked {
            Err(ClusterError::Other { message, .. })
                if message.contains("not found") || message.contains("404") =>
            {
                json!({})
            }
            other => other?,
        };
        let resources: Vec<Resource> = list(&said, "/resources")
            .iter()
            .filter(|one| text(one, "/name").is_some_and(|name| !name.contains('/')))
            .map(|one| Resource {
                api_version: api_version.to_owned(),
                kind: text(one, "/kind").unwrap_or_default().to_owned(),
                plural: text(one, "/name").unwrap_or_default().to_owned(),
                namespaced: one["namespaced"] == true,
            })
            .collect();
        let found = Arc::new(resources);
        // one that is missing may come with a definition that is about to be applied
        if !found.is_empty() {
            self.kinds
                .lock()
                .await
                .insert(api_version.to_owned(), Arc::clone(&found));
        }
        Ok(found)
    }

    /// An object, if it is there.
    ///
    /// # Errors
    /// Anything but its absence.
    pub async fn get(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<Option<Value>, ClusterError> {
        let doing = format!("reading {} {name}", resource.kind);
        match self
            .send(Method::GET, &resource.path(namespace, Some(name)), None, "")
            .await
        {
            Ok(object) => Ok(Some(object)),
            // of a kind that is not there as well, for which the server has no better word
            Err(kube::Error::Api(status)) if status.code == 404 => Ok(None),
            Err(error) => Err(self.error(error, &doing, None)),
        }
    }

    /// All objects of a kind, and the version of the list.
    ///
    /// # Errors
    /// The cluster does not answer, or not to us.
    pub async fn list(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
    ) -> Result<(Vec<Value>, String), ClusterError> {
        let doing = format!("listing {}", resource.plural);
        let mut items = Vec::new();
        let mut token = String::new();
        loop {
            let more = if token.is_empty() {
                String::new()
            } else {
                format!("&continue={}", encoded(&token))
            };
            let path = format!("{}?limit=500{more}", resource.path(namespace, None));
            let mut page = self.ask(Method::GET, &path, None, &doing).await?;
            if let Some(Value::Array(found)) = page.get_mut("items").map(Value::take) {
                items.extend(found.into_iter().map(|object| named(object, resource)));
            }
            token = text(&page, "/metadata/continue")
                .unwrap_or_default()
                .to_owned();
            if token.is_empty() {
                return Ok((
                    items,
                    text(&page, "/metadata/resourceVersion")
                        .unwrap_or_default()
                        .to_owned(),
                ));
            }
        }
    }

    /// What happens to the objects of a kind after `version`.
    pub(crate) async fn watch(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
        version: &str,
    ) -> Result<
        impl futures::Stream<Item = Result<WatchEvent<Value>, kube::Error>> + use<>,
        kube::Error,
    > {
        let path = format!(
            "{}?watch=true&allowWatchBookmarks=true&timeoutSeconds=280&resourceVersion={version}",
            resource.path(namespace, None)
        );
        let request = Request::get(path)
            .body(Vec::new())
            .map_err(kube::Error::HttpError)?;
        self.client.request_events::<Value>(request).await
    }

    /// Applies an object; the server's answer is the object as it is, or would be.
    ///
    /// # Errors
    /// It is refused, or others own what it says.
    pub async fn apply(
        &self,
        resource: &Resource,
        object: &Value,
        mode: ApplyMode,
    ) -> Result<Value, ClusterError> {
        let name = ObjectRef::of(object);
        let path = format!(
            "{}?fieldManager={}&fieldValidation=Strict&force={}{}",
            resource.path(name.namespace.as_deref(), Some(&name.name)),
            self.manager,
            mode.force,
            if mode.dry_run { "&dryRun=All" } else { "" }
        );
        let doing = format!("applying {name}");
        let mut attempts = 0;
        loop {
            let sent = self
                .send(
                    Method::PATCH,
                    &path,
                    Some(object),
                    "application/apply-patch+yaml",
                )
                .await;
            match sent {
                Ok(object) => return Ok(object),
                // two writers at once; the server says to try again
                Err(kube::Error::Api(status))
                    if status.is_conflict() && conflicts(&status).is_empty() && attempts < 5 =>
                {
                    attempts += 1;
                }
                Err(error) => return Err(self.error(error, &doing, Some(name))),
            }
        }
    }

    /// Deletes the object with this id; whether it was there.
    ///
    /// # Errors
    /// The cluster does not let us.
    pub async fn delete(&self, resource: &Resource, object: &Value) -> Result<bool, ClusterError> {
        let name = ObjectRef::of(object);
        let how = json!({"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": "Background", "preconditions": {"uid": crate::object::uid(object)}});
        let path = resource.path(name.namespace.as_deref(), Some(&name.name));
        match self
            .send(Method::DELETE, &path, Some(&how), "application/json")
            .await
        {
            Ok(_) => Ok(true),
            Err(kube::Error::Api(status)) if status.is_not_found() || status.is_conflict() => {
                Ok(false)
            }
            Err(error) => Err(self.error(error, &format!("deleting {name}"), None)),
        }
    }

    /// Creates an object; nothing if there is one of that name.
    ///
    /// # Errors
    /// The cluster does not let us.
    pub async fn create(
        &self,
        resource: &Resource,
        object: &Value,
    ) -> Result<Option<Value>, ClusterError> {
        let name = ObjectRef::of(object);
        let path = resource.path(name.namespace.as_deref(), None);
        match self
            .send(Method::POST, &path, Some(object), "application/json")
            .await
        {
            Ok(object) => Ok(Some(object)),
            Err(kube::Error::Api(status)) if status.is_already_exists() => Ok(None),
            Err(error) => Err(self.error(error, &format!("creating {name}"), Some(name))),
        }
    }

    /// Replaces an object as it was read; nothing if it changed meanwhile.
    ///
    /// # Errors
    /// The cluster does not let us.
    pub async fn replace(
        &self,
        resource: &Resource,
        object: &Value,
    ) -> Result<Option<Value>, ClusterError> {
        let name = ObjectRef::of(object);
        let path = resource.path(name.namespace.as_deref(), Some(&name.name));
        match self
            .send(Method::PUT, &path, Some(object), "application/json")
            .await
        {
            Ok(object) => Ok(Some(object)),
            Err(kube::Error::Api(status)) if status.is_conflict() || status.is_not_found() => {
                Ok(None)
            }
            Err(error) => Err(self.error(error, &format!("writing {name}"), None)),
        }
    }

    /// Asks a question that is answered by an object that is never kept, such as an access review.
    ///
    /// # Errors
    /// The cluster does not answer.
    pub async fn review(
        &self,
        api_version: &str,
        plural: &str,
        question: &Value,
    ) -> Result<Value, ClusterError> {
        let path = format!("{}/{plural}", base(api_version));
        self.ask(Method::POST, &path, Some(question), "asking for our rights")
            .await
    }

    /// The last lines of a container; of the one before, if `previous`.
    ///
    /// # Errors
    /// There are none, or we may not read them.
    pub async fn logs(
        &self,
        pod: &ObjectRef,
        container: &str,
        previous: bool,
        lines: usize,
    ) -> Result<Vec<String>, ClusterError> {
        let namespace = pod.namespace.as_deref().unwrap_or("default");
        let path = format!(
            "/api/v1/namespaces/{namespace}/pods/{}/log?container={container}&previous={previous}&tailLines={lines}&limitBytes=65536",
            pod.name
        );
        let request = Request::get(path)
            .body(Vec::new())
            .map_err(kube::Error::HttpError);
        let said = async { self.client.request_text(request?).await }.await;
        let said =
            said.map_err(|error| self.error(error, &format!("reading the logs of {pod}"), None))?;
        Ok(said.lines().map(crate::object::one_line).collect())
    }

    async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        doing: &str,
    ) -> Result<Value, ClusterError> {
        let sent = self.send(method, path, body, "application/json").await;
        sent.map_err(|error| self.error(error, doing, None))
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        content: &str,
    ) -> Result<Value, kube::Error> {
        let bytes = body
            .map(serde_json::to_vec)
            .transpose()
            .map_err(kube::Error::SerdeError)?;
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("Accept", "application/json")
            .header(
                "Content-Type",
                if content.is_empty() {
                    "application/json"
                } else {
                    content
                },
            )
            .body(bytes.unwrap_or_default())
            .map_err(kube::Error::HttpError)?;
        self.client.request(request).await
    }

    fn error(&self, error: kube::Error, doing: &str, object: Option<ObjectRef>) -> ClusterError {
        let doing = doing.to_owned();
        let status = match error {
            kube::Error::Api(status) => status,
            error => {
                return ClusterError::Unreachable {
                    detail: chain(&error),
                };
            }
        };
        let message = crate::object::one_line(if status.message.is_empty() {
            &status.reason
        } else {
            &status.message
        });
        match (status.code, object) {
            (401, _) => ClusterError::Unauthorized,
            (409, Some(object)) if !conflicts(&status).is_empty() => ClusterError::Conflict {
                object,
                conflicts: conflicts(&status),
            },
            // a policy answers 403 as well; only a missing right names a user
            (403, Some(object)) if !message.contains("cannot ") => ClusterError::Refused {
                object,
                message,
                code: 403,
            },
            (403, _) => ClusterError::Forbidden { doing, message },
            (code, Some(object)) => ClusterError::Refused {
                object,
                message,
                code,
            },
            (code, None) => ClusterError::Other {
                doing,
                message: format!("{message} ({code})"),
            },
        }
    }
}

/// Members that others own, by what the server says of a conflict.
fn conflicts(status: &Status) -> Vec<String> {
    let causes = status.details.iter().flat_map(|details| &details.causes);
    causes
        .filter(|cause| cause.reason == "FieldManagerConflict")
        .map(|cause| {
            let manager = cause.message.split('"').nth(1).unwrap_or("another manager");
            format!("`{}` ({manager})", cause.field.trim_start_matches('.'))
        })
        .collect()
}

/// The items of a list do not say what they are.
fn named(mut object: Value, resource: &Resource) -> Value {
    object["apiVersion"] = resource.api_version.clone().into();
    object["kind"] = resource.kind.clone().into();
    object
}

/// Every cause, once: outer texts often contain the inner ones.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut parts: Vec<String> = Vec::new();
    for cause in std::iter::successors(Some(error), |cause| cause.source()) {
        let text = cause.to_string();
        if let Some(last) = parts.last_mut()
            && last.ends_with(&text)
        {
            last.truncate(last.len() - text.len());
            let kept = last.trim_end_matches([':', ' ']).len();
            last.truncate(kept);
        }
        parts.push(text);
    }
    parts.retain(|part| !part.is_empty() && part != "ServiceError" && part != "HyperError");
    crate::object::one_line(&parts.join(": "))
}

fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}
