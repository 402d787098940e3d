//! Data capture: requests and answers as JSON lines in S3, one file for what a variant served in a while.
//!
//! Files lie at `<destination>/<endpoint>/<variant>/yyyy/mm/dd/hh/mm-ss-ms-uuid.jsonl`. What the configuration calls CSV or JSON is
//! captured as text, everything else in Base64, which is also what AWS does when no content type is configured.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::aws::S3Uri;
use crate::random::Random;
use crate::rollout::Pace;
use crate::site::Task;
use crate::wire::Caller;
use crate::world::string;

/// A file is written when it has this many records, or its first is this old (in a policy's seconds)
const MOST: usize = 1000;
const OLDEST: f64 = 60.0;

/// One request and its answer
#[derive(Debug)]
pub(crate) struct Exchange<'a> {
    pub(crate) input: (&'a str, &'a [u8]),
    pub(crate) output: (&'a str, &'a str),
    pub(crate) inference_id: Option<&'a str>,
}

/// What is not in S3 yet, of one variant
#[derive(Debug)]
pub(crate) struct Batch {
    variant: String,
    destination: String,
    key: Option<String>,
    since: Duration,
    lines: Vec<String>,
}

/// Keeps an exchange, if it is sampled
pub(crate) fn keep(
    batches: &mut Vec<Batch>,
    config: &Value,
    variant: &str,
    exchange: &Exchange,
    now: Duration,
    random: &mut Random,
) {
    let percent = config["InitialSamplingPercentage"]
        .as_f64()
        .unwrap_or(100.0);
    if config["EnableCapture"] == false || random.share() * 100.0 >= percent {
        return;
    }
    let modes = config["CaptureOptions"].as_array();
    let wanted = |mode: &str| {
        modes.is_none_or(|modes| {
            modes
                .iter()
                .any(|one| [mode, "InputAndOutput"].contains(&string(one, "CaptureMode").as_str()))
        })
    };
    let mut data = json!({});
    if wanted("Input") {
        data["endpointInput"] = part(config, "INPUT", exchange.input.0, exchange.input.1);
    }
    if wanted("Output") {
        let (kind, text) = exchange.output;
        data["endpointOutput"] = part(config, "OUTPUT", kind, text.as_bytes());
    }
    let mut about =
        json!({ "eventId": random.uuid(), "inferenceTime": format!("{:.0}", instant(now)) });
    if let Some(id) = exchange.inference_id {
        about["inferenceId"] = id.into();
    }
    let record = json!({ "captureData": data, "eventMetadata": about, "eventVersion": "0" });
    let destination = string(config, "DestinationS3Uri");
    let index = batches
        .iter()
        .position(|batch| batch.variant == variant && batch.destination == destination)
        .unwrap_or_else(|| {
            batches.push(Batch {
                variant: variant.to_owned(),
                destination,
                key: config["KmsKeyId"].as_str().map(str::to_owned),
                since: now,
                lines: Vec::new(),
            });
            batches.len() - 1
        });
    batches[index].lines.push(record.to_string());
}

impl Batch {
    pub(crate) fn is_due(&self, now: Duration, pace: Pace) -> bool {
        self.lines.len() >= MOST || now >= self.since + pace.of(OLDEST)
    }
}

/// What is due becomes tasks that write files
pub(crate) fn flush(
    batches: &mut Vec<Batch>,
    tasks: &mut Vec<Task>,
    (endpoint, caller): (&str, &Caller),
    random: &mut Random,
    is_due: impl Fn(&Batch) -> bool,
) {
    for batch in batches.extract_if(.., |batch| is_due(batch)) {
        let time = instant(batch.since);
        let name = format!(
            "{}/{endpoint}/{}/{}-{:03}-{}.jsonl",
            batch.destination.trim_end_matches('/'),
            batch.variant,
            time.strftime("%Y/%m/%d/%H/%M-%S"),
            batch.since.subsec_millis(),
            random.uuid(),
        );
        let caller = caller.clone();
        tasks.push(Task::new(move |site| {
            let text = batch.lines.join("\n") + "\n";
            if let (Ok(aws), Ok(to)) = (site.aws(&caller), S3Uri::parse(&name)) {
                // a capture that cannot be written is lost, and the endpoint serves on, as in AWS
                aws.write(text.as_bytes(), &to, batch.key.as_deref()).ok();
            }
        }));
    }
}

fn part(config: &Value, mode: &str, kind: &str, bytes: &[u8]) -> Value {
    let bare = kind.split(';').next().unwrap_or(kind).trim();
    let listed = |member: &str| {
        let kinds = config["CaptureContentTypeHeader"][member].as_array();
        kinds.is_some_and(|kinds| kinds.iter().any(|one| one == bare))
    };
    let text = std::str::from_utf8(bytes);
    let (encoding, data) = match text {
        Ok(text) if listed("CsvContentTypes") => ("CSV", text.to_owned()),
        Ok(text) if listed("JsonContentTypes") => ("JSON", text.to_owned()),
        _ => ("BASE64", BASE64.encode(bytes)),
    };
    json!({ "observedContentType": kind, "mode": mode, "data": data, "encoding": encoding })
}

fn instant(time: Duration) -> Timestamp {
    let since_epoch = SignedDuration::try_from(time).unwrap_or(SignedDuration::MAX);
    Timestamp::from_duration(since_epoch).unwrap_or(Timestamp::MAX)
}
