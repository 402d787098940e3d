//! The canary's check: one address, asked again and again, and whether its answer is a good one.
//!
//! A page of the application answers with its status. A query of Prometheus answers with JSON, in which a number stands. What does not
//! answer in [`PATIENCE`], or answers without that number, is not known to be well, and so counts as bad.

use std::error::Error as StdError;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::body::Bytes;
use hyper::{Request, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use kube_rollout::{Canary, Check};
use serde_json::Value;
use settings::{RolloutCanary, RolloutCheck};

use crate::Error;

const PATIENCE: Duration = Duration::from_secs(10);
const LARGEST: usize = 4 * 1024 * 1024;

type Http = Client<HttpsConnector<HttpConnector>, Empty<Bytes>>;

/// The canary of the configuration, with a check that can be asked.
pub(crate) fn canary(wanted: RolloutCanary) -> Result<Canary, Error> {
    let failures = wanted.check.as_ref().map_or(1, |check| check.failures);
    Ok(Canary {
        deployment: wanted.deployment,
        weights: wanted.steps,
        hold: wanted.hold,
        check: wanted.check.map(check).transpose()?,
        failures,
    })
}

fn check(wanted: RolloutCheck) -> Result<(Check, Duration), Error> {
    let failed = |source| Error::Check {
        url: wanted.url.clone(),
        source,
    };
    let address: Uri = wanted
        .url
        .parse()
        .map_err(|error| failed(Box::new(error)))?;
    let connector = HttpsConnectorBuilder::new()
        .with_native_roots()
        .map_err(|error| failed(Box::new(error)))?
        .https_or_http()
        .enable_http1()
        .build();
    let http: Http = Client::builder(TokioExecutor::new()).build(connector);
    let every = wanted.every;
    let wanted = Arc::new(wanted);
    let check: Check = Arc::new(move || {
        let (http, address, wanted) = (http.clone(), address.clone(), Arc::clone(&wanted));
        Box::pin(async move {
            let answer = tokio::time::timeout(PATIENCE, ask(&http, address)).await;
            let told = match answer {
                Err(_) => Err(format!("no answer in {} s", PATIENCE.as_secs())),
                Ok(Err(error)) => Err(error.to_string()),
                Ok(Ok((status, body))) => judge(status, &body, wanted.value.as_ref()),
            };
            told.map_err(|why| format!("`{}`: {why}", wanted.url))
        })
    });
    Ok((check, every))
}

async fn ask(http: &Http, address: Uri) -> Result<(u16, Bytes), Box<dyn StdError + Send + Sync>> {
    let request = Request::get(address)
        .header("accept", "*/*")
        .header("user-agent", "towpath")
        .body(Empty::new())?;
    let answer = http.request(request).await?;
    let status = answer.status().as_u16();
    let body = Limited::new(answer.into_body(), LARGEST)
        .collect()
        .await?
        .to_bytes();
    Ok((status, body))
}

fn judge(status: u16, body: &[u8], value: Option<&(String, f64, f64)>) -> Result<(), String> {
    if !(200..300).contains(&status) {
        return Err(format!("status {status}"));
    }
    let Some((pointer, least, most)) = value else {
        return Ok(());
    };
    let body: Value =
        serde_json::from_slice(body).map_err(|_| "the answer is no JSON".to_owned())?;
    let number = match body.pointer(pointer) {
        Some(Value::Number(number)) => number.as_f64(),
        // Prometheus writes its numbers as text
        Some(Value::String(text)) => text.parse().ok(),
        _ => None,
    };
    match number {
        None => Err(format!("there is no number at `{pointer}`")),
        Some(number) if (*least..=*most).contains(&number) => Ok(()),
        Some(number) if number < *least => Err(format!("{number} is less than {least}")),
        // what is not a number is not within any bound
        Some(number) => Err(format!("{number} is more than {most}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_well_or_says_why_not() {
        let bound = ("/data/result/0/value/1".to_owned(), 0.0, 0.05);
        let prometheus = |value: &str| {
            format!(r#"{{"data": {{"result": [{{"value": [1700000000, {value}]}}]}}}}"#)
        };
        for (status, body, value, expected) in [
            (200, String::new(), None, Ok(())),
            (204, String::new(), None, Ok(())),
            (302, String::new(), None, Err("status 302")),
            (503, prometheus("\"0.01\""), Some(&bound), Err("status 503")),
            (200, prometheus("\"0.01\""), Some(&bound), Ok(())),
            (200, prometheus("0.05"), Some(&bound), Ok(())),
            (
                200,
                prometheus("\"0.2\""),
                Some(&bound),
                Err("0.2 is more than 0.05"),
            ),
            (
                200,
                prometheus("\"-1\""),
                Some(&bound),
                Err("-1 is less than 0"),
            ),
            (
                200,
                prometheus("\"NaN\""),
                Some(&bound),
                Err("NaN is more than 0.05"),
            ),
            (
                200,
                r#"{"data": {"result": []}}"#.to_owned(),
                Some(&bound),
                Err("there is no number at `/data/result/0/value/1`"),
            ),
            (
                200,
                "<html>".to_owned(),
                Some(&bound),
                Err("the answer is no JSON"),
            ),
        ] {
            assert_eq!(
                judge(status, body.as_bytes(), value),
                expected.map_err(str::to_owned),
                "{status} {body}"
            );
        }
    }
}
