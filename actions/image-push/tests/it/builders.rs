//! A Dockerfile that needs a builder, with those that work without a daemon. Skipped, loudly, where one is not
//! installed (`apt-get install buildah podman`). Its base is `scratch`, so that no other registry has to be there.

use std::process::Command;

use serde_json::Value;

use crate::desk::Desk;

/// Those of `buildah` and `podman` that are there and may work: that takes root, or user namespaces.
fn builders() -> Vec<&'static str> {
    let there = |builder: &&str| {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(
            folder.path().join("Dockerfile"),
            "FROM scratch\nCOPY a /a\n",
        )
        .unwrap();
        std::fs::write(folder.path().join("a"), "a").unwrap();
        let tag = format!("localhost/works-{}", std::process::id());
        let ran = |arguments: &[&str]| {
            let ran = Command::new(builder)
                .args(arguments)
                .envs(ENVIRONMENT)
                .current_dir(folder.path())
                .output();
            ran.is_ok_and(|ran| ran.status.success())
        };
        ran(&["build", "--quiet", "--tag", &tag, "."]) && ran(&["rmi", &tag])
    };
    ["buildah", "podman"].into_iter().filter(there).collect()
}

/// What a machine without a daemon and without overlays takes
const ENVIRONMENT: [(&str, &str); 2] = [("BUILDAH_ISOLATION", "chroot"), ("STORAGE_DRIVER", "vfs")];

#[test]
fn a_builder_builds_what_cannot_be_copied() {
    let builders = builders();
    if builders.len() < 2 {
        println!("SKIPPED in part: of `buildah` and `podman`, these work here: {builders:?}");
    }
    for builder in builders {
        let desk = Desk::new();
        // an owner is more than copying
        desk.write(
            "Dockerfile",
            "FROM scratch\nCOPY --chown=7:7 app /app\nCMD [\"/app/app.py\"]\n",
        );
        desk.commit();
        let run = || {
            desk.program(&["--builder", builder, "--tag", "{branch}"])
                .envs(ENVIRONMENT.map(|(name, value)| (name, value.to_owned())))
                .run()
        };
        let ran = run();
        assert_eq!(ran.exit_code, 0, "{}\n{}", ran.stdout, ran.stderr);
        let said = format!("builder {builder}");
        assert!(ran.stdout.contains(&said), "{}", ran.stdout);
        desk.sim.verify().unwrap();
        let manifest = desk.sim.manifest("app", "main").unwrap();
        let manifest: Value = serde_json::from_slice(&manifest).unwrap();
        assert_eq!(manifest["layers"].as_array().unwrap().len(), 1);
        // it is not started the second time
        let ran = run();
        assert_eq!(ran.exit_code, 0, "{}\n{}", ran.stdout, ran.stderr);
        assert!(ran.stdout.contains("builder none"), "{}", ran.stdout);
    }
}

#[test]
fn a_build_that_fails_says_what_the_builder_said() {
    let builders = builders();
    if builders.len() < 2 {
        println!("SKIPPED in part: of `buildah` and `podman`, these work here: {builders:?}");
    }
    for builder in builders {
        let desk = Desk::new();
        desk.write(
            "Dockerfile",
            "FROM scratch\nCOPY --chown=7:7 nowhere /app\n",
        );
        let ran = desk
            .program(&["--builder", builder])
            .envs(ENVIRONMENT.map(|(name, value)| (name, value.to_owned())))
            .run();
        assert_eq!(ran.exit_code, 6, "{}\n{}", ran.stdout, ran.stderr);
        let said = format!("{builder} failed");
        assert!(ran.stderr.contains(&said), "{}", ran.stderr);
        assert!(ran.stderr.contains("nowhere"), "{}", ran.stderr);
    }
}
