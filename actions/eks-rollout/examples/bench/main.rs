//! What a rollout costs and how soon it says what is wrong, measured on a real control plane, beside its peers where they are on the path.
//!
//! ```text
//! cargo run --release -p eks-rollout --example bench -- classes [cap]     every class beside kubectl, helm and kubedog
//! cargo run --release -p eks-rollout --example bench -- transient [runs]  troubles that heal: no false failure
//! cargo run --release -p eks-rollout --example bench -- stale [runs]      apply, then watch: no stale success
//! cargo run --release -p eks-rollout --example bench -- scale [objects]   five pods an object: time and memory
//! ```
//! Each prints one table in Markdown, and ends with 1 if a promise does not hold. The numbers of peers depend on `cap`, the seconds after which
//! nobody waits for them any more.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "its tables are its result"
)]

mod classes;
mod many;
mod stand;

use std::process::ExitCode;

use stand::Stand;

type Failed = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |otherwise: u64| {
        arguments
            .get(1)
            .and_then(|text| text.parse().ok())
            .unwrap_or(otherwise)
    };
    let run = || -> Result<bool, Failed> {
        let stand = Stand::start()?;
        match arguments.first().map(String::as_str) {
            Some("classes") => classes::run(&stand, number(60)),
            Some("transient") => many::transient(&stand, number(100)),
            Some("stale") => many::stale(&stand, number(1_000)),
            Some("scale") => many::scale(&stand, number(1_000)),
            _ => Err("name one of `classes`, `transient`, `stale`, `scale`".into()),
        }
    };
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
