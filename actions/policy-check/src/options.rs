//! The inputs that say which policies judge and how, in place of what the configuration says.
//!
//! `terraform-apply` takes them too: it evaluates the policies anew, and has to mean the same ones.

use camino::Utf8PathBuf;
use settings::RegoVersion;

use crate::Error;

/// Which policies judge, and how.
#[derive(clap::Args, Clone, Debug, Default)]
pub struct PolicyArgs {
    /// A folder with Rego files; replaces what the configuration says
    #[arg(long, short)]
    pub(crate) policy: Vec<Utf8PathBuf>,
    /// A folder with data documents for the policies; replaces what the configuration says
    #[arg(long, short)]
    pub(crate) data: Vec<Utf8PathBuf>,
    /// A package to evaluate, or a pattern with `*`, `?` and `[..]`; replaces what the configuration says
    #[arg(long, short)]
    pub(crate) namespace: Vec<String>,
    /// Evaluate every package that has rules
    #[arg(long)]
    pub(crate) all_namespaces: bool,
    /// Deny for a warning as well
    #[arg(long)]
    pub(crate) fail_on_warn: bool,
    /// The version of Rego that the files are written in: `v0` or `v1`
    #[arg(long)]
    pub(crate) rego_version: Option<String>,
    /// A plan's JSON that is known to be bad, which the policies must deny
    #[arg(long)]
    pub(crate) canary: Option<Utf8PathBuf>,
}

impl PolicyArgs {
    /// Puts what was given in the place of what `policy` says.
    ///
    /// # Errors
    /// A version of Rego that does not exist.
    pub fn replace(&self, policy: &mut settings::Policy) -> Result<(), Error> {
        for (given, configured) in [
            (&self.policy, &mut policy.folders),
            (&self.data, &mut policy.data),
        ] {
            if !given.is_empty() {
                configured.clone_from(given);
            }
        }
        if self.all_namespaces {
            policy.namespaces = vec!["*".to_owned()];
        } else if !self.namespace.is_empty() {
            policy.namespaces.clone_from(&self.namespace);
        }
        policy.fail_on_warn |= self.fail_on_warn;
        if let Some(version) = &self.rego_version {
            policy.rego_version = match version.as_str() {
                "v0" => RegoVersion::V0,
                "v1" => RegoVersion::V1,
                _ => {
                    return Err(Error::RegoVersion {
                        name: version.clone(),
                    });
                }
            };
        }
        if self.canary.is_some() {
            policy.canary.clone_from(&self.canary);
        }
        Ok(())
    }
}
