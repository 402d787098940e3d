//! A Dockerfile that needs a builder, with the one that works without a daemon. Skipped, loudly, where Buildah is not
//! installed (`apt-get install buildah`). Its base is `scratch`, so that no other registry has to be there.

use std::process::Command;

use serde_json::Value;

use crate::desk::Desk;

/// Whether it is there and may work: that takes root, or user namespaces.
fn works() -> bool {
    let buildah = |arguments: &[&str]| {
        let ran = Command::new("buildah")
            .args(arguments)
            .env("STORAGE_DRIVER", "vfs")
            .output();
        ran.ok().filter(|ran| ran.status.success())
    };
    let Some(ran) = buildah(&["from", "scratch"]) else {
        return false;
    };
    let name = String::from_utf8(ran.stdout).unwrap();
    buildah(&["rm", name.trim()]).is_some()
}

#[test]
fn buildah_builds_what_cannot_be_copied() {
    if !works() {
        println!("SKIPPED: there is no `buildah` on the path that works here");
        return;
    }
    let desk = Desk::new();
    // an owner is more than copying
    desk.write(
        "Dockerfile",
        "FROM scratch\nCOPY --chown=7:7 app /app\nCMD [\"/app/app.py\"]\n",
    );
    desk.commit();
    let run = || {
        desk.program(&["--builder", "buildah", "--tag", "{branch}"])
            .env("BUILDAH_ISOLATION", "chroot")
            .env("STORAGE_DRIVER", "vfs")
            .run()
    };
    let ran = run();
    assert_eq!(ran.exit_code, 0, "{}\n{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("builder buildah"), "{}", ran.stdout);
    desk.sim.verify().unwrap();
    let manifest = desk.sim.manifest("app", "main").unwrap();
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    assert_eq!(manifest["layers"].as_array().unwrap().len(), 1);
    // it is not started the second time
    let ran = run();
    assert_eq!(ran.exit_code, 0, "{}\n{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("builder none"), "{}", ran.stdout);
}

#[test]
fn a_build_that_fails_says_what_the_builder_said() {
    if !works() {
        println!("SKIPPED: there is no `buildah` on the path that works here");
        return;
    }
    let desk = Desk::new();
    desk.write(
        "Dockerfile",
        "FROM scratch\nCOPY --chown=7:7 nowhere /app\n",
    );
    let ran = desk
        .program(&["--builder", "buildah"])
        .env("STORAGE_DRIVER", "vfs")
        .run();
    assert_eq!(ran.exit_code, 6, "{}\n{}", ran.stdout, ran.stderr);
    assert!(ran.stderr.contains("buildah failed"), "{}", ran.stderr);
    assert!(ran.stderr.contains("nowhere"), "{}", ran.stderr);
}
