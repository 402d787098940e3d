//! The saved plan: real ones are taken apart, tampered ones refused.

use std::io::{Cursor, Read, Write};

use tfplan::{SavedPlan, SavedPlanError as Error};
use zip::write::SimpleFileOptions;

use crate::{CASES, bytes, saved};

#[test]
fn reads_what_identifies_a_plan() {
    let plan = saved("changes");
    assert_eq!(
        plan.file_sha256,
        evidence::Sha256::of(bytes("changes/plan.tfplan"))
    );
    assert_eq!(plan.state.serial, 10);
    assert_eq!(plan.state.lineage.len(), 36);
    assert_eq!(
        (plan.backend.kind.as_str(), plan.backend.workspace.as_str()),
        ("local", "default")
    );
    assert!(!plan.errored);
    let first = saved("first");
    assert_eq!((first.state.lineage.as_str(), first.state.serial), ("", 0));
    let aws = saved("aws");
    assert!(
        aws.lock_file
            .as_ref()
            .unwrap()
            .text
            .contains("version     = \"5.100.0\"")
    );
    for case in CASES {
        let (saved, shown) = (saved(case), crate::plan(case));
        assert_eq!(saved.tool_version, shown.tool_version());
        assert_eq!(saved.timestamp, shown.timestamp());
    }
}

#[test]
fn holds_the_source_of_each_module() {
    let plan = saved("first");
    let modules: Vec<_> = plan
        .modules
        .iter()
        .map(|module| (module.key.as_str(), module.dir.as_str()))
        .collect();
    assert_eq!(modules, [("", "."), ("shelf", "../modules/shelf")]);
    assert_eq!(
        plan.modules[1].files["main.tf"].as_bytes(),
        bytes("first/config/modules/shelf/main.tf")
    );
}

#[test]
fn says_what_a_file_is_instead() {
    let read = |bytes: &[u8]| SavedPlan::read(bytes).unwrap_err();
    assert!(matches!(read(b""), Error::Empty));
    assert!(matches!(read(b"hello"), Error::NotAPlan));
    assert!(matches!(read(b"{}"), Error::NotAPlan));
    assert!(matches!(
        read(b"{\"lineage\":\"\",\"serial\":1}"),
        Error::State
    ));
    assert!(matches!(
        read(b"{\"meta\":{},\"encrypted_data\":\"\"}"),
        Error::Encrypted
    ));
    assert!(matches!(read(&bytes("aws/plan.json")), Error::PlanJson));
}

#[test]
fn no_cut_file_is_read() {
    let whole = bytes("first/plan.tfplan");
    for length in (0..whole.len()).step_by(7).chain([whole.len() - 1]) {
        assert!(SavedPlan::read(&whole[..length]).is_err(), "{length} bytes");
    }
}

#[test]
fn no_changed_byte_is_read_as_another_plan() {
    let whole = bytes("first/plan.tfplan");
    let digest = saved("first").file_sha256;
    for at in (0..whole.len()).step_by(11) {
        let mut changed = whole.clone();
        changed[at] ^= 0x41;
        // Some bytes, such as times of entries, mean nothing; the digest still tells.
        if let Ok(plan) = SavedPlan::read(&changed) {
            assert_ne!(plan.file_sha256, digest, "byte {at}");
        }
    }
}

#[test]
fn an_archive_that_two_readers_could_see_differently_is_refused() {
    let whole = bytes("first/plan.tfplan");
    let before = [b"PK".as_slice(), &whole].concat();
    let behind = [whole.as_slice(), b"more"].concat();
    for (odd, name) in [(before, "before"), (behind, "behind")] {
        let error = SavedPlan::read(&odd).unwrap_err();
        assert!(
            matches!(error, Error::Ambiguous(_) | Error::DamagedArchive(_)),
            "{name}: {error:?}"
        );
    }
    // The same name twice: the writer refuses that, so the second one is renamed in the bytes.
    let twice = rewritten(&whole, |_, content| Some(content), &[("tfplaN", b"x")]);
    let twice = replaced(&twice, b"tfplaN", b"tfplan");
    assert!(matches!(
        SavedPlan::read(&twice).unwrap_err(),
        Error::Ambiguous(_)
    ));
}

#[test]
fn forbidden_names_are_refused() {
    let whole = bytes("first/plan.tfplan");
    for name in [
        "../evil.tf",
        "/etc/passwd",
        "tfconfig//x",
        "tfconfig/./x",
        "a\\b",
        "c:x",
        "a\nb",
    ] {
        let odd = rewritten(&whole, |_, content| Some(content), &[(name, b"x")]);
        assert!(
            matches!(SavedPlan::read(&odd).unwrap_err(), Error::ForbiddenName(_)),
            "{name}"
        );
    }
}

#[test]
fn a_part_that_is_missing_or_odd_is_named() {
    let whole = bytes("first/plan.tfplan");
    for part in ["tfplan", "tfstate", "tfconfig/modules.json"] {
        let without = rewritten(
            &whole,
            |name, content| (name != part).then_some(content),
            &[],
        );
        let error = SavedPlan::read(&without).unwrap_err();
        assert!(
            matches!(error, Error::MissingEntry(missing) if missing == part),
            "{error:?}"
        );
        let odd = rewritten(
            &whole,
            |name, content| Some(if name == part { vec![0xff; 9] } else { content }),
            &[],
        );
        let error = SavedPlan::read(&odd).unwrap_err();
        assert!(
            matches!(error, Error::DamagedPlan | Error::DamagedEntry { .. }),
            "{part}: {error:?}"
        );
    }
    let newer = rewritten(
        &whole,
        |name, content| {
            Some(if name == "tfplan" {
                vec![8, 4]
            } else {
                content
            })
        },
        &[],
    );
    assert!(matches!(
        SavedPlan::read(&newer).unwrap_err(),
        Error::UnknownVersion(4)
    ));
}

#[test]
fn printing_a_plan_shows_no_source() {
    let printed = format!("{:?}", saved("aws"));
    assert!(
        printed.contains("main.tf") && !printed.contains("secret"),
        "{printed}"
    );
}

fn rewritten(
    archive: &[u8],
    mut change: impl FnMut(&str, Vec<u8>) -> Option<Vec<u8>>,
    extra: &[(&str, &[u8])],
) -> Vec<u8> {
    let mut from = zip::ZipArchive::new(Cursor::new(archive)).expect("a zip");
    let mut to = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..from.len() {
        let mut entry = from.by_index(index).expect("a zip");
        let name = String::from_utf8(entry.name_raw().to_vec()).expect("a zip");
        let mut content = Vec::new();
        entry.read_to_end(&mut content).expect("a zip");
        if let Some(content) = change(&name, content) {
            to.start_file(name, SimpleFileOptions::default())
                .expect("a zip");
            to.write_all(&content).expect("a zip");
        }
    }
    for (name, content) in extra {
        to.start_file(*name, SimpleFileOptions::default())
            .expect("a zip");
        to.write_all(content).expect("a zip");
    }
    to.finish().expect("a zip").into_inner()
}

fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for at in 0..bytes.len() - from.len() {
        if &bytes[at..at + from.len()] == from {
            bytes[at..at + from.len()].copy_from_slice(to);
        }
    }
    bytes
}
