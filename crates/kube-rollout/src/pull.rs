//! Why an image is not pulled, read from what containerd, CRI-O or a registry says.
//!
//! Since Kubernetes 1.32 the status of a pod that backs off carries the real error, so the text is there without an event. The
//! words differ by runtime; what is not recognised counts as a registry in trouble, which may heal.

use crate::failure::Class;

/// The reasons that a container waits with while its image is not there.
pub(crate) fn is_pulling(reason: &str) -> bool {
    matches!(
        reason,
        "ErrImagePull"
            | "ImagePullBackOff"
            | "InvalidImageName"
            | "ErrImageNeverPull"
            | "RegistryUnavailable"
            | "ImageInspectError"
            | "SignatureValidationFailed"
    )
}

/// Which trouble `message` tells of.
pub(crate) fn class(reason: &str, message: &str) -> Class {
    let text = message.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if matches!(reason, "InvalidImageName" | "ErrImageNeverPull") {
        return Class::ImageMissing;
    }
    // first what heals: a proxy's answer may contain anything else besides
    if says(&[
        "i/o timeout",
        "connection refused",
        "connection reset",
        "no such host",
        "tls handshake",
        "toomanyrequests",
        "too many requests",
        "429",
        "500 internal",
        "502 bad gateway",
        "503 service unavailable",
        "504 gateway",
        "context deadline exceeded",
        "unexpected eof",
        "no route to host",
        "temporary failure in name resolution",
        "server misbehaving",
    ]) {
        return Class::RegistryUnreachable;
    }
    if says(&[
        "401 unauthorized",
        "403 forbidden",
        "unauthorized",
        "access denied",
        "no basic auth credentials",
        "authorization failed",
        "insufficient_scope",
        "not authorized",
        "authentication required",
        "denied:",
    ]) {
        return Class::PullRefused;
    }
    if says(&[
        "not found",
        "notfound",
        "manifest unknown",
        "name unknown",
        "no match for platform",
        "does not exist",
        "invalid reference format",
    ]) {
        return Class::ImageMissing;
    }
    Class::RegistryUnreachable
}

/// The end of a chain of errors: what a person needs of `a: b: c: not found`.
pub(crate) fn gist(message: &str) -> &str {
    let message = message.split("ErrImagePull: ").last().unwrap_or(message);
    // the reference of the image stands in the chain two or three times; what follows the last one says what happened
    match message.rsplit_once("\": ") {
        Some((_, end)) if !end.trim().is_empty() => end.trim(),
        _ => message.trim(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_runtime_and_registry_says_it_in_its_own_words() {
        for (reason, message, expected) in [
            (
                "ErrImagePull",
                "rpc error: code = NotFound desc = failed to pull and unpack image \"r/a:x\": failed to resolve reference \"r/a:x\": r/a:x: not found",
                Class::ImageMissing,
            ),
            (
                "ImagePullBackOff",
                "Back-off pulling image \"r/a:x\": ErrImagePull: manifest unknown: Requested image not found",
                Class::ImageMissing,
            ),
            (
                "ErrImagePull",
                "no match for platform in manifest: not found",
                Class::ImageMissing,
            ),
            (
                "InvalidImageName",
                "Failed to apply default image tag \"A B\"",
                Class::ImageMissing,
            ),
            (
                "ErrImagePull",
                "pulling from host 1.dkr.ecr.eu-central-1.amazonaws.com failed with status code [manifests x]: 403 Forbidden",
                Class::PullRefused,
            ),
            (
                "ErrImagePull",
                "failed to authorize: failed to fetch anonymous token: unexpected status: 401 Unauthorized",
                Class::PullRefused,
            ),
            (
                "ErrImagePull",
                "pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed",
                Class::PullRefused,
            ),
            (
                "ErrImagePull",
                "dial tcp: lookup r on 10.0.0.2:53: no such host",
                Class::RegistryUnreachable,
            ),
            (
                "ErrImagePull",
                "toomanyrequests: Rate exceeded",
                Class::RegistryUnreachable,
            ),
            (
                "ErrImagePull",
                "net/http: TLS handshake timeout",
                Class::RegistryUnreachable,
            ),
            (
                "ImagePullBackOff",
                "Back-off pulling image \"r/a:x\"",
                Class::RegistryUnreachable,
            ),
        ] {
            assert_eq!(class(reason, message), expected, "{message}");
        }
    }

    #[test]
    fn the_end_of_the_chain_is_the_gist() {
        assert_eq!(
            gist(
                "Back-off pulling image \"r/a:x\": ErrImagePull: failed to resolve reference \"r/a:x\": r/a:x: not found"
            ),
            "r/a:x: not found"
        );
        assert_eq!(
            gist("toomanyrequests: Rate exceeded"),
            "toomanyrequests: Rate exceeded"
        );
    }
}
