//! What the repository holds: the files that are there already, and what workflows are made for.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};
use settings::Settings;

use crate::error::Error;
use crate::render::{FOLDER, MARK, Rendered};

/// Folders that hold no sources
const NOT_SOURCES: [&str; 4] = ["target", "node_modules", "dist", "venv"];

/// What is there.
#[derive(Debug)]
pub(crate) struct Repository {
    root: Utf8PathBuf,
    /// Whether it holds Towpath's own actions.
    pub(crate) is_toolkit: bool,
    /// Whether a policy folder is there.
    pub(crate) has_policies: bool,
    /// Definitions of SageMaker pipelines.
    pub(crate) pipelines: Vec<String>,
    /// Environments with a release file of a model.
    pub(crate) released: BTreeSet<String>,
    /// Package managers and the folders that they look after.
    pub(crate) ecosystems: Vec<(&'static str, Vec<String>)>,
    /// The container that an application's image goes into, by application, where there is only one.
    pub(crate) containers: std::collections::BTreeMap<String, String>,
    /// Workflow files, with their text.
    pub(crate) workflows: Vec<(Utf8PathBuf, String)>,
}

/// A file that would be generated, as it is now.
#[derive(Debug)]
pub(crate) enum State {
    Missing,
    There(String),
}

impl Repository {
    /// Looks at the repository in `root`.
    pub(crate) fn look(root: &Utf8Path, settings: &Settings) -> Result<Self, Error> {
        let models = folders(&root.join(&settings.models.folder));
        let released = models.iter().flat_map(|model| files(model));
        let released = released.filter_map(|file| {
            let yaml = file.extension() == Some("yaml");
            file.file_stem().filter(|_| yaml).map(str::to_owned)
        });
        let containers = settings.rollouts.iter().filter_map(|(name, rollout)| {
            Some((name.clone(), container(&root.join(&rollout.manifests))?))
        });
        Ok(Self {
            is_toolkit: root.join("actions/gate/action.yml").is_file(),
            has_policies: settings
                .policy
                .folders
                .iter()
                .any(|folder| root.join(folder).is_dir()),
            pipelines: pipelines(root),
            released: released.collect(),
            ecosystems: ecosystems(root, settings),
            containers: containers.collect(),
            workflows: workflows(root)?,
            root: root.to_owned(),
        })
    }

    pub(crate) fn state(&self, path: &Utf8Path) -> Result<State, Error> {
        match std::fs::read_to_string(self.root.join(path)) {
            Ok(text) => Ok(State::There(text)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(State::Missing),
            Err(source) => Err(Error::Read {
                path: path.to_owned(),
                source,
            }),
        }
    }

    /// Workflows that were generated once and are no longer among `files`.
    pub(crate) fn stale(&self, files: &[Rendered]) -> Vec<Utf8PathBuf> {
        let stale = self.workflows.iter().filter(|(path, text)| {
            let ours = text.lines().next().is_some_and(|line| line == MARK);
            ours && !files.iter().any(|file| file.path == *path)
        });
        stale.map(|(path, _)| path.clone()).collect()
    }

    pub(crate) fn write(&self, path: &Utf8Path, text: &str) -> Result<(), Error> {
        let whole = self.root.join(path);
        let failed = |source| Error::Write {
            path: path.to_owned(),
            source,
        };
        if let Some(folder) = whole.parent().filter(|folder| !folder.as_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
        std::fs::write(&whole, text).map_err(failed)
    }

    pub(crate) fn remove(&self, path: &Utf8Path) -> Result<(), Error> {
        std::fs::remove_file(self.root.join(path)).map_err(|source| Error::Write {
            path: path.to_owned(),
            source,
        })
    }
}

fn workflows(root: &Utf8Path) -> Result<Vec<(Utf8PathBuf, String)>, Error> {
    let mut found = Vec::new();
    for file in files(&root.join(FOLDER)) {
        let path = Utf8Path::new(FOLDER).join(file.file_name().unwrap_or_default());
        let text = std::fs::read_to_string(&file).map_err(|source| Error::Read {
            path: path.clone(),
            source,
        })?;
        found.push((path, text));
    }
    Ok(found)
}

fn pipelines(root: &Utf8Path) -> Vec<String> {
    let mut found = Vec::new();
    below(&root.join("pipelines"), &mut |file| {
        if file.as_str().ends_with(".pipeline.json") {
            found.push(relative(root, file));
        }
    });
    found.sort();
    found
}

/// Which package managers Dependabot has something to do for.
fn ecosystems(root: &Utf8Path, settings: &Settings) -> Vec<(&'static str, Vec<String>)> {
    let beside = |manifest: &dyn Fn(&str) -> bool| {
        let mut found = BTreeSet::new();
        let near = std::iter::once(root.to_owned()).chain(folders(root));
        for folder in near {
            let there = files(&folder);
            if there
                .iter()
                .any(|file| file.file_name().is_some_and(manifest))
            {
                found.insert(format!("/{}", relative(root, &folder)));
            }
        }
        found.into_iter().collect::<Vec<_>>()
    };
    let roots = settings.environments.values();
    let roots: BTreeSet<String> = roots.map(|each| format!("/{}", each.root)).collect();
    let docker = settings.images.values().filter_map(|image| {
        let folder = image.dockerfile.parent()?;
        Some(format!("/{folder}"))
    });
    let docker: BTreeSet<String> = docker.collect();
    let all = [
        ("github-actions", vec!["/".to_owned()]),
        ("cargo", beside(&|name| name == "Cargo.toml")),
        ("npm", beside(&|name| name == "package.json")),
        (
            "pip",
            beside(&|name| name.starts_with("requirements") || name == "pyproject.toml"),
        ),
        ("terraform", roots.into_iter().collect()),
        ("docker", docker.into_iter().collect()),
    ];
    all.into_iter()
        .map(|(name, mut folders)| {
            // a workspace is updated from its root
            if name == "cargo" && folders.iter().any(|folder| folder == "/") {
                folders = vec!["/".to_owned()];
            }
            (name, folders)
        })
        .filter(|(_, folders)| !folders.is_empty())
        .collect()
}

/// The only container of the workloads in a folder of manifests, or in one file.
fn container(manifests: &Utf8Path) -> Option<String> {
    let mut names = BTreeSet::new();
    let files = if manifests.is_file() {
        vec![manifests.to_owned()]
    } else {
        files(manifests)
    };
    for file in files {
        let text = std::fs::read_to_string(&file).ok()?;
        for document in serde_yaml::Deserializer::from_str(&text) {
            let Ok(document) = <serde_yaml::Value as serde::Deserialize>::deserialize(document)
            else {
                continue;
            };
            let list = &document["spec"]["template"]["spec"]["containers"];
            let containers = list.as_sequence().into_iter().flatten();
            names.extend(containers.filter_map(|each| each["name"].as_str().map(str::to_owned)));
        }
    }
    let only = names.len() == 1;
    names.pop_first().filter(|_| only)
}

fn below(folder: &Utf8Path, visit: &mut dyn FnMut(&Utf8Path)) {
    for file in files(folder) {
        visit(&file);
    }
    for inner in folders(folder) {
        below(&inner, visit);
    }
}

fn files(folder: &Utf8Path) -> Vec<Utf8PathBuf> {
    entries(folder)
        .into_iter()
        .filter(|path| path.is_file())
        .collect()
}

/// Folders with sources; a link is not followed.
fn folders(folder: &Utf8Path) -> Vec<Utf8PathBuf> {
    let plain = |path: &Utf8PathBuf| {
        let name = path.file_name().unwrap_or_default();
        path.is_dir()
            && !path.is_symlink()
            && !name.starts_with('.')
            && !NOT_SOURCES.contains(&name)
    };
    entries(folder).into_iter().filter(plain).collect()
}

fn entries(folder: &Utf8Path) -> Vec<Utf8PathBuf> {
    let folder = if folder.as_str().is_empty() {
        Utf8Path::new(".")
    } else {
        folder
    };
    let Ok(entries) = folder.read_dir_utf8() else {
        return Vec::new();
    };
    let mut found: Vec<Utf8PathBuf> = entries
        .filter_map(Result::ok)
        .map(|entry| entry.path().to_owned())
        .collect();
    found.sort();
    found
}

fn relative(root: &Utf8Path, path: &Utf8Path) -> String {
    let path = path.strip_prefix(root).unwrap_or(path);
    let path = path.strip_prefix(".").unwrap_or(path);
    path.as_str().replace('\\', "/")
}
