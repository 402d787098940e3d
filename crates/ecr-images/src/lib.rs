//! Amazon ECR's own interface: the repository, its images, one call for many blobs, the password, and scans.
//!
//! What goes through the registry protocol is in `oci-image`. This crate is the only one that names ECR's SDK; a call that
//! IAM refuses comes back as the statement that is missing ([`EcrError::Denied`]). Calls are async and are run by whoever
//! holds an [`AwsEnv`].

mod error;
mod lifecycle;
mod scan;

use std::collections::{BTreeMap, BTreeSet};

use aws_env::AwsEnv;
use aws_sdk_ecr::Client;
use aws_sdk_ecr::types::{
    ImageIdentifier, ImageTagMutability, LayerAvailability, RctAppliedFor,
    RepositoryCreationTemplate,
};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use oci_image::{Basic, Credentials, Digest, Document, Tag, media};

pub use error::EcrError;
use error::classify;
pub use lifecycle::{Kept, NotAPolicy, Policy};
pub use scan::{Found, ScanState, Severity, Vulnerability};

/// ECR takes so many digests in one call.
const MOST_DIGESTS: usize = 100;

/// ECR, in one region.
#[derive(Clone, Debug)]
pub struct Ecr {
    client: Client,
}

/// A repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// What images in it are called: `<host>/<name>`.
    pub uri: String,
    /// The account that it belongs to.
    pub account: String,
    /// Whether a tag may be moved.
    pub mutability: Mutability,
    /// Whether images are scanned as they come.
    pub scan_on_push: bool,
    /// How it is encrypted: `AES256`, or the key.
    pub encryption: String,
}

/// Whether a tag may be moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mutability {
    /// It may, but for tags that these patterns fit.
    Mutable(Vec<String>),
    /// It may not, but for tags that these patterns fit.
    Immutable(Vec<String>),
}

impl Mutability {
    /// Whether `tag` stays where it leads.
    #[must_use]
    pub fn holds(&self, tag: &Tag) -> bool {
        let fits = |pattern: &String| fits(pattern, tag.as_str());
        match self {
            Self::Mutable(except) => except.iter().any(fits),
            Self::Immutable(except) => !except.iter().any(fits),
        }
    }
}

/// `*` stands for any characters.
fn fits(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(mut text) = text.strip_prefix(first) else {
        return false;
    };
    let mut parts = rest.split('*').peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return text.ends_with(part);
        }
        match text.find(part) {
            Some(at) => text = &text[at + part.len()..],
            None => return false,
        }
    }
    true
}

impl Ecr {
    /// ECR as `environment` leads there.
    pub fn new(environment: &AwsEnv) -> Self {
        Self {
            client: Client::new(environment.config()),
        }
    }

    /// The repository; `None` when there is none of that name. One call.
    ///
    /// # Errors
    /// Denied, or no answer.
    pub async fn repository(&self, name: &str) -> Result<Option<Repository>, EcrError> {
        const ACTION: &str = "DescribeRepositories";
        let call = self.client.describe_repositories().repository_names(name);
        let output = match call.send().await {
            Ok(output) => output,
            Err(error) => match classify(ACTION, &error) {
                EcrError::NoRepository { .. } => return Ok(None),
                error => return Err(error),
            },
        };
        let found = output.repositories.unwrap_or_default().into_iter().next();
        Ok(found.map(|found| {
            let patterns = || {
                let filters = found.image_tag_mutability_exclusion_filters();
                filters
                    .iter()
                    .map(|filter| filter.filter().to_owned())
                    .collect()
            };
            Repository {
                name: name.to_owned(),
                arn: found.repository_arn().unwrap_or_default().to_owned(),
                uri: found.repository_uri().unwrap_or_default().to_owned(),
                account: found.registry_id().unwrap_or_default().to_owned(),
                mutability: match found.image_tag_mutability() {
                    Some(
                        ImageTagMutability::Immutable | ImageTagMutability::ImmutableWithExclusion,
                    ) => Mutability::Immutable(patterns()),
                    _ => Mutability::Mutable(patterns()),
                },
                scan_on_push: found
                    .image_scanning_configuration()
                    .is_some_and(|scanning| scanning.scan_on_push()),
                encryption: match found.encryption_configuration() {
                    Some(encryption) => match encryption.kms_key() {
                        Some(key) => key.to_owned(),
                        None => encryption.encryption_type().as_str().to_owned(),
                    },
                    None => "AES256".to_owned(),
                },
            }
        }))
    }

    /// The repository that a push would create, by a template for that; `None` when none fits. Two calls.
    ///
    /// # Errors
    /// Denied, or no answer.
    pub async fn creatable(&self, name: &str) -> Result<Option<Repository>, EcrError> {
        const ACTION: &str = "DescribeRepositoryCreationTemplates";
        let call = self.client.describe_repository_creation_templates();
        let output = call.send().await;
        let output = output.map_err(|error| classify(ACTION, &error))?;
        let for_pushes = |template: &&RepositoryCreationTemplate| {
            template
                .applied_for()
                .contains(&RctAppliedFor::CreateOnPush)
        };
        let fits = |template: &&RepositoryCreationTemplate| match template.prefix() {
            Some("ROOT") => true,
            Some(prefix) => name.starts_with(&format!("{}/", prefix.trim_end_matches('/'))),
            None => false,
        };
        let templates = output.repository_creation_templates().iter();
        // the longest prefix wins
        let template = templates
            .filter(for_pushes)
            .filter(fits)
            .max_by_key(|template| {
                template
                    .prefix()
                    .filter(|prefix| *prefix != "ROOT")
                    .map(str::len)
            });
        let Some(template) = template else {
            return Ok(None);
        };
        let (_, endpoint) = self.password().await?;
        let host = endpoint.rsplit("://").next().unwrap_or_default();
        let account = output.registry_id().unwrap_or_default();
        Ok(Some(Repository {
            name: name.to_owned(),
            arn: String::new(),
            uri: format!("{}/{name}", host.trim_end_matches('/')),
            account: account.to_owned(),
            mutability: match template.image_tag_mutability() {
                Some(
                    ImageTagMutability::Immutable | ImageTagMutability::ImmutableWithExclusion,
                ) => Mutability::Immutable(Vec::new()),
                _ => Mutability::Mutable(Vec::new()),
            },
            scan_on_push: false,
            encryption: match template.encryption_configuration() {
                Some(encryption) => encryption
                    .kms_key()
                    .unwrap_or(encryption.encryption_type().as_str())
                    .to_owned(),
                None => "AES256".to_owned(),
            },
        }))
    }

    /// Whether the account lets blobs be mounted.
    ///
    /// # Errors
    /// Denied, or no answer.
    pub async fn mounts(&self) -> Result<bool, EcrError> {
        const ACTION: &str = "GetAccountSetting";
        let call = self.client.get_account_setting().name("BLOB_MOUNTING");
        let output = call.send().await;
        let output = output.map_err(|error| classify(ACTION, &error))?;
        Ok(output.value() == Some("ENABLED"))
    }

    /// Where the tags lead, with the documents; a tag that leads nowhere is left out. One call.
    ///
    /// # Errors
    /// Denied, no such repository, or no answer.
    pub async fn images(
        &self,
        repository: &str,
        tags: &[Tag],
    ) -> Result<BTreeMap<Tag, Document>, EcrError> {
        const ACTION: &str = "BatchGetImage";
        if tags.is_empty() {
            return Ok(BTreeMap::new());
        }
        let id = |tag: &Tag| ImageIdentifier::builder().image_tag(tag.as_str()).build();
        let kinds = [
            media::INDEX,
            media::MANIFEST,
            media::DOCKER_INDEX,
            media::DOCKER_MANIFEST,
        ];
        let call = self
            .client
            .batch_get_image()
            .repository_name(repository)
            .set_image_ids(Some(tags.iter().map(id).collect()))
            .set_accepted_media_types(Some(kinds.map(str::to_owned).into()));
        let output = call.send().await;
        let output = output.map_err(|error| classify(ACTION, &error))?;
        let failures = output.failures();
        let missing = |failure: &&aws_sdk_ecr::types::ImageFailure| {
            failure.failure_code().map(|code| code.as_str()) != Some("ImageNotFound")
        };
        if let Some(failure) = failures.iter().find(missing) {
            return Err(EcrError::Failed {
                action: ACTION,
                detail: failure.failure_reason().unwrap_or("no reason").to_owned(),
            });
        }
        let mut found = BTreeMap::new();
        for image in output.images() {
            let id = image.image_id();
            let tag = id.and_then(|id| id.image_tag()?.parse::<Tag>().ok());
            let (Some(tag), Some(manifest)) = (tag, image.image_manifest()) else {
                continue;
            };
            let kind = image.image_manifest_media_type().unwrap_or(media::MANIFEST);
            let document = Document::new(kind, manifest.to_owned());
            let said = id.and_then(|id| id.image_digest()?.parse::<Digest>().ok());
            if said != Some(document.digest) {
                return Err(EcrError::Failed {
                    action: ACTION,
                    detail: format!("the manifest of `{tag}` is not the one that its digest names"),
                });
            }
            found.insert(tag, document);
        }
        Ok(found)
    }

    /// Which of the blobs the repository has. One call for a hundred.
    ///
    /// # Errors
    /// Denied, no such repository, or no answer.
    pub async fn available(
        &self,
        repository: &str,
        digests: &[Digest],
    ) -> Result<BTreeSet<Digest>, EcrError> {
        const ACTION: &str = "BatchCheckLayerAvailability";
        let mut available = BTreeSet::new();
        for some in digests.chunks(MOST_DIGESTS) {
            let call = self
                .client
                .batch_check_layer_availability()
                .repository_name(repository)
                .set_layer_digests(Some(some.iter().map(Digest::to_string).collect()));
            let output = call.send().await;
            let output = output.map_err(|error| classify(ACTION, &error))?;
            let layers = output.layers().iter();
            let there = layers
                .filter(|layer| layer.layer_availability() == Some(&LayerAvailability::Available));
            available
                .extend(there.filter_map(|layer| layer.layer_digest()?.parse::<Digest>().ok()));
        }
        Ok(available)
    }

    /// The user and password for the registry, and its address.
    ///
    /// # Errors
    /// Denied, or no answer.
    pub async fn password(&self) -> Result<(Basic, String), EcrError> {
        const ACTION: &str = "GetAuthorizationToken";
        let output = self.client.get_authorization_token().send().await;
        let output = output.map_err(|error| classify(ACTION, &error))?;
        let data = output.authorization_data().first();
        let parts = data.and_then(|data| {
            let token = BASE64_STANDARD.decode(data.authorization_token()?).ok()?;
            let token = String::from_utf8(token).ok()?;
            let (user, password) = token.split_once(':')?;
            let basic = Basic {
                user: user.to_owned(),
                password: password.to_owned(),
            };
            Some((basic, data.proxy_endpoint()?.to_owned()))
        });
        parts.ok_or(EcrError::Failed {
            action: ACTION,
            detail: "the answer holds no password".to_owned(),
        })
    }

    /// Credentials for the registry that are fetched when they are needed, and again when they ran out.
    pub fn credentials(&self) -> Credentials {
        let ecr = self.clone();
        Credentials::Renewed(Box::new(move || {
            let ecr = ecr.clone();
            Box::pin(async move {
                let password = ecr.password().await;
                password
                    .map(|(basic, _)| Some(basic))
                    .map_err(|error| match error {
                        EcrError::Denied { action, statement } => {
                            format!("ecr:{action} is denied; the role needs {statement}")
                        }
                        error => error.to_string(),
                    })
            })
        }))
    }

    /// The repository's lifecycle policy, when it has one.
    ///
    /// # Errors
    /// Denied, or no answer.
    pub async fn lifecycle(&self, repository: &str) -> Result<Option<String>, EcrError> {
        const ACTION: &str = "GetLifecyclePolicy";
        let call = self
            .client
            .get_lifecycle_policy()
            .repository_name(repository);
        match call.send().await {
            Ok(output) => Ok(output.lifecycle_policy_text),
            Err(error) if error::code(&error) == Some("LifecyclePolicyNotFoundException") => {
                Ok(None)
            }
            Err(error) => Err(classify(ACTION, &error)),
        }
    }

    /// What a lifecycle policy looks at: every image of the repository.
    ///
    /// # Errors
    /// Denied, or no answer.
    pub async fn kept(&self, repository: &str) -> Result<Vec<Kept>, EcrError> {
        const ACTION: &str = "DescribeImages";
        let call = self.client.describe_images().repository_name(repository);
        let details = call
            .into_paginator()
            .items()
            .send()
            .collect::<Result<Vec<_>, _>>();
        let details = details.await.map_err(|error| classify(ACTION, &error))?;
        let kept = details.into_iter().filter_map(|detail| {
            Some(Kept {
                digest: detail.image_digest()?.parse().ok()?,
                tags: detail.image_tags().to_vec(),
                pushed_at: detail.image_pushed_at()?.secs(),
            })
        });
        Ok(kept.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_fits_as_ecr_means_it() {
        for (pattern, text, expected) in [
            ("latest", "latest", true),
            ("latest", "latest2", false),
            ("dev-*", "dev-1", true),
            ("dev-*", "prod", false),
            ("*-rc*", "1.0-rc1", true),
            ("a*b", "ab", true),
            ("a*b", "abc", false),
        ] {
            assert_eq!(fits(pattern, text), expected, "{pattern} {text}");
        }
        let immutable = Mutability::Immutable(vec!["dev-*".to_owned()]);
        assert!(immutable.holds(&"v1".parse().unwrap()));
        assert!(!immutable.holds(&"dev-1".parse().unwrap()));
    }
}
