//! A release by its names: which package version, behind which endpoint, in which shape.
//!
//! The names are those that `iac/modules/serving` gives. They follow from what they name, so that a second attempt means the same things, and a
//! configuration, which never changes, is another one when its shape is.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// How many of a shape's digits are in a name
const DIGITS: usize = 8;

/// How an endpoint is run and how it is changed: `deployment:` of a release file, and the alarms that watch
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Deployment {
    /// For example `ml.m5.large`
    pub instance_type: String,
    /// How many of them
    pub instance_count: i32,
    /// Share of the instances that try the new model while the others still serve the old one
    pub canary_percent: i32,
    /// How long the alarms watch the canary
    pub bake_seconds: i32,
    /// How long the old instances stay after the switch
    pub termination_wait_seconds: i32,
    /// When the change is given up and goes back
    pub timeout_seconds: i32,
    /// Those that make it go back
    #[serde(default)]
    pub alarm_names: Vec<String>,
}

/// Where requests and answers are written
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Capture {
    bucket: String,
    sampling_percent: i32,
}

/// The names of a release
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// ARN of the package version
    pub package: String,
    /// The model
    pub model: String,
    /// The endpoint configuration
    pub configuration: String,
}

/// Why an ARN names no release of an endpoint
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReleaseError {
    /// It is something else
    #[error("`{0}` is not the ARN of a version of a model package")]
    NotAVersion(String),
    /// It would replace one model by another
    #[error("`{endpoint}` serves another model than the package group `{group}`")]
    OtherModel {
        /// The endpoint
        endpoint: String,
        /// The package's group
        group: String,
    },
}

impl Capture {
    /// All that is asked and answered, below an `s3://` address
    pub fn below(uri: &str) -> Option<Self> {
        let bucket = uri.strip_prefix("s3://")?.split('/').next()?;
        (!bucket.is_empty()).then(|| Self {
            bucket: bucket.to_owned(),
            sampling_percent: 100,
        })
    }
}

impl Release {
    /// The release of `package` at `endpoint`, which is called `<name>-<model>`
    ///
    /// # Errors
    /// The ARN is not one of a version, or of another model.
    pub fn of(
        package: &str,
        endpoint: &str,
        deployment: &Deployment,
        capture: &Capture,
    ) -> Result<Self, ReleaseError> {
        let not = || ReleaseError::NotAVersion(package.to_owned());
        let (kind, name) = package.split_once('/').ok_or_else(not)?;
        let (group, version) = name.split_once('/').ok_or_else(not)?;
        if !kind.starts_with("arn:aws") || !kind.ends_with(":model-package") {
            return Err(not());
        }
        if !version
            .parse::<u32>()
            .is_ok_and(|number| number > 0 && number.to_string() == version)
        {
            return Err(not());
        }
        let Some(before) = endpoint.strip_suffix(group).filter(|_| !group.is_empty()) else {
            return Err(ReleaseError::OtherModel {
                endpoint: endpoint.to_owned(),
                group: group.to_owned(),
            });
        };
        if !before.is_empty() && !before.ends_with('-') {
            return Err(ReleaseError::OtherModel {
                endpoint: endpoint.to_owned(),
                group: group.to_owned(),
            });
        }
        let model = format!("{endpoint}-{version}");
        Ok(Self {
            package: package.to_owned(),
            configuration: format!("{model}-{}", shape(deployment, capture)),
            model,
        })
    }
}

/// What a configuration's name says of its shape
fn shape(deployment: &Deployment, capture: &Capture) -> String {
    let shape = (
        &deployment.instance_type,
        deployment.instance_count,
        capture,
    );
    // three plain values: there is nothing that JSON has not
    let text = serde_json::to_string(&shape).unwrap_or_default();
    let mut digits = trigger::hex(&Sha256::digest(text));
    digits.truncate(DIGITS);
    digits
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    const PACKAGE: &str = "arn:aws:sagemaker:eu-central-1:000000000000:model-package/housing/7";

    pub(crate) fn deployment() -> Deployment {
        Deployment {
            instance_type: "ml.m5.large".into(),
            instance_count: 2,
            canary_percent: 50,
            bake_seconds: 300,
            termination_wait_seconds: 120,
            timeout_seconds: 3600,
            alarm_names: vec!["errors".into()],
        }
    }

    fn release(package: &str, endpoint: &str) -> Result<Release, ReleaseError> {
        let capture = Capture::below("s3://towpath-dev-capture-000000000000/housing").unwrap();
        Release::of(package, endpoint, &deployment(), &capture)
    }

    /// The digits are those of Terraform 1.11: `substr(sha256(jsonencode(["ml.m5.large", 2, {bucket =
    /// "towpath-dev-capture-000000000000", sampling_percent = 100}])), 0, 8)`
    #[test]
    fn names_are_those_of_the_serving_module() {
        let release = release(PACKAGE, "towpath-dev-housing").unwrap();
        assert_eq!(release.model, "towpath-dev-housing-7");
        assert_eq!(release.configuration, "towpath-dev-housing-7-88dcc05a");
    }

    #[test]
    fn another_shape_is_another_configuration() {
        let capture = Capture::below("s3://c").unwrap();
        let former = shape(&deployment(), &capture);
        let mut larger = deployment();
        larger.instance_count = 3;
        assert_ne!(shape(&larger, &capture), former);
        let mut patient = deployment();
        patient.bake_seconds = 600;
        assert_eq!(shape(&patient, &capture), former);
    }

    #[test]
    fn only_versions_of_this_model_are_deployed() {
        for package in [
            "",
            "housing/7",
            "arn:aws:sagemaker:eu-central-1:000000000000:model-package/housing",
            "arn:aws:sagemaker:eu-central-1:000000000000:model-package/housing/0",
            "arn:aws:sagemaker:eu-central-1:000000000000:model-package/housing/07",
            "arn:aws:sagemaker:eu-central-1:000000000000:model-package/housing/7/8",
            "arn:aws:sagemaker:eu-central-1:000000000000:model/housing/7",
        ] {
            let error = release(package, "towpath-dev-housing").unwrap_err();
            assert_eq!(error, ReleaseError::NotAVersion(package.into()));
        }
        for endpoint in ["towpath-dev-churn", "towpath-dev-warehousing", ""] {
            let error = release(PACKAGE, endpoint).unwrap_err();
            assert!(
                matches!(error, ReleaseError::OtherModel { .. }),
                "{endpoint}"
            );
        }
    }

    #[test]
    fn a_deployment_is_read_from_a_release_file_and_its_alarms() {
        let text = r#"{"alarm_names":["errors"],"alarms":{"p99_latency_ms":500,"server_errors":5},"bake_seconds":300,"canary_percent":50,"instance_count":2,"instance_type":"ml.m5.large","termination_wait_seconds":120,"timeout_seconds":3600}"#;
        assert_eq!(
            serde_json::from_str::<Deployment>(text).unwrap(),
            deployment()
        );
    }
}
