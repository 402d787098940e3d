//! What a crate must not link: the column "does not know" of the design's room table, as data.
//!
//! A name that ends in `*` stands for all that begin so. A boundary that is broken is told with the way across it.

use std::collections::BTreeSet;

use crate::graph::Graph;

/// Whatever opens a connection, or exists to serve what does
const NETWORK: &[&str] = &[
    "aws-*",
    "axum",
    "curl*",
    "h2",
    "hyper*",
    "kube*",
    "mio",
    "native-tls",
    "octocrab",
    "openssl*",
    "quinn*",
    "reqwest",
    "ring",
    "rustls*",
    "socket2",
    "tokio*",
    "tower*",
    "tungstenite",
    "ureq",
];
const FILES: &[&str] = &["fs-err", "glob", "ignore", "notify", "tempfile", "walkdir"];
const PROCESSES: &[&str] = &["duct", "sandbox", "signal-hook", "subprocess", "terraform"];
const FORMATS: &[&str] = &[
    "hcl-*",
    "quick-xml",
    "serde-saphyr",
    "toml",
    "yaml_serde",
    "zip",
];
/// The actions, and what ties them together: what a library must not lean on
const ACTIONS: &[&str] = &[
    "eks-rollout",
    "gate",
    "image-push",
    "model-approval",
    "model-promote",
    "policy-check",
    "project",
    "terraform-apply",
    "terraform-plan",
    "towpath",
];

/// A crate, and what it must not link
struct Fence(&'static str, &'static [&'static [&'static str]]);

const FENCES: &[Fence] = &[
    Fence("policy-check", &[NETWORK]),
    Fence("gate", &[NETWORK]),
    Fence(
        "evidence",
        &[
            NETWORK,
            FILES,
            PROCESSES,
            FORMATS,
            ACTIONS,
            &["clap", "git2"],
        ],
    ),
    Fence(
        "data-contract",
        &[NETWORK, FILES, PROCESSES, ACTIONS, &["clap", "gha"]],
    ),
    Fence("evidence-store", &[NETWORK, PROCESSES, FORMATS, ACTIONS]),
    Fence("github-api", &[PROCESSES, ACTIONS, &["clap", "gha"]]),
    Fence("gha", &[NETWORK, ACTIONS, &["evidence", "report-formats"]]),
    Fence("settings", &[NETWORK, ACTIONS, &["clap", "gha"]]),
    Fence("tfplan", &[NETWORK, PROCESSES, ACTIONS]),
    Fence(
        "terraform",
        &[NETWORK, ACTIONS, &["rego-policy", "regorus"]],
    ),
    Fence("rego-policy", &[NETWORK, ACTIONS, &["terraform", "tfplan"]]),
    Fence("report-formats", &[NETWORK, FILES, PROCESSES, ACTIONS]),
    Fence("s3-objects", &[ACTIONS]),
    Fence("sagemaker-models", &[ACTIONS]),
    Fence("sagemaker-runtime", &[ACTIONS]),
    Fence("sandbox", &[ACTIONS]),
    Fence("ecr-images", &[ACTIONS, &["kube*"]]),
    Fence(
        "oci-image",
        &[PROCESSES, ACTIONS, &["aws-sdk-*", "clap", "gha", "kube*"]],
    ),
    Fence("kube-rollout", &[ACTIONS, &["clap", "gha", "oci-image"]]),
    Fence(
        "trigger",
        &[PROCESSES, ACTIONS, &["clap", "gha", "rehearsal"]],
    ),
    Fence("worktree", &[NETWORK, PROCESSES, ACTIONS]),
    Fence(
        "xgboost-json",
        &[
            NETWORK,
            FILES,
            PROCESSES,
            FORMATS,
            ACTIONS,
            &["clap", "gha"],
        ],
    ),
];

/// Who may name a crate in its manifest: (the crate, those who may)
const NAMED_ONLY_BY: &[(&str, &[&str])] = &[
    (
        "aws-sdk-sagemaker",
        &[
            "deploy-endpoint",
            "drift-monitor",
            "predict-api",
            "sagemaker-models",
            "start-training",
        ],
    ),
    ("aws-sdk-glue", &["start-etl"]),
    ("aws-sdk-ecr", &["ecr-images"]),
    (
        "aws-sdk-s3",
        &["predict-api", "rehearsal", "s3-objects", "trigger"],
    ),
    ("lambda_runtime", &["predict-api", "trigger"]),
    ("regorus", &["rego-policy"]),
    ("git2", &["github-sim", "worktree"]),
    ("octocrab", &["github-api"]),
];

fn is_one_of(name: &str, patterns: &[&str]) -> bool {
    patterns
        .iter()
        .any(|pattern| match pattern.strip_suffix('*') {
            Some(beginning) => name.starts_with(beginning),
            None => name == *pattern,
        })
}

#[test]
fn no_crate_links_what_it_must_not_know() {
    let graph = Graph::of_this_workspace();
    let mut broken = Vec::new();
    for Fence(name, out) in FENCES {
        assert!(
            graph.members.contains_key(*name),
            "there is no crate `{name}` to fence"
        );
        let unwanted = out.concat();
        let way = graph.way(name, |linked| is_one_of(linked, &unwanted));
        broken.extend(way.map(|way| format!("`{name}` must not link: {}", way.join(" -> "))));
    }
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

#[test]
fn a_connection_is_seen_where_there_is_one() {
    let graph = Graph::of_this_workspace();
    for name in [
        "sagemaker-models",
        "model-approval",
        "sagemaker-sim",
        "predict-api",
    ] {
        let way = graph.way(name, |linked| is_one_of(linked, NETWORK));
        assert!(way.is_some(), "`{name}` links no network code any more");
    }
}

#[test]
fn what_is_heavy_is_named_in_one_place() {
    let graph = Graph::of_this_workspace();
    for (named, allowed) in NAMED_ONLY_BY {
        let namers: BTreeSet<&str> = graph
            .members
            .iter()
            .filter(|(_, names)| names.contains(*named))
            .map(|(member, _)| member.as_str())
            .collect();
        let allowed: BTreeSet<&str> = allowed.iter().copied().collect();
        assert_eq!(namers, allowed, "who names `{named}` in its manifest");
    }
}

#[test]
fn the_stand_in_for_github_knows_nothing_of_the_house() {
    let graph = Graph::of_this_workspace();
    let way = graph.way("github-sim", |linked| graph.members.contains_key(linked));
    assert_eq!(way, None);
}

/// XGBoost's format is not the house's: the scorer is all that it links of this repository
#[test]
fn the_simulator_knows_nothing_of_the_house() {
    let graph = Graph::of_this_workspace();
    let way = graph.way("sagemaker-sim", |linked| {
        linked != "xgboost-json" && graph.members.contains_key(linked)
    });
    assert_eq!(way, None);
}

#[test]
fn who_am_i_is_the_only_service_that_the_environment_knows() {
    let graph = Graph::of_this_workspace();
    let services = graph.members["aws-env"].iter();
    let services: Vec<&String> = services
        .filter(|name| name.starts_with("aws-sdk-"))
        .collect();
    assert_eq!(services, ["aws-sdk-sts"]);
}

#[test]
fn a_member_lies_where_its_name_says() {
    let graph = Graph::of_this_workspace();
    for (name, folder) in &graph.folders {
        let expected = match name.as_str() {
            "towpath" => "crates/cli",
            "xtask" => "xtask",
            _ if folder.starts_with("actions/") => &format!("actions/{name}"),
            _ if folder.starts_with("lambdas/") => &format!("lambdas/{name}"),
            _ => &format!("crates/{name}"),
        };
        assert_eq!(folder, expected, "the folder of `{name}`");
    }
}
