//! A token for an EKS cluster: a question to STS, signed but not sent.
//!
//! The cluster sends the question on and believes what STS answers about who signed it. It takes nothing but the parameters of a signature, one
//! path, and the name of the cluster as a signed header; the token lives fifteen minutes, whatever `X-Amz-Expires` says. No clock is
//! read here.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign,
};
use aws_sigv4::sign::v4;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// After this long a new one is made: well before the fifteen minutes are over.
pub(crate) const RENEWED_AFTER: Duration = Duration::from_secs(10 * 60);
const CLUSTER: &str = "x-k8s-aws-id";

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
#[error("failed to sign a token for the cluster: {0}")]
pub struct TokenError(String);

/// The token of whoever has `credentials`, for the cluster called `cluster`.
///
/// # Errors
/// Credentials that cannot sign.
pub fn token(
    credentials: &Credentials,
    region: &str,
    cluster: &str,
    now: SystemTime,
) -> Result<String, TokenError> {
    let failed = |error: &dyn std::error::Error| TokenError(error.to_string());
    let url = format!(
        "https://{}/?Action=GetCallerIdentity&Version=2011-06-15",
        host(region)
    );
    let mut settings = SigningSettings::default();
    settings.signature_location = SignatureLocation::QueryParams;
    settings.expires_in = Some(Duration::from_secs(60));
    let identity = credentials.clone().into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name("sts")
        .time(now)
        .settings(settings)
        .build()
        .map_err(|error| failed(&error))?
        .into();
    let headers = std::iter::once((CLUSTER, cluster));
    let question = SignableRequest::new("GET", url.as_str(), headers, SignableBody::Bytes(&[]))
        .map_err(|error| failed(&error))?;
    let (instructions, _) = sign(question, &parameters)
        .map_err(|error| failed(&error))?
        .into_parts();
    let mut signed = http::Request::get(&url)
        .body(())
        .map_err(|error| failed(&error))?;
    instructions.apply_to_request_http1x(&mut signed);
    Ok(format!(
        "k8s-aws-v1.{}",
        URL_SAFE_NO_PAD.encode(signed.uri().to_string())
    ))
}

/// Where STS is, in the partition that a region is in.
fn host(region: &str) -> String {
    let domain = if region.starts_with("cn-") {
        "amazonaws.com.cn"
    } else {
        "amazonaws.com"
    };
    format!("sts.{region}.{domain}")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// The question in a token, checked as aws-iam-authenticator checks it.
    fn verified(token: &str) -> BTreeMap<String, String> {
        assert!(token.len() < 4096, "{}", token.len());
        let url = URL_SAFE_NO_PAD
            .decode(token.strip_prefix("k8s-aws-v1.").unwrap())
            .unwrap();
        let url: http::Uri = String::from_utf8(url).unwrap().parse().unwrap();
        assert_eq!((url.scheme_str(), url.path()), (Some("https"), "/"));
        assert_eq!(url.host(), Some("sts.eu-central-1.amazonaws.com"));
        let allowed = [
            "action",
            "version",
            "x-amz-algorithm",
            "x-amz-credential",
            "x-amz-date",
            "x-amz-expires",
            "x-amz-security-token",
            "x-amz-signature",
            "x-amz-signedheaders",
        ];
        let mut found = BTreeMap::new();
        for pair in url.query().unwrap().split('&') {
            let (key, value) = pair.split_once('=').unwrap();
            assert!(allowed.contains(&key.to_lowercase().as_str()), "{key}");
            assert!(
                found.insert(key.to_lowercase(), value.to_owned()).is_none(),
                "{key}"
            );
        }
        found
    }

    #[test]
    fn the_authenticator_takes_it() {
        let session = format!("{}+/=", "A".repeat(1_397));
        let credentials = Credentials::new("AKIDEXAMPLE", "secret", Some(session), None, "test");
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        let question = verified(&token(&credentials, "eu-central-1", "towpath-prod", now).unwrap());
        assert_eq!(question["action"], "GetCallerIdentity");
        assert_eq!(question["x-amz-signedheaders"], "host%3Bx-k8s-aws-id");
        assert_eq!(question["x-amz-expires"], "60");
        assert_eq!(question["x-amz-date"], "20270115T080000Z");
        assert!(
            question["x-amz-security-token"].contains("%2B%2F%3D"),
            "{}",
            question["x-amz-security-token"]
        );
        // another cluster's token is another signature
        let other = verified(&token(&credentials, "eu-central-1", "towpath-dev", now).unwrap());
        assert_ne!(question["x-amz-signature"], other["x-amz-signature"]);
        let plain = Credentials::new("AKIDEXAMPLE", "secret", None, None, "test");
        assert!(
            !verified(&token(&plain, "eu-central-1", "a", now).unwrap())
                .contains_key("x-amz-security-token")
        );
    }

    #[test]
    fn a_partition_has_its_own_sts() {
        assert_eq!(host("cn-north-1"), "sts.cn-north-1.amazonaws.com.cn");
    }
}
