//! What is known about providers without their schemas.

/// Whether an attribute is a text in every version of a provider that is known here.
pub(super) fn is_text(provider: &str, _path: &[&str]) -> bool {
    // its only attributes that may hold numbers bring their own types
    provider == "terraform.io/builtin/terraform"
}
