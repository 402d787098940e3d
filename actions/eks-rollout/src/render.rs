//! Manifests from where they are: read as they stand, or made by the tool whose format they have.
//!
//! A folder with a `kustomization.yaml` is built by `kustomize`, or by `kubectl` where there is none; one with a `Chart.yaml` by `helm template`. Only what the
//! tool prints counts; it reaches no cluster. Images and values are given afterwards, as to any manifest.

use std::io::ErrorKind;
use std::process::{Command, Stdio};

use camino::Utf8Path;
use gha::Host;
use kube_rollout::manifest::{self, Manifest};
use settings::Rollout;

use crate::Error;

/// Reads or renders the manifests of an application.
pub(crate) fn manifests(rollout: &Rollout, host: &Host) -> Result<Vec<Manifest>, Error> {
    let path = rollout.manifests.as_path();
    let has = |names: &[&str]| names.iter().any(|name| path.join(name).is_file());
    let text = if has(&["kustomization.yaml", "kustomization.yml", "Kustomization"]) {
        let ways: [&[&str]; 2] = [
            &["kustomize", "build", path.as_str()],
            &["kubectl", "kustomize", path.as_str()],
        ];
        run(path, &ways, host)?
    } else if has(&["Chart.yaml"]) {
        let mut helm = vec![
            "helm",
            "template",
            &rollout.name,
            path.as_str(),
            "--namespace",
            &rollout.namespace,
            "--include-crds",
            "--skip-tests",
        ];
        for file in &rollout.values {
            helm.extend(["--values", file.as_str()]);
        }
        run(path, &[&helm], host)?
    } else {
        return Ok(manifest::read(path)?);
    };
    Ok(manifest::parse(path, &text)?)
}

/// What the first of these commands prints that is there.
fn run(path: &Utf8Path, ways: &[&[&str]], host: &Host) -> Result<String, Error> {
    let wrong = |problem: String, help: String| Error::Render {
        path: path.to_owned(),
        problem,
        help,
    };
    let names: Vec<&str> = ways.iter().filter_map(|way| way.first().copied()).collect();
    for way in ways {
        let Some((program, arguments)) = way.split_first() else {
            continue;
        };
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null());
        // nothing of a cluster belongs into what is rendered
        command.env_remove("KUBECONFIG");
        if let Some(search) = host.env("PATH") {
            command.env("PATH", search);
        }
        let ran = match command.output() {
            Ok(ran) => ran,
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => {
                return Err(wrong(
                    format!("{program} did not start: {error}"),
                    format!("try `{}`", way.join(" ")),
                ));
            }
        };
        if !ran.status.success() {
            let said = String::from_utf8_lossy(&ran.stderr)
                .trim()
                .chars()
                .take(2_000)
                .collect::<String>();
            return Err(wrong(
                format!("{program} says: {said}"),
                format!("mend what `{}` complains about", way.join(" ")),
            ));
        }
        return String::from_utf8(ran.stdout).map_err(|_| {
            wrong(
                format!("{program} printed no UTF-8"),
                format!("look at `{}`", way.join(" ")),
            )
        });
    }
    Err(wrong(
        format!("there is no {} on the path", names.join(" and no ")),
        format!(
            "install {}, or render the manifests in a step before and name the file",
            names[0]
        ),
    ))
}
