//! Building upon an image that stays where it is: its layers are mounted or copied, and never unpacked.

use std::collections::BTreeMap;

use ecr_sim::Config;
use oci_image::assemble::{Base, referrer};
use oci_image::{Platform, RegistryError};

use crate::shelf::{Shelf, carry_out, name};

fn platform() -> Platform {
    Platform::parse("linux/amd64").unwrap()
}

/// A base in the repository `base` of one registry, and an image upon it pushed to `app` of another.
async fn upon(theirs: &Shelf, ours: &Shelf) -> oci_image::push::Pushed {
    theirs.sim.create("base", false);
    let mut target = theirs.target(&["1"]);
    target.repository = name("base");
    carry_out(&theirs.usual(), target).await.unwrap();
    let base = Base::fetch(&theirs.registry(), &name("base"), "1", &platform()).await;
    let base = base.unwrap();
    let layer = ours.layer(&[("app/app.py", b"print('upon')")]);
    let image = base.with(
        vec![("application".to_owned(), layer)],
        |config| config.user = Some("10001:10001".to_owned()),
        BTreeMap::new(),
    );
    let manifest = image.root.manifest().unwrap();
    assert_eq!(manifest.layers.len(), 4);
    assert_eq!(
        manifest.annotations["org.opencontainers.image.base.digest"],
        base.digest.to_string()
    );
    carry_out(&image, ours.target(&["upon"])).await.unwrap()
}

#[tokio::test]
async fn a_base_in_the_same_registry_is_mounted() {
    let shelf = Shelf::new();
    let pushed = upon(&shelf, &shelf).await;
    assert_eq!((pushed.mounted.len(), pushed.uploaded.len()), (3, 2));
    assert!(pushed.bytes < 4000);
    shelf.sim.verify().unwrap();
}

#[tokio::test]
async fn a_base_in_another_registry_is_copied_blob_by_blob() {
    let (theirs, ours) = (Shelf::token(), Shelf::new());
    let pushed = upon(&theirs, &ours).await;
    assert_eq!((pushed.mounted.len(), pushed.uploaded.len()), (0, 5));
    ours.sim.verify().unwrap();
}

#[tokio::test]
async fn a_mount_that_is_refused_is_copied_as_well() {
    let shelf = Shelf::with(Config {
        mounting: false,
        ..Config::default()
    });
    let pushed = upon(&shelf, &shelf).await;
    assert_eq!((pushed.mounted.len(), pushed.uploaded.len()), (0, 5));
    shelf.sim.verify().unwrap();
}

#[tokio::test]
async fn a_base_that_is_not_there_is_said_by_name() {
    let shelf = Shelf::new();
    let found = Base::fetch(&shelf.registry(), &name("app"), "none", &platform()).await;
    assert!(
        matches!(found, Err(RegistryError::NoImage { .. })),
        "{found:?}"
    );
}

#[tokio::test]
async fn what_refers_to_an_image_is_found_from_it() {
    let shelf = Shelf::new();
    let image = shelf.usual();
    shelf.push(&image, &["v1"]).await.unwrap();
    let sbom = referrer(&image.root, "application/spdx+json", b"{}".to_vec());
    assert!(shelf.push(&sbom, &[]).await.unwrap().changed);
    assert!(!shelf.push(&sbom, &[]).await.unwrap().changed);
    let found = shelf.registry();
    let found = found.referrers(&name("app"), image.digest()).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(
        found[0].artifact_type.as_deref(),
        Some("application/spdx+json")
    );
    assert_eq!(found[0].digest, sbom.digest());
}
