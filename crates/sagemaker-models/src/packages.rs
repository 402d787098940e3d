//! The packages of a group, and the one thing that Towpath writes to the registry: a decision.

use std::collections::BTreeMap;

use aws_sdk_sagemaker::types::{ModelApprovalStatus, ModelPackageSortBy, SortOrder};

use crate::{ApprovalStatus, PackageStatus, Registry, RegistryError, classify};

/// The longest text beside an approval that SageMaker takes.
const LONGEST_NOTE: usize = 1024;
/// The longest value of a package's metadata.
const LONGEST_VALUE: usize = 256;

/// A package, as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Its ARN, with the version.
    pub arn: String,
    /// Its version.
    pub version: u32,
    /// Whether it was made completely.
    pub status: PackageStatus,
    /// Whether somebody approved it.
    pub approval: ApprovalStatus,
}

/// A decision about a package, with what it rests on.
#[derive(Clone, Debug)]
pub struct Decision {
    /// `Approved` or `Rejected`; nothing else is written.
    pub approved: bool,
    /// Why, for whoever looks at the package in the console. What is too long for SageMaker is cut.
    pub note: String,
    /// What is written beside it. Signs that SageMaker refuses become blanks, and what is too long is cut.
    pub metadata: BTreeMap<String, String>,
}

impl Registry<'_> {
    /// The versions of the group called `group`, the newest first.
    ///
    /// # Errors
    /// Denied, unknown, or no answer.
    pub fn packages(&self, group: &str) -> Result<Vec<Summary>, RegistryError> {
        let pages = self
            .client
            .list_model_packages()
            .model_package_group_name(group)
            .sort_by(ModelPackageSortBy::CreationTime)
            .sort_order(SortOrder::Descending)
            .into_paginator()
            .items()
            .send()
            .try_collect();
        let answer = self.environment.block_on(pages);
        let listed = answer.map_err(|error| classify("ListModelPackages", group, &error))?;
        let mut packages: Vec<Summary> = listed
            .into_iter()
            .map(|listed| Summary {
                version: listed
                    .model_package_version
                    .and_then(|version| u32::try_from(version).ok())
                    .unwrap_or_default(),
                status: PackageStatus::from(listed.model_package_status),
                approval: ApprovalStatus::from(listed.model_approval_status),
                arn: listed.model_package_arn.unwrap_or_default(),
            })
            .collect();
        // several may be made within one second
        packages.sort_by_key(|package| std::cmp::Reverse(package.version));
        Ok(packages)
    }

    /// Writes a decision. SageMaker tells everybody who listens each time, so ask first whether it is needed.
    ///
    /// # Errors
    /// Denied, unknown, or no answer.
    pub fn decide(&self, arn: &str, decision: &Decision) -> Result<(), RegistryError> {
        let status = match decision.approved {
            true => ModelApprovalStatus::Approved,
            false => ModelApprovalStatus::Rejected,
        };
        let call = self
            .client
            .update_model_package()
            .model_package_arn(arn)
            .model_approval_status(status)
            .approval_description(cut(&decision.note, LONGEST_NOTE));
        let call = decision.metadata.iter().fold(call, |call, (key, value)| {
            call.customer_metadata_properties(key, cut(&plain(value), LONGEST_VALUE))
        });
        let answer = self.environment.block_on(call.send());
        answer.map_err(|error| classify("UpdateModelPackage", arn, &error))?;
        Ok(())
    }
}

/// `text` with blanks where SageMaker refuses a sign: it takes letters, digits, blanks and `_.:/=+-@`.
fn plain(text: &str) -> String {
    let taken = |sign: char| sign.is_alphanumeric() || " _.:/=+-@".contains(sign);
    let signs = text
        .chars()
        .map(|sign| if taken(sign) { sign } else { ' ' });
    let text: String = signs.collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn cut(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.to_owned();
    }
    let kept = text.chars().take(longest - 3);
    kept.chain("...".chars()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_sagemaker_refuses_is_taken_out_and_what_is_too_long_is_cut() {
        assert_eq!(plain("ada, bob (lead)\n#12"), "ada bob lead 12");
        assert_eq!(
            plain("https://github.com/o/r/pull/12"),
            "https://github.com/o/r/pull/12"
        );
        let long = cut(&"\u{e9}".repeat(300), LONGEST_VALUE);
        assert_eq!(long.chars().count(), LONGEST_VALUE);
        assert!(long.ends_with("..."));
        assert_eq!(cut("short", LONGEST_NOTE), "short");
    }
}
