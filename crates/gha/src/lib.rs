//! The GitHub Actions runtime, for a program that is an action and a command-line tool at once.
//!
//! It knows inputs, outputs, the step summary, annotations, masks, the event, and the exit codes. It does not know
//! AWS, Terraform, or what a finding means. Without GitHub around it the same calls print for a terminal.
//!
//! Start at [`main`]; what an action may say to the outside goes through [`Host`].

mod annotation;
mod event;
mod exit;
mod host;
mod inputs;
mod mask;
mod render;

pub use annotation::{Annotation, Severity};
pub use event::{Event, PullRequest};
pub use exit::{Class, Failure, Outcome};
pub use host::{Host, HostError};
pub use inputs::input_name;
pub use render::Style;

use std::process::ExitCode;

/// Runs one action: reads its inputs and arguments, calls `run`, shows what came of it.
pub fn main<A: clap::Args, E: Failure>(
    name: &'static str,
    run: fn(&A, &mut Host) -> Result<Outcome, E>,
) -> ExitCode {
    let mut host = Host::from_environment();
    let command = A::augment_args(clap::Command::new(name)).version(env!("CARGO_PKG_VERSION"));
    let typed = std::env::args_os().collect();
    let arguments = match inputs::arguments(&command, typed, |name| host.env(name)) {
        Ok(arguments) => arguments,
        Err(error) => return conclude(Err::<Outcome, _>(error), &mut host),
    };
    let parsed = command
        .args_override_self(true)
        .try_get_matches_from(arguments)
        .and_then(|matches| A::from_arg_matches(&matches));
    match parsed {
        Ok(args) => {
            let result = run(&args, &mut host);
            conclude(result, &mut host)
        }
        Err(error) => usage(&error, &mut host),
    }
}

/// Shows an error where there is one, and turns a result into the exit code of the contract.
pub fn conclude<E: Failure>(result: Result<Outcome, E>, host: &mut Host) -> ExitCode {
    match result {
        Ok(outcome) => ExitCode::from(outcome.code()),
        Err(error) => {
            host.show_error(&error);
            ExitCode::from(error.class().code())
        }
    }
}

/// Answers a wrong use of the command line, or a question for help.
pub fn usage(error: &clap::Error, host: &mut Host) -> ExitCode {
    let text = error.render().to_string();
    if error.use_stderr() {
        host.progress(text.trim_end());
        ExitCode::from(Class::BadInput.code())
    } else {
        host.say(text.trim_end());
        ExitCode::SUCCESS
    }
}
