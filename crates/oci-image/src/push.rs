//! From an image to a tag, with as little as there is to do.
//!
//! [`plan`] looks before it touches anything: where every tag leads to the image already, nothing is left to do, and the
//! manifest is not put again, which is what an immutable tag would refuse. [`Plan::carry_out`] mounts or uploads what is
//! missing, several blobs at once and the largest first, and puts the manifest last. A push that was killed anywhere is
//! simply planned again: what arrived counts.

use std::collections::{BTreeMap, BTreeSet};

use tokio::task::JoinSet;

use crate::registry::Opened;
use crate::{
    Blob, BlobPlace, Digest, Document, Image, Registry, RegistryError, RepositoryName, Tag,
};

/// So many blobs are sent at once.
const AT_ONCE: usize = 4;
/// So many questions are asked at once.
const QUESTIONS_AT_ONCE: usize = 8;
/// So many repositories are asked to lend a blob, because each refusal costs a request.
const MOST_LENDERS: usize = 2;

/// Where an image should go.
#[derive(Clone, Debug)]
pub struct Target {
    /// The registry.
    pub registry: Registry,
    /// The repository.
    pub repository: RepositoryName,
    /// The tags; without any it is pushed by its digest alone.
    pub tags: Vec<Tag>,
    /// Repositories of the same registry that may have blobs of it.
    pub lenders: Vec<RepositoryName>,
}

/// What is known before the first request, from a registry's own interface.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Where each tag leads; a tag that is not among them leads nowhere.
    pub tags: Option<BTreeMap<Tag, Digest>>,
    /// The blobs that the repository has.
    pub blobs: Option<BTreeSet<Digest>>,
}

/// What is left to do.
#[derive(Debug)]
pub struct Plan {
    target: Target,
    digest: Digest,
    /// The documents that the root needs, in order.
    children: Vec<Document>,
    root: Document,
    /// The tags to write; `None` stands for the digest alone.
    writes: Vec<Option<Tag>>,
    missing: Vec<Blob>,
    present: usize,
}

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pushed {
    /// What the tags lead to now.
    pub digest: Digest,
    /// Whether anything was written.
    pub changed: bool,
    /// The blobs that were uploaded.
    pub uploaded: Vec<Digest>,
    /// The bytes of those.
    pub bytes: u64,
    /// The blobs that another repository lent.
    pub mounted: Vec<Digest>,
    /// How many blobs were there before.
    pub present: usize,
}

/// Says what has to be done for `image` to be at `target`.
///
/// # Errors
/// A registry that does not answer, or says no.
pub async fn plan(image: &Image, target: Target, known: Known) -> Result<Plan, RegistryError> {
    let digest = image.digest();
    let tags = match known.tags {
        Some(tags) => tags,
        None => look(&target).await?,
    };
    let leads_there = |tag: &&Tag| tags.get(*tag) == Some(&digest);
    let has_tag = target.tags.iter().any(|tag| leads_there(&tag));
    let writes: Vec<Option<Tag>> = if target.tags.is_empty() {
        vec![None]
    } else {
        let others = target.tags.iter().filter(|tag| !leads_there(tag));
        others.cloned().map(Some).collect()
    };
    let mut plan = Plan {
        digest,
        children: Vec::new(),
        root: image.root.clone(),
        writes,
        missing: Vec::new(),
        present: image.blobs.len(),
        target,
    };
    if plan.writes.is_empty() {
        return Ok(plan);
    }
    // whoever has the manifest has all that it leads to
    if has_tag || plan.has(digest).await? {
        plan.writes.retain(Option::is_some);
        return Ok(plan);
    }
    let missing = match known.blobs {
        Some(there) => {
            let blobs = image.blobs.values();
            blobs
                .filter(|blob| !there.contains(&blob.descriptor.digest))
                .cloned()
                .collect()
        }
        None => missing(image, &plan.target).await?,
    };
    plan.present -= missing.len();
    plan.missing = missing;
    plan.missing
        .sort_by_key(|blob| std::cmp::Reverse(blob.descriptor.size));
    for child in &image.children {
        if !plan.has(child.digest).await? {
            plan.children.push(child.clone());
        }
    }
    Ok(plan)
}

/// Where the tags lead.
///
/// # Errors
/// A registry that does not answer.
pub async fn look(target: &Target) -> Result<BTreeMap<Tag, Digest>, RegistryError> {
    let mut tags = BTreeMap::new();
    for tag in &target.tags {
        let found = target
            .registry
            .look(&target.repository, tag.as_str())
            .await?;
        if let Some(digest) = found {
            tags.insert(tag.clone(), digest);
        }
    }
    Ok(tags)
}

async fn missing(image: &Image, target: &Target) -> Result<Vec<Blob>, RegistryError> {
    let mut missing = Vec::new();
    let mut asking = JoinSet::new();
    let mut waiting = image.blobs.values().cloned();
    loop {
        while asking.len() < QUESTIONS_AT_ONCE
            && let Some(blob) = waiting.next()
        {
            let target = target.clone();
            asking.spawn(async move {
                let has = target
                    .registry
                    .has_blob(&target.repository, &blob.descriptor);
                has.await.map(|has| (!has).then_some(blob))
            });
        }
        match asking.join_next().await {
            Some(answer) => missing.extend(joined(answer)?),
            None => return Ok(missing),
        }
    }
}

/// A task's result; a panic goes on in whoever waited for it.
fn joined<T>(result: Result<T, tokio::task::JoinError>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(error) => unreachable!("nobody cancels these tasks: {error}"),
        },
    }
}

enum Came {
    Mounted(Digest),
    Uploaded(Digest, u64),
}

impl Plan {
    /// Whether there is nothing to do.
    pub fn is_done(&self) -> bool {
        self.writes.is_empty() && self.missing.is_empty()
    }

    /// The bytes of the blobs that are not there yet; mounting may spare some.
    pub fn bytes(&self) -> u64 {
        self.missing.iter().map(|blob| blob.descriptor.size).sum()
    }

    /// Does it. The manifest is put when everything that it leads to is there.
    ///
    /// # Errors
    /// A registry that does not answer or says no, an image that is damaged, or a tag that cannot be moved.
    pub async fn carry_out(self) -> Result<Pushed, RegistryError> {
        let mut pushed = Pushed {
            digest: self.digest,
            changed: !self.is_done(),
            uploaded: Vec::new(),
            bytes: 0,
            mounted: Vec::new(),
            present: self.present,
        };
        let mut sending = JoinSet::new();
        let mut waiting = self.missing.into_iter();
        loop {
            while sending.len() < AT_ONCE
                && let Some(blob) = waiting.next()
            {
                let target = self.target.clone();
                sending.spawn(async move { bring(&target, &blob).await });
            }
            // an error ends the others with the set
            match sending.join_next().await.map(joined) {
                Some(Ok(Came::Mounted(digest))) => pushed.mounted.push(digest),
                Some(Ok(Came::Uploaded(digest, bytes))) => {
                    pushed.uploaded.push(digest);
                    pushed.bytes += bytes;
                }
                Some(Err(error)) => return Err(error),
                None => break,
            }
        }
        let Target {
            registry,
            repository,
            ..
        } = &self.target;
        for child in &self.children {
            registry.put_document(repository, None, child).await?;
        }
        for tag in &self.writes {
            registry
                .put_document(repository, tag.as_ref(), &self.root)
                .await?;
        }
        Ok(pushed)
    }

    async fn has(&self, digest: Digest) -> Result<bool, RegistryError> {
        let object = digest.to_string();
        let found = self.target.registry.look(&self.target.repository, &object);
        Ok(found.await? == Some(digest))
    }
}

/// Brings one blob there.
async fn bring(target: &Target, blob: &Blob) -> Result<Came, RegistryError> {
    let Target {
        registry,
        repository,
        lenders,
        ..
    } = target;
    let digest = blob.descriptor.digest;
    let home = match &blob.place {
        BlobPlace::Remote {
            registry: other,
            repository,
        } if other.is(registry) => Some(repository),
        _ => None,
    };
    let mut session = None;
    let lenders = home.into_iter().chain(lenders);
    for lender in lenders
        .filter(|lender| *lender != repository)
        .take(MOST_LENDERS)
    {
        match registry
            .open_upload(repository, Some((digest, lender)))
            .await?
        {
            Opened::Mounted => return Ok(Came::Mounted(digest)),
            // a refusal is an open upload
            Opened::Session(open) => session = Some(open),
        }
    }
    registry.upload(repository, blob, session).await?;
    Ok(Came::Uploaded(digest, blob.descriptor.size))
}
