//! Files that are generated and committed: the JSON Schemas below `schemas/`.
//!
//! One function makes the texts; writing and checking both call it, so what is checked is what would be written. A
//! schema below `schemas/` that is not generated any more is stale as well.

use std::collections::BTreeMap;
use std::fs;
use std::io;

use camino::{Utf8Path, Utf8PathBuf};

use crate::failure::Failure;
use crate::process;
use crate::screen;
use crate::workspace::Workspace;

const FOLDER: &str = "schemas";
const ENDING: &str = ".schema.json";

/// The command that mends what [`stale`] finds
pub(crate) const MEND: &str = "cargo xtask generate";

/// `cargo xtask generate`
pub(crate) fn write() -> Result<bool, Failure> {
    let workspace = Workspace::find()?;
    let files = generated(&workspace)?;
    for name in stale(&workspace.root, &files)? {
        let path = workspace.root.join(&name);
        match files.get(&name) {
            Some(text) => {
                let folder = path.parent().map_or(Ok(()), fs::create_dir_all);
                folder
                    .and_then(|()| fs::write(&path, text))
                    .map_err(failed("write", &name))?;
                screen::say(format!("wrote   {name}"));
            }
            None => {
                fs::remove_file(&path).map_err(failed("remove", &name))?;
                screen::say(format!("removed {name}"));
            }
        }
    }
    screen::say(format!("{} files are up to date", files.len()));
    Ok(true)
}

/// `cargo xtask generate --check`
pub(crate) fn check() -> Result<bool, Failure> {
    let workspace = Workspace::find()?;
    let stale = stale_in(&workspace)?;
    for name in &stale {
        screen::say(format!("stale: `{name}`"));
    }
    if !stale.is_empty() {
        screen::say(format!("hint: run `{MEND}`, and commit what it writes"));
    }
    Ok(stale.is_empty())
}

/// The generated files that are not as they would be written, by path from the root.
pub(crate) fn stale_in(workspace: &Workspace) -> Result<Vec<Utf8PathBuf>, Failure> {
    stale(&workspace.root, &generated(workspace)?)
}

fn generated(workspace: &Workspace) -> Result<BTreeMap<Utf8PathBuf, String>, Failure> {
    // for the whole workspace, because cargo would compile the dependencies once more for this package alone
    let mut build = workspace.cargo();
    build.args(["build", "--workspace", "--example=schemas", "--locked"]);
    let unmade = || Failure::new("failed to generate the schemas");
    if !process::with_progress(&mut build)?.succeeded {
        return Err(unmade().because("the example `schemas` does not compile"));
    }
    let ran = process::with_progress(&mut workspace.program("examples/schemas"))?;
    if !ran.succeeded {
        return Err(unmade().because("the example `schemas` failed"));
    }
    let schemas: BTreeMap<String, String> =
        serde_json::from_str(&ran.output).map_err(|error| unmade().because(error))?;
    let files = schemas.into_iter().map(|(name, text)| {
        let path = Utf8Path::new(FOLDER).join(format!("{name}{ENDING}"));
        (path, text)
    });
    Ok(files.collect())
}

/// Which of `files` differ below `root`, and which schemas are there without being in `files`
fn stale(
    root: &Utf8Path,
    files: &BTreeMap<Utf8PathBuf, String>,
) -> Result<Vec<Utf8PathBuf>, Failure> {
    let mut stale: Vec<Utf8PathBuf> = Vec::new();
    for (name, text) in files {
        match fs::read_to_string(root.join(name)) {
            Ok(found) if found == *text => {}
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                return Err(failed("read", name)(error));
            }
            Ok(_) | Err(_) => stale.push(name.clone()),
        }
    }
    let mut folders = vec![Utf8PathBuf::from(FOLDER)];
    while let Some(folder) = folders.pop() {
        let entries = match root.join(&folder).read_dir_utf8() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            entries => entries.map_err(failed("read", &folder))?,
        };
        for entry in entries {
            let entry = entry.map_err(failed("read", &folder))?;
            let name = folder.join(entry.file_name());
            if entry.path().is_dir() {
                folders.push(name);
            } else if name.as_str().ends_with(ENDING) && !files.contains_key(&name) {
                stale.push(name);
            }
        }
    }
    stale.sort();
    Ok(stale)
}

fn failed<'p>(what: &'p str, path: &'p Utf8Path) -> impl FnOnce(io::Error) -> Failure + 'p {
    move |error| Failure::new(format!("failed to {what} `{path}`")).because(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changed_missing_and_left_over_files_are_stale() {
        let root = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(root.path()).unwrap();
        let files: BTreeMap<Utf8PathBuf, String> = ["same", "changed", "deep/missing"]
            .map(|name| (format!("schemas/{name}.schema.json").into(), "{}\n".into()))
            .into();
        fs::create_dir_all(root.join("schemas/old")).unwrap();
        for (name, text) in [
            ("same", "{}\n"),
            ("changed", "{}"),
            ("old/left_over", "{}\n"),
        ] {
            fs::write(root.join(format!("schemas/{name}.schema.json")), text).unwrap();
        }
        fs::write(root.join("schemas/README.md"), "").unwrap();
        let found = stale(root, &files).unwrap();
        assert_eq!(
            found,
            [
                "schemas/changed.schema.json",
                "schemas/deep/missing.schema.json",
                "schemas/old/left_over.schema.json",
            ]
        );
    }
}
