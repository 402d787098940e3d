//! A canary made from manifests: its pods, its share of each kind of route, and what cannot be tried.

use super::*;

fn canary() -> Canary {
    Canary {
        deployment: None,
        weights: vec![10],
        hold: Duration::ZERO,
        check: None,
        failures: 1,
    }
}

fn application(route: Value) -> Vec<Value> {
    let meta = |name: &str| json!({"name": name, "namespace": "housing"});
    vec![
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta("web"), "spec": {
            "replicas": 6, "selector": {"matchLabels": {"part": "a", "app": "web"}},
            "template": {"metadata": {"labels": {"app": "web", "part": "a", "more": "x"}}, "spec": {"containers": [{"name": "app"}]}}}}),
        json!({"apiVersion": "v1", "kind": "Service", "metadata": meta("web"), "spec": {
            "type": "NodePort", "clusterIP": "10.0.0.7", "selector": {"app": "web"}, "ports": [{"port": 80, "nodePort": 30080}]}}),
        json!({"apiVersion": "v1", "kind": "Service", "metadata": meta("other"), "spec": {"selector": {"app": "other"}}}),
        json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": meta("web"), "spec": {"podSelector": {"matchLabels": {"app": "web"}}}}),
        route,
    ]
}

fn http_route(backends: Value) -> Value {
    json!({"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "metadata": {"name": "web", "namespace": "housing"},
        "spec": {"rules": [{"backendRefs": backends}, {"backendRefs": [{"name": "other", "port": 80}]}]}})
}

fn virtual_server(routes: Value) -> Value {
    json!({"apiVersion": "k8s.nginx.org/v1", "kind": "VirtualServer", "metadata": {"name": "web", "namespace": "housing"}, "spec": {
        "upstreams": [{"name": "pages", "service": "web", "port": 80}, {"name": "rest", "service": "other", "port": 80}], "routes": routes}})
}

fn of_kind<'o>(objects: &'o [Value], kind: &str) -> &'o Value {
    objects
        .iter()
        .find(|object| object["kind"] == kind)
        .unwrap()
}

#[test]
fn the_canary_has_pods_that_nothing_else_chooses() {
    let objects = application(http_route(json!([{"name": "web", "port": 80}])));
    let split = canary().split(&objects, &objects).unwrap();
    let waiting = split.at(0);
    assert_eq!(
        waiting.len(),
        3,
        "no route before the canary is ready: {waiting:?}"
    );
    let deployment = of_kind(&waiting, "Deployment");
    assert_eq!(deployment["metadata"]["name"], "web-canary");
    // `part` stands first, and only the Deployment chooses by it
    assert_eq!(
        deployment["spec"]["selector"]["matchLabels"],
        json!({"part": "a", "app": "web-canary"})
    );
    assert_eq!(
        deployment["spec"]["template"]["metadata"]["labels"],
        json!({"app": "web-canary", "part": "a", "more": "x"})
    );
    assert_eq!(
        of_kind(&waiting, "Service")["spec"],
        json!({"type": "ClusterIP", "selector": {"app": "web-canary"}, "ports": [{"port": 80}]})
    );
    assert_eq!(
        of_kind(&waiting, "NetworkPolicy")["spec"]["podSelector"]["matchLabels"]["app"],
        "web-canary"
    );
    for (weight, replicas) in [(0, 1), (10, 1), (20, 2), (50, 3), (100, 6)] {
        assert_eq!(
            of_kind(&split.at(weight), "Deployment")["spec"]["replicas"],
            replicas,
            "{weight}"
        );
    }
}

#[test]
fn a_route_of_the_gateway_api_is_weighed() {
    let objects = application(http_route(
        json!([{"name": "web", "port": 80, "weight": 3}, {"name": "other", "port": 80}]),
    ));
    let at = canary().split(&objects, &objects).unwrap().at(25);
    let rules = &of_kind(&at, "HTTPRoute")["spec"]["rules"];
    assert_eq!(
        rules[0]["backendRefs"],
        json!([{"name": "web", "port": 80, "weight": 225}, {"name": "web-canary", "port": 80, "weight": 75}, {"name": "other", "port": 80, "weight": 100}])
    );
    assert_eq!(
        rules[1]["backendRefs"],
        json!([{"name": "other", "port": 80}])
    );
    // what is no Service has no canary
    let bucket = application(http_route(
        json!([{"name": "web", "kind": "Bucket", "group": "example.com"}]),
    ));
    assert_eq!(
        canary().split(&bucket, &bucket).unwrap_err(),
        CanaryError::NoRoute {
            deployment: "web".into()
        }
    );
}

#[test]
fn a_virtual_server_splits() {
    let objects = application(virtual_server(json!([
        {"path": "/", "action": {"pass": "pages"}},
        {"path": "/api", "action": {"pass": "rest"}},
        {"path": "/p", "action": {"proxy": {"upstream": "pages", "rewritePath": "/"}}},
    ])));
    let at = canary().split(&objects, &objects).unwrap().at(10);
    let spec = &of_kind(&at, "VirtualServer")["spec"];
    assert_eq!(
        spec["upstreams"][2],
        json!({"name": "pages-canary", "service": "web-canary", "port": 80})
    );
    assert_eq!(
        spec["routes"][0],
        json!({"path": "/", "splits": [{"weight": 90, "action": {"pass": "pages"}}, {"weight": 10, "action": {"pass": "pages-canary"}}]})
    );
    assert_eq!(
        spec["routes"][1],
        json!({"path": "/api", "action": {"pass": "rest"}})
    );
    assert_eq!(
        spec["routes"][2]["splits"][1]["action"],
        json!({"proxy": {"upstream": "pages-canary", "rewritePath": "/"}})
    );
}

#[test]
fn what_cannot_be_tried_says_why() {
    let ingress = application(
        json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "web", "namespace": "housing"}}),
    );
    assert!(matches!(
        canary().split(&ingress, &ingress),
        Err(CanaryError::NoRoute { .. })
    ));
    let mut labels = application(http_route(json!([{"name": "web"}])));
    labels[1]["spec"]["selector"] = json!({"more": "x"});
    let Err(CanaryError::NoLabel { selecting, .. }) = canary().split(&labels, &labels) else {
        panic!()
    };
    assert_eq!(selecting.kind, "Service");
    let none = Canary {
        deployment: Some("api".into()),
        ..canary()
    };
    let Err(CanaryError::WhichDeployment { known, .. }) = none.split(&labels, &labels) else {
        panic!()
    };
    assert_eq!(known, ["web"]);
}

#[test]
fn only_other_pods_are_news() {
    let objects = application(http_route(json!([{"name": "web"}])));
    let mut scaled = objects.clone();
    scaled[0]["spec"]["replicas"] = 9.into();
    assert!(!canary().is_news(&scaled, &objects));
    scaled[0]["spec"]["template"]["spec"]["containers"][0]["image"] = "x".into();
    assert!(canary().is_news(&scaled, &objects));
}

#[test]
fn long_names_stay_names() {
    let name = "a".repeat(55) + "-b";
    assert_eq!(apart(&name), "a".repeat(55) + "-canary");
    assert_eq!(apart("web"), "web-canary");
}
