//! The programs of a Kubernetes control plane: found in the folder that `KUBEBUILDER_ASSETS` names, or built from Go modules.
//!
//! The three of Kubernetes come from one module whose `replace` lines are those of its own `go.mod`; etcd and kwok have
//! modules of their own, because their dependencies clash. The files are in `tools/kubernetes`; `go mod tidy` there writes the sums again.

use camino::{Utf8Path, Utf8PathBuf};

use super::go::{self, Wanted};
use super::lock::LOCK;
use super::{Progress, ToolError};
use crate::machine::Machine;

/// Programs that fit together
#[derive(Debug, Clone)]
pub struct Kubernetes {
    /// etcd
    pub etcd: Utf8PathBuf,
    /// kube-apiserver
    pub apiserver: Utf8PathBuf,
    /// kube-controller-manager
    pub controller_manager: Utf8PathBuf,
    /// kube-scheduler
    pub scheduler: Utf8PathBuf,
    /// kwok
    pub kwok: Utf8PathBuf,
}

/// The programs, built if need be: minutes the first time, nothing after that
///
/// # Errors
/// No Go, or modules that cannot be had.
pub fn kubernetes(machine: &Machine, progress: Progress) -> Result<Kubernetes, ToolError> {
    let lock = &LOCK.kubernetes;
    let given = machine.get(&lock.variable).map(Utf8Path::new);
    let otherwise = format!(
        "put kube-apiserver, kube-controller-manager, kube-scheduler, etcd and kwok into a folder and name it by `{}`",
        lock.variable
    );
    let version = &lock.version;
    let link = format!(
        "-s -w -X k8s.io/component-base/version.gitVersion=v{version} -X k8s.io/component-base/version.gitMajor={} -X k8s.io/component-base/version.gitMinor={}",
        version.major, version.minor
    );
    let folder = |names: &[&str], wanted: &Wanted<'_>| -> Result<Utf8PathBuf, ToolError> {
        match given.filter(|folder| names.iter().all(|name| folder.join(name).is_file())) {
            Some(folder) => Ok(folder.to_owned()),
            None => go::build(machine, wanted, progress),
        }
    };
    let control = folder(
        &[
            "kube-apiserver",
            "kube-controller-manager",
            "kube-scheduler",
        ],
        &Wanted {
            tool: "the Kubernetes control plane",
            what: &format!("Kubernetes {version} with Go; this takes 5 to 10 minutes once"),
            name: &format!("kubernetes-{version}"),
            module: include_str!("../../tools/kubernetes/control-plane/go.mod"),
            sums: include_str!("../../tools/kubernetes/control-plane/go.sum"),
            packages: &[
                "k8s.io/kubernetes/cmd/kube-apiserver",
                "k8s.io/kubernetes/cmd/kube-controller-manager",
                "k8s.io/kubernetes/cmd/kube-scheduler",
            ],
            link: &link,
            otherwise: &otherwise,
        },
    )?;
    let etcd = folder(
        &["etcd"],
        &Wanted {
            tool: "etcd",
            what: &format!("etcd {} with Go", lock.etcd),
            name: &format!("etcd-{}", lock.etcd),
            module: include_str!("../../tools/kubernetes/etcd/go.mod"),
            sums: include_str!("../../tools/kubernetes/etcd/go.sum"),
            packages: &["go.etcd.io/etcd/server/v3"],
            link: "-s -w",
            otherwise: &otherwise,
        },
    )?;
    let kwok = folder(
        &["kwok"],
        &Wanted {
            tool: "kwok",
            what: &format!("kwok {} with Go", lock.kwok),
            name: &format!("kwok-{}", lock.kwok),
            module: include_str!("../../tools/kubernetes/kwok/go.mod"),
            sums: include_str!("../../tools/kubernetes/kwok/go.sum"),
            packages: &["sigs.k8s.io/kwok/cmd/kwok"],
            link: "-s -w",
            otherwise: &otherwise,
        },
    )?;
    // a program is called after its package, and etcd's package is its server
    let built = etcd.join("server");
    Ok(Kubernetes {
        etcd: if built.is_file() {
            built
        } else {
            etcd.join("etcd")
        },
        apiserver: control.join("kube-apiserver"),
        controller_manager: control.join("kube-controller-manager"),
        scheduler: control.join("kube-scheduler"),
        kwok: kwok.join("kwok"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_modules_are_those_of_the_lock_file() {
        let lock = &LOCK.kubernetes;
        for (module, line) in [
            (
                include_str!("../../tools/kubernetes/control-plane/go.mod"),
                format!("k8s.io/kubernetes v{}", lock.version),
            ),
            (
                include_str!("../../tools/kubernetes/etcd/go.mod"),
                format!("go.etcd.io/etcd/server/v3 v{}", lock.etcd),
            ),
            (
                include_str!("../../tools/kubernetes/kwok/go.mod"),
                format!("sigs.k8s.io/kwok v{}", lock.kwok),
            ),
        ] {
            assert!(module.contains(&line), "{line}");
        }
    }
}
