//! A real repository, made by git itself.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop where it stands"
)]

use std::process::Command;

use camino::Utf8Path;
use worktree::{Worktree, WorktreeError};

fn git(folder: &Utf8Path, arguments: &[&str]) {
    let status = Command::new("git")
        .current_dir(folder)
        .args([
            "-c",
            "user.name=A",
            "-c",
            "user.email=a@example.com",
            "-c",
            "init.defaultBranch=main",
        ])
        .args(arguments)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .expect("git runs");
    assert!(status.status.success(), "{arguments:?}: {status:?}");
}

fn write(folder: &Utf8Path, path: &str, text: &str) {
    let path = folder.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

#[test]
fn tells_commit_cleanliness_changes_and_the_base_branch_s_files() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = Utf8Path::from_path(temporary.path()).unwrap();
    assert!(Worktree::around(folder).unwrap().is_none());

    git(folder, &["init"]);
    let worktree = Worktree::around(folder).unwrap().unwrap();
    assert_eq!(worktree.commit().unwrap(), None);

    write(folder, ".gitignore", "*.tfplan\n");
    write(folder, "policy/s3/a.rego", "package s3.a\n");
    git(folder, &["add", "."]);
    git(folder, &["commit", "-m", "base"]);
    let base = worktree.commit().unwrap().unwrap();
    write(folder, "prod.tfplan", "ignored");
    assert!(worktree.is_clean().unwrap());
    write(folder, "new.tf", "");
    assert!(!worktree.is_clean().unwrap());

    git(folder, &["checkout", "-b", "change"]);
    write(folder, "policy/s3/a.rego", "package s3.a # weakened\n");
    git(folder, &["add", "."]);
    git(folder, &["commit", "-m", "change"]);
    // what happened on the base branch meanwhile is not this branch's change
    git(folder, &["checkout", "main"]);
    write(folder, "elsewhere.tf", "");
    git(folder, &["add", "."]);
    git(folder, &["commit", "-m", "meanwhile"]);
    git(folder, &["checkout", "change"]);

    assert_eq!(
        worktree.changed_since("main").unwrap(),
        ["new.tf", "policy/s3/a.rego"]
    );
    let files = worktree.read(&base, Utf8Path::new("policy")).unwrap();
    assert_eq!(
        files,
        [("policy/s3/a.rego".to_owned(), b"package s3.a\n".to_vec())]
    );
    assert!(
        worktree
            .read(&base, Utf8Path::new("nowhere"))
            .unwrap()
            .is_empty()
    );
    let file = worktree
        .read(&base, Utf8Path::new("policy/s3/a.rego"))
        .unwrap();
    assert_eq!(file, files);
    let all = worktree.read(&base, Utf8Path::new("")).unwrap();
    let names: Vec<&str> = all.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, [".gitignore", "policy/s3/a.rego"]);
    let absent = "0123456789012345678901234567890123456789";
    assert!(matches!(
        worktree.changed_since(absent),
        Err(WorktreeError::NoSuchCommit { .. })
    ));
}
