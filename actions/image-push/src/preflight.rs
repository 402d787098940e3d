//! What would go wrong later, said before anything is built: a lifecycle rule that takes away what runs, blobs that
//! nobody may lend, a scan that never begins. Only ECR can be asked.
//!
//! A question that IAM does not allow us to ask is a note with the statement that is missing, because the push itself does
//! not need it.

use ecr_images::{Ecr, EcrError, Kept, Policy, Repository};
use oci_image::Digest;

use crate::Error;
use crate::place::Place;
use crate::wanted::Wanted;

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    /// What must not happen.
    pub(crate) reasons: Vec<String>,
    /// What somebody may want to know.
    pub(crate) notes: Vec<String>,
}

/// Asks.
pub(crate) async fn check(wanted: &Wanted, place: &Place) -> Result<Findings, Error> {
    let mut findings = Findings::default();
    let Some((ecr, repository)) = &place.ecr else {
        return Ok(findings);
    };
    if wanted.image.scan.is_some() && !repository.scan_on_push {
        findings.notes.push(format!(
            "`{}` does not scan images as they come; a scan is expected all the same, by the registry's own rules",
            repository.name
        ));
    }
    if !wanted.image.mount_from.is_empty() {
        match ecr.mounts().await {
            Ok(true) => {}
            Ok(false) => findings.notes.push(
                "the account does not mount blobs, so they are sent; `aws ecr put-account-setting --name BLOB_MOUNTING --value ENABLED` changes that"
                    .to_owned(),
            ),
            Err(error) => findings.unasked(error)?,
        }
    }
    for lender in &wanted.image.mount_from {
        match ecr.repository(lender).await {
            Ok(other) => findings
                .notes
                .extend(lends(lender, other.as_ref(), repository)),
            Err(error) => findings.unasked(error)?,
        }
    }
    if let Some(deployed) = wanted.deployed {
        let asked = expiry(ecr, &repository.name, deployed, wanted.now.as_second()).await;
        match asked {
            Ok(reason) => findings.reasons.extend(reason),
            Err(error) => findings.unasked(error)?,
        }
    }
    Ok(findings)
}

impl Findings {
    /// A question that may not be asked is a note; one that has no answer is an error.
    fn unasked(&mut self, error: EcrError) -> Result<(), Error> {
        match error {
            EcrError::Denied { action, statement } => {
                self.notes.push(format!(
                    "`ecr:{action}` is denied, so what it tells is not known; the role needs {statement}"
                ));
                Ok(())
            }
            error => Err(error.into()),
        }
    }
}

/// Why `lender` cannot lend blobs; nothing when it can.
fn lends(lender: &str, other: Option<&Repository>, ours: &Repository) -> Option<String> {
    match other {
        None => Some(format!(
            "`{lender}` cannot lend blobs: there is no such repository"
        )),
        Some(other) if other.encryption != ours.encryption => Some(format!(
            "`{lender}` cannot lend blobs: it is encrypted by {}, and `{}` by {}",
            other.encryption, ours.name, ours.encryption
        )),
        Some(_) => None,
    }
}

/// Whether the next image makes a rule take away the one that runs.
async fn expiry(
    ecr: &Ecr,
    repository: &str,
    deployed: Digest,
    now: i64,
) -> Result<Option<String>, EcrError> {
    let Some(policy) = ecr.lifecycle(repository).await? else {
        return Ok(None);
    };
    let images = ecr.kept(repository).await?;
    Ok(expires(&policy, images, deployed, now))
}

fn expires(policy: &str, mut images: Vec<Kept>, deployed: Digest, now: i64) -> Option<String> {
    let policy = match Policy::parse(policy) {
        Ok(policy) => policy,
        Err(error) => return Some(error.to_string()),
    };
    // the one that is about to come, after all others
    images.push(Kept {
        digest: Digest::of("the next image"),
        tags: vec!["next".to_owned()],
        pushed_at: now + 1,
    });
    let expired = policy.expires(&images, now);
    let (_, priority) = expired
        .into_iter()
        .find(|(digest, _)| *digest == deployed)?;
    Some(format!(
        "the lifecycle rule of priority {priority} takes {} away, which is deployed: let it keep more, or deploy a newer image first",
        deployed.short()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_that_takes_away_what_runs_is_named() {
        let policy = |count: u8| {
            format!(
                r#"{{"rules":[{{"rulePriority":7,"selection":{{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":{count}}},"action":{{"type":"expire"}}}}]}}"#
            )
        };
        let image = |name: &str, pushed_at| Kept {
            digest: Digest::of(name),
            tags: vec![name.to_owned()],
            pushed_at,
        };
        let images = vec![image("old", 1), image("new", 2)];
        let deployed = Digest::of("old");
        // two are there, and the third pushes the first out
        let reason = expires(&policy(2), images.clone(), deployed, 10).unwrap();
        assert!(
            reason.starts_with("the lifecycle rule of priority 7 takes sha256:"),
            "{reason}"
        );
        assert_eq!(expires(&policy(3), images.clone(), deployed, 10), None);
        assert!(expires("{}x", images, deployed, 10).is_some());
    }
}
