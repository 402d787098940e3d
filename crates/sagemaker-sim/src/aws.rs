//! The simulator as a client of the stand-in for the rest of AWS: objects of S3, functions of Lambda, events on EventBridge.
//!
//! Requests carry a credential scope, which says the account and the region, and no true signature: a stand-in checks none, and
//! against AWS itself every request would be refused, as it should be. Blocking: only tasks call it, each on its own thread.

use std::fmt;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;
use ureq::Agent;
use ureq::http::Response;
use ureq::{Body, RequestBuilder};

use crate::wire::Caller;

/// Longest wait for one answer; a function may take 15 minutes
const PATIENCE: Duration = Duration::from_secs(960);

/// The most that is read of one object into memory
const LARGEST: u64 = 1 << 30;

/// Why something outside did not work, for a failure reason
#[derive(Debug, Clone)]
pub(crate) struct Trouble(String);

impl Trouble {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self(error.to_string())
    }
}

/// An address in S3; the key may be a prefix
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct S3Uri {
    pub(crate) bucket: String,
    pub(crate) key: String,
}

impl S3Uri {
    pub(crate) fn parse(text: &str) -> Result<Self, Trouble> {
        let place = text.strip_prefix("s3://").and_then(|rest| {
            let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
            (!bucket.is_empty()).then(|| Self {
                bucket: bucket.to_owned(),
                key: key.to_owned(),
            })
        });
        place.ok_or_else(|| Trouble::new(format!("`{text}` is no s3:// address")))
    }

    pub(crate) fn join(&self, name: &str) -> Self {
        let key = match self.key.trim_end_matches('/') {
            "" => name.to_owned(),
            folder => format!("{folder}/{name}"),
        };
        Self {
            bucket: self.bucket.clone(),
            key,
        }
    }

    /// The last part of the key
    pub(crate) fn name(&self) -> &str {
        self.key.rsplit('/').next().unwrap_or_default()
    }
}

impl fmt::Display for S3Uri {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "s3://{}/{}", self.bucket, self.key)
    }
}

#[derive(Debug)]
pub(crate) struct Aws {
    url: String,
    account: String,
    region: String,
    agent: Agent,
}

impl Aws {
    pub(crate) fn new(url: &str, caller: &Caller) -> Self {
        let settings = Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None)
            .timeout_global(Some(PATIENCE));
        Self {
            url: url.to_owned(),
            account: caller.account.clone(),
            region: caller.region.clone(),
            agent: settings.build().into(),
        }
    }

    /// Stores an object as a file, whose folder is made
    pub(crate) fn fetch(&self, from: &S3Uri, to: &Path) -> Result<(), Trouble> {
        if let Some(folder) = to.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let request = self.signed("s3", self.agent.get(self.object(from)));
        let mut answer = self.answered(from, request.call())?;
        io::copy(&mut answer.body_mut().as_reader(), &mut File::create(to)?)?;
        Ok(())
    }

    /// Stores a file as an object, encrypted with `key` if one is given
    pub(crate) fn store(&self, from: &Path, to: &S3Uri, key: Option<&str>) -> Result<(), Trouble> {
        let mut request = self.signed("s3", self.agent.put(self.object(to)));
        if let Some(key) = key {
            request = request
                .header("x-amz-server-side-encryption", "aws:kms")
                .header("x-amz-server-side-encryption-aws-kms-key-id", key);
        }
        self.answered(to, request.send(File::open(from)?))?;
        Ok(())
    }

    /// The ETag of an object, without its quotes
    pub(crate) fn etag(&self, of: &S3Uri) -> Result<String, Trouble> {
        let request = self.signed("s3", self.agent.head(self.object(of)));
        let answer = self.answered(of, request.call())?;
        let etag = answer.headers().get("etag");
        let etag = etag.and_then(|value| value.to_str().ok());
        Ok(etag.unwrap_or_default().trim_matches('"').to_owned())
    }

    /// The keys that begin with an address's key, without the marks of empty folders
    pub(crate) fn list(&self, prefix: &S3Uri) -> Result<Vec<S3Uri>, Trouble> {
        let mut found = Vec::new();
        let mut token: Option<String> = None;
        loop {
            let mut query = form_urlencoded::Serializer::new(String::new());
            query
                .append_pair("list-type", "2")
                .append_pair("prefix", &prefix.key);
            if let Some(token) = &token {
                query.append_pair("continuation-token", token);
            }
            let url = format!("{}/{}?{}", self.url, prefix.bucket, query.finish());
            let mut answer =
                self.answered(prefix, self.signed("s3", self.agent.get(url)).call())?;
            let text = read(&mut answer)?;
            let keys = elements(&text, "Key").filter(|key| !key.ends_with('/'));
            found.extend(keys.map(|key| S3Uri {
                bucket: prefix.bucket.clone(),
                key,
            }));
            token = elements(&text, "NextContinuationToken").next();
            if token.is_none() {
                return Ok(found);
            }
        }
    }

    /// Everything under a prefix, or the one object of that name, as files in a folder; how many there were
    pub(crate) fn fetch_all(&self, from: &S3Uri, folder: &Path) -> Result<usize, Trouble> {
        std::fs::create_dir_all(folder)?;
        let objects = self.list(from)?;
        for object in &objects {
            // a prefix is cut at its last slash, so that `data/train` gives `train.csv` and `train/0.csv`
            let whole = match from.key.ends_with('/') {
                false if object.key.starts_with(&format!("{}/", from.key)) => from.key.len() + 1,
                _ => from.key.rfind('/').map_or(0, |slash| slash + 1),
            };
            let name = object.key[whole..].trim_start_matches('/');
            let inside = !name.split('/').any(|part| part == "..");
            if inside {
                self.fetch(object, &folder.join(name))?;
            }
        }
        Ok(objects.len())
    }

    /// Every file of a folder as an object under a prefix; how many there were
    pub(crate) fn store_all(
        &self,
        folder: &Path,
        to: &S3Uri,
        key: Option<&str>,
    ) -> Result<usize, Trouble> {
        let files = files_of(folder)?;
        for file in &files {
            self.store(&folder.join(file), &to.join(&file.to_string_lossy()), key)?;
        }
        Ok(files.len())
    }

    /// What a function answers, or the error that it ended with
    pub(crate) fn invoke(&self, function: &str, payload: &Value) -> Result<Value, Trouble> {
        let name = encoded(function, false);
        let url = format!("{}/2015-03-31/functions/{name}/invocations", self.url);
        let request = self.signed("lambda", self.agent.post(url));
        let mut answer = request
            .send(payload.to_string())
            .map_err(|error| Trouble::new(format!("{function}: {error}")))?;
        let failed = answer.headers().contains_key("x-amz-function-error");
        let status = answer.status();
        let text = read(&mut answer)?;
        if failed || !status.is_success() {
            return Err(Trouble::new(text));
        }
        Ok(serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    /// The bytes of an object
    pub(crate) fn read(&self, from: &S3Uri) -> Result<Vec<u8>, Trouble> {
        let request = self.signed("s3", self.agent.get(self.object(from)));
        let mut answer = self.answered(from, request.call())?;
        let body = answer.body_mut().with_config().limit(LARGEST);
        body.read_to_vec()
            .map_err(|error| Trouble::new(format!("{from}: {error}")))
    }

    /// Stores bytes as an object, encrypted with `key` if one is given
    pub(crate) fn write(&self, bytes: &[u8], to: &S3Uri, key: Option<&str>) -> Result<(), Trouble> {
        let mut request = self.signed("s3", self.agent.put(self.object(to)));
        if let Some(key) = key {
            request = request
                .header("x-amz-server-side-encryption", "aws:kms")
                .header("x-amz-server-side-encryption-aws-kms-key-id", key);
        }
        self.answered(to, request.send(bytes))?;
        Ok(())
    }

    /// Puts one event on the default bus
    pub(crate) fn put_event(&self, entry: &Value) -> Result<(), Trouble> {
        let request = self
            .signed("events", self.agent.post(&self.url))
            .header("x-amz-target", "AWSEvents.PutEvents")
            .header("content-type", "application/x-amz-json-1.1");
        let body = serde_json::json!({ "Entries": [entry] }).to_string();
        let mut answer = request
            .send(body)
            .map_err(|error| Trouble::new(error.to_string()))?;
        let text = read(&mut answer)?;
        let said: Value = serde_json::from_str(&text).unwrap_or_default();
        match said["FailedEntryCount"].as_u64() {
            Some(0) => Ok(()),
            _ => Err(Trouble::new(text)),
        }
    }

    fn object(&self, at: &S3Uri) -> String {
        format!("{}/{}/{}", self.url, at.bucket, encoded(&at.key, true))
    }

    fn signed<B>(&self, service: &str, request: RequestBuilder<B>) -> RequestBuilder<B> {
        let scope = format!("{}/20260101/{}/{service}", self.account, self.region);
        request.header(
            "authorization",
            format!(
                "AWS4-HMAC-SHA256 Credential={scope}/aws4_request, SignedHeaders=host, Signature=0"
            ),
        )
    }

    fn answered(
        &self,
        at: &S3Uri,
        answer: Result<Response<Body>, ureq::Error>,
    ) -> Result<Response<Body>, Trouble> {
        let mut answer = answer.map_err(|error| Trouble::new(format!("{at}: {error}")))?;
        if answer.status().is_success() {
            return Ok(answer);
        }
        let status = answer.status();
        let text = read(&mut answer).unwrap_or_default();
        let said: Vec<String> = ["Code", "Message"]
            .iter()
            .filter_map(|name| elements(&text, name).next())
            .collect();
        let said = match said.is_empty() {
            true => status.to_string(),
            false => said.join(": "),
        };
        Err(Trouble::new(format!("{at}: {said}")))
    }
}

fn read(answer: &mut Response<Body>) -> Result<String, Trouble> {
    answer
        .body_mut()
        .read_to_string()
        .map_err(|error| Trouble::new(error.to_string()))
}

/// The texts of all elements of a name; S3's answers have no attributes on them
fn elements<'t>(xml: &'t str, name: &str) -> impl Iterator<Item = String> + use<'t> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let mut rest = xml;
    std::iter::from_fn(move || {
        let start = rest.find(&open)? + open.len();
        let end = start + rest[start..].find(&close)?;
        let text = &rest[start..end];
        rest = &rest[end..];
        Some(
            text.replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&quot;", "\"")
                .replace("&apos;", "'")
                .replace("&amp;", "&"),
        )
    })
}

/// Percent-encoding of a path's part
fn encoded(text: &str, keep_slashes: bool) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'/' if keep_slashes => "/".to_owned(),
            b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
            _ if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

/// The files of a folder and of its folders, by their paths in it, in order
pub(crate) fn files_of(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(inside) = folders.pop() {
        let here = folder.join(&inside);
        if !here.exists() {
            continue;
        }
        for entry in std::fs::read_dir(here)? {
            let entry = entry?;
            let path = inside.join(entry.file_name());
            match entry.path().is_dir() {
                true => folders.push(path),
                false => files.push(path),
            }
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_bucket_and_joins_names() {
        let folder = S3Uri::parse("s3://models/housing/").unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(
            folder.join("a.csv").to_string(),
            "s3://models/housing/a.csv"
        );
        assert!(S3Uri::parse("http://models/housing").is_err());
        assert!(S3Uri::parse("s3:///housing").is_err());
    }

    #[test]
    fn keys_are_read_out_of_a_listing() {
        let xml = "<R><Contents><Key>a/b &amp; c.csv</Key></Contents><Contents><Key>d</Key></Contents></R>";
        let keys: Vec<String> = elements(xml, "Key").collect();
        assert_eq!(keys, ["a/b & c.csv", "d"]);
        assert_eq!(encoded("a/b & c", true), "a/b%20%26%20c");
    }
}
