//! Who deals with an object version, as one document in S3: `runs/etl/<object id>.json` in the artifacts bucket.
//!
//! It is created under the condition that there is none, and replaced under the condition that it is still what was read, so each of its
//! states has one author. The states, and who may leave them:
//!
//! - `claimed`: somebody checks the object, until a moment that is that process's own deadline. Leaves it: the holder; the same
//!   request, tried again by Lambda; anybody after that moment.
//! - `starting`: the holder asks Glue for a run, and nobody knows whether it was heard. Leaves it: the holder, or after that moment
//!   whoever comes, who then looks for the run before asking again. A retry of the same request waits for the moment as well: Lambda may deliver
//!   one request to two processes at once.
//! - `released`: the holder gave up and has said so. Leaves it: anybody.
//! - `started`, `quarantined`, `gone`: settled. Nobody leaves these.
//!
//! A holder that was overtaken cannot write `starting`, and so cannot start a run.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use trigger::{Invocation, Object, OutOfTime, Patience, Store, StoreError, Written};

/// By how much the clocks of two machines may differ
const SKEW: Duration = Duration::from_secs(1);

/// The document
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// `s3://` address of the object
    pub input_uri: String,
    /// Its version, where the bucket keeps them
    pub input_version_id: Option<String>,
    /// What it holds
    pub input_etag: String,
    /// Where it stands
    #[serde(flatten)]
    pub state: State,
}

/// Where an object version stands
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// Being checked
    Claimed(Claim),
    /// A run is being asked for
    Starting(Claim),
    /// Given up for now
    Released {
        /// Whether Glue may have heard of it all the same
        asked: bool,
    },
    /// There is a run
    Started {
        /// Glue's name for it
        run_id: String,
        /// Of the object's bytes
        input_sha256: String,
    },
    /// It is not what the contract says
    Quarantined {
        /// What is wrong with it
        code: String,
        /// Where that is explained
        reason_uri: String,
    },
    /// The version had been deleted before it was read
    Gone,
}

/// Who holds it, and until when
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The invocation's request
    holder: String,
    /// Tells two processes with one request apart
    nonce: String,
    /// Milliseconds since 1970
    until: u64,
    /// Whether an earlier holder may have asked Glue for a run
    asked: bool,
}

/// A claim of ours
#[derive(Debug)]
pub struct Held<'s> {
    store: &'s Store,
    bucket: String,
    key: String,
    etag: String,
    record: Record,
    claim: Claim,
}

/// What became of trying to get one
#[derive(Debug)]
pub enum Taken<'s> {
    /// It is ours
    Held(Box<Held<'s>>),
    /// Somebody else is at it
    Busy,
    /// There is nothing left to do
    Settled(State),
}

/// Why there is no answer to that
#[derive(Debug, thiserror::Error)]
pub enum ClaimError {
    /// S3 failed
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An earlier attempt may still be alive
    #[error("an earlier attempt of this request may still be asking Glue")]
    Waiting(#[source] OutOfTime),
    /// Not written by us
    #[error("`s3://{bucket}/{key}` is no record of this function")]
    NotARecord {
        /// Its bucket
        bucket: String,
        /// Its key
        key: String,
        /// Why
        #[source]
        source: serde_json::Error,
    },
}

/// Tries to be the one who deals with `object`
///
/// # Errors
/// S3 failed, or waiting for an earlier attempt took too long.
pub async fn take<'s>(
    store: &'s Store,
    bucket: &str,
    object: &Object,
    invocation: &Invocation,
    patience: &mut Patience,
) -> Result<Taken<'s>, ClaimError> {
    let key = format!("runs/etl/{}.json", object.id());
    let mut held = Box::new(Held {
        store,
        bucket: bucket.to_owned(),
        key: key.clone(),
        etag: String::new(),
        claim: Claim {
            holder: invocation.request_id.clone(),
            nonce: format!("{:016x}", fastrand::u64(..)),
            until: milliseconds(invocation.deadline),
            asked: false,
        },
        record: Record {
            input_uri: object.uri(),
            input_version_id: object.version_id.clone(),
            input_etag: object.etag.clone(),
            state: State::Gone,
        },
    });
    loop {
        held.record.state = State::Claimed(held.claim.clone());
        let written = store.create(bucket, &key, &held.text()).await?;
        if let Written::Done { etag } = written {
            held.etag = etag;
            return Ok(Taken::Held(held));
        }
        // deleted since: then it can be created
        let Some((found, etag)) = read(store, bucket, &key).await? else {
            continue;
        };
        let asked = match may_leave(&found.state, &held.claim, SystemTime::now()) {
            Leave::Now { asked } => asked,
            Leave::After(wait) => {
                patience.rest(wait).await.map_err(ClaimError::Waiting)?;
                continue;
            }
            Leave::Never => return Ok(Taken::Settled(found.state)),
            Leave::NotUs => return Ok(Taken::Busy),
        };
        held.claim.asked = asked;
        held.record.state = State::Claimed(held.claim.clone());
        let written = store.replace(bucket, &key, &etag, &held.text()).await?;
        if let Written::Done { etag } = written {
            held.etag = etag;
            return Ok(Taken::Held(held));
        }
        // somebody was quicker: what did they write?
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Leave {
    Now { asked: bool },
    After(Duration),
    NotUs,
    Never,
}

/// Whether `us` may take over from a state
fn may_leave(state: &State, us: &Claim, now: SystemTime) -> Leave {
    let left = |claim: &Claim| {
        let over = UNIX_EPOCH + Duration::from_millis(claim.until) + SKEW;
        over.duration_since(now).ok().filter(|left| !left.is_zero())
    };
    match state {
        State::Released { asked } => Leave::Now { asked: *asked },
        State::Claimed(claim) if claim.holder == us.holder => Leave::Now { asked: claim.asked },
        State::Claimed(claim) => match left(claim) {
            None => Leave::Now { asked: claim.asked },
            Some(_) => Leave::NotUs,
        },
        State::Starting(claim) => match left(claim) {
            None => Leave::Now { asked: true },
            Some(left) if claim.holder == us.holder => Leave::After(left),
            Some(_) => Leave::NotUs,
        },
        State::Started { .. } | State::Quarantined { .. } | State::Gone => Leave::Never,
    }
}

impl Held<'_> {
    /// Whether an earlier holder may have asked Glue for a run
    pub fn was_asked(&self) -> bool {
        self.claim.asked
    }

    /// Says that Glue is going to be asked; whether we still hold it, and may
    ///
    /// # Errors
    /// S3 failed.
    pub async fn starting(&mut self) -> Result<bool, StoreError> {
        self.write(State::Starting(self.claim.clone())).await
    }

    /// Gives it up
    ///
    /// # Errors
    /// S3 failed.
    pub async fn release(mut self, asked: bool) -> Result<(), StoreError> {
        self.write(State::Released { asked }).await?;
        Ok(())
    }

    /// Settles it; whether we still held it
    ///
    /// # Errors
    /// S3 failed.
    pub async fn settle(mut self, state: State) -> Result<bool, StoreError> {
        self.write(state).await
    }

    async fn write(&mut self, state: State) -> Result<bool, StoreError> {
        self.record.state = state;
        let text = self.text();
        let call = self
            .store
            .replace(&self.bucket, &self.key, &self.etag, &text);
        match call.await? {
            Written::Done { etag } => {
                self.etag = etag;
                Ok(true)
            }
            Written::Lost => Ok(false),
        }
    }

    fn text(&self) -> String {
        // a record has no key that is not text, and no value that JSON has not
        serde_json::to_string(&self.record).unwrap_or_default()
    }
}

/// The record, and the ETag under which it was read
async fn read(
    store: &Store,
    bucket: &str,
    key: &str,
) -> Result<Option<(Record, String)>, ClaimError> {
    let found = match store.open_current(bucket, key).await? {
        Some(found) => found,
        None => return Ok(None),
    };
    let etag = found.etag.clone();
    let text = found.to_end().await?;
    match serde_json::from_slice(&text) {
        Ok(record) => Ok(Some((record, etag))),
        Err(source) => Err(ClaimError::NotARecord {
            bucket: bucket.to_owned(),
            key: key.to_owned(),
            source,
        }),
    }
}

fn milliseconds(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(holder: &str, until: u64, asked: bool) -> Claim {
        Claim {
            holder: holder.into(),
            nonce: "n".into(),
            until,
            asked,
        }
    }

    fn leave(state: State, at: u64) -> Leave {
        let now = UNIX_EPOCH + Duration::from_millis(at);
        may_leave(&state, &claim("me", 99_000, false), now)
    }

    #[test]
    fn who_may_take_over_and_when() {
        let now = |asked| Leave::Now { asked };
        let fresh = |holder| State::Claimed(claim(holder, 10_000, false));
        assert_eq!(leave(fresh("other"), 5_000), Leave::NotUs);
        assert_eq!(leave(fresh("other"), 10_999), Leave::NotUs);
        assert_eq!(leave(fresh("other"), 11_000), now(false));
        assert_eq!(leave(fresh("me"), 5_000), now(false));
        let starting = |holder| State::Starting(claim(holder, 10_000, false));
        assert_eq!(leave(starting("other"), 5_000), Leave::NotUs);
        assert_eq!(leave(starting("other"), 11_000), now(true));
        let wait = Duration::from_millis(6_000);
        assert_eq!(leave(starting("me"), 5_000), Leave::After(wait));
        assert_eq!(leave(starting("me"), 11_000), now(true));
        assert_eq!(leave(State::Released { asked: true }, 0), now(true));
        assert_eq!(leave(State::Gone, 99_000), Leave::Never);
    }

    #[test]
    fn that_glue_may_have_heard_is_not_forgotten() {
        let taken_over = State::Claimed(claim("other", 10_000, true));
        assert_eq!(leave(taken_over, 20_000), Leave::Now { asked: true });
    }

    #[test]
    fn a_record_is_flat_and_says_its_state() {
        let record = Record {
            input_uri: "s3://raw/incoming/a.csv".into(),
            input_version_id: None,
            input_etag: "e".into(),
            state: State::Started {
                run_id: "wr_1".into(),
                input_sha256: "00".into(),
            },
        };
        let text = serde_json::to_string(&record).unwrap();
        assert_eq!(
            text,
            r#"{"input_uri":"s3://raw/incoming/a.csv","input_version_id":null,"input_etag":"e","state":"started","run_id":"wr_1","input_sha256":"00"}"#
        );
        assert_eq!(serde_json::from_str::<Record>(&text).unwrap(), record);
    }
}
