//! `cargo xtask`: the tasks of this repository, in Rust, so that they need nothing that is not here already.
//!
//! `demo` shows the main job, `test` is the one test command, `bench` measures, `generate` writes what is generated and committed. This
//! program is compiled before it can say anything, so it links none of the crates that it tests: it runs their programs.

mod bench;
mod demo;
mod failure;
mod generate;
mod package;
mod place;
mod process;
mod python;
mod screen;
mod steps;
mod story;
mod test;
mod workspace;

use std::process::ExitCode;

use failure::Failure;

const USAGE: &str = "\
Usage: cargo xtask <task>

  demo                the main job on local stand-ins: plan, judge, approve, apply
  test                formatting, lints, every test, Terraform, policies, generated files
  generate            write the files that are generated and committed
  generate --check    only say which of them are stale
  bench               what the reference system takes, measured beside its peers
  bench image         pushing an image of 432 MB, beside skopeo and crane
  bench rollout       every kind of failure on a real control plane, beside kubectl, helm and kubedog
  package             the Lambda functions as zips, in `dist/lambda`, and what Glue and SageMaker run, in `dist/code`
  package --arch A    for `x86_64` or `arm64`, if this machine can build for it
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args_os()
        .skip(1)
        .map(|argument| argument.to_string_lossy().into_owned())
        .collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let answer = match arguments.as_slice() {
        ["demo"] => demo::run(demo::Programs::ToBuild),
        ["demo", "--built"] => demo::run(demo::Programs::Built),
        ["bench"] => bench::run(),
        ["bench", "image"] => bench::image(),
        ["bench", "rollout"] => bench::rollout(),
        ["test"] => test::run(),
        ["generate"] => generate::write(),
        ["generate", "--check"] => generate::check(),
        ["package"] => package::run(None),
        ["package", "--arch", name] if package::Arch::named(name).is_some() => {
            package::run(package::Arch::named(name))
        }
        [] | ["help" | "-h" | "--help"] => {
            screen::say(USAGE.trim_end());
            return ExitCode::SUCCESS;
        }
        _ => {
            let typed = arguments.join(" ");
            let wrong = Failure::new(format!("there is no task `{typed}`"));
            screen::complain(&wrong.hint("run `cargo xtask help` for those that there are"));
            return ExitCode::from(2);
        }
    };
    match answer {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            screen::complain(&failure);
            ExitCode::FAILURE
        }
    }
}
