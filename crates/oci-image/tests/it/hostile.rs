//! Registries that lie, and images that are damaged: a clear error, bounded memory, and nothing put under a tag.

use ecr_sim::{Does, Fault};
use oci_image::push::{self, Known};
use oci_image::{Digest, RegistryError, layout};

use crate::shelf::{Shelf, name, told};

fn always(method: &'static str, path: &'static str, does: Does) -> Fault {
    Fault {
        method,
        path,
        after: 0,
        times: 1000,
        does,
    }
}

#[tokio::test]
async fn a_registry_that_lies_is_found_out() {
    for (method, path, does, says) in [
        ("HEAD", "/blobs/sha256", Does::WrongLength, "7 bytes"),
        ("PUT", "/blobs/uploads/", Does::WrongDigest, "sha256:0000"),
        ("PUT", "/manifests/", Does::WrongDigest, "sha256:0000"),
        (
            "POST",
            "/blobs/uploads/",
            Does::NoLocation,
            "no usable `Location`",
        ),
        (
            "POST",
            "/blobs/uploads/",
            Does::OddLocation,
            "no usable `Location`",
        ),
    ] {
        let shelf = Shelf::new();
        let image = shelf.usual();
        if path == "/blobs/sha256" {
            shelf.push(&image, &["before"]).await.unwrap();
        }
        shelf.sim.fail(always(method, path, does));
        let other = shelf.image(&[("lib/large", &crate::shelf::noise(1, 160_000)), ("b", b"x")]);
        let error = shelf.push(&other, &["v1"]).await.unwrap_err();
        assert!(
            matches!(error, RegistryError::Lied { .. }),
            "{does:?}: {}",
            told(&error)
        );
        assert!(error.to_string().contains(says), "{does:?}: {error}");
    }
}

#[tokio::test]
async fn documents_and_blobs_that_are_something_else_are_refused() {
    let shelf = Shelf::new();
    let image = shelf.usual();
    shelf.push(&image, &["v1"]).await.unwrap();
    let registry = shelf.registry();
    let app = name("app");
    let digest = image.digest().to_string();
    let layer = image.blobs.values().next_back().unwrap().descriptor.clone();
    for does in [Does::WrongBody, Does::WrongDigest] {
        shelf.sim.fail(always("GET", "/manifests/", does));
        let error = registry.document(&app, &digest).await.unwrap_err();
        assert!(matches!(error, RegistryError::Lied { .. }), "{error:?}");
        let error = registry.document(&app, "v1").await.unwrap_err();
        assert!(matches!(error, RegistryError::Lied { .. }), "{error:?}");
        shelf.sim.mend();
    }
    shelf.sim.fail(always("GET", "/kept/", Does::WrongBody));
    let mut bytes = Vec::new();
    let error = registry.fetch(&app, &layer, &mut bytes).await.unwrap_err();
    assert!(matches!(error, RegistryError::Lied { .. }), "{error:?}");
}

#[tokio::test]
async fn answers_without_an_end_are_cut_off() {
    let shelf = Shelf::new();
    let image = shelf.usual();
    shelf.push(&image, &["v1"]).await.unwrap();
    let registry = shelf.registry();
    let app = name("app");
    let layer = image.blobs.values().next_back().unwrap().descriptor.clone();
    shelf.sim.fail(always("GET", "", Does::Endless));
    let error = registry.document(&app, "v1").await.unwrap_err();
    assert!(matches!(error, RegistryError::TooLarge { .. }), "{error:?}");
    shelf.sim.mend();
    shelf.sim.fail(always("GET", "/kept/", Does::Endless));
    let mut bytes = Vec::new();
    let error = registry.fetch(&app, &layer, &mut bytes).await.unwrap_err();
    assert!(matches!(error, RegistryError::Lied { .. }), "{error:?}");
    assert!(bytes.len() as u64 <= layer.size);
    let read = registry.traffic().received();
    assert!(read < 16 * 1024 * 1024, "{read}");
}

#[tokio::test]
async fn an_image_that_changed_on_disk_never_becomes_an_upload() {
    let shelf = Shelf::new();
    let image = shelf.usual();
    let folder = shelf.path().join("layout");
    layout::write(&image, &folder, None).unwrap();
    let read = layout::read(&folder, None).unwrap();
    let large = read
        .blobs
        .values()
        .max_by_key(|blob| blob.descriptor.size)
        .unwrap();
    let file = folder
        .join("blobs/sha256")
        .join(large.descriptor.digest.hex());
    let mut bytes = std::fs::read(&file).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&file, bytes).unwrap();
    let error = shelf.push(&read, &["v1"]).await.unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with(&format!("the bytes of {}", large.descriptor.digest)),
        "{error}"
    );
    assert!(shelf.sim.tags("app").is_empty());
    let last = shelf.sim.requests();
    let whole = last
        .iter()
        .filter(|asked| asked.bytes >= large.descriptor.size)
        .count();
    assert_eq!(whole, 0, "no upload of it was complete");
}

#[test]
fn layouts_that_are_damaged_are_refused_by_name() {
    let shelf = Shelf::new();
    let image = shelf.usual();
    let damage = |name: &str, change: &dyn Fn(&camino::Utf8Path)| {
        let folder = shelf.path().join(name);
        layout::write(&image, &folder, None).unwrap();
        change(&folder);
        layout::read(&folder, None).unwrap_err().to_string()
    };
    let manifest = image.digest().hex();
    let layer = image.blobs.keys().next().unwrap().hex();
    let blob = |folder: &camino::Utf8Path, hex: &str| folder.join("blobs/sha256").join(hex);
    for (name, change, says) in [
        (
            "no-index",
            &(|folder: &camino::Utf8Path| std::fs::remove_file(folder.join("index.json")).unwrap())
                as &dyn Fn(&camino::Utf8Path),
            "it has no `index.json`",
        ),
        (
            "other-manifest",
            &|folder| std::fs::write(blob(folder, &manifest), "{}").unwrap(),
            "have the digest",
        ),
        (
            "no-layer",
            &|folder| std::fs::remove_file(blob(folder, &layer)).unwrap(),
            "the image has no bytes for",
        ),
        (
            "short-layer",
            &|folder| std::fs::write(blob(folder, &layer), "x").unwrap(),
            "has 1 bytes, and its descriptor says",
        ),
        (
            "bomb",
            &|folder| std::fs::write(folder.join("index.json"), vec![b'['; 5 << 20]).unwrap(),
            "is larger than",
        ),
        (
            "deep",
            &|folder| std::fs::write(folder.join("index.json"), vec![b'['; 1 << 20]).unwrap(),
            "`index.json` is none",
        ),
    ] {
        let error = damage(name, change);
        assert!(error.contains(says), "{name}: {error}");
    }
}

#[tokio::test]
async fn a_tag_that_is_taken_is_told_with_what_it_leads_to() {
    let shelf = Shelf::new();
    shelf.sim.create("app", true);
    let first = shelf.image(&[("a", b"1")]);
    shelf.push(&first, &["v1"]).await.unwrap();
    let second = shelf.image(&[("a", b"2")]);
    let plan = push::plan(&second, shelf.target(&["v1"]), Known::default()).await;
    let error = plan.unwrap().carry_out().await.unwrap_err();
    let RegistryError::TagTaken { tag, existing, .. } = error else {
        panic!("{error:?}");
    };
    assert_eq!((tag.as_str(), existing), ("v1", Some(first.digest())));
    assert_ne!(existing, Some(Digest::of("")));
}
