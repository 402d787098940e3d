//! Images to push, and a registry to push them to.

use std::collections::BTreeMap;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use ecr_sim::{Config, EcrSim, Gate};
use oci_image::assemble::Base;
use oci_image::layer::{Content, Layer, Made};
use oci_image::push::{self, Known, Pushed, Target};
use oci_image::{
    Basic, Credentials, Image, Patience, Platform, Registry, RegistryError, RepositoryName,
};
use tempfile::TempDir;

pub(crate) struct Shelf {
    pub(crate) sim: EcrSim,
    folder: TempDir,
}

pub(crate) fn name(text: &str) -> RepositoryName {
    text.parse().unwrap()
}

/// Bytes that no compressor makes smaller, and that are the same for the same seed.
pub(crate) fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut bytes = vec![0; length];
    random.fill(&mut bytes);
    bytes
}

pub(crate) fn impatient() -> Patience {
    Patience {
        attempts: 5,
        first_wait: Duration::from_millis(2),
        longest_wait: Duration::from_millis(20),
        stall: Duration::from_secs(5),
    }
}

impl Shelf {
    /// A registry with a repository `app`.
    pub(crate) fn new() -> Self {
        Self::with(Config::default())
    }

    pub(crate) fn with(config: Config) -> Self {
        let sim = EcrSim::start(config).unwrap();
        sim.create("app", false);
        let folder = tempfile::tempdir().unwrap();
        Self { sim, folder }
    }

    pub(crate) fn token() -> Self {
        Self::with(Config {
            gate: Gate::Token,
            ..Config::default()
        })
    }

    pub(crate) fn path(&self) -> Utf8PathBuf {
        Utf8Path::from_path(self.folder.path()).unwrap().to_owned()
    }

    pub(crate) fn layer(&self, files: &[(&str, &[u8])]) -> Made {
        let mut layer = Layer::default();
        for (path, bytes) in files {
            let content = Content::Bytes(bytes.to_vec().into());
            layer.file(path, content, false).unwrap();
        }
        layer.write(&self.path().join("blobs")).unwrap()
    }

    /// An image with one layer for each file.
    pub(crate) fn image(&self, files: &[(&str, &[u8])]) -> Image {
        let layers = files
            .iter()
            .map(|file| ("COPY".to_owned(), self.layer(&[*file])))
            .collect();
        let platform = Platform::parse("linux/amd64").unwrap();
        let configure = |config: &mut oci_image::Config| {
            config.env = Some(vec!["A=1".to_owned()]);
        };
        Base::scratch(&platform).with(layers, configure, BTreeMap::new())
    }

    /// One of three layers, a quarter of a megabyte together.
    pub(crate) fn usual(&self) -> Image {
        self.image(&[
            ("lib/large", &noise(1, 160_000)),
            ("lib/small", &noise(2, 70_000)),
            ("app/app.py", b"print('hello')\n"),
        ])
    }

    pub(crate) fn registry(&self) -> Registry {
        let sim = self.sim.clone();
        let credentials = Credentials::Renewed(Box::new(move || {
            let password = sim.password();
            Box::pin(async move {
                let user = "AWS".to_owned();
                Ok(Some(Basic { user, password }))
            })
        }));
        Registry::patient(self.sim.url(), credentials, impatient()).unwrap()
    }

    pub(crate) fn target(&self, tags: &[&str]) -> Target {
        Target {
            registry: self.registry(),
            repository: name("app"),
            tags: tags.iter().map(|tag| tag.parse().unwrap()).collect(),
            lenders: Vec::new(),
        }
    }

    pub(crate) async fn push(&self, image: &Image, tags: &[&str]) -> Result<Pushed, RegistryError> {
        carry_out(image, self.target(tags)).await
    }

    /// The requests since the last time, without what is different each time.
    pub(crate) fn asked(&self) -> Vec<String> {
        let requests = self.sim.requests().into_iter();
        requests
            .map(|request| {
                let path = request.path.trim_start_matches("/v2/app/");
                let path = match path.split_once("uploads/") {
                    Some((before, _)) => format!("{before}uploads/"),
                    None => path.split("sha256:").next().unwrap_or_default().to_owned(),
                };
                format!("{} {path} {}", request.method, request.status)
            })
            .collect()
    }
}

pub(crate) async fn carry_out(image: &Image, target: Target) -> Result<Pushed, RegistryError> {
    let plan = push::plan(image, target, Known::default()).await?;
    plan.carry_out().await
}

/// An error with all its causes.
pub(crate) fn told(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
