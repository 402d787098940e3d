//! The key that signs service accounts' tokens: a new one for each control plane, because a committed one would be a secret.

use std::fs;
use std::io;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use camino::Utf8Path;

/// What stands before the point of a P-256 key in a `SubjectPublicKeyInfo` (RFC 5480).
const PREFIX: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// Writes a private key and its public key as PEM.
pub(super) fn write_pair(private: &Utf8Path, public: &Utf8Path) -> io::Result<()> {
    let failed = || io::Error::other("no key could be generated");
    let document =
        EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &SystemRandom::new())
            .map_err(|_| failed())?;
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, document.as_ref())
        .map_err(|_| failed())?;
    let spki = [&PREFIX, pair.public_key().as_ref()].concat();
    fs::write(private, pem("PRIVATE KEY", document.as_ref()))?;
    fs::write(public, pem("PUBLIC KEY", &spki))
}

fn pem(label: &str, bytes: &[u8]) -> String {
    let text = base64::engine::general_purpose::STANDARD.encode(bytes);
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(64)
        .filter_map(|line| std::str::from_utf8(line).ok())
        .collect();
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        lines.join("\n")
    )
}
