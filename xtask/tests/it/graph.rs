//! The graph of packages as `cargo metadata` resolves it: who links whom, and by which way.
//!
//! Features are those of the whole workspace and platforms are all that there are, so the graph holds rather too much
//! than too little. Development and build dependencies are not in it: they are in no program.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::process::Command;

use serde::Deserialize;

/// Packages and what they link
#[derive(Debug, Default)]
pub(crate) struct Graph {
    /// Names of a package's normal dependencies, by the package's name
    links: BTreeMap<String, BTreeSet<String>>,
    /// Names that a member of the workspace writes in its manifest, of every kind, by the member's name
    pub(crate) members: BTreeMap<String, BTreeSet<String>>,
    /// The folder of a member below the root, by the member's name
    pub(crate) folders: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    workspace_members: BTreeSet<String>,
    workspace_root: String,
    resolve: Resolve,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    manifest_path: String,
    dependencies: Vec<Declared>,
}

#[derive(Deserialize)]
struct Declared {
    name: String,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    pkg: String,
    dep_kinds: Vec<DependencyKind>,
}

#[derive(Deserialize)]
struct DependencyKind {
    kind: Option<String>,
}

impl Graph {
    pub(crate) fn of_this_workspace() -> Self {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let said = Command::new(cargo)
            // not offline: packages of other platforms are in no build, and a new machine has not got them yet
            .args(["metadata", "--format-version=1", "--locked"])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&said.stderr);
        assert!(said.status.success(), "{errors}");
        Self::from(serde_json::from_slice(&said.stdout).unwrap())
    }

    fn from(metadata: Metadata) -> Self {
        let mut graph = Self::default();
        let names: BTreeMap<&str, &str> = metadata
            .packages
            .iter()
            .map(|package| (package.id.as_str(), package.name.as_str()))
            .collect();
        for node in &metadata.resolve.nodes {
            let linked = node.deps.iter().filter(|dependency| {
                let mut kinds = dependency.dep_kinds.iter();
                kinds.any(|kind| kind.kind.is_none())
            });
            let linked = linked.map(|dependency| names[dependency.pkg.as_str()].to_owned());
            // versions of one package are taken together
            let links = graph.links.entry(names[node.id.as_str()].to_owned());
            links.or_default().extend(linked);
        }
        for package in metadata.packages {
            if metadata.workspace_members.contains(&package.id) {
                let declared = package
                    .dependencies
                    .into_iter()
                    .map(|declared| declared.name);
                let folder = package
                    .manifest_path
                    .strip_prefix(&metadata.workspace_root)
                    .and_then(|path| path.strip_suffix("/Cargo.toml"))
                    .unwrap()
                    .trim_start_matches('/');
                graph
                    .folders
                    .insert(package.name.clone(), folder.to_owned());
                graph.members.insert(package.name, declared.collect());
            }
        }
        graph
    }

    fn literal(links: &[(&str, &[&str])]) -> Self {
        let links = links.iter().map(|(name, linked)| {
            let linked = linked.iter().map(|name| (*name).to_owned()).collect();
            ((*name).to_owned(), linked)
        });
        Self {
            links: links.collect(),
            ..Self::default()
        }
    }

    /// The shortest way from a package to one that is `unwanted`, both included
    pub(crate) fn way(&self, from: &str, unwanted: impl Fn(&str) -> bool) -> Option<Vec<String>> {
        let mut ways = VecDeque::from([vec![from.to_owned()]]);
        let mut seen = BTreeSet::new();
        while let Some(way) = ways.pop_front() {
            let linked = way.last().and_then(|name| self.links.get(name));
            for name in linked.into_iter().flatten() {
                if !seen.insert(name) {
                    continue;
                }
                let mut longer = way.clone();
                longer.push(name.clone());
                if unwanted(name) {
                    return Some(longer);
                }
                ways.push_back(longer);
            }
        }
        None
    }
}

#[test]
fn the_shortest_way_is_named() {
    let graph = Graph::literal(&[
        ("gate", &["evidence", "project"]),
        ("project", &["terraform", "web"]),
        ("terraform", &["web"]),
        ("web", &["hyper"]),
        // a circle, as development dependencies make them
        ("evidence", &["gate"]),
    ]);
    let way = graph.way("gate", |name| name == "hyper").unwrap();
    assert_eq!(way, ["gate", "project", "web", "hyper"]);
    assert_eq!(graph.way("gate", |name| name == "kube"), None);
    assert_eq!(graph.way("hyper", |name| name == "gate"), None);
}
