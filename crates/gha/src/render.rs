//! One renderer for every error: what failed, each cause one line, each place in a frame, the hint last.
//!
//! An error shows the frame of its own source; one that gathers others (`#[related]`) shows each of them in turn, with
//! its frame and its hint.

use std::fmt::Write as _;

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, ThemeCharacters, ThemeStyles};

/// How text may look where it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// No colour, nothing but ASCII in frames.
    Plain,
    /// A terminal: colour and drawn lines.
    Terminal,
}

impl Style {
    /// The frame drawer of this style.
    pub fn handler(self) -> GraphicalReportHandler {
        let theme = match self {
            Self::Plain => GraphicalTheme {
                characters: ThemeCharacters::ascii(),
                styles: ThemeStyles::none(),
            },
            Self::Terminal => GraphicalTheme::unicode(),
        };
        GraphicalReportHandler::new_themed(theme)
            .with_width(110)
            .with_links(false)
    }
}

/// An error as a person reads it.
pub(crate) fn error(error: &dyn Diagnostic, style: Style) -> String {
    let mut text = String::new();
    if error.source_code().is_some() && style.handler().render_report(&mut text, error).is_ok() {
        return text.trim_matches('\n').to_owned();
    }
    text = format!("error: {error}");
    let mut cause = error.source();
    while let Some(reason) = cause {
        let _ = write!(text, "\ncaused by: {reason}");
        cause = reason.source();
    }
    for related in error.related().into_iter().flatten() {
        let _ = write!(text, "\n{}", self::error(related, style));
    }
    if let Some(help) = error.help() {
        let _ = write!(text, "\nhint: {help}");
    }
    text
}

#[cfg(test)]
mod tests {
    use miette::{NamedSource, SourceSpan};

    use super::*;

    #[derive(Debug, thiserror::Error, Diagnostic)]
    #[error("2 problems in the policies")]
    #[diagnostic(help("mend them"))]
    struct Several {
        source: std::fmt::Error,
        #[related]
        problems: Vec<Problem>,
    }

    #[derive(Debug, thiserror::Error, Diagnostic)]
    #[error("{message}")]
    struct Problem {
        message: &'static str,
        #[source_code]
        text: Option<NamedSource<&'static str>>,
        #[label("here")]
        span: Option<SourceSpan>,
        #[help]
        help: &'static str,
    }

    #[test]
    fn an_error_that_gathers_others_shows_each_of_them() {
        let framed = Problem {
            message: "unknown function `foo`",
            text: Some(NamedSource::new("a.rego", "package a\nx := foo(1)\n")),
            span: Some((15, 3).into()),
            help: "did you mean `floor`?",
        };
        let bare = Problem {
            message: "deny: it took too long",
            text: None,
            span: None,
            help: "make it smaller",
        };
        let several = Several {
            source: std::fmt::Error,
            problems: vec![framed, bare],
        };
        insta::assert_snapshot!(error(&several, Style::Plain), @"
        error: 2 problems in the policies
        caused by: an error occurred when formatting an argument
          x unknown function `foo`
           ,-[a.rego:2:6]
         1 | package a
         2 | x := foo(1)
           :      ^|^
           :       `-- here
           `----
          help: did you mean `floor`?
        error: deny: it took too long
        hint: make it smaller
        hint: mend them
        ");
    }
}
