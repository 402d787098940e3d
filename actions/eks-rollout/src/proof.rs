//! Whether an image is there, asked of its registry before a pod is made for it.
//!
//! ECR lets in whoever may read; another registry whoever `docker login` has named on this machine, or anybody. A registry that does not
//! answer within [`PATIENCE`] proves nothing, and the rollout goes on: the nodes may reach it where we do not.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use aws_env::AwsEnv;
use camino::Utf8PathBuf;
use ecr_images::Ecr;
use gha::Host;
use kube_rollout::{ImageProof, ImageRef, Proof};
use oci_image::{Credentials, Patience, Reference, Registry, login};

const PATIENCE: Duration = Duration::from_secs(10);
/// What ECR's hosts have in their names
const ECR: &str = ".dkr.ecr.";

/// What is needed to ask.
struct Desk {
    ecr: Option<Ecr>,
    /// Whether ECR is where a variable says, so that its hosts may have any name
    elsewhere: bool,
    docker: Option<Utf8PathBuf>,
}

/// A way to ask about images.
pub(crate) fn proof(region: Option<&str>, host: &Host) -> ImageProof {
    let folder = |name: &str| host.env(name).map(Utf8PathBuf::from);
    let desk = Arc::new(Desk {
        ecr: AwsEnv::load(region).ok().map(|aws| Ecr::new(&aws)),
        elsewhere: host.env("AWS_ENDPOINT_URL_ECR").is_some(),
        docker: login::file(folder("DOCKER_CONFIG"), folder("HOME")),
    });
    Arc::new(move |image, architectures| {
        let desk = Arc::clone(&desk);
        Box::pin(async move {
            let asked = tokio::time::timeout(PATIENCE, desk.ask(&image, &architectures));
            asked.await.ok().flatten().unwrap_or(Proof::Unknown)
        })
    })
}

impl Desk {
    /// None when there is no answer
    async fn ask(&self, image: &ImageRef, nodes: &BTreeSet<String>) -> Option<Proof> {
        let reference: Reference = image.to_string().parse().ok()?;
        let digest = reference.digest?.to_string();
        let registry = self.registry(&reference).await?;
        let platforms = registry
            .platforms(&reference.repository, &digest)
            .await
            .ok()?;
        let Some(platforms) = platforms else {
            return Some(Proof::Missing("the registry has no such image".to_owned()));
        };
        let built: BTreeSet<String> = platforms
            .into_iter()
            .map(|platform| platform.architecture)
            .collect();
        // a pod may be bound to some of the nodes: what none of them can run is wrong for certain
        if nodes.is_empty() || built.is_empty() || !nodes.is_disjoint(&built) {
            return Some(Proof::Exists);
        }
        let list = |names: BTreeSet<String>| names.into_iter().collect::<Vec<_>>().join(", ");
        Some(Proof::Missing(format!(
            "it is for {}, and the nodes are {}",
            list(built),
            list(nodes.clone())
        )))
    }

    async fn registry(&self, reference: &Reference) -> Option<Registry> {
        let credentials = match &self.ecr {
            Some(ecr) if reference.host.contains(ECR) => ecr.credentials(),
            Some(ecr) if self.elsewhere && is_of(ecr, reference).await => ecr.credentials(),
            _ => login::credentials(self.docker.as_deref(), &reference.host),
        };
        let anonymous_ecr =
            matches!(credentials, Credentials::Anonymous) && reference.host.contains(ECR);
        match anonymous_ecr {
            true => None,
            false => Registry::patient(&reference.host, credentials, once_more()).ok(),
        }
    }
}

/// A host that nobody can find will not be found by asking for ten seconds.
fn once_more() -> Patience {
    Patience {
        attempts: 2,
        ..Patience::default()
    }
}

/// Whether ECR calls images of this name so.
async fn is_of(ecr: &Ecr, reference: &Reference) -> bool {
    let name = reference.repository.as_str();
    let found = ecr.repository(name).await.ok().flatten();
    found.is_some_and(|found| found.uri == format!("{}/{name}", reference.host))
}
