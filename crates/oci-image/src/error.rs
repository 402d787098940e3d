//! What can be wrong with an image on this machine, and with a registry.

use camino::Utf8PathBuf;
use miette::Diagnostic;

use crate::{Digest, Tag};

/// Why an image cannot be read or made.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum ImageError {
    /// A file cannot be read.
    #[error("failed to read `{path}`")]
    Read {
        /// The file.
        path: Utf8PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file cannot be written.
    #[error("failed to write `{path}`")]
    Write {
        /// The file.
        path: Utf8PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A folder or file that holds no image.
    #[error("`{path}` is not an OCI image: {because}")]
    #[diagnostic(help(
        "it is a folder with `oci-layout` and `index.json`, or a tar archive of one, as `docker save` and `buildah push` write it"
    ))]
    NotALayout {
        /// The folder or file.
        path: Utf8PathBuf,
        /// What is wrong with it.
        because: String,
    },
    /// A manifest that is none.
    #[error("the document {digest} is not what its media type says")]
    NotADocument {
        /// Its digest.
        digest: Digest,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// A manifest of a kind that cannot be pushed.
    #[error("the document {digest} is `{media_type}`, which is no image")]
    MediaType {
        /// Its digest.
        digest: Digest,
        /// What it says that it is.
        media_type: String,
    },
    /// Bytes that are not what their name says.
    #[error("the bytes of {digest} have the digest {found}")]
    #[diagnostic(help("the image is damaged: make it again"))]
    Corrupt {
        /// The name.
        digest: Digest,
        /// What the bytes say.
        found: Digest,
    },
    /// A blob of another size than said.
    #[error("{digest} has {found} bytes, and its descriptor says {said}")]
    #[diagnostic(help("the image is damaged: make it again"))]
    Size {
        /// The blob.
        digest: Digest,
        /// What the descriptor says.
        said: u64,
        /// What is there.
        found: u64,
    },
    /// A blob that is not there.
    #[error("the image has no bytes for {digest}")]
    #[diagnostic(help("the image is not complete: make it again"))]
    Missing {
        /// The blob.
        digest: Digest,
    },
    /// A blob that is in a registry and has to be fetched first.
    #[error("{digest} is not on this machine")]
    Elsewhere {
        /// The blob.
        digest: Digest,
    },
    /// An index that leads to more than anything needs.
    #[error("the image leads to more than 1000 manifests")]
    TooMany,
    /// A file that no layer can hold.
    #[error("`{path}` cannot go into a layer: {because}")]
    NotForALayer {
        /// The file, as the layer would call it.
        path: String,
        /// Why not.
        because: String,
    },
}

/// Why a registry did not do what was asked.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum RegistryError {
    /// An address that leads nowhere.
    #[error("`{endpoint}` is not the address of a registry")]
    Address {
        /// What was given.
        endpoint: String,
    },
    /// The machine's certificates cannot be read.
    #[error("failed to read this machine's certificates")]
    Certificates(#[source] std::io::Error),
    /// No connection, or one that broke, also after trying again.
    #[error("{what} failed: {detail}")]
    #[diagnostic(help("it was tried several times; run it again: what arrived is not sent again"))]
    Unreachable {
        /// What was asked.
        what: String,
        /// What went wrong last.
        detail: String,
    },
    /// Credentials that the registry does not take.
    #[error("the registry {host} does not take our credentials for {what}: {detail}")]
    #[diagnostic(help(
        "sign in first; for ECR the role needs `ecr:GetAuthorizationToken` on `*`, and its token lasts twelve hours"
    ))]
    Unauthorized {
        /// The registry.
        host: String,
        /// What was asked.
        what: String,
        /// What it said.
        detail: String,
    },
    /// The registry said no.
    #[error("{what} was refused with {status}: {detail}")]
    Refused {
        /// What was asked.
        what: String,
        /// The HTTP status.
        status: u16,
        /// What it said.
        detail: String,
    },
    /// There is no such repository.
    #[error("the registry {host} has no repository `{repository}`")]
    #[diagnostic(help("create it first: a push does not"))]
    NoRepository {
        /// The registry.
        host: String,
        /// The repository.
        repository: String,
    },
    /// There is no such image.
    #[error("there is no image `{reference}`")]
    NoImage {
        /// Its name.
        reference: String,
    },
    /// The registry says one thing and does another.
    #[error("the registry answered {what} with {found}, where {expected} was asked for")]
    #[diagnostic(help(
        "do not use this image: the registry, or somebody between it and us, changed it"
    ))]
    Lied {
        /// What was asked.
        what: String,
        /// What came.
        found: String,
        /// What had to come.
        expected: String,
    },
    /// An answer without an end, or without reason so large.
    #[error("the answer to {what} is larger than {limit} bytes")]
    TooLarge {
        /// What was asked.
        what: String,
        /// What is read at most.
        limit: u64,
    },
    /// An immutable tag that leads to another image.
    #[error("tag `{tag}` cannot be moved: {detail}")]
    #[diagnostic(help("use another tag, or delete this one"))]
    TagTaken {
        /// The tag.
        tag: Tag,
        /// What it leads to, when that could be looked up.
        existing: Option<Digest>,
        /// What the registry said.
        detail: String,
    },
    /// Something is wrong with the image itself.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Image(#[from] ImageError),
}
