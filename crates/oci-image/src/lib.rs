//! Container images: what they are called, what they are made of, and how they get into a registry.
//!
//! An [`Image`] is manifests and blobs, each known by its [`Digest`]: read from an OCI layout or archive ([`layout`]),
//! or put together from a base that stays in its registry and layers made here ([`layer`], [`assemble`]). A [`Registry`]
//! speaks the distribution protocol with one host; [`push`] carries an image there with as few requests and bytes as
//! there can be, and [`compare`] says in what two images differ.
//!
//! Memory stays bounded whatever an image's size: blobs are streams, and what a registry sends is read up to a limit and
//! believed when its digest is right. It does not know Amazon ECR's own interface, Dockerfiles, git, or what runs where.

pub mod assemble;
mod auth;
pub mod compare;
mod connect;
mod digest;
mod error;
mod image;
pub mod layer;
pub mod layout;
pub mod login;
mod manifest;
mod payload;
pub mod push;
mod reference;
mod registry;
mod traffic;

pub use auth::{Basic, Credentials, Renewal};
pub use digest::{Digest, Hashing, NotADigest};
pub use error::{ImageError, RegistryError};
pub use image::{Blob, BlobPlace, Document, Image};
pub use manifest::{
    Config, Descriptor, History, ImageConfig, Index, LARGEST_MANIFEST, Manifest, MediaKind,
    Platform, RootFs, media,
};
pub use reference::{NotAReference, Reference, RepositoryName, Tag};
pub use registry::{Patience, Registry};
pub use traffic::Traffic;
