//! One rollout from its proof to what serves: try out, lock, apply, watch, and go back if it fails.
//!
//! Everything that is decided is decided by the [`Tracker`]; this file does what it says, and tells it. What is about to be written
//! is remembered before it is written, so that a run which is killed at any point is taken up by the next one: the same manifests again
//! adopt the rollout in flight, others replace it, and nothing is forgotten that would have to be pruned.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::Value;

use crate::act::{self, Watched};
use crate::canary::{Canary, CanaryError, Split};
use crate::cluster::{Cluster, ClusterError};
use crate::failure::{Budgets, Class, Failure};
use crate::images;
use crate::lock::{Lock, Locked, Run};
use crate::object::ObjectRef;
use crate::plan::{self, Effect, Planned};
use crate::preflight::{self, ImageProof};
use crate::release::{Memory, Release, UnderWay, digest_of};
use crate::serving::Serving;
use crate::tracker::{Applied, State, Tracker};

/// What is to be rolled out, and how.
#[derive(Clone)]
pub struct Request {
    /// What the cluster's memory, lock and inventory are called after.
    pub application: String,
    /// Where objects go that do not say.
    pub namespace: String,
    /// The objects.
    pub objects: Vec<Value>,
    /// Who rolls out.
    pub run: Run,
    /// How long things may take.
    pub budgets: Budgets,
    /// How long to wait for another run.
    pub patience: Duration,
    /// Whether members that others own are taken over.
    pub force_conflicts: bool,
    /// Whether what this application owned and does not name any more is deleted.
    pub prune: bool,
    /// Whether a failure leads back to the last proven release.
    pub roll_back: bool,
    /// Whether nothing is changed.
    pub dry_run: bool,
    /// How the new release is tried before it gets every request; without it, it gets them as its pods become ready.
    pub canary: Option<Canary>,
    /// Who knows whether an image exists; without anybody the nodes find out.
    pub image_proof: Option<ImageProof>,
}

impl std::fmt::Debug for Request {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Request")
            .field("application", &self.application)
            .field("namespace", &self.namespace)
            .field("objects", &self.objects.len())
            .finish_non_exhaustive()
    }
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Nothing was asked for but to look.
    Planned,
    /// It was refused before anything was changed: by a policy, a registry or a quota.
    Refused,
    /// What was asked for serves.
    Serves,
    /// It failed, and the release before it serves again.
    RolledBack,
    /// It failed, and stays as it is: nothing was proven before, or going back was not wanted.
    Failed,
    /// It failed, and so did the way back.
    Lost,
}

/// What happened, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Since the beginning.
    pub at: Duration,
    /// What, for a person.
    pub what: String,
    /// The failure that this is, with what proves it.
    pub failure: Option<Box<Failure>>,
}

/// What came of a rollout.
#[derive(Clone, Debug)]
pub struct Report {
    /// How it ended.
    pub ending: Ending,
    /// The digest of the manifests.
    pub digest: evidence::Sha256,
    /// The images by workload and container.
    pub images: std::collections::BTreeMap<String, String>,
    /// What the dry run said.
    pub effects: Vec<Effect>,
    /// Why it failed.
    pub failure: Option<Failure>,
    /// Why the way back failed.
    pub lost: Option<Failure>,
    /// The release that it went back to, or would have.
    pub back_to: Option<Release>,
    /// What serves now.
    pub serving: Vec<Serving>,
    /// What was deleted because it is not named any more.
    pub pruned: Vec<ObjectRef>,
    /// Everything that happened.
    pub timeline: Vec<Moment>,
}

/// Why there was no rollout at all.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum RolloutError {
    /// The cluster did not do what was asked, before anything was changed.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Cluster(#[from] ClusterError),
    /// Another run rolls out.
    #[error("another run rolls out `{application}`: {holder}")]
    #[diagnostic(help(
        "wait for it, or end it; its lock is taken over 15 s after its last sign of life"
    ))]
    Locked {
        /// The application.
        application: String,
        /// Who holds the lock.
        holder: String,
    },
    /// Another run took the lock from us.
    #[error("{holder} took over the rollout of `{application}`")]
    #[diagnostic(help("this run was silent for too long; look at what the other one did"))]
    TakenOver {
        /// The application.
        application: String,
        /// Who holds the lock now.
        holder: String,
    },
    /// We may not do what we are about to.
    #[error("we have no right to {}", missing.join(", "))]
    #[diagnostic(help(
        "give the caller a role, or an access policy of EKS, that has these rights"
    ))]
    Rights {
        /// Verb, kind and namespace, one each.
        missing: Vec<String>,
    },
    /// There can be no canary of these manifests.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Canary(#[from] CanaryError),
    /// The namespace is not there.
    #[error("there is no namespace `{namespace}`")]
    #[diagnostic(help("create it, or add its manifest"))]
    NoNamespace {
        /// Its name.
        namespace: String,
    },
}

/// Tells what happens, and keeps it.
pub(crate) struct Teller<'t> {
    started: Instant,
    timeline: Vec<Moment>,
    tell: &'t mut dyn FnMut(&Moment),
}

impl Teller<'_> {
    pub(crate) fn say(&mut self, what: impl Into<String>) {
        self.keep(what.into(), None);
    }

    fn fail(&mut self, failure: &Failure) {
        self.keep(failure.headline(), Some(Box::new(failure.clone())));
    }

    fn keep(&mut self, what: String, failure: Option<Box<Failure>>) {
        let moment = Moment {
            at: self.started.elapsed(),
            what,
            failure,
        };
        (self.tell)(&moment);
        self.timeline.push(moment);
    }
}

/// Rolls out, and tells each thing as it happens.
///
/// # Errors
/// Only what prevents a rollout. One that fails is a [`Report`].
pub async fn roll_out(
    cluster: &Cluster,
    request: &Request,
    tell: &mut dyn FnMut(&Moment),
) -> Result<Report, RolloutError> {
    let mut teller = Teller {
        started: Instant::now(),
        timeline: Vec::new(),
        tell,
    };
    let cluster = &cluster.for_application(&request.application);
    let planned = plan::resolve(cluster, &request.objects, &request.namespace).await?;
    let objects: Vec<Value> = planned.iter().map(|one| one.object.clone()).collect();
    if let Some(canary) = &request.canary {
        canary.split(&objects, &objects)?;
    }
    let missing = preflight::missing_rights(cluster, &planned, &request.namespace).await;
    if !missing.is_empty() {
        return Err(RolloutError::Rights { missing });
    }
    let autoscaled = plan::autoscaled(cluster, &planned).await;
    let tried = plan::try_out(cluster, &planned, &autoscaled, request.force_conflicts).await;
    let (effects, failure) = match tried {
        Ok(effects) => (effects, None),
        Err(error) if error.is_policy() => match error {
            ClusterError::Refused {
                object, message, ..
            } => (Vec::new(), Some(refused(object, message))),
            error => return Err(error.into()),
        },
        Err(error) => return Err(error.into()),
    };
    let failure = match (failure, &request.image_proof) {
        (None, Some(proof)) => preflight::missing_image(cluster, &planned, proof).await,
        (failure, _) => failure,
    };
    let failure = match failure {
        None => preflight::short_quota(cluster, &planned, &effects).await?,
        failure => failure,
    };
    let mut report = Report {
        ending: Ending::Planned,
        digest: digest_of(&objects),
        images: images::images(&objects),
        effects,
        failure,
        lost: None,
        back_to: None,
        serving: Vec::new(),
        pruned: Vec::new(),
        timeline: Vec::new(),
    };
    if let Some(failure) = &report.failure {
        teller.fail(failure);
        report.ending = Ending::Refused;
        report.timeline = teller.timeline;
        return Ok(report);
    }
    teller.say(format!("dry run: {}", summary(&report.effects)));
    if request.dry_run {
        report.timeline = teller.timeline;
        return Ok(report);
    }
    act::namespace(cluster, &planned, &request.namespace).await?;
    let lock = lock(cluster, request, &mut teller).await?;
    // what is under way is dropped at the next await when the lock is lost, with nothing half-written: each request is whole
    let ended = tokio::select! {
        ended = held(cluster, request, &planned, &mut report, &mut teller) => ended,
        holder = lock.keep() => {
            return Err(RolloutError::TakenOver { application: request.application.clone(), holder });
        }
    };
    // nothing can be done about a lock that cannot be given back, and it ends by itself
    let _ = lock.release().await;
    ended?;
    report.timeline = teller.timeline;
    Ok(report)
}

fn summary(effects: &[Effect]) -> String {
    let new = effects.iter().filter(|effect| effect.new).count();
    let changed = effects
        .iter()
        .filter(|effect| !effect.changes.is_empty())
        .count();
    let count = |number: usize, what: &str| (number > 0).then(|| format!("{number} {what}"));
    let parts: Vec<String> = [count(new, "new"), count(changed, "changed")]
        .into_iter()
        .flatten()
        .collect();
    let same = effects.len() - new - changed;
    match parts.is_empty() {
        true => format!("{same} objects, no change"),
        false => format!("{}, {same} as they are", parts.join(", ")),
    }
}

async fn lock(
    cluster: &Cluster,
    request: &Request,
    teller: &mut Teller<'_>,
) -> Result<Box<Lock>, RolloutError> {
    let Request {
        namespace,
        application,
        run,
        patience,
        ..
    } = request;
    let taken = Lock::take(cluster, namespace, application, run, *patience, |holder| {
        teller.say(format!("waiting for {holder}"));
    });
    match taken.await? {
        Locked::Ours { lock, from } => {
            if let Some(from) = from {
                teller.say(format!("took over the lock of {from}, which is silent"));
            }
            Ok(lock)
        }
        Locked::Theirs { holder } => Err(RolloutError::Locked {
            application: application.clone(),
            holder,
        }),
    }
}

/// The part for which the lock is held.
async fn held(
    cluster: &Cluster,
    request: &Request,
    planned: &[Planned],
    report: &mut Report,
    teller: &mut Teller<'_>,
) -> Result<(), RolloutError> {
    let Request {
        namespace,
        application,
        ..
    } = request;
    let mut memory = Memory::read(cluster, namespace, application).await?;
    if let Some(before) = &memory.under_way {
        let same = before.digest == report.digest;
        let word = if same { "adopts" } else { "replaces" };
        teller.say(format!(
            "{word} the rollout that {} began at {}",
            before.run,
            before.since.strftime("%H:%M:%S")
        ));
    }
    memory.will_own(planned.iter().map(|one| one.name.clone()));
    memory.under_way = Some(UnderWay {
        digest: report.digest.clone(),
        run: request.run.name.clone(),
        since: Timestamp::now(),
    });
    memory.write(cluster, namespace, application).await?;
    let mut watched = Watched::start(
        cluster,
        planned,
        memory
            .proven
            .as_ref()
            .map(|proven| proven.objects.as_slice())
            .unwrap_or_default(),
    )
    .await;
    let split = split(request, planned, &memory, teller)?;
    let mut failed = None;
    if let (Some(canary), Some(split)) = (&request.canary, &split) {
        failed = trial(
            cluster,
            request,
            canary,
            split,
            &mut memory,
            &mut watched,
            teller,
        )
        .await?;
    }
    if failed.is_none() {
        failed = attempt(
            cluster,
            request,
            planned,
            &mut watched,
            request.budgets,
            teller,
        )
        .await?;
    }
    let Some(mut failure) = failed else {
        report.ending = Ending::Serves;
        report.serving = watched.serving(planned);
        if request.prune || split.is_some() {
            report.pruned = act::prune(cluster, &mut memory, planned, teller).await?;
        }
        memory.under_way = None;
        memory.proven = Some(Release {
            digest: report.digest.clone(),
            at: Timestamp::now(),
            run: request.run.name.clone(),
            images: report.images.clone(),
            objects: planned.iter().map(|one| one.object.clone()).collect(),
        });
        if !memory.write(cluster, namespace, application).await? {
            teller.say("this release is too large to be kept, so there will be no way back to it");
        }
        return Ok(());
    };
    act::logs(cluster, &mut failure, &watched).await;
    teller.fail(&failure);
    report.failure = Some(failure);
    report.back_to = memory
        .proven
        .clone()
        .filter(|proven| proven.digest != report.digest);
    report.ending = Ending::Failed;
    if let (Some(proven), true) = (&report.back_to, request.roll_back) {
        let images: std::collections::BTreeSet<String> = proven
            .images
            .values()
            .map(|image| images::short(image))
            .collect();
        let images = images.into_iter().collect::<Vec<_>>().join(", ");
        teller.say(format!(
            "rolling back to {images}, proven {}",
            ago(proven.at)
        ));
        let back = plan::resolve(cluster, &proven.objects, namespace).await?;
        let request = Request {
            force_conflicts: true,
            ..request.clone()
        };
        match attempt(
            cluster,
            &request,
            &back,
            &mut watched,
            request.budgets,
            teller,
        )
        .await?
        {
            None => {
                report.ending = Ending::RolledBack;
                act::prune(cluster, &mut memory, &back, teller).await?;
                memory.under_way = None;
                memory.write(cluster, namespace, application).await?;
            }
            Some(mut lost) => {
                act::logs(cluster, &mut lost, &watched).await;
                teller.say("the way back failed as well");
                teller.fail(&lost);
                report.lost = Some(lost);
                report.ending = Ending::Lost;
            }
        }
    }
    watched.catch_up();
    report.serving = watched.serving(planned);
    Ok(())
}

/// What a canary adds, if there is something to try and something to go on serving meanwhile.
fn split(
    request: &Request,
    planned: &[Planned],
    memory: &Memory,
    teller: &mut Teller<'_>,
) -> Result<Option<Split>, CanaryError> {
    let Some(canary) = &request.canary else {
        return Ok(None);
    };
    let Some(proven) = &memory.proven else {
        teller.say("no canary: nothing was proven before that could go on serving");
        return Ok(None);
    };
    let objects: Vec<Value> = planned.iter().map(|one| one.object.clone()).collect();
    if !canary.is_news(&objects, &proven.objects) {
        return Ok(None);
    }
    match canary.split(&objects, &proven.objects) {
        Ok(split) => Ok(Some(split)),
        // the manifests have one, or this would have ended before: it comes with this release
        Err(CanaryError::NoRoute { .. }) => {
            teller.say("no canary: the release that serves has no route that can be divided");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Gives the new release a growing share of the requests; why it should get no more, if so.
async fn trial(
    cluster: &Cluster,
    request: &Request,
    canary: &Canary,
    split: &Split,
    memory: &mut Memory,
    watched: &mut Watched,
    teller: &mut Teller<'_>,
) -> Result<Option<Failure>, RolloutError> {
    for weight in std::iter::once(0).chain(canary.weights.iter().copied()) {
        let planned = plan::resolve(cluster, &split.at(weight), &request.namespace).await?;
        // forgotten again when it is pruned, by this run or by the next
        memory.will_own(planned.iter().map(|one| one.name.clone()));
        memory
            .write(cluster, &request.namespace, &request.application)
            .await?;
        let mut budgets = request.budgets;
        if weight == 0 {
            teller.say("the canary starts, with no request yet");
        } else {
            teller.say(format!(
                "{weight} % of the requests for {} s",
                canary.hold.as_secs()
            ));
            budgets.steady = canary.hold;
            budgets.deadline += canary.hold;
        }
        let watching = attempt(cluster, request, &planned, watched, budgets, teller);
        let ended = tokio::select! {
            ended = watching => ended?,
            why = complaint(canary, weight) => Some(worse(&planned, weight, why)),
        };
        // a hold that is shorter than the pause between two questions must not go unasked
        let ended = match (ended, &canary.check) {
            (None, Some((check, _))) if weight > 0 => {
                check().await.err().map(|why| worse(&planned, weight, why))
            }
            (ended, _) => ended,
        };
        if ended.is_some() {
            return Ok(ended);
        }
    }
    Ok(None)
}

/// Ends when the check has been bad for long enough, and else never.
async fn complaint(canary: &Canary, weight: u8) -> String {
    let Some((check, every)) = canary.check.as_ref().filter(|_| weight > 0) else {
        return std::future::pending().await;
    };
    let mut bad = 0;
    loop {
        tokio::time::sleep(*every).await;
        match check().await {
            Ok(()) => bad = 0,
            Err(why) => {
                bad += 1;
                if bad >= canary.failures {
                    return why;
                }
            }
        }
    }
}

fn worse(planned: &[Planned], weight: u8, why: String) -> Failure {
    let object = planned
        .iter()
        .find(|one| one.name.kind == "Deployment")
        .map_or_else(|| planned[0].name.clone(), |one| one.name.clone());
    Failure {
        class: Class::Check,
        workload: object.clone(),
        sentence: format!("{why}, with {weight} % of the requests on {object}"),
        object,
        container: None,
        events: Vec::new(),
        logs: Vec::new(),
        remedy: None,
    }
}

/// Applies and watches until it is settled; why not, if not.
async fn attempt(
    cluster: &Cluster,
    request: &Request,
    planned: &[Planned],
    watched: &mut Watched,
    budgets: Budgets,
    teller: &mut Teller<'_>,
) -> Result<Option<Failure>, RolloutError> {
    let applied = match act::apply(cluster, planned, request.force_conflicts, watched, teller).await
    {
        Ok(applied) => applied,
        Err(ClusterError::Refused {
            object, message, ..
        }) => return Ok(Some(refused(object, message))),
        Err(ClusterError::Conflict { object, conflicts }) => {
            return Ok(Some(refused(
                object,
                format!("others own {}", conflicts.join(", ")),
            )));
        }
        Err(error) => return Err(error.into()),
    };
    teller.say(format!("applied {}", counted(&applied)));
    let started = Instant::now();
    let mut tracker = Tracker::new(applied, budgets);
    loop {
        let look = tracker.look(&watched.world, started.elapsed());
        for line in look.news {
            teller.say(line);
        }
        match look.state {
            State::Failed(failure) => return Ok(Some(*failure)),
            State::Settled => {
                let ready = watched
                    .serving(planned)
                    .iter()
                    .map(|one| one.ready.values().sum::<usize>())
                    .sum::<usize>();
                teller.say(format!(
                    "everything is as asked: {ready} pods ready and serving"
                ));
                return Ok(None);
            }
            State::Underway => {}
        }
        act::unstick(cluster, planned, watched, &budgets, teller).await;
        for line in watched.wait(look.again).await {
            teller.say(line);
        }
    }
}

fn counted(applied: &[Applied]) -> String {
    let newest = applied
        .iter()
        .filter(|one| one.object.kind == "Deployment")
        .map(|one| one.generation)
        .max();
    let objects = format!(
        "{} object{}",
        applied.len(),
        if applied.len() == 1 { "" } else { "s" }
    );
    newest.map_or(objects.clone(), |generation| {
        format!("{objects}, generation {generation}")
    })
}

fn refused(object: ObjectRef, message: String) -> Failure {
    Failure {
        class: Class::Admission,
        workload: object.clone(),
        sentence: format!("{object} is refused: {message}"),
        object,
        container: None,
        events: Vec::new(),
        logs: Vec::new(),
        remedy: None,
    }
}

/// `3 days ago`
pub fn ago(at: Timestamp) -> String {
    let seconds = (Timestamp::now().as_second() - at.as_second()).max(0);
    let (count, unit) = match seconds {
        0..120 => (seconds, "second"),
        120..7_200 => (seconds / 60, "minute"),
        7_200..172_800 => (seconds / 3_600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    format!("{count} {unit}{} ago", if count == 1 { "" } else { "s" })
}
