//! Memory stays bounded: an image of 128 MB is pushed with less than half of it resident.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use ecr_sim::{Does, Fault};
use oci_image::{Descriptor, Digest, Manifest, media};
use serde_json::json;

use crate::desk::Desk;

const LAYERS: u8 = 4;
const LAYER: usize = 32 * 1024 * 1024;
/// In kilobytes.
const MOST: u64 = 60 * 1024;

/// A layout of large layers, which need not be archives to be pushed.
fn large(desk: &Desk) {
    let blobs = desk.path("layout/large/blobs/sha256");
    std::fs::create_dir_all(&blobs).unwrap();
    let put = |media_type: &str, bytes: &[u8]| {
        let digest = Digest::of(bytes);
        std::fs::write(blobs.join(digest.hex()), bytes).unwrap();
        Descriptor::new(media_type, digest, bytes.len() as u64)
    };
    let layers = (0..LAYERS).map(|number| put(media::LAYER, &vec![number; LAYER]));
    let manifest = Manifest {
        schema_version: 2,
        media_type: Some(media::MANIFEST.to_owned()),
        artifact_type: None,
        layers: layers.collect(),
        config: put(media::CONFIG, b"{}"),
        subject: None,
        annotations: std::collections::BTreeMap::new(),
    };
    let manifest = serde_json::to_vec(&manifest).unwrap();
    let index = json!({"schemaVersion": 2, "manifests": [put(media::MANIFEST, &manifest)]});
    std::fs::write(desk.path("layout/large/index.json"), index.to_string()).unwrap();
}

#[test]
fn a_large_image_is_pushed_in_little_memory() {
    let desk = Desk::new();
    large(&desk);
    // the last request waits, so that there is somebody to ask
    desk.sim.fail(Fault {
        method: "PUT",
        path: "/manifests/",
        after: 0,
        times: 1,
        does: Does::Hang,
    });
    let mut child = Command::new(env!("CARGO_BIN_EXE_image-push"))
        .args(["--layout", "layout/large", "--tag", "v1"])
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .envs(desk.environment())
        .current_dir(desk.path(""))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let deadline = Instant::now() + Duration::from_secs(120);
    while !desk.sim.hangs() {
        assert!(Instant::now() < deadline, "the manifest does not come");
        assert_eq!(child.try_wait().unwrap(), None);
        std::thread::sleep(Duration::from_millis(20));
    }
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id()));
    child.kill().unwrap();
    child.wait().unwrap();
    let sent = desk.received();
    assert!(sent >= (usize::from(LAYERS) * LAYER) as u64, "{sent}");
    let Ok(status) = status else {
        println!("SKIPPED: there is no `/proc` to ask for a process's memory");
        return;
    };
    let peak = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .unwrap();
    let peak: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
    assert!(peak < MOST, "{peak} kB at its peak");
}
