//! A repository with a Dockerfile, and a registry with a base image.

use std::cell::RefCell;
use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use ecr_sim::{Config, EcrSim};
use oci_image::assemble::Base;
use oci_image::layer::{Content, Layer};
use oci_image::push::{self, Known, Target};
use oci_image::{Basic, Credentials, Image, Platform, Registry, layout};
use test_support::{Program, Ran, Repository};

pub(crate) const DOCKERFILE: &str = "ARG BASE\nFROM ${BASE}\nENV MODE=web\nWORKDIR /app\nCOPY app ./\nUSER 10001:10001\nCMD [\"python\", \"app.py\"]\n";

pub(crate) struct Desk {
    pub(crate) sim: EcrSim,
    pub(crate) repository: RefCell<Repository>,
}

impl Desk {
    /// `app` in ECR, immutable, and a base image in `base`; the repository has one commit.
    pub(crate) fn new() -> Self {
        Self::with(Config::default())
    }

    pub(crate) fn with(config: Config) -> Self {
        let sim = EcrSim::start(config).unwrap();
        sim.create("app", true);
        sim.create("base", false);
        let desk = Self {
            sim,
            repository: RefCell::new(Repository::new()),
        };
        desk.push_base("1", b"base");
        desk.write("Dockerfile", DOCKERFILE);
        desk.write(".gitignore", ".towpath\nlayout\nwheels\n");
        desk.write(".dockerignore", "*\n!app\n**/__pycache__\n");
        desk.write("app/app.py", "print('one')\n");
        desk.configure("");
        desk.commit();
        desk
    }

    /// The configuration of the image `app`, with more lines.
    pub(crate) fn configure(&self, more: &str) {
        let host = self.sim.host();
        self.write(
            "towpath.yaml",
            &format!(
                "aws: {{region: eu-central-1, account: \"000000000000\"}}\nimages:\n  app:\n    repository: app\n    args: {{BASE: \"{host}/base:1\"}}\n{more}"
            ),
        );
    }

    /// Puts an image with Python's settings into `base`.
    pub(crate) fn push_base(&self, tag: &str, content: &'static [u8]) {
        let mut layer = Layer::default();
        let bytes = Content::Bytes(content.into());
        layer.file("etc/base", bytes, false).unwrap();
        let folder = self.path("layout/base");
        let made = layer.write(&folder).unwrap();
        let platform = Platform::parse("linux/amd64").unwrap();
        let configure = |config: &mut oci_image::Config| {
            config.env = Some(vec![
                "PATH=/usr/local/bin:/usr/bin".to_owned(),
                "PYTHON_VERSION=3.11.2".to_owned(),
            ]);
        };
        let layers = vec![("rootfs".to_owned(), made)];
        let image = Base::scratch(&platform).with(layers, configure, BTreeMap::new());
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let basic = Basic {
                user: "AWS".to_owned(),
                password: self.sim.password(),
            };
            let target = Target {
                registry: Registry::new(self.sim.url(), Credentials::Basic(basic)).unwrap(),
                repository: "base".parse().unwrap(),
                tags: vec![tag.parse().unwrap()],
                lenders: Vec::new(),
            };
            let plan = push::plan(&image, target, Known::default()).await.unwrap();
            plan.carry_out().await.unwrap();
        });
        self.sim.requests();
    }

    /// A layout with one layer for each file, in `layout/<name>`.
    pub(crate) fn layout(&self, name: &str, files: &[(&str, &[u8])]) -> Image {
        let layers = files.iter().map(|(path, bytes)| {
            let mut layer = Layer::default();
            let content = Content::Bytes(bytes.to_vec().into());
            layer.file(path, content, false).unwrap();
            let made = layer.write(&self.path("layout/blobs")).unwrap();
            ("COPY".to_owned(), made)
        });
        let platform = Platform::parse("linux/amd64").unwrap();
        let image = Base::scratch(&platform).with(layers.collect(), |_| {}, BTreeMap::new());
        layout::write(&image, &self.path("layout").join(name), None).unwrap();
        image
    }

    pub(crate) fn path(&self, path: &str) -> Utf8PathBuf {
        self.repository.borrow().path().join(path)
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        self.repository.borrow_mut().write(path, text);
    }

    pub(crate) fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path(path)).unwrap()
    }

    pub(crate) fn commit(&self) -> String {
        self.repository.borrow_mut().commit("change")
    }

    pub(crate) fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("AWS_ENDPOINT_URL_ECR", self.sim.url().to_owned()),
            ("AWS_ACCESS_KEY_ID", "test".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
            ("AWS_REGION", "eu-central-1".to_owned()),
        ]
    }

    pub(crate) fn program(&self, arguments: &[&str]) -> Program {
        Program::new(env!("CARGO_BIN_EXE_image-push"))
            .args(arguments)
            .envs(self.environment())
            .cwd(self.path(""))
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.program(arguments).run()
    }

    /// Runs it, and wants it to go well.
    pub(crate) fn runs(&self, arguments: &[&str]) -> String {
        let ran = self.run(arguments);
        assert_eq!(ran.exit_code, 0, "{}\n{}", ran.stdout, ran.stderr);
        self.sim.verify().unwrap();
        ran.stdout
    }

    /// What was asked since the last time.
    pub(crate) fn asked(&self) -> Vec<String> {
        let requests = self.sim.requests().into_iter();
        requests
            .map(|request| format!("{} {}", request.method, request.path))
            .collect()
    }

    /// Bytes that came since the last time.
    pub(crate) fn received(&self) -> u64 {
        self.sim
            .requests()
            .iter()
            .map(|request| request.bytes)
            .sum()
    }

    pub(crate) fn tag(&self, tag: &str) -> Option<String> {
        let tags = self.sim.tags("app").into_iter();
        tags.filter(|(name, _)| name == tag)
            .map(|(_, digest)| digest)
            .next()
    }
}
