//! A state that somebody else has locked.

use std::time::Duration;

use terraform::{Class, Error, Event};

use crate::fixture::{Fixture, wait_for};

#[test]
fn a_plan_during_an_apply_says_who_holds_the_lock() {
    let folder = Fixture::ready(
        r#"
        resource "terraform_data" "slow" {
          provisioner "local-exec" { command = "touch started; until test -e release; do sleep 0.05; done" }
        }"#,
    );
    let plan = folder.plan();
    let error = std::thread::scope(|scope| {
        let apply = scope.spawn(|| {
            folder
                .root()
                .apply(&plan.out, &Default::default(), &mut |_| {})
        });
        wait_for(&folder.path("started"));
        let mut options = folder.options();
        options.out = folder.path("second.tfplan");
        let error = folder.root().plan(&options, &mut |_| {}).unwrap_err();
        // Another one is willing to wait.
        options.lock_timeout = Some(Duration::from_secs(30));
        let mut waited = false;
        let waiting = folder.root().plan(&options, &mut |event| {
            if let Event::Lock { .. } = event {
                waited = true;
                folder.write("release", "");
            }
        });
        assert!(waited);
        assert!(!waiting.unwrap().has_changes);
        assert_eq!(apply.join().unwrap().unwrap().done(), 1);
        error
    });
    let Error::Locked { lock, .. } = &error else {
        panic!("{error:?}");
    };
    assert_eq!(lock.operation, "apply");
    assert!(lock.who.contains('@'), "{lock:?}");
    assert_eq!(lock.path, "terraform.tfstate");
    assert!(!lock.version.is_empty() && !lock.created.is_empty());
    assert_eq!(error.class(), Class::OutsideService);
    let help = miette::Diagnostic::help(&error).unwrap().to_string();
    assert!(
        help.contains(&format!("force-unlock {}", lock.id)),
        "{help}"
    );
}
