//! Ways into a cluster: a kubeconfig, or the name of an EKS cluster and AWS credentials.
//!
//! For EKS, endpoint and certificate come from `DescribeCluster` and the token is signed here and renewed while the client lives, so no
//! `aws` and no `kubectl` is needed. Why a caller is not let in is explained with the Terraform that lets it in.

use std::sync::{Arc, RwLock};
use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_sdk_eks::error::{DisplayErrorContext, ProvideErrorMetadata};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use camino::Utf8Path;
use http::HeaderValue;
use http::header::AUTHORIZATION;
use kube::client::{Body, ClientBuilder};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use miette::Diagnostic;

use crate::cluster::{Cluster, ClusterError, chain};
use crate::token::{RENEWED_AFTER, token};

const CONNECT: Duration = Duration::from_secs(10);

/// Why there is no way in.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum AccessError {
    /// There is no usable kubeconfig.
    #[error("there is no usable kubeconfig: {detail}")]
    #[diagnostic(help("set `KUBECONFIG`, or name an EKS cluster with `cluster`"))]
    Kubeconfig {
        /// What is wrong.
        detail: String,
    },
    /// EKS does not describe the cluster.
    #[error("EKS does not describe cluster `{cluster}`: {detail}")]
    #[diagnostic(help("{help}"))]
    Describe {
        /// Its name.
        cluster: String,
        /// What it said.
        detail: String,
        /// What to do.
        help: String,
    },
    /// The cluster cannot be used yet.
    #[error("cluster `{cluster}` is {status}")]
    #[diagnostic(help("wait until it is ACTIVE"))]
    NotActive {
        /// Its name.
        cluster: String,
        /// What EKS says.
        status: String,
    },
    /// Nobody may come from here.
    #[error("the endpoint of cluster `{cluster}` is private, and this machine does not reach it")]
    #[diagnostic(help(
        "run the job on a runner inside of the VPC, or let `endpoint_public_access` with `public_access_cidrs` admit this one"
    ))]
    Private {
        /// Its name.
        cluster: String,
    },
    /// There are no AWS credentials.
    #[error("there are no AWS credentials for the cluster's token: {detail}")]
    #[diagnostic(help(
        "in a workflow run `aws-actions/configure-aws-credentials` with a role first; locally sign in, or set `AWS_PROFILE`"
    ))]
    Credentials {
        /// What the chain said.
        detail: String,
    },
}

/// The cluster of a kubeconfig: `file`, or what `KUBECONFIG` and the home folder say.
///
/// # Errors
/// No kubeconfig, or one that cannot be used.
pub async fn by_kubeconfig(
    file: Option<&Utf8Path>,
    context: Option<&str>,
) -> Result<Cluster, AccessError> {
    let failed = |error: &dyn std::error::Error| AccessError::Kubeconfig {
        detail: chain(error),
    };
    let options = KubeConfigOptions {
        context: context.map(str::to_owned),
        ..KubeConfigOptions::default()
    };
    let mut config = match file {
        Some(file) => {
            let kubeconfig = Kubeconfig::read_from(file).map_err(|error| failed(&error))?;
            Config::from_custom_kubeconfig(kubeconfig, &options).await
        }
        None => Config::from_kubeconfig(&options).await,
    }
    .map_err(|error| failed(&error))?;
    config.connect_timeout = Some(CONNECT);
    Ok(Cluster::new(
        Client::try_from(config).map_err(|error| failed(&error))?,
    ))
}

/// The EKS cluster called `name`, as whoever the environment's credentials belong to.
///
/// # Errors
/// EKS does not know it, there are no credentials, or it is not reachable from here.
pub async fn by_eks(aws: &SdkConfig, name: &str) -> Result<Cluster, AccessError> {
    let described = aws_sdk_eks::Client::new(aws)
        .describe_cluster()
        .name(name)
        .send()
        .await;
    let described = described.map_err(|error| {
        describe_error(
            name,
            error.code(),
            error.message(),
            &DisplayErrorContext(&error).to_string(),
        )
    })?;
    let incomplete = |what: &str| AccessError::Describe {
        cluster: name.to_owned(),
        detail: format!("it has no {what}"),
        help: "wait until the cluster is ACTIVE".to_owned(),
    };
    let cluster = described.cluster.ok_or_else(|| incomplete("description"))?;
    if let Some(status) = cluster
        .status()
        .filter(|status| !matches!(status.as_str(), "ACTIVE" | "UPDATING"))
    {
        return Err(AccessError::NotActive {
            cluster: name.to_owned(),
            status: status.as_str().to_owned(),
        });
    }
    let endpoint = cluster.endpoint().ok_or_else(|| incomplete("endpoint"))?;
    let url: http::Uri = endpoint
        .parse()
        .map_err(|_| incomplete("endpoint that is an address"))?;
    let certificate = cluster
        .certificate_authority()
        .and_then(|one| one.data())
        .ok_or_else(|| incomplete("certificate"))?;
    let private = cluster
        .resources_vpc_config()
        .is_some_and(|vpc| !vpc.endpoint_public_access());
    if private && !is_reachable(&url).await {
        return Err(AccessError::Private {
            cluster: name.to_owned(),
        });
    }
    let unusable = |error: &dyn std::error::Error| AccessError::Describe {
        cluster: name.to_owned(),
        detail: chain(error),
        help: "look at the cluster in the console".to_owned(),
    };
    let mut config = Config::new(url);
    config.root_cert =
        Some(certificates(certificate).ok_or_else(|| incomplete("certificate in PEM"))?);
    config.connect_timeout = Some(CONNECT);
    let region = aws.region().map(ToString::to_string).unwrap_or_default();
    let header = renewed(aws.credentials_provider(), region, name.to_owned()).await?;
    let client = ClientBuilder::try_from(config)
        .map_err(|error| unusable(&error))?
        .with_layer(&tower::util::MapRequestLayer::new(
            move |mut request: http::Request<Body>| {
                if let Ok(header) = header.read() {
                    request.headers_mut().insert(AUTHORIZATION, header.clone());
                }
                request
            },
        ));
    Ok(Cluster::new(client.build()))
}

fn describe_error(
    cluster: &str,
    code: Option<&str>,
    message: Option<&str>,
    whole: &str,
) -> AccessError {
    let help = match code {
        Some("ResourceNotFoundException") => "check the name, the region and the account",
        Some("AccessDeniedException") => "give the role `eks:DescribeCluster` on the cluster",
        _ => "check that AWS can be reached",
    };
    AccessError::Describe {
        cluster: cluster.to_owned(),
        detail: crate::object::one_line(message.unwrap_or(whole)),
        help: help.to_owned(),
    }
}

async fn is_reachable(url: &http::Uri) -> bool {
    let (Some(host), port) = (url.host(), url.port_u16().unwrap_or(443)) else {
        return false;
    };
    let connect = tokio::net::TcpStream::connect((host, port));
    matches!(
        tokio::time::timeout(Duration::from_secs(5), connect).await,
        Ok(Ok(_))
    )
}

/// The certificates of a PEM text that is itself in base64.
fn certificates(data: &str) -> Option<Vec<Vec<u8>>> {
    let pem = String::from_utf8(STANDARD.decode(data).ok()?).ok()?;
    let blocks = pem.split("-----BEGIN CERTIFICATE-----").skip(1);
    let each = blocks.map(|block| {
        let text: String = block.split("-----END").next()?.split_whitespace().collect();
        STANDARD.decode(text).ok()
    });
    each.collect::<Option<Vec<_>>>()
        .filter(|all| !all.is_empty())
}

/// A header that holds a fresh token for as long as somebody reads it.
async fn renewed(
    provider: Option<SharedCredentialsProvider>,
    region: String,
    cluster: String,
) -> Result<Arc<RwLock<HeaderValue>>, AccessError> {
    let provider = provider.ok_or_else(|| AccessError::Credentials {
        detail: "none are configured".to_owned(),
    })?;
    let first = header(&provider, &region, &cluster).await?;
    let shared = Arc::new(RwLock::new(first));
    let weak = Arc::downgrade(&shared);
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(RENEWED_AFTER).await;
            let Some(shared) = weak.upgrade() else {
                return;
            };
            // the one before lives five minutes more; the next round tries again
            if let Ok(fresh) = header(&provider, &region, &cluster).await
                && let Ok(mut place) = shared.write()
            {
                *place = fresh;
            }
        }
    });
    Ok(shared)
}

async fn header(
    provider: &SharedCredentialsProvider,
    region: &str,
    cluster: &str,
) -> Result<HeaderValue, AccessError> {
    let failed = |error: &dyn std::error::Error| AccessError::Credentials {
        detail: chain(error),
    };
    let credentials = provider
        .provide_credentials()
        .await
        .map_err(|error| failed(&error))?;
    let token =
        token(&credentials, region, cluster, SystemTime::now()).map_err(|error| failed(&error))?;
    let mut header =
        HeaderValue::try_from(format!("Bearer {token}")).map_err(|error| failed(&error))?;
    header.set_sensitive(true);
    Ok(header)
}

/// What lets `caller` in, when the cluster said no: the Terraform of an access entry, for the caller's own ARN.
pub fn explain(
    error: &ClusterError,
    cluster: &str,
    namespace: &str,
    caller: &str,
) -> Option<String> {
    let principal = principal(caller);
    let entry = format!(
        "resource \"aws_eks_access_entry\" \"towpath\" {{\n  cluster_name  = \"{cluster}\"\n  principal_arn = \"{principal}\"\n}}\n"
    );
    let association = format!(
        "resource \"aws_eks_access_policy_association\" \"towpath\" {{\n  cluster_name  = \"{cluster}\"\n  principal_arn = \"{principal}\"\n  policy_arn    = \"arn:{partition}:eks::aws:cluster-access-policy/AmazonEKSEditPolicy\"\n\n  access_scope {{\n    type       = \"namespace\"\n    namespaces = [\"{namespace}\"]\n  }}\n}}\n",
        partition = principal.split(':').nth(1).unwrap_or("aws"),
    );
    let path = "a role with a path has it in this ARN: `arn:aws:iam::<account>:role/<path>/<name>`";
    match error {
        ClusterError::Unauthorized => Some(format!(
            "no access entry lets `{principal}` in; add one, with a policy ({path}):\n{entry}{association}"
        )),
        ClusterError::Forbidden { .. } => Some(format!(
            "`{principal}` has an access entry, but no policy that allows this; associate one, or a role of Kubernetes:\n{association}"
        )),
        ClusterError::Unreachable { .. }
        | ClusterError::Conflict { .. }
        | ClusterError::UnknownKind { .. }
        | ClusterError::Refused { .. }
        | ClusterError::Other { .. } => None,
    }
}

/// The ARN that an access entry takes: a session's role, not the session.
fn principal(caller: &str) -> String {
    let parts: Vec<&str> = caller.splitn(6, ':').collect();
    match parts[..] {
        [arn, partition, "sts", _, account, resource] => match resource
            .split('/')
            .collect::<Vec<_>>()[..]
        {
            ["assumed-role", role, ..] => format!("{arn}:{partition}:iam::{account}:role/{role}"),
            _ => caller.to_owned(),
        },
        _ => caller.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_its_role() {
        for (caller, expected) in [
            (
                "arn:aws:sts::123456789012:assumed-role/deploy/GitHubActions",
                "arn:aws:iam::123456789012:role/deploy",
            ),
            (
                "arn:aws-cn:sts::123456789012:assumed-role/deploy/x",
                "arn:aws-cn:iam::123456789012:role/deploy",
            ),
            (
                "arn:aws:iam::123456789012:user/ann",
                "arn:aws:iam::123456789012:user/ann",
            ),
            ("", ""),
        ] {
            assert_eq!(principal(caller), expected);
        }
    }

    #[test]
    fn who_is_not_let_in_is_told_how() {
        let caller = "arn:aws:sts::123456789012:assumed-role/deploy/GitHubActions";
        let help = explain(&ClusterError::Unauthorized, "prod", "housing", caller).unwrap();
        assert!(
            help.contains("principal_arn = \"arn:aws:iam::123456789012:role/deploy\"")
                && help.contains("aws_eks_access_entry")
        );
        let forbidden = ClusterError::Forbidden {
            doing: "listing pods".into(),
            message: "pods is forbidden".into(),
        };
        let help = explain(&forbidden, "prod", "housing", caller).unwrap();
        assert!(
            help.contains("namespaces = [\"housing\"]") && !help.contains("aws_eks_access_entry\"")
        );
    }

    #[test]
    fn a_chain_of_certificates_is_read() {
        let pem = "-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n-----BEGIN CERTIFICATE-----\nREVG\n-----END CERTIFICATE-----\n";
        assert_eq!(
            certificates(&STANDARD.encode(pem)),
            Some(vec![b"ABC".to_vec(), b"DEF".to_vec()])
        );
        assert_eq!(certificates("bm90IHBlbQ=="), None);
    }
}
