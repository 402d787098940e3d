//! Releases and their files, against the stand-in.

use github_api::{GitHub, GitHubError, NewRelease};
use github_sim::REPOSITORY;

fn pair() -> (github_sim::GitHub, GitHub) {
    let there = github_sim::GitHub::start(&[("a.txt", "a")]).unwrap();
    let here = GitHub::connect(there.url(), REPOSITORY, "token").unwrap();
    (there, here)
}

fn draft<'a>(tag: &'a str, commit: &'a str) -> NewRelease<'a> {
    NewRelease {
        tag_name: tag,
        target_commitish: commit,
        name: tag,
        body: "text",
        prerelease: false,
        draft: true,
    }
}

#[test]
fn a_draft_is_found_by_its_tag_and_published_with_it() {
    let (there, here) = pair();
    let main = here.head("main").unwrap().unwrap();
    assert!(here.release("v1.0.0").unwrap().is_none());
    let made = here.create_release(&draft("v1.0.0", &main)).unwrap();
    // the older of two with the same tag
    here.create_release(&draft("v1.0.0", &main)).unwrap();
    let found = here.release("v1.0.0").unwrap().unwrap();
    assert_eq!((found.id, found.draft), (made.id, true));
    assert_eq!(there.tag("v1.0.0"), None);
    here.publish_release(made.id, true).unwrap();
    let found = here.release("v1.0.0").unwrap().unwrap();
    assert_eq!(
        (found.id, found.draft, found.immutable),
        (made.id, false, false)
    );
    assert_eq!(there.tag("v1.0.0"), Some(main));
    assert!(there.releases()[0].latest);
}

#[test]
fn files_arrive_as_they_are_and_come_back_without_the_token() {
    let (there, here) = pair();
    let main = here.head("main").unwrap().unwrap();
    let release = here.create_release(&draft("v1", &main)).unwrap();
    // no UTF-8, and no JSON
    let bytes: Vec<u8> = (0..=255).cycle().take(3 << 20).collect();
    let made = here
        .upload_asset(&release, "a b+c?.bin", bytes.clone())
        .unwrap();
    assert_eq!((made.name.as_str(), made.size), ("a b+c?.bin", 3 << 20));
    assert_eq!(made.state, "uploaded");
    assert!(made.digest.as_ref().unwrap().starts_with("sha256:"));
    assert_eq!(
        here.assets(release.id).unwrap(),
        std::slice::from_ref(&made)
    );
    // the storage refuses whoever brings it
    assert_eq!(here.asset(made.id).unwrap(), bytes);
    let again = here.upload_asset(&release, "a b+c?.bin", Vec::new());
    assert!(
        matches!(again, Err(GitHubError::Invalid { .. })),
        "{again:?}"
    );
    here.delete_asset(made.id).unwrap();
    assert_eq!(here.assets(release.id).unwrap(), []);
    assert_eq!(there.releases()[0].assets.len(), 0);
}

#[test]
fn what_is_immutable_stays_as_it_is() {
    let (there, here) = pair();
    there.immutable_releases(true);
    assert_eq!(here.immutable_releases().unwrap(), Some(true));
    let main = here.head("main").unwrap().unwrap();
    let release = here.create_release(&draft("v1.0.0", &main)).unwrap();
    let asset = here.upload_asset(&release, "a", b"1".to_vec()).unwrap();
    assert!(here.publish_release(release.id, true).unwrap().immutable);
    let late = here.upload_asset(&release, "b", b"2".to_vec());
    assert!(matches!(late, Err(GitHubError::Invalid { .. })), "{late:?}");
    let gone = here.delete_asset(asset.id);
    assert!(matches!(gone, Err(GitHubError::Invalid { .. })), "{gone:?}");
}
