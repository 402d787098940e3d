//! What each format says about the same few reports, as its reader sees it.

mod annotations;
mod budget;
mod json;
mod junit;
mod markdown;
mod sample;
mod sarif;
mod text;
