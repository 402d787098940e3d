//! Built when it has to be, and only then.

use serde_json::Value;

use crate::desk::Desk;

/// The digest that the last run wrote down.
fn digest(desk: &Desk) -> String {
    let record: Value =
        serde_json::from_str(&desk.read(".towpath/evidence/images/app/image-push.json")).unwrap();
    record["predicate"]["digest"].as_str().unwrap().to_owned()
}

#[test]
fn an_image_is_built_once_for_what_goes_into_it() {
    let desk = Desk::new();
    let text = desk.runs(&[]);
    assert!(text.contains("\npushed  image app"), "{text}");
    let commit = desk.repository.borrow().git(["rev-parse", "HEAD"]);
    let first = digest(&desk);
    assert_eq!(desk.tag(&commit), Some(first.clone()));
    desk.sim.requests();

    // the same again: two calls of ECR's interface and the base's digest, and nothing sent
    let text = desk.runs(&[]);
    assert!(text.contains("\nunchanged  image app"), "{text}");
    let asked = desk.asked();
    assert_eq!(
        asked,
        [
            "API DescribeRepositories",
            "API GetAuthorizationToken",
            "HEAD /v2/base/manifests/1",
            "API BatchGetImage"
        ]
    );

    // another commit of the same ingredients is another tag, by its manifest alone
    desk.write("README.md", "not in the context");
    let other = desk.commit();
    desk.runs(&[]);
    assert_eq!(desk.tag(&other), Some(first.clone()));
    let puts: Vec<_> = desk
        .asked()
        .into_iter()
        .filter(|line| line.starts_with("PUT"))
        .collect();
    assert_eq!(puts, [format!("PUT /v2/app/manifests/{other}")]);

    // what goes in is changed: only the application's layer and the configuration are sent
    desk.write("app/app.py", "print('two')\n");
    desk.commit();
    desk.runs(&[]);
    assert_ne!(digest(&desk), first);
    assert!(desk.received() < 6000);
}

#[test]
fn what_a_run_writes_is_not_what_the_next_one_builds_from() {
    let desk = Desk::new();
    desk.write(".dockerignore", ".git\nlayout\n");
    desk.write("Dockerfile", "ARG BASE\nFROM ${BASE}\nCOPY . /app\n");
    desk.runs(&["--tag", "{branch}"]);
    let text = desk.runs(&["--tag", "{branch}"]);
    assert!(text.contains("\nunchanged"), "{text}");
}

#[test]
fn a_base_by_digest_is_two_requests() {
    let desk = Desk::new();
    let base = desk.sim.tags("base")[0].1.clone();
    let host = desk.sim.host().to_owned();
    let config = desk.read("towpath.yaml");
    desk.write(
        "towpath.yaml",
        &config.replace(&format!("{host}/base:1"), &format!("{host}/base@{base}")),
    );
    desk.commit();
    desk.runs(&[]);
    desk.sim.requests();
    desk.runs(&[]);
    assert_eq!(
        desk.asked(),
        ["API DescribeRepositories", "API BatchGetImage"]
    );
}

#[test]
fn everything_that_goes_in_makes_another_image() {
    let desk = Desk::new();
    desk.runs(&["--tag", "{branch}-0"]);
    let mut seen = vec![digest(&desk)];
    let changes: [(&str, &dyn Fn()); 6] = [
        ("a file", &|| desk.write("app/new.py", "x = 1\n")),
        ("a mode", &|| {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::Permissions::from_mode(0o755);
            std::fs::set_permissions(desk.path("app/new.py"), mode).unwrap();
        }),
        ("a link", &|| {
            std::os::unix::fs::symlink("app.py", desk.path("app/link.py")).unwrap();
        }),
        ("the base", &|| desk.push_base("1", b"newer")),
        ("the Dockerfile", &|| {
            desk.write(
                "Dockerfile",
                &crate::desk::DOCKERFILE.replace("web", "batch"),
            );
        }),
        ("a name", &|| {
            std::fs::rename(desk.path("app/new.py"), desk.path("app/newer.py")).unwrap()
        }),
    ];
    for (number, (what, change)) in changes.into_iter().enumerate() {
        change();
        desk.runs(&["--tag", &format!("{{branch}}-{}", number + 1)]);
        let digest = digest(&desk);
        assert!(!seen.contains(&digest), "{what}");
        seen.push(digest);
    }
    // and what does not go in, does not
    desk.write("app/__pycache__/x.pyc", "compiled");
    desk.write("elsewhere.txt", "text");
    desk.write(
        "Dockerfile",
        &format!("# why\n{}", crate::desk::DOCKERFILE.replace("web", "batch")),
    );
    let text = desk.runs(&["--tag", "{branch}-6"]);
    assert!(text.contains("\nunchanged"), "{text}");
}

#[test]
fn the_same_commit_is_the_same_image_wherever_and_by_whomever_it_is_built() {
    let digests = [(0o022, 1_000_000_000), (0o077, 1_900_000_000)].map(|(umask, time)| {
        let desk = Desk::new();
        // files as somebody else has them, at another time, in another folder
        for file in ["app/app.py", "app/deep/er/file.txt"] {
            desk.write(file, "print('one')\n");
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::Permissions::from_mode(0o666 & !umask);
            std::fs::set_permissions(desk.path(file), mode).unwrap();
            let time = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(time);
            let open = std::fs::File::options()
                .write(true)
                .open(desk.path(file))
                .unwrap();
            open.set_modified(time).unwrap();
        }
        desk.runs(&["--tag", "same"]);
        // the base's name has another port in it, so layers and configuration are compared
        let manifest: Value =
            serde_json::from_slice(&desk.sim.manifest("app", "same").unwrap()).unwrap();
        (manifest["layers"].clone(), manifest["config"].clone())
    });
    assert_eq!(digests[0], digests[1]);
}

#[test]
fn what_is_pushed_is_the_base_with_the_application_on_top() {
    let desk = Desk::new();
    desk.runs(&["--tag", "v1"]);
    let manifest: Value = serde_json::from_slice(&desk.sim.manifest("app", "v1").unwrap()).unwrap();
    assert_eq!(manifest["layers"].as_array().unwrap().len(), 2);
    assert_eq!(
        manifest["annotations"]["org.opencontainers.image.base.digest"],
        desk.sim.tags("base")[0].1
    );
    // the base's layer was mounted: nobody fetched it
    let asked = desk.asked();
    assert!(
        !asked.iter().any(|line| line.starts_with("GET /kept")
            && line.contains(manifest["layers"][0]["digest"].as_str().unwrap())),
        "{asked:#?}"
    );
    assert!(
        asked
            .iter()
            .any(|line| line == "POST /v2/app/blobs/uploads/")
    );
}

#[test]
fn what_refers_to_the_image_says_how_it_came_about() {
    let desk = Desk::new();
    desk.runs(&["--tag", "v1"]);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let found = runtime.block_on(async {
        let basic = oci_image::Basic {
            user: "AWS".to_owned(),
            password: desk.sim.password(),
        };
        let credentials = oci_image::Credentials::Basic(basic);
        let registry = oci_image::Registry::new(desk.sim.url(), credentials).unwrap();
        let app = "app".parse().unwrap();
        let digest = desk.tag("v1").unwrap().parse().unwrap();
        let found = registry.referrers(&app, digest).await.unwrap();
        let document = registry
            .document(&app, &found[0].digest.to_string())
            .await
            .unwrap();
        let layer = document.unwrap().manifest().unwrap().layers.remove(0);
        registry.small_blob(&app, &layer).await.unwrap()
    });
    let statement: Value = serde_json::from_slice(&found).unwrap();
    assert_eq!(statement["predicateType"], "https://slsa.dev/provenance/v1");
    let digest = desk.tag("v1").unwrap();
    assert_eq!(
        format!(
            "sha256:{}",
            statement["subject"][0]["digest"]["sha256"]
                .as_str()
                .unwrap()
        ),
        digest
    );
    let materials = statement["predicate"]["buildDefinition"]["resolvedDependencies"].clone();
    assert_eq!(materials.as_array().unwrap().len(), 2, "{materials}");
}
