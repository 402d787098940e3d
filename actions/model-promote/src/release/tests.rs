//! Another package in the file, and every other byte as it was.

use super::*;

fn ours() -> ReleaseFile {
    let path = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/housing/prod.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    ReleaseFile::parse(&path, text).unwrap()
}

fn release(version: u32, etag: &str) -> Release {
    Release {
        package: format!(
            "arn:aws:sagemaker:eu-central-1:000000000000:model-package/housing/{version}"
        ),
        image: format!(
            "000000000000.dkr.ecr.eu-central-1.amazonaws.com/x@sha256:{}",
            "a".repeat(64)
        ),
        model_data: ModelData {
            url: format!("s3://artifacts/housing/{version}/model.tar.gz"),
            etag: etag.to_owned(),
        },
        training_data: TrainingData {
            sha256: "b".repeat(64),
        },
        metrics: [
            ("rmse".to_owned(), 0.4399),
            ("rmse_spatial".to_owned(), 0.66),
        ]
        .into(),
    }
}

/// The lines that one text has and the other has not.
fn changed<'a>(before: &'a str, after: &'a str) -> Vec<&'a str> {
    let before: Vec<&str> = before.lines().collect();
    after
        .lines()
        .filter(|line| !before.contains(line))
        .collect()
}

#[test]
fn the_first_promotion_changes_the_values_and_nothing_else() {
    let before = ours();
    let after = before.repin(&release(2, "0123456789abcdef"), None).unwrap();
    assert_eq!(after.says.release, release(2, "0123456789abcdef"));
    assert_eq!(after.says.previous, None);
    assert_eq!(before.text.lines().count(), after.text.lines().count());
    insta::assert_snapshot!(changed(&before.text, &after.text).join("\n"), @"
      package: arn:aws:sagemaker:eu-central-1:000000000000:model-package/housing/2
      image: 000000000000.dkr.ecr.eu-central-1.amazonaws.com/x@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
        url: s3://artifacts/housing/2/model.tar.gz
        etag: 0123456789abcdef
        sha256: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
        rmse: 0.4399 # rows drawn at random: neighbours of training rows are among them
        rmse_spatial: 0.66 # whole half-degree cells held out: places the model has never seen
    ");
}

#[test]
fn the_release_becomes_the_previous_one_and_the_way_back_is_the_same_file() {
    let first = ours().repin(&release(2, "e2"), None).unwrap();
    let second = first
        .repin(&release(3, "e3"), Some(&release(2, "e2")))
        .unwrap();
    assert_eq!(second.says.previous, Some(release(2, "e2")));
    let third = second
        .repin(&release(4, "e4"), Some(&release(3, "e3")))
        .unwrap();
    assert_eq!(third.text.lines().count(), second.text.lines().count());
    let comment = "# What served before `release`.";
    assert!(third.text.contains(comment));
    // there and back again
    let again = third
        .repin(&release(3, "e3"), Some(&release(2, "e2")))
        .unwrap();
    assert_eq!(again.text, second.text);
    let emptied = again.repin(&release(2, "e2"), None).unwrap();
    assert_eq!(emptied.text, first.text);
}

#[test]
fn a_string_that_looks_like_a_number_stays_a_string() {
    for etag in [
        "70735990012345678901234567890123",
        "1e5",
        "0x1f",
        "null",
        "true",
        "a: b",
        "a #b",
    ] {
        let file = ours().repin(&release(2, etag), None).unwrap();
        assert_eq!(file.says.release.model_data.etag, etag);
    }
}

#[test]
fn comments_quotes_and_line_ends_stay() {
    let text = ours().text.replace(
        "etag: 7bd73909fdd2d3bc003ce8769f608201",
        "etag: '7bd73909fdd2d3bc003ce8769f608201'   # of the upload",
    );
    let text = text.replace("previous: null", "previous: null # nothing yet");
    let windows = text.replace('\n', "\r\n");
    for text in [text, windows] {
        let before = ReleaseFile::parse(Utf8Path::new("prod.yaml"), text).unwrap();
        let after = before
            .repin(&release(2, "e2"), Some(&release(1, "e1")))
            .unwrap();
        assert!(
            after.text.contains("etag: e2   # of the upload"),
            "{}",
            after.text
        );
        assert!(after.text.contains(" # nothing yet"), "{}", after.text);
        assert_eq!(after.says.previous, Some(release(1, "e1")));
    }
}

#[test]
fn what_is_not_recognised_is_refused() {
    let inline = ours()
        .text
        .replace("  training_data:\n    sha256:", "  training_data: {sha256:");
    let inline = inline.replace("a685e\n", "a685e}\n");
    let file = ReleaseFile::parse(Utf8Path::new("prod.yaml"), inline).unwrap();
    let error = file.repin(&release(2, "e2"), None).unwrap_err();
    let Error::Edit { source, .. } = error else {
        panic!("{error:?}");
    };
    assert_eq!(
        source.to_string(),
        "`release.training_data.sha256` is not on a line of its own"
    );

    let more = ours()
        .text
        .replacen("    rmse: ", "    coverage: 0.9\n    rmse: ", 1);
    let file = ReleaseFile::parse(Utf8Path::new("prod.yaml"), more).unwrap();
    let Error::Edit { source, .. } = file.repin(&release(2, "e2"), None).unwrap_err() else {
        panic!("not an edit's");
    };
    assert_eq!(
        source.to_string(),
        "the file keeps the metric `coverage`, and the package has none of that name"
    );
}

#[test]
fn a_package_has_a_version() {
    assert_eq!(release(12, "e").version(), Some(12));
    assert_eq!(release(12, "e").name(), "housing 12");
    assert_eq!(
        version_of("arn:aws:sagemaker:x:0:model-package/housing"),
        None
    );
}
