//! Every quirk and fault of a push: it ends well, nothing is damaged, and what is sent again is sent in a new session.

use ecr_sim::{Does, Fault};
use oci_image::{Basic, Credentials, Registry, RegistryError};

use crate::shelf::{Shelf, carry_out, impatient, told};

fn fault(method: &'static str, path: &'static str, times: usize, does: Does) -> Fault {
    Fault {
        method,
        path,
        after: 0,
        times,
        does,
    }
}

/// Pushes with a fault; gives the requests.
async fn survives(fault: Fault) -> Vec<String> {
    let shelf = Shelf::new();
    let image = shelf.usual();
    let text = format!("{fault:?}");
    shelf.sim.fail(fault);
    let pushed = shelf.push(&image, &["v1"]).await;
    let pushed = pushed.unwrap_or_else(|error| panic!("{text}: {}", told(&error)));
    assert_eq!(pushed.digest, image.digest());
    shelf.sim.verify().unwrap();
    assert_eq!(
        shelf.sim.tags("app"),
        [("v1".to_owned(), image.digest().to_string())]
    );
    shelf.asked()
}

#[tokio::test]
async fn transient_faults_of_every_request_are_overcome() {
    for (method, path) in [
        ("HEAD", "/manifests/"),
        ("HEAD", "/blobs/"),
        ("POST", "/blobs/uploads/"),
        ("PUT", "/blobs/uploads/"),
        ("PUT", "/manifests/"),
    ] {
        for does in [
            Does::Answer(500, "UNKNOWN", "oops"),
            Does::Answer(503, "UNAVAILABLE", "later"),
            Does::Throttle(0),
            Does::Reset(0),
            Does::LoseAnswer,
            Does::ExpireCredentials,
        ] {
            survives(fault(method, path, 2, does)).await;
        }
    }
}

#[tokio::test]
async fn a_connection_that_breaks_in_a_blob_is_a_new_session() {
    // which blob comes first is left to chance, and the smallest is over before it could break
    let asked = survives(fault("PUT", "/blobs/uploads/", 4, Does::Reset(80_000))).await;
    let sessions = asked.iter().filter(|line| line.starts_with("POST")).count();
    assert!(sessions > 4, "{asked:#?}");
    // the registry never saw a session begin again
    assert!(
        !asked.iter().any(|line| line.ends_with("416")),
        "{asked:#?}"
    );
}

#[tokio::test]
async fn a_session_that_ran_out_is_a_new_one() {
    let asked = survives(fault("PUT", "/blobs/uploads/", 2, Does::ExpireSession)).await;
    assert!(
        asked.contains(&"PUT blobs/uploads/ 404".to_owned()),
        "{asked:#?}"
    );
    let refused = Does::Answer(416, "BLOB_UPLOAD_INVALID", "does not begin there");
    survives(fault("PUT", "/blobs/uploads/", 2, refused)).await;
}

#[tokio::test]
async fn credentials_that_run_out_in_the_middle_are_renewed() {
    let asked = survives(fault("PUT", "/blobs/uploads/", 1, Does::ExpireCredentials)).await;
    assert!(asked.iter().any(|line| line.ends_with("401")), "{asked:#?}");
    let asked = survives(fault("PUT", "/manifests/", 1, Does::ExpireCredentials)).await;
    assert!(
        asked.contains(&"PUT manifests/v1 401".to_owned()),
        "{asked:#?}"
    );
}

#[tokio::test]
async fn a_registry_that_takes_no_bytes_with_the_put_gets_them_by_patch() {
    let refused = Does::Answer(405, "UNSUPPORTED", "not here");
    let asked = survives(fault("PUT", "/blobs/uploads/", 1, refused)).await;
    // which ECR answers with 201
    assert!(
        asked.contains(&"PATCH blobs/uploads/ 201".to_owned()),
        "{asked:#?}"
    );
    let shelf = Shelf::new();
    let image = shelf.usual();
    shelf.sim.fail(fault("PUT", "/blobs/uploads/", 4, refused));
    shelf
        .sim
        .fail(fault("PATCH", "/blobs/uploads/", 1, Does::NoLocation));
    shelf.push(&image, &["v1"]).await.unwrap();
    shelf.sim.verify().unwrap();
}

#[tokio::test]
async fn a_fault_that_stays_is_said_in_the_end() {
    let shelf = Shelf::new();
    let image = shelf.usual();
    let does = Does::Answer(503, "UNAVAILABLE", "down");
    shelf.sim.fail(fault("PUT", "/blobs/uploads/", 1000, does));
    let error = shelf.push(&image, &["v1"]).await.unwrap_err();
    let text = told(&error);
    assert!(matches!(error, RegistryError::Unreachable { .. }), "{text}");
    assert!(
        text.contains("the upload of sha256:") && text.contains("503"),
        "{text}"
    );
    assert!(shelf.sim.tags("app").is_empty());
}

#[tokio::test]
async fn wrong_credentials_are_said_at_once() {
    let shelf = Shelf::new();
    let basic = Basic {
        user: "AWS".to_owned(),
        password: "wrong".to_owned(),
    };
    let mut target = shelf.target(&["v1"]);
    let credentials = Credentials::Basic(basic);
    target.registry = Registry::patient(shelf.sim.url(), credentials, impatient()).unwrap();
    let error = carry_out(&shelf.usual(), target).await.unwrap_err();
    assert!(
        matches!(error, RegistryError::Unauthorized { .. }),
        "{error:?}"
    );
    assert_eq!(shelf.sim.requests().len(), 1);
}

#[tokio::test]
async fn a_missing_repository_is_said_by_name() {
    let shelf = Shelf::new();
    let mut target = shelf.target(&["v1"]);
    target.repository = crate::shelf::name("nobody");
    let error = carry_out(&shelf.usual(), target).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "the registry {} has no repository `nobody`",
            shelf.sim.host()
        )
    );
}

#[tokio::test]
async fn a_token_is_fetched_where_the_registry_asks_for_one() {
    let shelf = Shelf::token();
    let image = shelf.usual();
    shelf.push(&image, &["v1"]).await.unwrap();
    shelf.sim.verify().unwrap();
    let asked = shelf.asked();
    let tokens = asked.iter().filter(|line| line.contains("/token")).count();
    assert_eq!(tokens, 1, "{asked:#?}");
}

/// A hundred pushes, each with three faults of its own that pass: none fails, and nothing is damaged.
#[tokio::test]
async fn no_transient_fault_fails_a_push() {
    let requests = [
        ("HEAD", "/manifests/"),
        ("HEAD", "/blobs/"),
        ("POST", "/blobs/uploads/"),
        ("PUT", "/blobs/uploads/"),
        ("PUT", "/manifests/"),
        ("", ""),
    ];
    let faults = [
        Does::Answer(500, "UNKNOWN", "oops"),
        Does::Answer(502, "", ""),
        Does::Answer(504, "", ""),
        Does::Throttle(0),
        Does::Reset(0),
        Does::Reset(3000),
        Does::LoseAnswer,
        Does::ExpireCredentials,
        Does::ExpireSession,
    ];
    for seed in 0..100 {
        let mut random = fastrand::Rng::with_seed(seed);
        let shelf = Shelf::new();
        let image = shelf.image(&[
            ("lib/large", &crate::shelf::noise(seed, 20_000)),
            ("app/app.py", b"print('hello')\n"),
        ]);
        for _ in 0..3 {
            let (method, path) = requests[random.usize(..requests.len())];
            shelf.sim.fail(Fault {
                method,
                path,
                after: random.usize(..4),
                times: 1,
                does: faults[random.usize(..faults.len())],
            });
        }
        let pushed = shelf.push(&image, &["v1", "v2"]).await;
        let pushed = pushed.unwrap_or_else(|error| panic!("seed {seed}: {}", told(&error)));
        assert_eq!(pushed.digest, image.digest());
        shelf.sim.verify().unwrap();
        assert_eq!(shelf.sim.tags("app").len(), 2, "seed {seed}");
    }
}
