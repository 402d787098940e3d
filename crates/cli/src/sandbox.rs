//! `towpath sandbox`: the local stand-ins, kept running behind the command line or around one command.

use std::io;
use std::process::Command as Process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use gha::{Class, Failure, Host, Outcome};
use miette::Diagnostic;
use rustix::process::{Pid, Signal, kill_process};
use sandbox::detached::{self, DetachedError, Started, Status};
use sandbox::tools::{self, ToolError};
use sandbox::{Machine, Options, Sandbox, StartError};
use settings::{Settings, SettingsError};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

/// Tools are installed on a machine's first day.
const PATIENCE: Duration = Duration::from_secs(600);
/// How often a wrapped command is looked at.
const POLL: Duration = Duration::from_millis(20);

/// What to do with the stand-ins.
#[derive(clap::Subcommand, Debug)]
pub(crate) enum Command {
    /// Start them, unless they run, and print the variables that lead there
    Up(Stand),
    /// Stop them and remove what they kept
    Down(Place),
    /// Print the variables that lead to them, for `eval "$(towpath sandbox env)"`
    Env {
        #[command(flatten)]
        place: Place,
        /// As a JSON object; `null` marks what to unset
        #[arg(long)]
        json: bool,
    },
    /// Say how they are
    Status(Place),
    /// Find or install the tools that they and Terraform need, and print where they are
    Tools(Place),
    /// Find or make a virtual environment with locked Python packages, and print its interpreter
    Python {
        /// The pinned and hashed requirements
        requirements: Utf8PathBuf,
    },
    /// Start fresh ones around a command, and stop them when it ends
    Run {
        #[command(flatten)]
        parts: Parts,
        /// The command and its arguments
        #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
        command: Vec<String>,
    },
    /// Own the stand-ins until a signal comes
    #[command(hide = true)]
    Supervise(Stand),
}

/// A sandbox to start: where, and with what.
#[derive(clap::Args, Debug)]
pub(crate) struct Stand {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    parts: Parts,
}

/// What there is beside AWS's services, and how they behave.
#[derive(clap::Args, Debug)]
pub(crate) struct Parts {
    /// The pinned and hashed Python packages that Glue's jobs and pipeline steps run on
    #[arg(long)]
    requirements: Option<Utf8PathBuf>,
    /// A GitHub as well, with one empty repository
    #[arg(long)]
    github: bool,
    /// Seconds that an endpoint's bake takes in one second here; otherwise it is over at once
    #[arg(long, value_parser = speed)]
    speed: Option<f64>,
    /// A Kubernetes control plane as well, which `KUBECONFIG` leads to; the first time builds it, which takes minutes
    #[arg(long)]
    kubernetes: bool,
}

fn speed(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(speed) if speed > 0.0 => Ok(speed),
        _ => Err("it is a number above 0".to_owned()),
    }
}

/// Where a sandbox keeps what it has to remember.
#[derive(clap::Args, Debug)]
pub(crate) struct Place {
    /// The folder that the sandbox is known by
    #[arg(long, default_value = ".towpath/sandbox")]
    folder: Utf8PathBuf,
}

/// Why the stand-ins do not do as they are told.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub(crate) enum Error {
    #[error(transparent)]
    #[diagnostic(transparent)]
    Settings(#[from] SettingsError),
    #[error(transparent)]
    #[diagnostic(transparent)]
    Detached(#[from] DetachedError),
    #[error(transparent)]
    #[diagnostic(transparent)]
    Start(#[from] StartError),
    #[error(transparent)]
    #[diagnostic(transparent)]
    Tool(#[from] ToolError),
    #[error("failed to run `{program}`")]
    #[diagnostic(help("name a program that is on the path"))]
    Run { program: String, source: io::Error },
    #[error("`{program}` ended with {status}")]
    Ended {
        program: String,
        status: std::process::ExitStatus,
    },
    #[error("failed to write below `{folder}`")]
    Write {
        folder: Utf8PathBuf,
        source: io::Error,
    },
}

impl Failure for Error {
    fn class(&self) -> Class {
        match self {
            Self::Settings(_) | Self::Tool(_) | Self::Run { .. } => Class::BadInput,
            Self::Start(_) | Self::Detached(_) => Class::OutsideService,
            Self::Ended { .. } | Self::Write { .. } => Class::Ours,
        }
    }
}

/// Carries out one of the commands.
pub(crate) fn run(command: &Command, host: &mut Host) -> Result<Outcome, Error> {
    match command {
        Command::Up(stand) => up(stand, host)?,
        Command::Down(place) => {
            let was_up = detached::down(&place.folder)?;
            host.progress(if was_up {
                "the sandbox is down"
            } else {
                "no sandbox was up"
            });
        }
        Command::Env { place, json } => {
            let environment = detached::env(&place.folder)?;
            let text = if *json {
                environment.to_json().to_string()
            } else {
                environment.to_shell()
            };
            host.say(text.trim_end());
        }
        Command::Status(place) => return status(place, host),
        Command::Tools(place) => tools(place, host)?,
        Command::Python { requirements } => {
            let python = tools::python_with(&Machine::current(), requirements, tell)?;
            host.say(python.as_str());
        }
        Command::Run { parts, command } => around(command, parts)?,
        Command::Supervise(stand) => {
            detached::supervise(&stand.place.folder, &options(&stand.parts)?)?;
        }
    }
    Ok(Outcome::Allowed)
}

/// The region of the repository around us, so that its ARNs fit.
fn options(parts: &Parts) -> Result<Options, Error> {
    let mut options = Options {
        requirements: parts.requirements.clone(),
        github: parts.github,
        kubernetes: parts.kubernetes,
        speed: parts.speed.unwrap_or(f64::INFINITY),
        progress: tell,
        ..Options::default()
    };
    if let Some(region) = Settings::load(None)?.region {
        options.region = region;
    }
    Ok(options)
}

#[expect(
    clippy::print_stderr,
    reason = "the sandbox tells what takes time while it holds no host"
)]
fn tell(line: &str) {
    eprintln!("{line}");
}

fn up(Stand { place, parts }: &Stand, host: &mut Host) -> Result<(), Error> {
    let program = std::env::current_exe().map_err(|source| Error::Run {
        program: "towpath".to_owned(),
        source,
    })?;
    let mut supervisor = Process::new(program);
    supervisor.args(["sandbox", "supervise", "--folder", place.folder.as_str()]);
    if let Some(requirements) = &parts.requirements {
        supervisor.args(["--requirements", requirements.as_str()]);
    }
    if parts.github {
        supervisor.arg("--github");
    }
    if parts.kubernetes {
        supervisor.arg("--kubernetes");
    }
    if let Some(speed) = parts.speed {
        supervisor.args(["--speed", &speed.to_string()]);
    }
    host.progress(
        "starting the stand-ins for AWS (the first time installs them, which takes a minute)",
    );
    let state = match detached::up(&place.folder, &mut supervisor, PATIENCE)? {
        Started::Now(state) | Started::Already(state) => state,
    };
    host.say(state.environment.to_shell().trim_end());
    Ok(())
}

fn status(place: &Place, host: &mut Host) -> Result<Outcome, Error> {
    let (line, outcome) = match detached::status(&place.folder)? {
        Status::Up(_) => ("up", Outcome::Allowed),
        Status::Unhealthy(_) => ("up, and not answering", Outcome::Missing),
        Status::Stale => ("down, without having said so", Outcome::Missing),
        Status::Down => ("down", Outcome::Missing),
    };
    host.say(line);
    Ok(outcome)
}

fn tools(place: &Place, host: &mut Host) -> Result<(), Error> {
    let machine = Machine::current();
    let terraform = tools::terraform(&machine, tell)?;
    let ministack = tools::ministack(&machine, tell)?;
    let folder = absolute(&place.folder)?;
    std::fs::create_dir_all(&folder).map_err(|source| Error::Write {
        folder: folder.clone(),
        source,
    })?;
    let mut variables = vec![
        (
            "TOWPATH_TERRAFORM".to_owned(),
            terraform.program.into_string(),
        ),
        (
            "TOWPATH_MINISTACK".to_owned(),
            ministack.python.into_string(),
        ),
    ];
    variables.extend(sandbox::terraform_variables(&machine, &folder)?);
    for (name, value) in variables {
        host.say(&format!("export {name}='{}'", value.replace('\'', r"'\''")));
    }
    Ok(())
}

fn absolute(folder: &Utf8Path) -> Result<Utf8PathBuf, Error> {
    camino::absolute_utf8(folder).map_err(|source| Error::Write {
        folder: folder.to_owned(),
        source,
    })
}

/// Runs `command` among fresh stand-ins. Whoever ends us ends it first.
fn around(command: &[String], parts: &Parts) -> Result<(), Error> {
    let [program, arguments @ ..] = command else {
        return Ok(());
    };
    let failed = |source| Error::Run {
        program: program.clone(),
        source,
    };
    let sandbox = Sandbox::start(&options(parts)?)?;
    let told_to_stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGTERM, SIGINT, SIGHUP] {
        signal_hook::flag::register(signal, Arc::clone(&told_to_stop)).map_err(failed)?;
    }
    let mut process = Process::new(program);
    let mut child = sandbox
        .environment()
        .apply(process.args(arguments))
        .spawn()
        .map_err(failed)?;
    let status = loop {
        if let Some(status) = child.try_wait().map_err(failed)? {
            break status;
        }
        if told_to_stop.swap(false, Ordering::Relaxed) {
            let _ = kill_process(Pid::from_child(&child), Signal::TERM);
        }
        sleep(POLL);
    };
    sandbox.stop();
    match status.success() {
        true => Ok(()),
        false => Err(Error::Ended {
            program: program.clone(),
            status,
        }),
    }
}
