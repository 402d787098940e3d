//! What is answered instead of an answer: a problem document of RFC 9457, which says what to do about it where the caller can.

use serde_json::{Value, json};

use crate::http::Response;

/// Why there is no answer
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Problem {
    NoSuchPath,
    /// The package that serves does not say where it was evaluated
    NoDistricts,
    /// The methods that there are
    WrongMethod(&'static str),
    TooLarge {
        most: usize,
    },
    WrongMediaType(String),
    NotJson(String),
    /// One entry for each fault, and how many there are, named or not
    Invalid(Vec<Fault>, usize),
    /// The endpoint cannot answer now
    Away {
        seconds: u32,
    },
    /// It did not answer in time
    TimedOut,
    /// It answered, but not with predictions
    ModelFailed,
    /// This is our fault
    Internal,
}

/// One thing that is wrong with the input
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// A JSON pointer into the body
    pub(crate) pointer: String,
    pub(crate) field: String,
    pub(crate) detail: String,
}

impl Problem {
    fn status(&self) -> u16 {
        match self {
            Self::NotJson(_) => 400,
            Self::NoSuchPath | Self::NoDistricts => 404,
            Self::WrongMethod(_) => 405,
            Self::TooLarge { .. } => 413,
            Self::WrongMediaType(_) => 415,
            Self::Invalid(..) => 422,
            Self::Internal => 500,
            Self::ModelFailed => 502,
            Self::Away { .. } => 503,
            Self::TimedOut => 504,
        }
    }

    /// Name and title: the same for all problems of a kind
    fn kind(&self) -> (&'static str, &'static str) {
        match self {
            Self::NotJson(_) => ("not-json", "The body is not JSON"),
            Self::NoSuchPath => ("no-such-path", "There is nothing here"),
            Self::NoDistricts => ("no-districts", "There are no districts"),
            Self::WrongMethod(_) => ("wrong-method", "This path has no such method"),
            Self::TooLarge { .. } => ("too-large", "The body is too large"),
            Self::WrongMediaType(_) => ("wrong-media-type", "The body has the wrong media type"),
            Self::Invalid(..) => ("invalid-input", "The input breaks the data contract"),
            Self::Internal => ("internal", "This is a bug in the API"),
            Self::ModelFailed => ("model-failed", "The model did not answer with predictions"),
            Self::Away { .. } => ("endpoint-away", "The model's endpoint is away"),
            Self::TimedOut => ("timed-out", "The model did not answer in time"),
        }
    }

    fn detail(&self) -> String {
        match self {
            Self::NotJson(what) | Self::WrongMediaType(what) => what.clone(),
            Self::NoSuchPath => {
                "the paths are `/predict`, `/health`, `/model`, `/districts` and `/openapi.json`"
                    .into()
            }
            Self::NoDistricts => {
                "the model package that serves does not say where it was evaluated".into()
            }
            Self::WrongMethod(methods) => format!("the methods are: {methods}"),
            Self::TooLarge { most } => format!("at most {most} bytes are taken"),
            Self::Invalid(faults, all) if faults.len() < *all => {
                format!(
                    "{all} faults were found; `errors` names the first {}",
                    faults.len()
                )
            }
            Self::Invalid(_, 1) => "one fault was found".into(),
            Self::Invalid(_, all) => format!("{all} faults were found"),
            Self::Internal => "it was written to the log".into(),
            Self::ModelFailed => {
                "the endpoint's answer could not be used; it was written to the log".into()
            }
            Self::Away { seconds } => format!("try again in {seconds} seconds"),
            Self::TimedOut => "try again, with fewer instances if there were many".into(),
        }
    }

    pub(crate) fn response(&self) -> Response {
        let (name, title) = self.kind();
        let mut document = json!({
            "type": format!("urn:towpath:problem:{name}"),
            "title": title,
            "status": self.status(),
            "detail": self.detail(),
        });
        if let Self::Invalid(faults, _) = self {
            let one = |fault: &Fault| json!({"pointer": fault.pointer, "field": fault.field, "detail": fault.detail});
            document["errors"] = faults.iter().map(one).collect::<Vec<Value>>().into();
        }
        let response = Response::json(self.status(), "application/problem+json", &document);
        match self {
            Self::WrongMethod(methods) => response.with("allow", *methods),
            Self::Away { seconds } => response.with("retry-after", seconds.to_string()),
            Self::WrongMediaType(_) => response.with("accept-post", "application/json"),
            _ => response,
        }
    }
}
