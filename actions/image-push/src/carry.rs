//! The way from what is wanted to what is there: look, build if it has to be, push what is missing, write it down.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use gha::{Host, Outcome};
use oci_image::push::{self, Known, Plan, Pushed};
use oci_image::{Blob, BlobPlace, Digest, Image, MediaKind, RegistryError, RepositoryName, Tag};

use crate::attest::{self, Story};
use crate::place::{Found, Place, Runner};
use crate::record::{self, Carried};
use crate::source::Source;
use crate::wanted::Wanted;
use crate::{Error, fingerprint, preflight, scan};

/// So often it is said how far a push came.
const TELL: Duration = Duration::from_secs(2);

/// Does it all. Somebody else may have built the same meanwhile, and then theirs counts: that is looked at once more.
pub(crate) async fn carry(
    wanted: &Wanted,
    runner: &Runner,
    host: &mut Host,
) -> Result<Outcome, Error> {
    match once(wanted, runner, host).await? {
        Carry::Done(outcome) => Ok(outcome),
        Carry::Overtaken => match once(wanted, runner, host).await? {
            Carry::Done(outcome) => Ok(outcome),
            Carry::Overtaken => Err(Error::Overtaken),
        },
    }
}

/// How one way from beginning to end went.
enum Carry {
    Done(Outcome),
    /// The tag of our fingerprint leads to another image since we looked.
    Overtaken,
}

async fn once(wanted: &Wanted, runner: &Runner, host: &mut Host) -> Result<Carry, Error> {
    let started = Instant::now();
    let place = Place::find(wanted, runner).await?;
    let source = Source::of(wanted, &place).await?;
    // the fingerprint's goes first: whoever wins it decides what the others lead to
    let mut tags: Vec<Tag> = source.tag().into_iter().collect();
    tags.extend(wanted.tags.iter().cloned());
    let leads = place.look(&tags).await?;
    let mut carried = Carried {
        repository: place.uri(),
        tags,
        builder: "none".to_owned(),
        label: "unchanged",
        ..Carried::default()
    };
    let mut built = None;
    let image = match source {
        Source::Layout(image) => {
            carried.builder = "layout".to_owned();
            if leads.values().all(|found| found.digest != image.digest()) {
                let findings = preflight::check(wanted, &place).await?;
                carried.notes = findings.notes;
                if !findings.reasons.is_empty() {
                    return refused(wanted, carried, findings.reasons, host).map(Carry::Done);
                }
            }
            *image
        }
        Source::Recipe(recipe) => {
            carried.fingerprint = Some(recipe.fingerprint);
            carried.base = recipe.base();
            match leads.get(&fingerprint::tag(recipe.fingerprint)) {
                // it was built before: only the manifest has to go anywhere
                Some(found) => remote(&place, found).await?,
                None => {
                    let findings = preflight::check(wanted, &place).await?;
                    carried.notes = findings.notes;
                    if !findings.reasons.is_empty() {
                        return refused(wanted, carried, findings.reasons, host).map(Carry::Done);
                    }
                    if wanted.dry_run {
                        carried.label = "would build";
                        carried.changed = true;
                        record::report(wanted, &carried, host)?;
                        return Ok(Carry::Done(Outcome::Allowed));
                    }
                    let made = recipe.build(wanted, &place, host).await?;
                    carried.builder = made.builder.to_owned();
                    let image = made.image.clone();
                    built = Some((recipe, made));
                    image
                }
            }
        }
    };
    carried.digest = Some(image.digest());
    let taken = taken(&place, &image, &carried.tags, &leads).await?;
    if !taken.is_empty() {
        return refused(wanted, carried, taken, host).map(Carry::Done);
    }
    let lenders: Result<Vec<RepositoryName>, _> = wanted
        .image
        .mount_from
        .iter()
        .map(|name| name.parse())
        .collect();
    let target = place.target(carried.tags.clone(), lenders?);
    let known = place.known(&image, &leads).await?;
    let plan = push::plan(&image, target, known).await?;
    carried.changed = !plan.is_done();
    carried.bytes = plan.bytes();
    if wanted.dry_run {
        if carried.changed {
            carried.label = "would push";
        }
        record::report(wanted, &carried, host)?;
        return Ok(Carry::Done(Outcome::Allowed));
    }
    match told(plan, &place, host).await {
        Ok(pushed) => carried.took(&pushed),
        Err(RegistryError::TagTaken { tag, .. })
            if carried.fingerprint.map(fingerprint::tag).as_ref() == Some(&tag) =>
        {
            host.progress("somebody else pushed an image of the same ingredients meanwhile");
            return Ok(Carry::Overtaken);
        }
        // nobody said before that the tag stays, or somebody was faster
        Err(RegistryError::TagTaken {
            tag,
            existing,
            detail,
        }) => {
            let reason = taken_by(&place, &image, &tag, existing).await;
            let reasons = vec![reason.unwrap_or(detail)];
            return refused(wanted, carried, reasons, host).map(Carry::Done);
        }
        Err(error) => return Err(error.into()),
    }
    if carried.changed {
        carried.label = "pushed";
    }
    if let Some((recipe, made)) = &built {
        let story = Story {
            repository: &place.uri(),
            builder: made.builder,
            fingerprint: recipe.fingerprint,
            bases: recipe.bases.clone().into_iter().collect(),
            packages: &made.packages,
        };
        let attached = attest::referrers(&image, &story, wanted);
        carried.notes.extend(attach(&place, attached).await?);
    }
    let scanned = scan::judged(wanted, &place, image.digest(), host).await?;
    carried.notes.extend(scanned.notes);
    let outcome = match (scanned.denied.as_slice(), scanned.missing.as_slice()) {
        ([], []) => Outcome::Allowed,
        ([], _) => Outcome::Missing,
        _ => Outcome::Denied,
    };
    match outcome {
        Outcome::Missing => carried.label = "not enough evidence",
        Outcome::Denied => carried.label = "denied",
        _ => {}
    }
    let again = place.registry.traffic().retries();
    if again > 0 {
        carried.notes.push(format!(
            "{again} requests were made again: the registry or the connection failed, or credentials ran out"
        ));
    }
    carried.reasons = scanned.denied.into_iter().chain(scanned.missing).collect();
    carried.seconds = started.elapsed().as_secs_f64();
    record::write(wanted, &mut carried)?;
    record::report(wanted, &carried, host)?;
    Ok(Carry::Done(outcome))
}

/// It is not done, for these reasons.
fn refused(
    wanted: &Wanted,
    mut carried: Carried,
    reasons: Vec<String>,
    host: &mut Host,
) -> Result<Outcome, Error> {
    carried.label = "refused";
    carried.changed = false;
    carried.bytes = 0;
    carried.reasons = reasons;
    record::report(wanted, &carried, host)?;
    Ok(Outcome::Denied)
}

/// Pushes what refers to an image. A registry that takes no such manifests is a note.
async fn attach(place: &Place, referrers: Vec<Image>) -> Result<Vec<String>, Error> {
    let mut notes = Vec::new();
    for referrer in referrers {
        let target = place.target(Vec::new(), Vec::new());
        let attached = match push::plan(&referrer, target, Known::default()).await {
            Ok(plan) => plan.carry_out().await.map(drop),
            Err(error) => Err(error),
        };
        match attached {
            Ok(()) => {}
            Err(error @ RegistryError::Refused { .. }) => {
                notes.push(format!("what refers to the image is not attached: {error}"));
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(notes)
}

/// Why tags that stay where they lead stand in the way, each with the first difference.
async fn taken(
    place: &Place,
    image: &Image,
    tags: &[Tag],
    leads: &BTreeMap<Tag, Found>,
) -> Result<Vec<String>, Error> {
    let Some((_, repository)) = &place.ecr else {
        return Ok(Vec::new());
    };
    let mut reasons = Vec::new();
    for tag in tags {
        let Some(found) = leads.get(tag) else {
            continue;
        };
        if found.digest != image.digest() && repository.mutability.holds(tag) {
            let reason = taken_by(place, image, tag, Some(found.digest)).await;
            reasons.extend(reason);
        }
    }
    Ok(reasons)
}

/// Why a tag is in the way.
async fn taken_by(
    place: &Place,
    image: &Image,
    tag: &Tag,
    existing: Option<Digest>,
) -> Option<String> {
    let existing = existing?;
    let found = oci_image::compare::difference(image, &place.registry, &place.repository, existing);
    let difference = match found.await {
        Ok(difference) => difference,
        Err(error) => format!("what differs cannot be looked up: {error}"),
    };
    Some(format!(
        "tag `{tag}` leads to {} for ever, and this image is {}: {difference}",
        existing.short(),
        image.digest().short()
    ))
}

/// An image of which only the root was looked up; what it leads to is where it is.
async fn remote(place: &Place, found: &Found) -> Result<Image, Error> {
    let document = match &found.document {
        Some(document) => document.clone(),
        None => {
            let object = found.digest.to_string();
            let document = place.registry.document(&place.repository, &object).await?;
            document.ok_or_else(|| RegistryError::NoImage {
                reference: format!("{}@{object}", place.uri()),
            })?
        }
    };
    let mut image = Image {
        root: document,
        children: Vec::new(),
        blobs: BTreeMap::new(),
    };
    if MediaKind::of(&image.root.media_type) == Some(MediaKind::Manifest) {
        let manifest = image.root.manifest()?;
        let parts = std::iter::once(manifest.config).chain(manifest.layers);
        image.blobs.extend(parts.map(|descriptor| {
            let digest = descriptor.digest;
            let place = BlobPlace::Remote {
                registry: place.registry.clone(),
                repository: place.repository.clone(),
            };
            (digest, Blob { descriptor, place })
        }));
    }
    Ok(image)
}

/// Carries a plan out, and says how far it is.
async fn told(plan: Plan, place: &Place, host: &mut Host) -> Result<Pushed, RegistryError> {
    let total = plan.bytes();
    let traffic = place.registry.traffic();
    let before = traffic.sent();
    let mut last = before;
    let mut ticks = tokio::time::interval(TELL);
    ticks.tick().await;
    let mut push = std::pin::pin!(plan.carry_out());
    loop {
        tokio::select! {
            pushed = &mut push => return pushed,
            _ = ticks.tick() => {
                let sent = traffic.sent();
                host.progress(&format!(
                    "sent {} of {}, {}/s",
                    record::bytes(sent - before),
                    record::bytes(total),
                    record::bytes((sent - last) / TELL.as_secs()),
                ));
                last = sent;
            }
        }
    }
}
