//! Which package a change belongs to.

use super::*;

fn package(name: &str, paths: &[&str]) -> ReleasePackage {
    ReleasePackage {
        name: name.to_owned(),
        paths: paths.iter().map(|path| (*path).into()).collect(),
        tag_prefix: format!("{name}-v"),
        floating: true,
    }
}

fn change(scope: Option<&str>, files: &[&str]) -> Change {
    Change {
        id: String::new(),
        kind: crate::change::Kind::Fix,
        scope: scope.map(str::to_owned),
        description: String::new(),
        breaking: None,
        pull: None,
        reverts: Vec::new(),
        release_as: None,
        files: files.iter().map(|file| (*file).to_owned()).collect(),
    }
}

#[test]
fn a_file_belongs_to_the_deepest_folder() {
    let packages = [
        package("root", &[""]),
        package("a", &["crates/a", "shared"]),
        package("b", &["crates/b", "shared"]),
    ];
    let owners = |files: &[&str]| owners(&change(None, files), &packages);
    assert_eq!(owners(&["README.md"]), [0]);
    assert_eq!(owners(&["crates/a/src/lib.rs"]), [1]);
    assert_eq!(owners(&["crates/ab/src/lib.rs"]), [0]);
    assert_eq!(owners(&["shared/x"]), [1, 2]);
    assert_eq!(owners(&["crates/b/x", "README.md"]), [0, 2]);
    let folders_alone = &packages[1..];
    assert_eq!(
        super::owners(&change(None, &["README.md"]), folders_alone),
        [0usize; 0]
    );
}

#[test]
fn a_commit_without_files_belongs_to_its_scope_or_to_the_only_package() {
    let both = [package("a", &["a"]), package("b", &["b"])];
    assert_eq!(owners(&change(Some("b"), &[]), &both), [1]);
    assert_eq!(owners(&change(None, &[]), &both), [0usize; 0]);
    assert_eq!(owners(&change(None, &[]), &both[..1]), [0]);
}

#[test]
fn tags_of_others_are_no_versions() {
    let package = package("a", &["a"]);
    let version = |tag| version_of(tag, &package).map(|version| version.to_string());
    assert_eq!(version("a-v1.2.3-rc.1").as_deref(), Some("1.2.3-rc.1"));
    for tag in [
        "a-v1",
        "a-v1.2",
        "v1.2.3",
        "b-v1.2.3",
        "a-v01.2.3",
        "a-v1.2.3.4",
    ] {
        assert_eq!(version(tag), None, "{tag}");
    }
}
