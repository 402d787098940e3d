//! The program is killed at every request of a push, before it is looked at and after it was done, and run again: it
//! converges, nothing is damaged, and what arrived is not sent again.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use ecr_sim::{Does, Fault};

use crate::desk::Desk;

const PATIENCE: Duration = Duration::from_secs(30);

/// Starts a push, and kills it when request number `after` hangs; whether it came that far.
fn killed(desk: &Desk, arguments: &[&str], after: usize, does: Does) -> bool {
    desk.sim.fail(Fault {
        method: "",
        path: "",
        after,
        times: 1,
        does,
    });
    let mut child = Command::new(env!("CARGO_BIN_EXE_image-push"))
        .args(arguments)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .envs(desk.environment())
        .current_dir(desk.path(""))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let deadline = Instant::now() + PATIENCE;
    loop {
        assert!(Instant::now() < deadline, "it neither hangs nor ends");
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success(), "{status}");
            return false;
        }
        // it hangs when the request that has to hang has come, and as many as go beside it may have come too
        if desk.sim.hangs() {
            child.kill().unwrap();
            child.wait().unwrap();
            return true;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn at_every_step(prepare: impl Fn(&Desk) -> Vec<&'static str>) {
    for does in [Does::Hang, Does::HangAfter] {
        let mut steps = 0;
        loop {
            let desk = Desk::new();
            let arguments = prepare(&desk);
            let reached = killed(&desk, &arguments, steps, does);
            desk.sim.mend();
            desk.runs(&arguments);
            let first = desk.sim.tags("app");
            assert!(!first.is_empty());
            desk.sim.requests();
            // and then there is nothing left to do
            let text = desk.runs(&arguments);
            assert!(text.contains("unchanged"), "step {steps}: {text}");
            assert_eq!(desk.sim.tags("app"), first);
            if !reached {
                break;
            }
            steps += 1;
        }
        assert!(steps > 10, "only {steps} steps were tried");
    }
}

#[test]
fn a_push_of_a_layout_converges() {
    at_every_step(|desk| {
        let mut random = fastrand::Rng::with_seed(7);
        let mut bytes = vec![0; 50_000];
        random.fill(&mut bytes);
        desk.layout("one", &[("lib/a", &bytes), ("app/b.py", b"b"), ("c", b"c")]);
        vec!["--layout", "layout/one", "--tag", "v1", "--tag", "v2"]
    });
}

#[test]
fn a_build_and_push_converges() {
    at_every_step(|_| vec!["--tag", "v1"]);
}
