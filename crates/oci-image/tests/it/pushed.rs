//! What a push asks for, and what is there afterwards.

use std::collections::{BTreeMap, BTreeSet};

use ecr_sim::Config;
use oci_image::push::{self, Known};
use oci_image::{Document, Image, Index, layout, media};

use crate::shelf::{Shelf, carry_out, name, noise};

#[tokio::test]
async fn a_push_brings_everything_and_the_manifest_last() {
    let shelf = Shelf::new();
    let image = shelf.usual();
    let pushed = shelf.push(&image, &["v1"]).await.unwrap();
    assert!(pushed.changed);
    assert_eq!((pushed.uploaded.len(), pushed.mounted.len()), (4, 0));
    assert_eq!(pushed.bytes, image.size());
    let asked = shelf.asked();
    assert_eq!(asked.last().unwrap(), "PUT manifests/v1 201");
    assert_eq!(
        asked
            .iter()
            .filter(|line| line.starts_with("PUT blobs"))
            .count(),
        4
    );
    assert_eq!(
        shelf.sim.tags("app"),
        [("v1".to_owned(), image.digest().to_string())]
    );
    shelf.sim.verify().unwrap();
}

#[tokio::test]
async fn an_unchanged_image_is_one_request_and_no_byte() {
    let shelf = Shelf::new();
    let image = shelf.usual();
    shelf.push(&image, &["v1"]).await.unwrap();
    shelf.sim.requests();
    let target = shelf.target(&["v1"]);
    let registry = target.registry.clone();
    let pushed = carry_out(&image, target).await.unwrap();
    assert!(!pushed.changed);
    assert_eq!(pushed.digest, image.digest());
    assert_eq!(shelf.asked(), ["HEAD manifests/v1 200"]);
    assert_eq!(
        (registry.traffic().requests(), registry.traffic().sent()),
        (1, 0)
    );
}

#[tokio::test]
async fn what_is_known_is_not_asked_for() {
    let shelf = Shelf::new();
    let image = shelf.usual();
    let known = Known {
        tags: Some(BTreeMap::from([("v1".parse().unwrap(), image.digest())])),
        blobs: None,
    };
    let plan = push::plan(&image, shelf.target(&["v1"]), known)
        .await
        .unwrap();
    assert!(plan.is_done());
    let known = Known {
        tags: Some(BTreeMap::new()),
        blobs: Some(BTreeSet::new()),
    };
    let plan = push::plan(&image, shelf.target(&["v1"]), known)
        .await
        .unwrap();
    assert_eq!(plan.bytes(), image.size());
    // whether the manifest is there under another tag
    assert_eq!(shelf.asked(), ["HEAD manifests/ 404"]);
}

#[tokio::test]
async fn another_tag_for_the_same_image_is_the_manifest_alone() {
    let shelf = Shelf::new();
    let image = shelf.usual();
    shelf.push(&image, &["v1"]).await.unwrap();
    shelf.sim.requests();
    let pushed = shelf.push(&image, &["v1", "latest"]).await.unwrap();
    assert!(pushed.changed && pushed.uploaded.is_empty());
    assert_eq!(
        shelf.asked(),
        [
            "HEAD manifests/v1 200",
            "HEAD manifests/latest 404",
            "PUT manifests/latest 201"
        ]
    );
}

#[tokio::test]
async fn one_new_layer_is_the_only_one_that_goes() {
    let shelf = Shelf::new();
    let large = noise(1, 160_000);
    let files = |code| [("lib/large", large.as_slice()), ("app/app.py", code)];
    shelf
        .push(&shelf.image(&files(b"print(1)")), &["a"])
        .await
        .unwrap();
    let pushed = shelf
        .push(&shelf.image(&files(b"print(2)")), &["b"])
        .await
        .unwrap();
    assert_eq!(pushed.present, 1);
    assert!(pushed.bytes < 2000, "{}", pushed.bytes);
    shelf.sim.verify().unwrap();
}

#[tokio::test]
async fn blobs_are_mounted_where_a_manifest_has_them_and_sent_where_it_is_refused() {
    for (mounting, expected) in [(true, (4, 0)), (false, (0, 4))] {
        let shelf = Shelf::with(Config {
            mounting,
            ..Config::default()
        });
        shelf.sim.create("other", false);
        let image = shelf.usual();
        shelf.push(&image, &["v1"]).await.unwrap();
        shelf.sim.requests();
        let mut target = shelf.target(&["v1"]);
        target.repository = name("other");
        target.lenders = vec![name("app")];
        let pushed = carry_out(&image, target).await.unwrap();
        assert_eq!((pushed.mounted.len(), pushed.uploaded.len()), expected);
        let opened = shelf.asked();
        let opened = opened
            .iter()
            .filter(|line| line.starts_with("POST"))
            .count();
        // a refusal is an open session, and is used
        assert_eq!(opened, 4);
        shelf.sim.verify().unwrap();
    }
}

#[tokio::test]
async fn an_immutable_tag_with_the_same_image_is_a_success() {
    let shelf = Shelf::new();
    shelf.sim.create("app", true);
    let image = shelf.usual();
    shelf.push(&image, &["v1"]).await.unwrap();
    // also when nobody looked first: the refusal is looked into
    let known = Known {
        tags: Some(BTreeMap::new()),
        blobs: None,
    };
    let plan = push::plan(&image, shelf.target(&["v1"]), known)
        .await
        .unwrap();
    let pushed = plan.carry_out().await.unwrap();
    assert_eq!(pushed.digest, image.digest());
    let asked = shelf.asked();
    assert!(
        asked.contains(&"PUT manifests/v1 400".to_owned()),
        "{asked:?}"
    );
}

#[tokio::test]
async fn several_platforms_go_with_their_index_last() {
    let shelf = Shelf::new();
    let image = several(&shelf);
    let folder = shelf.path().join("layout");
    layout::write(&image, &folder, Some("both")).unwrap();
    let read = layout::read(&folder, Some("both")).unwrap();
    assert_eq!(read.digest(), image.digest());
    let pushed = shelf.push(&read, &["both"]).await.unwrap();
    assert_eq!(pushed.uploaded.len(), 4);
    let asked = shelf.asked();
    let puts: Vec<_> = asked
        .iter()
        .filter(|line| line.starts_with("PUT manifests"))
        .collect();
    assert_eq!(
        puts,
        [
            "PUT manifests/ 201",
            "PUT manifests/ 201",
            "PUT manifests/both 201"
        ]
    );
    shelf.sim.verify().unwrap();
    assert!(!shelf.push(&read, &["both"]).await.unwrap().changed);
    // which is what somebody asks who wants to run it
    let platforms = async |object: &str| {
        let found = shelf.registry().platforms(&name("app"), object).await;
        let found = found.unwrap()?.into_iter();
        Some(
            found
                .map(|platform| platform.to_string())
                .collect::<Vec<_>>(),
        )
    };
    let both = ["linux/amd64", "linux/arm64"].map(str::to_owned);
    assert_eq!(platforms("both").await, Some(both.to_vec()));
    let one = read.children[0].digest.to_string();
    assert_eq!(platforms(&one).await, Some(both[..1].to_vec()));
    assert_eq!(platforms("none").await, None);
}

/// An index of two images.
fn several(shelf: &Shelf) -> Image {
    let images = [shelf.image(&[("a", b"one")]), shelf.image(&[("a", b"two")])];
    let manifests = images.iter().zip(["amd64", "arm64"]).map(|(image, cpu)| {
        let mut descriptor = image.root.descriptor();
        descriptor.platform = oci_image::Platform::parse(&format!("linux/{cpu}"));
        descriptor
    });
    let index = Index {
        schema_version: 2,
        media_type: Some(media::INDEX.to_owned()),
        manifests: manifests.collect(),
        annotations: BTreeMap::new(),
    };
    let children: Vec<Document> = images.iter().map(|image| image.root.clone()).collect();
    Image {
        root: Document::new(media::INDEX, serde_json::to_vec(&index).unwrap()),
        children,
        blobs: images.into_iter().flat_map(|image| image.blobs).collect(),
    }
}

#[tokio::test]
async fn an_archive_is_pushed_without_unpacking_it() {
    let shelf = Shelf::new();
    let image = shelf.usual();
    let folder = shelf.path().join("layout");
    layout::write(&image, &folder, None).unwrap();
    let file = shelf.path().join("image.tar");
    let mut archive = tar::Builder::new(std::fs::File::create(&file).unwrap());
    archive.append_dir_all(".", &folder).unwrap();
    archive.into_inner().unwrap();
    let read = layout::read(&file, None).unwrap();
    shelf.push(&read, &["v1"]).await.unwrap();
    assert_eq!(read.digest(), image.digest());
    shelf.sim.verify().unwrap();
}

#[tokio::test]
async fn an_image_without_a_tag_is_pushed_by_its_digest() {
    let shelf = Shelf::new();
    let image = shelf.usual();
    assert!(shelf.push(&image, &[]).await.unwrap().changed);
    assert!(!shelf.push(&image, &[]).await.unwrap().changed);
    assert!(
        shelf
            .sim
            .manifest("app", &image.digest().to_string())
            .is_some()
    );
    assert!(shelf.sim.tags("app").is_empty());
}
