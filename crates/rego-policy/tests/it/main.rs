//! Policies as folders: `cases/<name>/` holds Rego files, perhaps `data/`, `input.json` (or other inputs) and
//! `expected.txt`. The first lines of the expected text may set options (`select: a b`, `version: v0`, `verify`,
//! `timeout: 50`); the rest is what a run says, one line each. Cases named `d1_..` to `d13_..` are the engine's defects.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod api;
mod cases;
mod performance;
