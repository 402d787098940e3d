//! Hostile and mistaken manifests: a clear error, nothing applied. These need no cluster but for kinds.

use serde_json::json;
use test_support::Program;

use crate::desk::Desk;

fn refused(text: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.yaml"), text).unwrap();
    let path = folder.path().to_str().unwrap();
    let ran = Program::new(env!("CARGO_BIN_EXE_eks-rollout"))
        .args([
            "--application",
            "a",
            "--manifests",
            path,
            "--kubeconfig",
            "/nowhere",
        ])
        .run();
    assert_eq!(ran.exit_code, 2, "{}{}", ran.stdout, ran.stderr);
    ran.stderr
}

#[test]
fn hostile_files() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        bomb.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
    }
    for (text, expected) in [
        (bomb.as_str(), "cannot be used"),
        (
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: x, a: y}\n",
            "`a` stands twice",
        ),
        (
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a/../../secrets}\n",
            "in `metadata.name`",
        ),
        ("just text", "is no object"),
    ] {
        let said = refused(text);
        assert!(said.contains(expected), "{said}");
    }
}

#[test]
fn an_image_that_is_not_pinned_by_its_digest() {
    let ran = Program::new(env!("CARGO_BIN_EXE_eks-rollout"))
        .args(["--image", "app=frontend:latest"])
        .run();
    assert_eq!(ran.exit_code, 2);
    assert!(ran.stderr.contains("pins no image"), "{}", ran.stderr);
}

#[test]
fn an_unknown_kind_or_member_is_named_and_nothing_is_applied() {
    let Some(desk) = Desk::new() else { return };
    desk.write(
        "a.yaml",
        &json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}),
    );
    desk.write(
        "b.yaml",
        &json!({"apiVersion": "apps/v1", "kind": "Deploymnet", "metadata": {"name": "b"}}),
    );
    let ran = desk.run(&[]);
    assert_eq!(ran.exit_code, 2, "{}", ran.stderr);
    assert!(
        ran.stderr.contains("no kind `Deploymnet`")
            && ran.stderr.contains("`Deployment` is the nearest"),
        "{}",
        ran.stderr
    );
    desk.write(
        "b.yaml",
        &json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "b"}, "dtaa": {}}),
    );
    let ran = desk.run(&[]);
    assert_eq!(ran.exit_code, 2, "{}", ran.stderr);
    assert!(
        ran.stderr.contains("ConfigMap b is refused") && ran.stderr.contains("dtaa"),
        "{}",
        ran.stderr
    );
    assert!(desk.get("v1", "ConfigMap", "a").is_none());
}

#[test]
fn a_kind_may_come_with_its_definition_and_its_conditions_count() {
    let Some(desk) = Desk::new() else { return };
    let group = format!("{}.example.com", desk.namespace);
    desk.write("0.yaml", &json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": format!("things.{group}")},
        "spec": {"group": group, "scope": "Namespaced", "names": {"kind": "Thing", "plural": "things", "singular": "thing"},
            "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}}]}}));
    desk.write("1.yaml", &json!({"apiVersion": format!("{group}/v1"), "kind": "Thing", "metadata": {"name": "one"}, "spec": {"size": 1}}));
    let ran = desk.run(&[]);
    assert_eq!(ran.exit_code, 0, "{}{}", ran.stdout, ran.stderr);
    // its controller says that it is stalled
    let mut thing = desk.get(&format!("{group}/v1"), "Thing", "one").unwrap();
    thing["status"] =
        json!({"conditions": [{"type": "Stalled", "status": "True", "message": "no such size"}]});
    desk.create(&thing);
    let ran = desk.run(&[]);
    assert_eq!(ran.exit_code, 3, "{}{}", ran.stdout, ran.stderr);
    assert!(
        ran.stderr
            .contains("failed by its controller: Thing one: no such size"),
        "{}",
        ran.stderr
    );
}

/// A tool that prints what it was called with as the name of an object.
fn tool(folder: &std::path::Path, name: &str, text: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    let path = folder.join(name);
    std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_kustomization_or_a_chart_is_rendered_by_its_own_tool() {
    let folder = tempfile::tempdir().unwrap();
    let run = |name: &str| {
        Program::new(env!("CARGO_BIN_EXE_eks-rollout"))
            .cwd(folder.path().to_str().unwrap())
            .env("PATH", folder.path().join("bin").to_str().unwrap())
            .args([
                "--application",
                "web",
                "--manifests",
                name,
                "--kubeconfig",
                "/nowhere",
            ])
            .run()
    };
    for (name, file) in [
        ("overlay", "kustomization.yaml"),
        ("chart", "Chart.yaml"),
        ("bin", "x"),
    ] {
        std::fs::create_dir(folder.path().join(name)).unwrap();
        std::fs::write(folder.path().join(name).join(file), "").unwrap();
    }
    let bin = folder.path().join("bin");
    let ran = run("overlay");
    assert_eq!(ran.exit_code, 2, "{}", ran.stderr);
    assert!(
        ran.stderr
            .contains("no kustomize and no kubectl on the path"),
        "{}",
        ran.stderr
    );
    // what the tool prints is read like any manifest, and named by the folder
    let echo = "echo \"apiVersion: v1\"; echo \"kind: ConfigMap\"; echo \"metadata: {name: '$*'}\"";
    tool(&bin, "kubectl", echo);
    let ran = run("overlay");
    assert!(
        ran.stderr
            .contains("has `kustomize overlay` in `metadata.name`"),
        "{}",
        ran.stderr
    );
    tool(&bin, "kustomize", echo);
    assert!(run("overlay").stderr.contains("has `build overlay`"));
    tool(&bin, "helm", echo);
    let ran = run("chart");
    assert!(
        ran.stderr
            .contains("has `template web chart --namespace web --include-crds --skip-tests`"),
        "{}",
        ran.stderr
    );
    tool(&bin, "helm", "echo no such chart >&2; exit 1");
    let ran = run("chart");
    assert_eq!(ran.exit_code, 2);
    assert!(
        ran.stderr.contains("helm says: no such chart"),
        "{}",
        ran.stderr
    );
}
