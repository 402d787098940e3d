//! What is attached to an image that was built: which packages are in it (SPDX 2.3), and how it came about (SLSA v1).
//!
//! Both are referrers, found from the image's digest. The list of packages comes from the wheels themselves, so it is
//! there only where Towpath laid them out; the base image's own packages are not in it. Neither is signed here.

use oci_image::assemble::referrer;
use oci_image::layer::TIME_TEXT;
use oci_image::{Digest, Image};
use serde_json::{Value, json};

use crate::build::wheels::Package;
use crate::wanted::Wanted;

const SPDX: &str = "application/spdx+json";
const IN_TOTO: &str = "application/vnd.in-toto+json";

/// How an image came about.
#[derive(Debug)]
pub(crate) struct Story<'a> {
    pub(crate) repository: &'a str,
    pub(crate) builder: &'a str,
    pub(crate) fingerprint: Digest,
    /// Names with digests.
    pub(crate) bases: Vec<(String, Digest)>,
    pub(crate) packages: &'a [Package],
}

/// The referrers of `image`.
pub(crate) fn referrers(image: &Image, story: &Story<'_>, wanted: &Wanted) -> Vec<Image> {
    let mut documents = Vec::new();
    if !story.packages.is_empty() {
        documents.push((SPDX, sbom(image, story)));
    }
    documents.push((IN_TOTO, provenance(image, story, wanted)));
    let attached = documents
        .into_iter()
        .map(|(kind, document)| referrer(&image.root, kind, document.to_string().into_bytes()));
    attached.collect()
}

fn sbom(image: &Image, story: &Story<'_>) -> Value {
    let id = |name: &str| {
        let plain = |letter: char| {
            if letter.is_ascii_alphanumeric() {
                letter
            } else {
                '-'
            }
        };
        format!("SPDXRef-{}", name.chars().map(plain).collect::<String>())
    };
    let root = id("image");
    let packages = story.packages.iter().map(|package| {
        let name = package.name.replace('_', "-").to_lowercase();
        json!({
            "SPDXID": id(&format!("{}-{}", package.name, package.version)),
            "name": name,
            "versionInfo": package.version,
            "packageFileName": package.file,
            "downloadLocation": "NOASSERTION",
            "filesAnalyzed": false,
            "checksums": [{"algorithm": "SHA256", "checksumValue": package.sha256}],
            "externalRefs": [{
                "referenceCategory": "PACKAGE-MANAGER",
                "referenceType": "purl",
                "referenceLocator": format!("pkg:pypi/{name}@{}", package.version),
            }],
        })
    });
    let this = json!({
        "SPDXID": root,
        "name": story.repository,
        "versionInfo": image.digest().to_string(),
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": false,
    });
    let contains = story.packages.iter().map(|package| {
        json!({
            "spdxElementId": root,
            "relationshipType": "CONTAINS",
            "relatedSpdxElement": id(&format!("{}-{}", package.name, package.version)),
        })
    });
    let describes = json!({
        "spdxElementId": "SPDXRef-DOCUMENT",
        "relationshipType": "DESCRIBES",
        "relatedSpdxElement": root,
    });
    json!({
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": format!("{}@{}", story.repository, image.digest()),
        "documentNamespace": format!("urn:towpath:spdx:{}", image.digest().hex()),
        "creationInfo": {"created": TIME_TEXT, "creators": ["Tool: towpath"]},
        "packages": std::iter::once(this).chain(packages).collect::<Vec<_>>(),
        "relationships": std::iter::once(describes).chain(contains).collect::<Vec<_>>(),
    })
}

fn provenance(image: &Image, story: &Story<'_>, wanted: &Wanted) -> Value {
    let bases = story.bases.iter().map(|(name, digest)| {
        json!({"uri": format!("docker://{name}"), "digest": {"sha256": digest.hex()}})
    });
    let commit = wanted.git.commit.as_ref().filter(|_| wanted.git.clean);
    let source =
        commit.map(|commit| json!({"uri": wanted.run.source, "digest": {"gitCommit": commit}}));
    json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": story.repository, "digest": {"sha256": image.digest().hex()}}],
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {
            "buildDefinition": {
                "buildType": "urn:towpath:image-push:v1",
                "externalParameters": {
                    "dockerfile": wanted.image.dockerfile,
                    "context": wanted.image.context,
                    "args": wanted.image.args,
                    "platform": wanted.platform.to_string(),
                },
                "internalParameters": {
                    "builder": story.builder,
                    "fingerprint": story.fingerprint.to_string(),
                },
                "resolvedDependencies": bases.chain(source).collect::<Vec<_>>(),
            },
            "runDetails": {
                "builder": {"id": "urn:towpath:image-push"},
                "metadata": {"invocationId": wanted.run.address},
            },
        },
    })
}
