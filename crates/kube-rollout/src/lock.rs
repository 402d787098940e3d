//! One rollout of an application at a time: a Lease that names the run.
//!
//! The run renews it; one that was not renewed for its duration is taken over, because whoever held it is dead. Whether it was renewed is
//! seen from here: two clocks are never compared, but a Lease that is long past by both is not waited for. A later attempt of the same run takes over at
//! once, because GitHub has ended the attempt before.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::cluster::{Cluster, ClusterError, Resource};
use crate::object::{number, text};

/// How long a run may be silent.
const DURATION: Duration = Duration::from_secs(15);
/// How far two machines' clocks may be apart.
const SKEW: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(500);

/// Who rolls out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// What stays the same over the attempts of a run, such as its address.
    pub name: String,
    /// The attempt.
    pub attempt: String,
}

impl Run {
    fn identity(&self) -> String {
        format!("{} attempt {}", self.name, self.attempt)
    }
}

/// A lock that is held.
#[derive(Clone, Debug)]
pub(crate) struct Lock {
    cluster: Cluster,
    namespace: String,
    name: String,
    run: Run,
}

/// How a try to lock went.
pub(crate) enum Locked {
    /// It is ours; from whom it was taken over, if from somebody.
    Ours {
        lock: Box<Lock>,
        from: Option<String>,
    },
    /// Somebody held it for the whole time.
    Theirs { holder: String },
}

fn leases() -> Resource {
    Resource::new("coordination.k8s.io/v1", "Lease", "leases")
}

impl Lock {
    /// Takes the lock, and waits for it for so long.
    pub(crate) async fn take(
        cluster: &Cluster,
        namespace: &str,
        application: &str,
        run: &Run,
        patience: Duration,
        mut waits: impl FnMut(&str),
    ) -> Result<Locked, ClusterError> {
        let lock = Self {
            cluster: cluster.clone(),
            namespace: namespace.to_owned(),
            name: format!("towpath-{application}"),
            run: run.clone(),
        };
        let started = Instant::now();
        // the version of the Lease, and since when we see it
        let mut seen: Option<(String, Instant)> = None;
        loop {
            let found = cluster.get(&leases(), Some(namespace), &lock.name).await?;
            let Some(lease) = found else {
                if cluster
                    .create(&leases(), &lock.lease(None))
                    .await?
                    .is_some()
                {
                    return Ok(Locked::Ours {
                        lock: Box::new(lock),
                        from: None,
                    });
                }
                continue;
            };
            let holder = text(&lease, "/spec/holderIdentity")
                .unwrap_or_default()
                .to_owned();
            let version = text(&lease, "/metadata/resourceVersion")
                .unwrap_or_default()
                .to_owned();
            let since = match &seen {
                Some((known, since)) if *known == version => *since,
                _ => Instant::now(),
            };
            if holder.is_empty()
                || lock.is_same_run(&holder)
                || since.elapsed() > DURATION
                || is_long_past(&lease)
            {
                if cluster
                    .replace(&leases(), &lock.lease(Some(&lease)))
                    .await?
                    .is_some()
                {
                    let from = Some(holder)
                        .filter(|holder| !holder.is_empty() && *holder != run.identity());
                    return Ok(Locked::Ours {
                        lock: Box::new(lock),
                        from,
                    });
                }
                continue;
            }
            if seen.is_none() {
                waits(&holder);
            }
            seen = Some((version, since));
            if started.elapsed() > patience {
                return Ok(Locked::Theirs { holder });
            }
            tokio::time::sleep(POLL).await;
        }
    }

    fn is_same_run(&self, holder: &str) -> bool {
        holder
            .rsplit_once(" attempt ")
            .is_some_and(|(name, _)| name == self.run.name)
    }

    fn lease(&self, before: Option<&Value>) -> Value {
        let now = Timestamp::now()
            .strftime("%Y-%m-%dT%H:%M:%S.%6fZ")
            .to_string();
        let mut lease = before.cloned().unwrap_or_else(|| {
            json!({"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": self.name, "namespace": self.namespace}, "spec": {}})
        });
        let holder = self.run.identity();
        if lease["spec"]["holderIdentity"] != holder.as_str() {
            lease["spec"]["acquireTime"] = now.clone().into();
            let changes = number(&lease, "/spec/leaseTransitions").unwrap_or(0);
            lease["spec"]["leaseTransitions"] = (changes + i64::from(before.is_some())).into();
        }
        lease["spec"]["holderIdentity"] = holder.into();
        lease["spec"]["leaseDurationSeconds"] = DURATION.as_secs().into();
        lease["spec"]["renewTime"] = now.into();
        lease
    }

    /// Renews the lock until it is lost; whoever took it comes back as the answer.
    pub(crate) async fn keep(&self) -> String {
        loop {
            tokio::time::sleep(DURATION / 4).await;
            // a server that does not answer for a moment is no loss of the lock
            let Ok(found) = self
                .cluster
                .get(&leases(), Some(&self.namespace), &self.name)
                .await
            else {
                continue;
            };
            let holder = found
                .as_ref()
                .and_then(|lease| text(lease, "/spec/holderIdentity"))
                .unwrap_or("nobody");
            if holder != self.run.identity() {
                return holder.to_owned();
            }
            let _ = self
                .cluster
                .replace(&leases(), &self.lease(found.as_ref()))
                .await;
        }
    }

    /// Gives it back; somebody else's is left alone.
    pub(crate) async fn release(&self) -> Result<(), ClusterError> {
        let found = self
            .cluster
            .get(&leases(), Some(&self.namespace), &self.name)
            .await?;
        match found
            .filter(|lease| text(lease, "/spec/holderIdentity") == Some(&self.run.identity()))
        {
            Some(lease) => self.cluster.delete(&leases(), &lease).await.map(drop),
            None => Ok(()),
        }
    }
}

/// Whether it is past even if the other machine's clock is far behind ours.
fn is_long_past(lease: &Value) -> bool {
    let renewed = text(lease, "/spec/renewTime").and_then(|time| time.parse::<Timestamp>().ok());
    let limit = (DURATION + SKEW).as_secs() as i64;
    renewed.is_none_or(|renewed| Timestamp::now().as_second() - renewed.as_second() > limit)
}
