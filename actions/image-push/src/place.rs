//! Where the image goes: a repository in ECR, or in any other registry.
//!
//! ECR is asked through its own interface for what that answers in one call: where all tags lead, and which blobs are there.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;

use aws_env::AwsEnv;
use ecr_images::{Ecr, EcrError};
use oci_image::login;
use oci_image::push::{Known, Target};
use oci_image::{Digest, Document, Image, Reference, Registry, RepositoryName, Tag};

use crate::Error;
use crate::wanted::Wanted;

/// What calls run on.
pub(crate) enum Runner {
    /// With AWS around it.
    Aws(Box<AwsEnv>),
    /// Without.
    Plain(tokio::runtime::Runtime),
}

/// A repository, and how to reach it.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) registry: Registry,
    pub(crate) repository: RepositoryName,
    pub(crate) ecr: Option<(Ecr, ecr_images::Repository)>,
}

/// Which repository is meant.
enum Meant {
    /// A name in ECR, in the region that a host names.
    Ecr {
        name: String,
        region: Option<String>,
    },
    Elsewhere(Reference),
}

fn meant(repository: &str) -> Result<Meant, Error> {
    let (host, name) = match repository.split_once('/') {
        Some((host, name)) if host.contains(['.', ':']) || host == "localhost" => (host, name),
        _ => {
            return Ok(Meant::Ecr {
                name: repository.to_owned(),
                region: None,
            });
        }
    };
    // <account>.dkr.ecr.<region>.amazonaws.com
    if let Some((_, rest)) = host.split_once(".dkr.ecr.") {
        return Ok(Meant::Ecr {
            name: name.to_owned(),
            region: rest.split('.').next().map(str::to_owned),
        });
    }
    Ok(Meant::Elsewhere(repository.parse()?))
}

impl Runner {
    pub(crate) fn new(wanted: &Wanted) -> Result<Self, Error> {
        match meant(&wanted.image.repository)? {
            Meant::Ecr { region, .. } => {
                let region = region.or_else(|| wanted.region.clone());
                let environment = AwsEnv::load(region.as_deref())?;
                Ok(Self::Aws(Box::new(environment)))
            }
            Meant::Elsewhere(_) => {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build();
                Ok(Self::Plain(runtime.map_err(Error::Runtime)?))
            }
        }
    }

    pub(crate) fn block_on<F: Future>(&self, call: F) -> F::Output {
        match self {
            Self::Aws(environment) => environment.block_on(call),
            Self::Plain(runtime) => runtime.block_on(call),
        }
    }
}

impl Place {
    /// Finds the repository. For ECR that is one call.
    pub(crate) async fn find(wanted: &Wanted, runner: &Runner) -> Result<Self, Error> {
        match (meant(&wanted.image.repository)?, runner) {
            (Meant::Ecr { name, .. }, Runner::Aws(environment)) => {
                let ecr = Ecr::new(environment);
                let found = match ecr.repository(&name).await? {
                    Some(repository) => Some(repository),
                    None => ecr.creatable(&name).await?,
                };
                let repository = found.ok_or_else(|| Error::NoRepository { name: name.clone() })?;
                match &wanted.account {
                    Some(expected) if *expected != repository.account => {
                        return Err(Error::OtherAccount {
                            found: repository.account,
                            expected: expected.clone(),
                        });
                    }
                    _ => {}
                }
                let host = repository.uri.split('/').next().unwrap_or_default();
                Ok(Self {
                    registry: Registry::new(host, ecr.credentials())?,
                    repository: name.parse()?,
                    ecr: Some((ecr, repository)),
                })
            }
            (Meant::Elsewhere(reference), _) => Ok(Self {
                registry: elsewhere(wanted, &reference)?,
                repository: reference.repository,
                ecr: None,
            }),
            (Meant::Ecr { .. }, Runner::Plain(_)) => {
                unreachable!("who runs is decided by the same question")
            }
        }
    }

    /// What images here are called.
    pub(crate) fn uri(&self) -> String {
        format!("{}/{}", self.registry.host(), self.repository)
    }

    /// Where the tags lead.
    pub(crate) async fn look(&self, tags: &[Tag]) -> Result<BTreeMap<Tag, Found>, Error> {
        if let Some((ecr, repository)) = &self.ecr {
            let found = match ecr.images(&repository.name, tags).await {
                // one that the push will create
                Err(EcrError::NoRepository { .. }) => BTreeMap::new(),
                found => found?,
            };
            let found = found.into_iter().map(|(tag, document)| {
                let found = Found {
                    digest: document.digest,
                    document: Some(document),
                };
                (tag, found)
            });
            return Ok(found.collect());
        }
        let found = oci_image::push::look(&self.target(tags.to_vec(), Vec::new())).await?;
        let found = found.into_iter().map(|(tag, digest)| {
            let found = Found {
                digest,
                document: None,
            };
            (tag, found)
        });
        Ok(found.collect())
    }

    /// Which blobs of an image are there, where the registry says so at once.
    pub(crate) async fn blobs(&self, image: &Image) -> Result<Option<BTreeSet<Digest>>, Error> {
        let Some((ecr, repository)) = &self.ecr else {
            return Ok(None);
        };
        let digests: Vec<Digest> = image.blobs.keys().copied().collect();
        match ecr.available(&repository.name, &digests).await {
            Err(EcrError::NoRepository { .. }) => Ok(Some(BTreeSet::new())),
            found => Ok(Some(found?)),
        }
    }

    pub(crate) fn target(&self, tags: Vec<Tag>, lenders: Vec<RepositoryName>) -> Target {
        Target {
            registry: self.registry.clone(),
            repository: self.repository.clone(),
            tags,
            lenders,
        }
    }

    /// What is known already, for a plan.
    pub(crate) async fn known(
        &self,
        image: &Image,
        tags: &BTreeMap<Tag, Found>,
    ) -> Result<Known, Error> {
        let leads = tags.iter().map(|(tag, found)| (tag.clone(), found.digest));
        let leads: BTreeMap<Tag, Digest> = leads.collect();
        let done = leads.values().any(|digest| *digest == image.digest());
        Ok(Known {
            blobs: if done { None } else { self.blobs(image).await? },
            tags: Some(leads),
        })
    }
}

/// Where a tag leads, with the document when it came along.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) digest: Digest,
    pub(crate) document: Option<Document>,
}

/// Another registry than the one that is pushed to.
pub(crate) fn elsewhere(wanted: &Wanted, reference: &Reference) -> Result<Registry, Error> {
    let credentials = login::credentials(wanted.docker_config.as_deref(), &reference.host);
    Ok(Registry::new(&reference.host, credentials)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_without_a_host_is_in_ecr() {
        let of = |text: &str| match meant(text).unwrap() {
            Meant::Ecr { name, region } => format!("ecr {name} {}", region.unwrap_or_default()),
            Meant::Elsewhere(reference) => reference.to_string(),
        };
        assert_eq!(of("team/web"), "ecr team/web ");
        assert_eq!(
            of("000000000000.dkr.ecr.eu-west-1.amazonaws.com/team/web"),
            "ecr team/web eu-west-1"
        );
        assert_eq!(of("ghcr.io/team/web"), "ghcr.io/team/web");
        assert_eq!(of("localhost/web"), "localhost/web");
        assert!(meant("ghcr.io/Team").is_err());
    }
}
