//! Who we are to a registry: nobody, a user with a password, or one whose password is asked for when it is needed.
//!
//! ECR takes Basic on every request, without a question first. Others ask (`WWW-Authenticate`) and want a token for one
//! repository from somewhere else; that somewhere is believed only over TLS, or where the registry has none either.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hyper::header::HeaderValue;
use tokio::sync::Mutex;

/// A user and a password. It prints without the password.
#[derive(Clone, PartialEq, Eq)]
pub struct Basic {
    /// The user; `AWS` for ECR.
    pub user: String,
    /// The password.
    pub password: String,
}

/// Asks for a password anew; nothing where there is none to be had. The error is a sentence.
pub type Renewal = Box<
    dyn Fn() -> Pin<Box<dyn Future<Output = Result<Option<Basic>, String>> + Send>> + Send + Sync,
>;

/// How a registry learns who we are.
pub enum Credentials {
    /// It does not.
    Anonymous,
    /// Always by these.
    Basic(Basic),
    /// By what this gives, first when it is needed, and again when the registry stops taking it.
    Renewed(Renewal),
}

/// A question of a registry for a token.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Challenge {
    pub(crate) realm: String,
    pub(crate) service: Option<String>,
    pub(crate) scope: Option<String>,
}

/// What is known of our credentials.
pub(crate) struct Authorizer {
    credentials: Credentials,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    basic: Option<HeaderValue>,
    /// By repository.
    tokens: HashMap<String, HeaderValue>,
}

impl Authorizer {
    pub(crate) fn new(credentials: Credentials) -> Self {
        Self {
            credentials,
            held: Mutex::default(),
        }
    }

    /// What to send for a repository now.
    pub(crate) async fn header(&self, repository: &str) -> Result<Option<HeaderValue>, String> {
        let mut held = self.held.lock().await;
        if let Some(token) = held.tokens.get(repository) {
            return Ok(Some(token.clone()));
        }
        self.basic(&mut held).await
    }

    /// The user and password alone, for a token's endpoint.
    pub(crate) async fn user(&self) -> Result<Option<HeaderValue>, String> {
        self.basic(&mut *self.held.lock().await).await
    }

    async fn basic(&self, held: &mut Held) -> Result<Option<HeaderValue>, String> {
        if held.basic.is_none() {
            held.basic = match &self.credentials {
                Credentials::Anonymous => None,
                Credentials::Basic(basic) => Some(basic.header()?),
                Credentials::Renewed(renewal) => match renewal().await? {
                    Some(basic) => Some(basic.header()?),
                    None => None,
                },
            };
        }
        Ok(held.basic.clone())
    }

    /// The registry did not take `used`: forgets it, unless somebody else did already. Says whether there can be another.
    pub(crate) async fn refused(&self, repository: &str, used: Option<&HeaderValue>) -> bool {
        let mut held = self.held.lock().await;
        if used.is_some() && held.tokens.get(repository) == used {
            held.tokens.remove(repository);
            return true;
        }
        if used.is_some() && held.basic.as_ref() == used {
            held.basic = None;
        }
        matches!(self.credentials, Credentials::Renewed(_)) || held.tokens.contains_key(repository)
    }

    pub(crate) async fn keep(&self, repository: &str, token: &str) -> Result<(), String> {
        let header = secret(&format!("Bearer {token}"))?;
        let mut held = self.held.lock().await;
        held.tokens.insert(repository.to_owned(), header);
        Ok(())
    }
}

impl Basic {
    fn header(&self) -> Result<HeaderValue, String> {
        let text = format!("{}:{}", self.user, self.password);
        secret(&format!("Basic {}", BASE64_STANDARD.encode(text)))
    }
}

fn secret(text: &str) -> Result<HeaderValue, String> {
    let mut value = HeaderValue::from_str(text)
        .map_err(|_| "the credentials hold what no header can hold".to_owned())?;
    value.set_sensitive(true);
    Ok(value)
}

impl Challenge {
    /// Reads `Bearer realm="..",service="..",scope=".."`; `None` for another scheme.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return None;
        }
        let mut values = HashMap::new();
        let mut rest = rest;
        while let Some((name, after)) = rest.split_once('=') {
            let (value, after) = match after.strip_prefix('"') {
                Some(quoted) => quoted.split_once('"')?,
                None => after.split_once(',').unwrap_or((after, "")),
            };
            values.insert(name.trim().to_ascii_lowercase(), value.to_owned());
            rest = after.trim_start_matches([',', ' ']);
        }
        Some(Self {
            realm: values.remove("realm")?,
            service: values.remove("service"),
            scope: values.remove("scope"),
        })
    }

    /// Where to ask.
    pub(crate) fn address(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in [("service", &self.service), ("scope", &self.scope)] {
            if let Some(value) = value {
                query.append_pair(name, value);
            }
        }
        let joint = if self.realm.contains('?') { '&' } else { '?' };
        format!("{}{joint}{}", self.realm, query.finish())
    }
}

impl fmt::Debug for Basic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Basic({}:***)", self.user)
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Anonymous => "Anonymous",
            Self::Basic(_) => "Basic",
            Self::Renewed(_) => "Renewed",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_for_a_token_is_read() {
        let text = r#"Bearer realm="https://auth.docker.io/token",service="registry.docker.io", scope="repository:library/python:pull,push""#;
        let challenge = Challenge::parse(text).unwrap();
        assert_eq!(
            challenge.address(),
            "https://auth.docker.io/token?service=registry.docker.io&scope=repository%3Alibrary%2Fpython%3Apull%2Cpush"
        );
        assert_eq!(Challenge::parse("Basic realm=\"x\""), None);
        assert_eq!(Challenge::parse("Bearer realm=\"x"), None);
    }

    #[test]
    fn a_password_is_not_printed() {
        let basic = Basic {
            user: "AWS".to_owned(),
            password: "hidden".to_owned(),
        };
        assert_eq!(format!("{basic:?}"), "Basic(AWS:***)");
    }
}
