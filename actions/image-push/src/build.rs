//! From a Dockerfile to an image: what goes in ([`Recipe`]), and who makes it.
//!
//! Where copying is all that there is to do, Towpath does it itself ([`python`]); otherwise a builder of this machine
//! does ([`tools`]). Both give an image that was not pushed yet.

pub(crate) mod context;
pub(crate) mod dockerfile;
mod ignore;
pub(crate) mod python;
mod tools;
pub(crate) mod wheels;

use std::collections::BTreeMap;

use gha::Host;
use oci_image::assemble::Base;
use oci_image::{Digest, Image, Reference, Registry};
use settings::images::Builder;

use crate::Error;
use crate::fingerprint::{self, Ingredients};
use crate::place::{Place, elsewhere};
use crate::wanted::Wanted;
use context::File;
use dockerfile::Dockerfile;
use wheels::{Package, Target};

/// All that goes into an image, looked up and not built.
#[derive(Debug)]
pub(crate) struct Recipe {
    dockerfile: Dockerfile,
    files: Vec<File>,
    /// Digest by the name that the Dockerfile uses.
    pub(crate) bases: BTreeMap<String, Digest>,
    maker: Maker,
    pub(crate) fingerprint: Digest,
}

/// Who makes it.
#[derive(Debug)]
enum Maker {
    Python(python::Plan),
    Tool(tools::Tool),
}

/// An image that was made.
#[derive(Debug)]
pub(crate) struct Built {
    pub(crate) image: Image,
    pub(crate) builder: &'static str,
    pub(crate) packages: Vec<Package>,
    /// What a builder wrote, which has to stay until it is pushed.
    _folder: Option<tempfile::TempDir>,
}

impl Recipe {
    /// Reads the Dockerfile and the context, and looks up the base images: one request each, none for a digest.
    pub(crate) async fn read(wanted: &Wanted, place: &Place) -> Result<Self, Error> {
        let path = &wanted.image.dockerfile;
        let text = std::fs::read_to_string(path).map_err(|source| Error::Read {
            path: path.clone(),
            source,
        })?;
        let wrong = |detail: String| Error::Dockerfile {
            path: path.clone(),
            detail,
        };
        let dockerfile = dockerfile::parse(&text, &wanted.image.args).map_err(wrong)?;
        let own = wanted.cache.parent().filter(|own| !own.as_str().is_empty());
        let own = own.unwrap_or(&wanted.cache);
        let files = context::files(&wanted.image.context, path, own)?;
        let maker = match (wanted.image.builder, python::plan(&dockerfile)) {
            (Builder::Auto | Builder::Python, Ok(plan)) => Maker::Python(plan),
            (Builder::Python, Err(because)) => {
                return Err(Error::NotByCopying {
                    path: path.clone(),
                    because,
                });
            }
            (builder, _) => Maker::Tool(tools::find(builder)?),
        };
        let mut bases = BTreeMap::new();
        for name in dockerfile.images() {
            let reference: Reference = name.parse()?;
            let digest = match reference.digest {
                Some(digest) => digest,
                None => {
                    let registry = registry_of(wanted, place, &reference)?;
                    let found = registry
                        .look(&reference.repository, &reference.object())
                        .await?;
                    found.ok_or_else(|| Error::NoBase { name: name.clone() })?
                }
            };
            bases.insert(name, digest);
        }
        let fingerprint = fingerprint::fingerprint(&Ingredients {
            dockerfile: &dockerfile,
            args: &wanted.image.args,
            files: &files,
            bases: &bases,
            platform: &wanted.platform,
            // which of the other builders made it makes no difference that anybody asked for
            maker: match maker {
                Maker::Python(_) => "python",
                Maker::Tool(_) => "dockerfile",
            },
        })?;
        Ok(Self {
            dockerfile,
            files,
            bases,
            maker,
            fingerprint,
        })
    }

    /// The base of the last stage, by its digest.
    pub(crate) fn base(&self) -> Option<String> {
        let from = &self.dockerfile.stages.last()?.from;
        let digest = self.bases.get(from)?;
        let name = from.split('@').next().unwrap_or_default();
        Some(format!("{name}@{digest}"))
    }

    /// Makes the image.
    pub(crate) async fn build(
        &self,
        wanted: &Wanted,
        place: &Place,
        host: &mut Host,
    ) -> Result<Built, Error> {
        match &self.maker {
            Maker::Python(plan) => self.copy(plan, wanted, place, host).await,
            Maker::Tool(tool) => {
                host.progress(&format!("building with {}", tool.name()));
                let folder = tempfile::tempdir().map_err(Error::Scratch)?;
                let image = tool.build(wanted, &self.bases, folder.path(), host).await?;
                Ok(Built {
                    image,
                    builder: tool.name(),
                    packages: Vec::new(),
                    _folder: Some(folder),
                })
            }
        }
    }

    async fn copy(
        &self,
        plan: &python::Plan,
        wanted: &Wanted,
        place: &Place,
        host: &mut Host,
    ) -> Result<Built, Error> {
        let path = &wanted.image.dockerfile;
        let wrong = |detail: String| Error::Dockerfile {
            path: path.clone(),
            detail,
        };
        let reference: Reference = plan.base.parse()?;
        let registry = registry_of(wanted, place, &reference)?;
        // what the fingerprint says, whatever the tag leads to by now
        let digest = self.bases.get(&plan.base).copied();
        let object = digest.map_or_else(|| reference.object(), |digest| digest.to_string());
        let mut base =
            Base::fetch(&registry, &reference.repository, &object, &wanted.platform).await?;
        base.name = Reference {
            digest: None,
            ..reference
        }
        .to_string();
        let args = &wanted.image.args;
        let carried = python::carry_out(plan, &base.config, args, &self.files).map_err(wrong)?;
        let mut layers = Vec::new();
        let mut packages = Vec::new();
        if let Some(wants) = &plan.packages {
            let env = base.config.config.env.clone().unwrap_or_default();
            let target = Target::of(&env, &wanted.platform).map_err(wrong)?;
            host.progress(&format!(
                "packages of `{}` for Python {} on {}",
                wants.lock,
                target.short(),
                wanted.platform
            ));
            let lock = wanted.image.context.join(&wants.lock);
            let installed =
                wheels::install(wants, &lock, &target, &wanted.cache, &wanted.python).await?;
            layers.push((format!("packages of {}", wants.lock), installed.made));
            packages = installed.packages;
        }
        if !carried.layer.is_empty() {
            let made = carried.layer.write(&wanted.cache.join("blobs"))?;
            layers.push(("application".to_owned(), made));
        }
        let config = carried.config;
        let image = base.with(layers, |place| *place = config, BTreeMap::new());
        Ok(Built {
            image,
            builder: "python",
            packages,
            _folder: None,
        })
    }
}

/// The registry of a base image; the one that is pushed to when that is the same, with its credentials.
fn registry_of(wanted: &Wanted, place: &Place, reference: &Reference) -> Result<Registry, Error> {
    if place.registry.host() == reference.host {
        return Ok(place.registry.clone());
    }
    elsewhere(wanted, reference)
}
