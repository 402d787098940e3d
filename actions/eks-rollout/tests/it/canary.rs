//! A canary on a real API: the second Deployment, the route's weights, and the way back.
//!
//! The route's kind is defined here as far as its weights go. Nothing routes in this cluster, so what the check
//! asks is a server of the test.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Once};

use serde_json::{Value, json};

use crate::desk::{Desk, NEW, OLD};

/// Answers with a status that can change, and counts.
struct Page {
    address: String,
    status: Arc<AtomicU32>,
    asked: Arc<AtomicU32>,
}

impl Page {
    fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let page = Self {
            address: format!("http://{}/", listener.local_addr().unwrap()),
            status: Arc::new(AtomicU32::new(200)),
            asked: Arc::default(),
        };
        let (status, asked) = (Arc::clone(&page.status), Arc::clone(&page.asked));
        // it ends with the test's process
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut request = [0; 4096];
                let _ = stream.read(&mut request);
                asked.fetch_add(1, Ordering::Relaxed);
                let status = status.load(Ordering::Relaxed);
                let _ = write!(
                    stream,
                    "HTTP/1.1 {status} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
                );
            }
        });
        page
    }
}

fn routes() -> Value {
    json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "virtualservers.k8s.nginx.org"}, "spec": {
        "group": "k8s.nginx.org", "scope": "Namespaced",
        "names": {"kind": "VirtualServer", "listKind": "VirtualServerList", "plural": "virtualservers", "singular": "virtualserver"},
        "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}}]}})
}

/// A release that was proven, with a route, and a canary configured.
fn desk(page: &Page) -> Option<Desk> {
    let desk = Desk::new()?;
    // the kind is the whole cluster's, and several tests want it
    static ROUTES: Once = Once::new();
    ROUTES.call_once(|| desk.create(&routes()));
    desk.write("service.yaml", &json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "frontend"}, "spec": {"selector": {"app": "frontend"}, "ports": [{"port": 80}]}}));
    desk.write("route.yaml", &json!({"apiVersion": "k8s.nginx.org/v1", "kind": "VirtualServer", "metadata": {"name": "frontend"}, "spec": {
        "host": "a.test", "upstreams": [{"name": "pages", "service": "frontend", "port": 80}], "routes": [{"path": "/", "action": {"pass": "pages"}}]}}));
    desk.deployment(OLD, "ready");
    let config = format!(
        "rollouts: {{frontend: {{manifests: deploy, canary: {{steps: [20, 50], hold: 2s, check: {{url: \"{}\", every: 100ms, failures: 3}}}}}}}}\n",
        page.address
    );
    std::fs::write(desk.path("towpath.yaml"), config).unwrap();
    let ran = desk.run(&[]);
    assert_eq!(ran.exit_code, 0, "{}{}", ran.stdout, ran.stderr);
    assert!(
        ran.stderr.contains("no canary: nothing was proven before"),
        "{}",
        ran.stderr
    );
    Some(desk)
}

fn nothing_is_left(desk: &Desk) {
    assert!(
        desk.get("apps/v1", "Deployment", "frontend-canary")
            .is_none()
    );
    assert!(desk.get("v1", "Service", "frontend-canary").is_none());
    let route = desk
        .get("k8s.nginx.org/v1", "VirtualServer", "frontend")
        .unwrap();
    assert_eq!(
        route["spec"]["routes"],
        json!([{"path": "/", "action": {"pass": "pages"}}])
    );
    assert_eq!(route["spec"]["upstreams"].as_array().unwrap().len(), 1);
}

#[test]
fn a_good_release_gets_more_and_more_and_then_all() {
    let page = Page::open();
    let Some(desk) = desk(&page) else { return };
    desk.deployment(NEW, "ready");
    let mut running = desk.spawn("1");
    let weights = |desk: &Desk| {
        desk.get("k8s.nginx.org/v1", "VirtualServer", "frontend")
            .unwrap()["spec"]["routes"][0]["splits"]
            .as_array()
            .map(|splits| splits[1]["weight"].clone())
    };
    let mut seen = Vec::new();
    while running.try_wait().unwrap().is_none() {
        let now = weights(&desk);
        if seen.last() != Some(&now) {
            seen.push(now);
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    assert_eq!(running.wait().unwrap().code(), Some(0));
    assert_eq!(seen, [None, Some(json!(20)), Some(json!(50)), None]);
    assert!(page.asked.load(Ordering::Relaxed) > 20);
    nothing_is_left(&desk);
    assert_eq!(desk.serves(), [NEW, NEW]);
    // the same again has nothing to try
    let again = desk.run(&[]);
    assert!(
        again.exit_code == 0 && !again.stderr.contains("canary"),
        "{}",
        again.stderr
    );
}

#[test]
fn a_release_that_the_check_finds_worse_gets_no_more() {
    let page = Page::open();
    let Some(desk) = desk(&page) else { return };
    desk.deployment(NEW, "ready");
    page.status.store(500, Ordering::Relaxed);
    let ran = desk.run(&[]);
    assert_eq!(ran.exit_code, 3, "{}{}", ran.stdout, ran.stderr);
    assert!(
        ran.stdout.contains("canary check failing")
            && ran
                .stdout
                .contains("status 500, with 20 % of the requests on Deployment frontend-canary"),
        "{}",
        ran.stdout
    );
    assert_eq!(
        desk.serves(),
        [OLD, OLD],
        "no pod of the old release was replaced"
    );
    assert_eq!(
        desk.get("apps/v1", "Deployment", "frontend").unwrap()["metadata"]["generation"],
        1
    );
    nothing_is_left(&desk);
    assert_eq!(desk.record()["predicate"]["ending"], "rolled-back");
}

#[test]
fn a_canary_that_crashes_gets_no_request() {
    let page = Page::open();
    let Some(desk) = desk(&page) else { return };
    desk.deployment(NEW, "crash-loop");
    let before = page.asked.load(Ordering::Relaxed);
    let ran = desk.run(&[]);
    assert_eq!(ran.exit_code, 3, "{}{}", ran.stdout, ran.stderr);
    assert!(
        ran.stdout.contains("crash loop") && !ran.stderr.contains("% of the requests"),
        "{}{}",
        ran.stdout,
        ran.stderr
    );
    assert_eq!(page.asked.load(Ordering::Relaxed), before);
    assert_eq!(desk.serves(), [OLD, OLD]);
    nothing_is_left(&desk);
}

#[test]
fn a_run_that_dies_with_requests_on_its_canary_is_taken_up() {
    let page = Page::open();
    let Some(desk) = desk(&page) else { return };
    desk.deployment(NEW, "ready");
    let mut running = desk.spawn("1");
    let split = |desk: &Desk| {
        desk.get("k8s.nginx.org/v1", "VirtualServer", "frontend")
            .unwrap()["spec"]["routes"][0]
            .get("splits")
            .is_some()
    };
    while !split(&desk) {
        assert!(
            running.try_wait().unwrap().is_none(),
            "it ended before it split"
        );
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    running.kill().unwrap();
    running.wait().unwrap();
    // somebody who has had enough goes back
    desk.deployment(OLD, "ready");
    let ran = desk.program(&[]).envs(crate::desk::attempt_of("2")).run();
    assert_eq!(ran.exit_code, 0, "{}{}", ran.stdout, ran.stderr);
    nothing_is_left(&desk);
    assert_eq!(desk.serves(), [OLD, OLD]);
}

#[test]
fn an_ingress_divides_nothing() {
    let page = Page::open();
    let Some(desk) = desk(&page) else { return };
    desk.write("route.yaml", &json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "frontend"}, "spec": {"defaultBackend": {"service": {"name": "frontend", "port": {"number": 80}}}}}));
    let ran = desk.run(&[]);
    assert_eq!(ran.exit_code, 2, "{}{}", ran.stdout, ran.stderr);
    assert!(
        ran.stderr.contains("no route of the manifests")
            && ran.stderr.contains("an Ingress cannot"),
        "{}",
        ran.stderr
    );
}
