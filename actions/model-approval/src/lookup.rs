//! Asks the registry about everything that would serve, until each name has led to a package or to a reason why not.

use std::collections::BTreeMap;

use aws_env::{AwsEnv, AwsError};
use evidence::{ApprovalFacts, Unresolved};
use jiff::Timestamp;
use sagemaker_models::{PackageRecord, Registry, RegistryError};

use crate::Error;
use crate::release::Pin;
use crate::standing::{Approving, standing};
use crate::wanted::{Wanted, What};

/// What has to be looked up.
#[derive(Debug)]
pub(crate) struct Questions {
    /// What the plan would put into service.
    pub(crate) wanted: Vec<Wanted>,
    /// What leads nowhere by the plan alone.
    pub(crate) unresolved: Vec<Unresolved>,
    /// Every pin of this environment.
    pub(crate) pins: Vec<Pin>,
    /// The pinned packages whose release file changed, or all of them when that is not known.
    pub(crate) changed: Vec<String>,
}

impl Questions {
    /// Whether the registry has to be asked at all.
    pub(crate) fn any(&self) -> bool {
        !self.wanted.is_empty() || !self.changed.is_empty()
    }
}

/// A package, the addresses that lead to it, and what the registry said.
type Answers = BTreeMap<String, (Vec<String>, Result<PackageRecord, RegistryError>)>;

/// Answers `questions` from the registry in `environment`.
pub(crate) fn look_up(
    mut questions: Questions,
    approving: &Approving,
    environment: &AwsEnv,
    now: Timestamp,
) -> Result<ApprovalFacts, Error> {
    let registry = Registry::new(environment);
    let mut unresolved = std::mem::take(&mut questions.unresolved);
    let mut answers = Answers::new();
    let mut ask = |arn: &str, by: Option<String>| -> Result<(), Error> {
        let answer = match answers.get_mut(arn) {
            Some(answer) => answer,
            None => answers
                .entry(arn.to_owned())
                .or_insert((Vec::new(), answered(registry.package(arn))?)),
        };
        answer.0.extend(by);
        Ok(())
    };

    let mut wanted = questions.wanted;
    while let Some(Wanted { by, what }) = wanted.pop() {
        match what {
            What::Package(arn) if is_versioned(&arn) => ask(&arn, Some(by))?,
            What::Package(name) => {
                let because =
                    format!("names `{name}`, which is not one version of a model package");
                unresolved.push(Unresolved { what: by, because });
            }
            What::Model(name) => match answered(registry.model(&name))? {
                Err(error) => unresolved.push(Unresolved {
                    what: by,
                    because: format!("uses a model that is not known: {}", explain(&error)),
                }),
                Ok(model) if model.containers.is_empty() => {
                    unresolved.push(Unresolved {
                        what: by,
                        because: format!("uses model `{name}`, which has no container"),
                    });
                }
                Ok(model) => {
                    for container in model.containers {
                        match container.package {
                            Some(arn) => wanted.push(Wanted {
                                by: by.clone(),
                                what: What::Package(arn),
                            }),
                            None => {
                                let because = format!(
                                    "uses model `{name}`, which belongs to no model package"
                                );
                                unresolved.push(Unresolved {
                                    what: by.clone(),
                                    because,
                                });
                            }
                        }
                    }
                }
            },
            What::EndpointConfig(name) => match answered(registry.endpoint_config_models(&name))? {
                Err(error) => unresolved.push(Unresolved {
                    what: by,
                    because: format!(
                        "uses an endpoint configuration that is not known: {}",
                        explain(&error)
                    ),
                }),
                Ok(models) if models.is_empty() => {
                    let because =
                        format!("uses endpoint configuration `{name}`, which names no model");
                    unresolved.push(Unresolved { what: by, because });
                }
                Ok(models) => {
                    wanted.extend(models.into_iter().map(|model| Wanted {
                        by: by.clone(),
                        what: What::Model(model),
                    }));
                }
            },
        }
    }
    for arn in &questions.changed {
        ask(arn, None)?;
    }

    let packages = answers.into_iter().map(|(arn, (mut used_by, answer))| {
        used_by.sort();
        used_by.dedup();
        standing(
            arn,
            used_by,
            answer.map_err(|error| explain(&error)),
            &questions.pins,
            approving,
        )
    });
    let packages = packages.collect();
    unresolved.sort_by(|one, other| (&one.what, &one.because).cmp(&(&other.what, &other.because)));
    unresolved.dedup();
    Ok(ApprovalFacts {
        produced_at: now,
        packages,
        unresolved,
    })
}

/// `arn:<partition>:sagemaker:<region>:<account>:model-package/<group>/<version>`
fn is_versioned(arn: &str) -> bool {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let ["arn", _, "sagemaker", _, _, resource] = parts.as_slice() else {
        return false;
    };
    let version = resource
        .strip_prefix("model-package/")
        .and_then(|path| path.split_once('/'));
    version.is_some_and(|(group, version)| !group.is_empty() && version.parse::<u32>().is_ok())
}

/// A refusal is an answer about one thing; a registry that does not answer at all ends the run.
fn answered<T>(answer: Result<T, RegistryError>) -> Result<Result<T, RegistryError>, Error> {
    match answer {
        // only the SDK's debug form tells this from a service that is away
        Err(RegistryError::Failed { detail, .. }) if detail.contains("CredentialsNotLoaded") => {
            let detail = "there are none".to_owned();
            Err(AwsError::NoCredentials { detail }.into())
        }
        Err(error @ RegistryError::Failed { .. }) => Err(Error::Registry(error)),
        answer => Ok(answer),
    }
}

fn explain(error: &RegistryError) -> String {
    match error {
        RegistryError::Denied { statement, .. } => format!("{error}; the role lacks {statement}"),
        RegistryError::NotFound { .. } | RegistryError::Failed { .. } => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_version_of_a_package_is_a_package() {
        assert!(is_versioned(
            "arn:aws:sagemaker:eu-central-1:123456789012:model-package/housing/7"
        ));
        assert!(is_versioned(
            "arn:aws-cn:sagemaker:cn-north-1:123456789012:model-package/housing/7"
        ));
        for name in [
            "housing",
            "arn:aws:sagemaker:eu-central-1:123456789012:model-package/housing",
            "arn:aws:sagemaker:eu-central-1:123456789012:model-package/housing/latest",
            "arn:aws:sagemaker:eu-central-1:123456789012:model-package-group/housing/7",
        ] {
            assert!(!is_versioned(name), "{name}");
        }
    }
}
