//! The applications that are rolled out on Kubernetes.

use std::collections::BTreeMap;
use std::time::Duration;

use camino::Utf8PathBuf;
use jiff::SignedDuration;

use super::{Problem, Settings};
use crate::{SettingsError, raw};

const TIMEOUT: Duration = Duration::from_secs(600);

/// An application on Kubernetes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rollout {
    /// Its name.
    pub name: String,
    /// The folder of its manifests, or one file.
    pub manifests: Utf8PathBuf,
    /// The namespace of objects that name none.
    pub namespace: String,
    /// The EKS cluster, with `{environment}` to fill in.
    pub cluster: Option<String>,
    /// How long the rollout may take.
    pub timeout: Duration,
}

pub(super) fn resolve(
    raw: BTreeMap<String, raw::Rollout>,
) -> Result<BTreeMap<String, Rollout>, Problem> {
    let each = raw.into_iter().map(|(name, raw)| {
        let rollout = Rollout {
            manifests: raw.manifests,
            namespace: raw.namespace.unwrap_or_else(|| name.clone()),
            cluster: raw.cluster,
            timeout: raw.timeout.map_or(Ok(TIMEOUT), |text| timeout(&text))?,
            name: name.clone(),
        };
        Ok((name, rollout))
    });
    each.collect()
}

fn timeout(text: &str) -> Result<Duration, Problem> {
    let parsed = text
        .parse::<SignedDuration>()
        .ok()
        .and_then(|time| Duration::try_from(time).ok());
    parsed
        .filter(|time| !time.is_zero())
        .ok_or_else(|| Problem {
            key: "timeout",
            value: text.to_owned(),
            message: format!("`{text}` is not a time"),
            help: "write minutes and seconds, for example `10m` or `90s`".to_owned(),
        })
}

impl Rollout {
    /// The EKS cluster that it runs on in `environment`.
    #[must_use]
    pub fn cluster_of(&self, environment: &str) -> Option<String> {
        let cluster = self.cluster.as_ref()?;
        Some(cluster.replace("{environment}", environment))
    }
}

impl Settings {
    /// The application called `name`, or the only one there is.
    ///
    /// # Errors
    /// No such application, or several and none named; the text says which there are.
    pub fn rollout(&self, name: Option<&str>) -> Result<&Rollout, SettingsError> {
        let known = || self.rollouts.keys().cloned().collect::<Vec<_>>();
        match name {
            Some(name) => self
                .rollouts
                .get(name)
                .ok_or_else(|| SettingsError::UnknownRollout {
                    name: name.to_owned(),
                    known: known(),
                }),
            None if self.rollouts.len() == 1 => self
                .rollouts
                .values()
                .next()
                .ok_or_else(|| SettingsError::WhichRollout { known: known() }),
            None => Err(SettingsError::WhichRollout { known: known() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use camino::Utf8Path;

    use super::*;

    fn parse(text: &str) -> Result<Settings, SettingsError> {
        Settings::parse(Utf8Path::new("towpath.yaml"), text)
    }

    #[test]
    fn an_application_is_named_or_the_only_one() {
        let settings = parse("rollouts: {web: {manifests: deploy, cluster: \"towpath-{environment}\", timeout: 90s}}").unwrap();
        let web = settings.rollout(None).unwrap();
        assert_eq!(
            (web.namespace.as_str(), web.timeout),
            ("web", Duration::from_secs(90))
        );
        assert_eq!(web.cluster_of("prod").as_deref(), Some("towpath-prod"));
        assert!(matches!(
            settings.rollout(Some("api")),
            Err(SettingsError::UnknownRollout { .. })
        ));
        let settings = parse("rollouts: {web: {manifests: a}, api: {manifests: b}}").unwrap();
        assert!(
            matches!(settings.rollout(None), Err(SettingsError::WhichRollout { known }) if known == ["api", "web"])
        );
        assert_eq!(settings.rollout(Some("api")).unwrap().timeout, TIMEOUT);
    }

    #[test]
    fn a_time_has_a_unit() {
        for wrong in ["10", "soon", "-5m", "0s"] {
            let error = parse(&format!(
                "rollouts: {{web: {{manifests: a, timeout: \"{wrong}\"}}}}"
            ))
            .unwrap_err();
            assert!(error.to_string().contains("is not a time"), "{error}");
        }
    }
}
