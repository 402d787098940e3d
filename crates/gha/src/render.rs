//! One renderer for every error: what failed, each cause one line, the hint last; a code frame where there is source.

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
    if let Some(help) = error.help() {
        let _ = write!(text, "\nhint: {help}");
    }
    text
}
