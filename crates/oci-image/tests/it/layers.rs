//! Layers made here: the same bytes for the same files, wherever, whenever and by whomever they are made.

use std::os::unix::fs::{PermissionsExt as _, symlink};

use camino::Utf8Path;
use oci_image::layer::{Content, Layer};

fn tree(folder: &Utf8Path, newest_first: bool, umask: u32) {
    let mut names = ["b.py", "a.py", "c/d.py"];
    if newest_first {
        names.reverse();
    }
    for name in names {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, name).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644 & !umask)).unwrap();
        let time = std::time::SystemTime::UNIX_EPOCH
            + std::time::Duration::from_secs(u64::from(umask) * 1000);
        std::fs::File::open(&path)
            .unwrap()
            .set_modified(time)
            .unwrap();
    }
    symlink("a.py", folder.join("link")).unwrap();
}

#[test]
fn the_same_files_are_the_same_layer() {
    let mut digests = Vec::new();
    for (newest_first, umask) in [(false, 0), (true, 0o077)] {
        let folder = tempfile::tempdir().unwrap();
        let folder = Utf8Path::from_path(folder.path()).unwrap();
        tree(&folder.join("app"), newest_first, umask);
        let mut layer = Layer::default();
        layer
            .tree(&folder.join("app"), "app", &mut |_| true)
            .unwrap();
        let made = layer.write(&folder.join("blobs")).unwrap();
        digests.push((made.blob.descriptor.digest, made.diff_id));
    }
    assert_eq!(digests[0], digests[1]);
}

/// Another compressor, or another version of it, gives every image another digest: that should be a decision.
#[test]
fn a_layer_has_the_bytes_that_it_always_had() {
    let folder = tempfile::tempdir().unwrap();
    let mut layer = Layer::default();
    let text: String = (0..20_000).map(|line| format!("line {line}\n")).collect();
    layer
        .file("app/long.txt", Content::Bytes(text.into()), false)
        .unwrap();
    layer.link("app/link", "long.txt").unwrap();
    let made = layer
        .write(Utf8Path::from_path(folder.path()).unwrap())
        .unwrap();
    assert_eq!(made.diff_id.short(), "sha256:2756ad6a0c0e");
    assert_eq!(made.blob.descriptor.digest.short(), "sha256:c3c9f9c1944d");
}

#[test]
fn a_layer_is_what_tar_reads() {
    let folder = tempfile::tempdir().unwrap();
    let folder = Utf8Path::from_path(folder.path()).unwrap();
    let mut layer = Layer::default();
    let long = "x".repeat(150) + "/y";
    for path in ["opt/app/run", long.as_str()] {
        let content = Content::Bytes("#!/bin/sh\n".into());
        layer.file(path, content, path.ends_with("run")).unwrap();
    }
    let made = layer.write(folder).unwrap();
    let file = flate2::read::GzDecoder::new(made.blob.open().unwrap());
    let mut archive = tar::Archive::new(file);
    let entries: Vec<_> = archive
        .entries()
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            let header = entry.header();
            let path = entry.path().unwrap().to_string_lossy().into_owned();
            (
                path,
                header.mode().unwrap(),
                header.uid().unwrap(),
                header.mtime().unwrap(),
            )
        })
        .collect();
    let of = |path: &str, mode| (path.to_owned(), mode, 0, 315_532_800);
    assert_eq!(
        entries,
        [
            of("opt/", 0o755),
            of("opt/app/", 0o755),
            of("opt/app/run", 0o755),
            of(&format!("{}/", "x".repeat(150)), 0o755),
            of(&long, 0o644),
        ]
    );
}

#[test]
fn what_leads_out_of_the_image_does_not_go_in() {
    let mut layer = Layer::default();
    let content = || Content::Bytes("x".into());
    for path in ["../etc/passwd", "a/../../b", "a//b", "", "a/./b"] {
        assert!(layer.file(path, content(), false).is_err(), "{path}");
    }
    layer.file("a/b", content(), false).unwrap();
    assert!(layer.file("a/b/c", content(), false).is_err());
    assert!(layer.file("a", content(), false).is_err());
}
