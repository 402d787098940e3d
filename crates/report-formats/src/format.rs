//! The formats that a user can name, for example in an action's input.

use std::fmt;
use std::str::FromStr;

use crate::{Budget, Look, Report, json, junit, markdown, sarif, text};

/// A format that a user can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For a terminal or a log, with code frames.
    Text,
    /// For programs; see [`json`](crate::json()).
    Json,
    /// For code scanning.
    Sarif,
    /// For what shows test results.
    Junit,
    /// For a job summary or a comment.
    Markdown,
}

impl Format {
    /// Every format, in the order in which help lists them.
    pub const ALL: [Self; 5] = [
        Self::Text,
        Self::Json,
        Self::Sarif,
        Self::Junit,
        Self::Markdown,
    ];

    /// The name that a user types.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Sarif => "sarif",
            Self::Junit => "junit",
            Self::Markdown => "markdown",
        }
    }

    /// `report` in this format: text without colour, Markdown as large as a job summary may be.
    pub fn render(self, report: &Report<'_>) -> String {
        match self {
            Self::Text => text(report, Look::plain()),
            Self::Json => json(report),
            Self::Sarif => sarif(report),
            Self::Junit => junit(report),
            Self::Markdown => markdown(report, Budget::STEP_SUMMARY),
        }
    }
}

/// A name that is no format's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown report format `{0}`: expected `text`, `json`, `sarif`, `junit` or `markdown`")]
pub struct UnknownFormat(String);

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, UnknownFormat> {
        Self::ALL
            .into_iter()
            .find(|format| format.name() == name)
            .ok_or_else(|| UnknownFormat(name.to_owned()))
    }
}

impl fmt::Display for Format {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_read_and_offered() {
        let error = "yaml".parse::<Format>().unwrap_err().to_string();
        for format in Format::ALL {
            assert_eq!(format.to_string().parse::<Format>().unwrap(), format);
            assert!(error.contains(&format!("`{format}`")), "{error}");
        }
    }
}
