//! What SageMaker answers, as plain values.

use std::collections::BTreeMap;

use aws_sdk_sagemaker::operation::describe_model::DescribeModelOutput;
use aws_sdk_sagemaker::operation::describe_model_package::DescribeModelPackageOutput;
use aws_sdk_sagemaker::types::{ModelApprovalStatus, ModelPackageStatus, UserContext};
use jiff::Timestamp;

/// A model package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageRecord {
    /// Its ARN, with the version.
    pub arn: String,
    /// Whether somebody approved it.
    pub approval: ApprovalStatus,
    /// Whether it was made completely.
    pub status: PackageStatus,
    /// What was written beside the approval.
    pub note: Option<String>,
    /// Who changed it last; whoever made it, when nobody changed it.
    pub changed_by: Option<String>,
    /// When it was changed last.
    pub changed_at: Option<Timestamp>,
    /// What it serves with.
    pub containers: Vec<Container>,
    /// What whoever registered it, or decided about it, wrote beside it.
    pub metadata: BTreeMap<String, String>,
    /// What made it: the run of a pipeline, a job, a person.
    pub generated_by: Option<String>,
}

/// Whether somebody approved a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApprovalStatus {
    /// Yes.
    Approved,
    /// Somebody said no.
    Rejected,
    /// Nobody said anything yet.
    Pending,
    /// The registry says something else, or nothing.
    Other(String),
}

/// Whether a package was made completely.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PackageStatus {
    /// Yes.
    Completed,
    /// Not, or not yet: in the registry's own word.
    Other(String),
}

/// One container of a package or model.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Container {
    /// The image's reference.
    pub image: Option<String>,
    /// The image's digest, `sha256:...`.
    pub image_digest: Option<String>,
    /// Where the model's data lies.
    pub model_data: Option<String>,
    /// The entity tag of that data when the package was made.
    pub model_data_etag: Option<String>,
    /// The package that a model's container comes from.
    pub package: Option<String>,
}

/// A model: the containers that would serve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelRecord {
    /// Its containers, the primary one first.
    pub containers: Vec<Container>,
}

impl From<Option<ModelApprovalStatus>> for ApprovalStatus {
    fn from(status: Option<ModelApprovalStatus>) -> Self {
        match status {
            Some(ModelApprovalStatus::Approved) => Self::Approved,
            Some(ModelApprovalStatus::Rejected) => Self::Rejected,
            Some(ModelApprovalStatus::PendingManualApproval) => Self::Pending,
            Some(other) => Self::Other(other.as_str().to_owned()),
            None => Self::Other("no approval status".to_owned()),
        }
    }
}

impl From<Option<ModelPackageStatus>> for PackageStatus {
    fn from(status: Option<ModelPackageStatus>) -> Self {
        match status {
            Some(ModelPackageStatus::Completed) => Self::Completed,
            Some(other) => Self::Other(other.as_str().to_owned()),
            None => Self::Other("no status".to_owned()),
        }
    }
}

impl From<DescribeModelPackageOutput> for PackageRecord {
    fn from(output: DescribeModelPackageOutput) -> Self {
        let generated_by = output
            .metadata_properties
            .and_then(|properties| properties.generated_by);
        let changed_at = output.last_modified_time.or(output.creation_time);
        let containers = output
            .inference_specification
            .and_then(|specification| specification.containers);
        Self {
            arn: output.model_package_arn.unwrap_or_default(),
            approval: ApprovalStatus::from(output.model_approval_status),
            status: PackageStatus::from(output.model_package_status),
            note: output.approval_description,
            changed_by: name(output.last_modified_by).or_else(|| name(output.created_by)),
            changed_at: changed_at.and_then(|time| Timestamp::new(time.secs(), 0).ok()),
            containers: containers
                .unwrap_or_default()
                .into_iter()
                .map(|container| Container {
                    image: container.image,
                    image_digest: container.image_digest,
                    model_data: container.model_data_url,
                    model_data_etag: container.model_data_e_tag,
                    package: None,
                })
                .collect(),
            metadata: output
                .customer_metadata_properties
                .unwrap_or_default()
                .into_iter()
                .collect(),
            generated_by,
        }
    }
}

impl From<DescribeModelOutput> for ModelRecord {
    fn from(output: DescribeModelOutput) -> Self {
        let containers = output
            .primary_container
            .into_iter()
            .chain(output.containers.unwrap_or_default());
        Self {
            containers: containers
                .map(|container| Container {
                    image: container.image,
                    model_data: container.model_data_url,
                    package: container.model_package_name,
                    ..Container::default()
                })
                .collect(),
        }
    }
}

/// A Studio user by name, anybody else by ARN.
fn name(context: Option<UserContext>) -> Option<String> {
    let context = context?;
    let arn = context.iam_identity.and_then(|identity| identity.arn);
    context
        .user_profile_name
        .or(arn)
        .or(context.user_profile_arn)
}
