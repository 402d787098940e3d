//! A provider mirror that is already on the machine.
//!
//! A mirror is a folder that holds one named like a registry's host, with unpacked or packed providers below:
//! `<mirror>/registry.terraform.io/<owner>/<name>/`. It is searched for in the places where Terraform looks by itself and in the usual places for
//! software, at most two folders deep. A mirror that the person has configured is theirs: then nothing is generated.

use std::collections::BTreeSet;
use std::fs;

use camino::{Utf8Path, Utf8PathBuf};

use crate::machine::Machine;

/// Names a mirror instead of searching for one
pub(crate) const VARIABLE: &str = "TOWPATH_PROVIDER_MIRROR";
const HOSTS: [&str; 2] = ["registry.terraform.io", "registry.opentofu.org"];
const ROOTS: [&str; 5] = ["/opt", "/usr/local", "/usr/share", "/usr/lib", "/var/lib"];
const DEPTH: usize = 2;

/// A mirror and the providers in it, by their source addresses
#[derive(Debug, PartialEq)]
pub(crate) struct Mirror {
    path: Utf8PathBuf,
    providers: BTreeSet<String>,
}

/// The variable names a folder that holds no provider
#[derive(Debug)]
pub(crate) struct NotAMirror(pub(crate) Utf8PathBuf);

/// The mirror to use, unless the person's own configuration decides
pub(crate) fn find(machine: &Machine) -> Result<Option<Mirror>, NotAMirror> {
    if let Some(named) = machine.get(VARIABLE) {
        let mirror = read(Utf8Path::new(named));
        return mirror.map(Some).ok_or_else(|| NotAMirror(named.into()));
    }
    if is_configured(machine) {
        return Ok(None);
    }
    let mut roots: Vec<(Utf8PathBuf, usize)> = Vec::new();
    roots.extend(
        machine
            .get("XDG_DATA_HOME")
            .map(|data| (Utf8Path::new(data).join("terraform/plugins"), 0)),
    );
    for root in [
        "/usr/local/share/terraform/plugins",
        "/usr/share/terraform/plugins",
    ] {
        roots.push((root.into(), 0));
    }
    if let Some(home) = machine.home() {
        roots.push((home.join(".terraform.d/plugins"), 0));
        roots.push((home.join(".local/share/terraform/plugins"), 0));
        roots.push((home.to_owned(), 1));
    }
    roots.extend(ROOTS.iter().map(|root| (Utf8PathBuf::from(root), DEPTH)));
    Ok(roots.iter().find_map(|(root, depth)| search(root, *depth)))
}

/// Whether the person has a configuration file for Terraform; a variable that names no file configures nothing
pub(crate) fn is_configured(machine: &Machine) -> bool {
    let named = machine.get("TF_CLI_CONFIG_FILE").map(Utf8PathBuf::from);
    named
        .or_else(|| Some(machine.home()?.join(".terraformrc")))
        .is_some_and(|file| file.exists())
}

impl Mirror {
    /// A command line configuration that takes these providers from the mirror and all others from where they are published
    pub(crate) fn configuration(&self) -> String {
        let providers: Vec<String> = self.providers.iter().map(|name| quoted(name)).collect();
        let providers = providers.join(", ");
        let path = quoted(self.path.as_str());
        format!(
            "disable_checkpoint = true\n\n\
             provider_installation {{\n  \
               filesystem_mirror {{\n    path    = {path}\n    include = [{providers}]\n  }}\n  \
               direct {{\n    exclude = [{providers}]\n  }}\n}}\n"
        )
    }
}

fn search(folder: &Utf8Path, depth: usize) -> Option<Mirror> {
    if let Some(mirror) = read(folder) {
        return Some(mirror);
    }
    if depth == 0 {
        return None;
    }
    let mut folders: Vec<Utf8PathBuf> = folder
        .read_dir_utf8()
        .ok()?
        .flatten()
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .map(|entry| entry.into_path())
        .collect();
    folders.sort();
    folders.iter().find_map(|folder| search(folder, depth - 1))
}

/// The folder as a mirror, if it holds a provider
fn read(path: &Utf8Path) -> Option<Mirror> {
    let mut providers = BTreeSet::new();
    for host in HOSTS {
        for owner in names(&path.join(host)) {
            for name in names(&path.join(host).join(&owner)) {
                providers.insert(format!("{host}/{owner}/{name}"));
            }
        }
    }
    (!providers.is_empty()).then(|| Mirror {
        path: path.to_owned(),
        providers,
    })
}

fn names(folder: &Utf8Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .filter(|entry| entry.path().is_dir())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect()
}

/// A string in Terraform's configuration language
fn quoted(text: &str) -> String {
    let escaped = text
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace("${", "$${")
        .replace("%{", "%%{");
    format!("\"{escaped}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mirror_is_found_two_folders_below_and_only_what_it_holds_is_taken_from_it() {
        let root = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(root.path()).unwrap();
        let mirror = root.join("vendor/mirror");
        let provider = "registry.terraform.io/hashicorp/aws";
        fs::create_dir_all(mirror.join(provider).join("5.100.0/linux_amd64")).unwrap();
        assert_eq!(search(root, 1), None);
        let found = search(root, 2).unwrap();
        assert_eq!(found.path, mirror);
        assert!(
            found
                .configuration()
                .contains(&format!("exclude = [\"{provider}\"]"))
        );
    }

    #[test]
    fn a_persons_own_configuration_is_left_alone() {
        let home = tempfile::tempdir().unwrap();
        let home = Utf8Path::from_path(home.path()).unwrap();
        let plugins = home.join(".terraform.d/plugins/registry.terraform.io/a/b");
        fs::create_dir_all(plugins).unwrap();
        let machine = Machine::default().with("HOME", home.as_str());
        assert!(find(&machine).unwrap().is_some());
        let own = home.join("own.rc");
        let machine = machine.with("TF_CLI_CONFIG_FILE", own.as_str());
        assert!(find(&machine).unwrap().is_some(), "it names no file yet");
        fs::write(own, "").unwrap();
        assert_eq!(find(&machine).unwrap(), None);
        let machine = machine.with("TF_CLI_CONFIG_FILE", "");
        assert!(find(&machine).unwrap().is_some());
        fs::write(home.join(".terraformrc"), "").unwrap();
        assert_eq!(find(&machine).unwrap(), None);
        let machine = machine.with(VARIABLE, home.as_str());
        assert!(find(&machine).is_err(), "a wish that cannot be met is said");
    }
}
