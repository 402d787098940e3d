//! In what two images differ: the layer, and the first file.

use oci_image::compare::difference;
use oci_image::{Digest, Image};

use crate::shelf::{Shelf, name};

async fn differs(shelf: &Shelf, ours: &Image, theirs: Digest) -> String {
    let found = difference(ours, &shelf.registry(), &name("app"), theirs).await;
    found.unwrap()
}

/// Pushes one image, and says in what another one differs from it.
async fn told(shelf: &Shelf, theirs: &[(&str, &[u8])], ours: &[(&str, &[u8])]) -> String {
    let theirs = shelf.image(theirs);
    shelf.push(&theirs, &[]).await.unwrap();
    let ours = shelf.image(ours);
    let text = differs(shelf, &ours, theirs.digest()).await;
    // the digests are long, and not what is tested
    text.split_once("there: ")
        .map_or(text.clone(), |(_, file)| file.to_owned())
}

#[tokio::test]
async fn the_first_file_that_differs_is_named() {
    let shelf = Shelf::new();
    let long = "d/".repeat(80) + "file.py";
    for (theirs, ours, expected) in [
        (
            ("app/a.py", "1"),
            ("app/a.py", "2"),
            "the first file that differs is `app/a.py` (content)",
        ),
        (
            ("app/a.py", "1"),
            ("app/a.py", "12"),
            "the first file that differs is `app/a.py` (size)",
        ),
        (
            ("app/a.py", "1"),
            ("app/b.py", "1"),
            "the first file that differs is `app/b.py` here and `app/a.py` there",
        ),
        (
            (long.as_str(), "1"),
            (long.as_str(), "2"),
            &format!("the first file that differs is `{long}` (content)"),
        ),
    ] {
        let found = told(
            &shelf,
            &[(theirs.0, theirs.1.as_bytes())],
            &[(ours.0, ours.1.as_bytes())],
        )
        .await;
        assert_eq!(found, expected);
    }
}

#[tokio::test]
async fn the_layer_is_named_by_its_number_and_digests() {
    let shelf = Shelf::new();
    let theirs = shelf.image(&[("a", b"same"), ("b", b"1")]);
    shelf.push(&theirs, &[]).await.unwrap();
    let ours = shelf.image(&[("a", b"same"), ("b", b"2")]);
    let found = differs(&shelf, &ours, theirs.digest()).await;
    assert!(found.starts_with("layer 2 of 2 is sha256:"), "{found}");
    let shorter = shelf.image(&[("a", b"same")]);
    let found = differs(&shelf, &shorter, theirs.digest()).await;
    assert_eq!(found, "there are 1 layers here and 2 there");
}

#[tokio::test]
async fn a_configuration_that_differs_is_told_by_its_place() {
    let shelf = Shelf::new();
    let theirs = shelf.image(&[("a", b"same")]);
    shelf.push(&theirs, &[]).await.unwrap();
    let platform = oci_image::Platform::parse("linux/amd64").unwrap();
    let layer = ("COPY".to_owned(), shelf.layer(&[("a", b"same")]));
    let ours = oci_image::assemble::Base::scratch(&platform).with(
        vec![layer],
        |config| config.env = Some(vec!["A=2".to_owned()]),
        std::collections::BTreeMap::new(),
    );
    let found = differs(&shelf, &ours, theirs.digest()).await;
    assert_eq!(
        found,
        "every layer is the same; the configuration differs at `config.Env`"
    );
}
