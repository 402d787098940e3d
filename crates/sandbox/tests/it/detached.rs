//! A sandbox behind a command line: up, status, env, down.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use sandbox::detached::{self, DetachedError, Started, Status};
use sandbox::{Options, State};

use crate::support::{eventually, folder_of, is_open, processes_with, role, this_program_as};

const PATIENCE: Duration = Duration::from_secs(120);

/// Not a test by itself: what the hidden subcommand would do
#[test]
fn plays_the_supervisor() {
    let Some(folder) =
        role().and_then(|role| role.strip_prefix("supervise ").map(Utf8PathBuf::from))
    else {
        return;
    };
    detached::supervise(&folder, &Options::default()).unwrap();
}

fn supervisor(folder: &Utf8Path) -> Command {
    this_program_as(
        "detached::plays_the_supervisor",
        &format!("supervise {folder}"),
    )
}

fn up(folder: &Utf8Path) -> State {
    match detached::up(folder, &mut supervisor(folder), PATIENCE).unwrap() {
        Started::Now(state) => state,
        Started::Already(state) => panic!("nothing was running: {state:?}"),
    }
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> Utf8PathBuf {
        Utf8PathBuf::try_from(self.0.path().join("sandbox")).unwrap()
    }
}

impl Drop for Folder {
    /// Also when an assertion fails
    fn drop(&mut self) {
        detached::down(&self.path()).ok();
    }
}

#[test]
fn it_goes_up_once_and_down_any_number_of_times() {
    let place = Folder::new();
    let folder = place.path();
    assert_eq!(detached::status(&folder).unwrap(), Status::Down);
    assert!(!folder.exists(), "asking leaves nothing");
    assert!(matches!(
        detached::env(&folder),
        Err(DetachedError::Down { .. })
    ));

    let state = up(&folder);
    assert_eq!(
        detached::status(&folder).unwrap(),
        Status::Up(state.clone())
    );
    assert_eq!(detached::env(&folder).unwrap(), state.environment);
    let mode = |file: &str| {
        fs::metadata(folder.join(file))
            .unwrap()
            .permissions()
            .mode()
            & 0o777
    };
    assert_eq!(mode("state.json"), 0o600);
    assert_eq!(mode(""), 0o700);
    let again = detached::up(&folder, &mut supervisor(&folder), PATIENCE).unwrap();
    assert_eq!(again, Started::Already(state.clone()));

    let aws = state.environment.get("AWS_ENDPOINT_URL").unwrap();
    let own = folder_of(state.environment.get("AWS_CONFIG_FILE").unwrap());
    assert!(detached::down(&folder).unwrap());
    assert!(!is_open(aws));
    assert!(processes_with(&own).is_empty());
    assert!(!fs::exists(&own).unwrap());
    assert!(!detached::down(&folder).unwrap());
    assert_eq!(detached::status(&folder).unwrap(), Status::Down);
}

#[test]
fn two_at_once_share_one() {
    let place = Folder::new();
    let folder = place.path();
    let start = || detached::up(&folder, &mut supervisor(&folder), PATIENCE).unwrap();
    let (one, two) = std::thread::scope(|scope| {
        let (one, two) = (scope.spawn(start), scope.spawn(start));
        (one.join().unwrap(), two.join().unwrap())
    });
    match (one, two) {
        (Started::Now(new), Started::Already(found))
        | (Started::Already(found), Started::Now(new)) => assert_eq!(new, found),
        both => panic!("{both:?}"),
    }
}

#[test]
fn what_a_killed_supervisor_leaves_is_stale_and_cleaned() {
    let place = Folder::new();
    let folder = place.path();
    let state = up(&folder);
    let own = folder_of(state.environment.get("AWS_CONFIG_FILE").unwrap());
    Command::new("kill")
        .args(["-9", &state.pid().to_string()])
        .status()
        .unwrap();
    eventually("the state is stale", || {
        detached::status(&folder).unwrap() == Status::Stale
    });
    eventually("the stand-ins ended too", || {
        processes_with(&own).is_empty() && !fs::exists(&own).unwrap()
    });
    assert!(detached::env(&folder).is_err());
    let next = up(&folder);
    assert_ne!(next.pid(), state.pid());
}

#[test]
fn a_number_that_was_given_out_again_is_not_killed() {
    let place = Folder::new();
    let folder = place.path();
    up(&folder);
    let mut other = Command::new("sleep").arg("60").spawn().unwrap();
    // as if the supervisor had died and its number now belonged to another process
    for file in ["state.json", "supervisor.lock"] {
        let file = folder.join(file);
        let pid = |text: &str| {
            text.split("\"pid\":")
                .nth(1)
                .unwrap()
                .trim_start()
                .split(',')
                .next()
                .unwrap()
                .to_owned()
        };
        let text = fs::read_to_string(&file).unwrap();
        let supervisor = pid(&text);
        fs::write(
            &file,
            text.replacen(&supervisor, &other.id().to_string(), 1),
        )
        .unwrap();
        if file.ends_with("state.json") {
            Command::new("kill").arg(supervisor).status().unwrap();
            continue;
        }
        assert!(!detached::down(&folder).unwrap());
    }
    assert!(other.try_wait().unwrap().is_none(), "it still runs");
    other.kill().unwrap();
    other.wait().unwrap();
}

#[test]
fn a_supervisor_that_fails_is_reported_with_the_end_of_its_log() {
    let place = Folder::new();
    let folder = place.path();
    let mut failing = Command::new("sh");
    failing.args(["-c", "echo no Python here >&2; exit 2"]);
    let refused = detached::up(&folder, &mut failing, PATIENCE).unwrap_err();
    let DetachedError::Failed { log, .. } = refused else {
        panic!("{refused}");
    };
    assert_eq!(log, "no Python here");
    assert_eq!(detached::status(&folder).unwrap(), Status::Down);
}

#[test]
fn a_supervisor_that_never_gets_ready_is_stopped() {
    let place = Folder::new();
    let folder = place.path();
    let mut idle = Command::new("sleep");
    let seconds = format!("4242.{}", std::process::id());
    idle.arg(&seconds);
    let refused = detached::up(&folder, &mut idle, Duration::from_millis(200)).unwrap_err();
    assert!(matches!(refused, DetachedError::Late { .. }), "{refused}");
    assert!(processes_with(&seconds).is_empty());
}
