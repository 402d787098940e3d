//! All that goes into an image, as one digest: where an image of it exists, nothing has to be built.
//!
//! The parsed Dockerfile (comments and spelling do not count), the values of its arguments, the files of the context with
//! their content and executable bit, the base images by digest, the platform, and who builds. Not in it: times, owners,
//! empty folders, and whatever a `RUN` fetches from elsewhere; a Dockerfile that wants that anew has to say so, by an
//! argument for example.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};

use oci_image::{Digest, Hashing, Platform, Tag};

use crate::Error;
use crate::build::context::{File, Kind};
use crate::build::dockerfile::Dockerfile;

/// Another number for another meaning of the rest.
const VERSION: u32 = 1;

/// What an image is made of.
#[derive(Debug)]
pub(crate) struct Ingredients<'a> {
    pub(crate) dockerfile: &'a Dockerfile,
    pub(crate) args: &'a BTreeMap<String, String>,
    pub(crate) files: &'a [File],
    /// Digest by the name that the Dockerfile uses.
    pub(crate) bases: &'a BTreeMap<String, Digest>,
    pub(crate) platform: &'a Platform,
    /// What makes other bytes of the same ingredients.
    pub(crate) maker: &'a str,
}

/// The digest of them all.
pub(crate) fn fingerprint(of: &Ingredients<'_>) -> Result<Digest, Error> {
    let mut hash = Hashing::new(std::io::sink());
    let mut put = |text: String| {
        // lengths keep neighbours apart
        write!(hash, "{}\n{text}\n", text.len())
            .unwrap_or_else(|error| unreachable!("a sink takes everything: {error}"));
    };
    put(format!("towpath image {VERSION}"));
    put(of.maker.to_owned());
    put(of.platform.to_string());
    put(format!("{:?}", of.dockerfile));
    put(format!("{:?}", of.args));
    put(format!("{:?}", of.bases));
    for file in of.files {
        put(file.path.clone());
        put(match &file.kind {
            Kind::Link { target } => format!("link {target}"),
            Kind::File { executable } => format!("file {executable} {}", content(file)?),
        });
    }
    let (_, digest, _) = hash.finish();
    Ok(digest)
}

fn content(file: &File) -> Result<Digest, Error> {
    let failed = |source| Error::Read {
        path: file.place.clone(),
        source,
    };
    let mut open = std::fs::File::open(&file.place).map_err(failed)?;
    let mut hash = Hashing::new(());
    let mut piece = vec![0; 64 * 1024];
    loop {
        match open.read(&mut piece).map_err(failed)? {
            0 => break,
            read => hash.update(&piece[..read]),
        }
    }
    let ((), digest, _) = hash.finish();
    Ok(digest)
}

/// The tag of a fingerprint.
pub(crate) fn tag(fingerprint: Digest) -> Tag {
    let text = format!("in-{}", fingerprint.hex());
    text.parse()
        .unwrap_or_else(|error| unreachable!("letters and digits are a tag: {error}"))
}
