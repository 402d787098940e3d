//! Renders a report: from values to strings, and nothing else.
//!
//! Every action ends with the same thing to say: a verdict, the findings behind it, and what to do. This crate says
//! it in each format that somebody reads, and knows the limits of the places where it is read. It does not know where
//! the values come from or where the strings go: no files, no network, no environment, no clock.
//!
//! Start with [`Report`]; [`Format::render`] gives the formats that a user can name, [`text`], [`markdown`] and
//! [`annotations`] take more. Findings hold text from pull requests, so each format neutralises what its reader would
//! obey: terminal escapes, workflow commands, HTML, Markdown and mentions.
//!
//! A new format is a file here, a variant of [`Format`] and a snapshot in `tests/it`.

mod annotations;
mod clean;
mod format;
mod json;
mod junit;
mod markdown;
mod report;
mod sarif;
mod sources;
mod text;

pub use annotations::{Annotation, Annotations, LeftOut, PER_STEP, annotations};
pub use format::{Format, UnknownFormat};
pub use json::{SCHEMA_VERSION, json};
pub use junit::junit;
pub use markdown::{Budget, markdown};
pub use report::{Counts, Fact, Outcome, Report, Section};
pub use sarif::sarif;
pub use sources::Sources;
pub use text::{Look, text};
