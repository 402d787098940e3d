//! The applications that are rolled out on Kubernetes.

use std::collections::BTreeMap;
use std::time::Duration;

use camino::Utf8PathBuf;
use jiff::SignedDuration;

use super::{Problem, Settings};
use crate::{SettingsError, raw};

const TIMEOUT: Duration = Duration::from_secs(600);
const HOLD: Duration = Duration::from_secs(60);
const EVERY: Duration = Duration::from_secs(5);

/// An application on Kubernetes.
#[derive(Clone, Debug, PartialEq)]
pub struct Rollout {
    /// Its name.
    pub name: String,
    /// The folder of its manifests, or one file.
    pub manifests: Utf8PathBuf,
    /// Files of values for a Helm chart.
    pub values: Vec<Utf8PathBuf>,
    /// The namespace of objects that name none.
    pub namespace: String,
    /// The EKS cluster, with `{environment}` to fill in.
    pub cluster: Option<String>,
    /// How long the rollout may take.
    pub timeout: Duration,
    /// How a new release is tried first.
    pub canary: Option<RolloutCanary>,
}

/// A second Deployment with a growing share of the requests.
#[derive(Clone, Debug, PartialEq)]
pub struct RolloutCanary {
    /// The Deployment, if it is not the only one.
    pub deployment: Option<String>,
    /// The share at each step, in percent: growing, from 1 to 99.
    pub steps: Vec<u8>,
    /// How long each step lasts.
    pub hold: Duration,
    /// What is asked meanwhile.
    pub check: Option<RolloutCheck>,
}

/// An address, and which of its answers are well.
#[derive(Clone, Debug, PartialEq)]
pub struct RolloutCheck {
    /// The address, `http` or `https`.
    pub url: String,
    /// Where a number stands in the JSON that comes back, and the least and the most that it may be; without it the status counts.
    pub value: Option<(String, f64, f64)>,
    /// The pause between two questions.
    pub every: Duration,
    /// How many bad answers in a row end the canary.
    pub failures: u32,
}

pub(super) fn resolve(
    raw: BTreeMap<String, raw::Rollout>,
) -> Result<BTreeMap<String, Rollout>, Problem> {
    let each = raw.into_iter().map(|(name, raw)| {
        let rollout = Rollout {
            manifests: raw.manifests,
            values: raw.values,
            namespace: raw.namespace.unwrap_or_else(|| name.clone()),
            cluster: raw.cluster,
            timeout: raw
                .timeout
                .map_or(Ok(TIMEOUT), |text| time("timeout", &text))?,
            canary: raw.canary.map(canary).transpose()?,
            name: name.clone(),
        };
        Ok((name, rollout))
    });
    each.collect()
}

fn canary(raw: raw::RolloutCanary) -> Result<RolloutCanary, Problem> {
    let growing = raw.steps.is_sorted_by(|one, next| one < next);
    if raw.steps.is_empty() || !growing || raw.steps.iter().any(|step| !(1..100).contains(step)) {
        return Err(Problem {
            key: "steps",
            value: raw
                .steps
                .first()
                .map(ToString::to_string)
                .unwrap_or_default(),
            message: format!("`{:?}` are no steps of a canary", raw.steps),
            help: "write growing shares in percent, from 1 to 99, for example `[10, 50]`"
                .to_owned(),
        });
    }
    Ok(RolloutCanary {
        deployment: raw.deployment,
        steps: raw.steps,
        hold: raw.hold.map_or(Ok(HOLD), |text| time("hold", &text))?,
        check: raw.check.map(check).transpose()?,
    })
}

fn check(raw: raw::RolloutCheck) -> Result<RolloutCheck, Problem> {
    let wrong = |key, value: &str, message: String, help: &str| Problem {
        key,
        value: value.to_owned(),
        message,
        help: help.to_owned(),
    };
    if !["http://", "https://"]
        .iter()
        .any(|scheme| raw.url.starts_with(scheme))
    {
        let message = format!("`{}` is no address of the web", raw.url);
        return Err(wrong(
            "url",
            &raw.url,
            message,
            "begin with `https://`, or `http://` inside of a cluster",
        ));
    }
    let bounds = (
        raw.at_least.unwrap_or(f64::NEG_INFINITY),
        raw.at_most.unwrap_or(f64::INFINITY),
    );
    let value = match raw.value {
        Some(value) if !value.starts_with('/') => {
            let message = format!("`{value}` is no JSON pointer");
            return Err(wrong(
                "value",
                &value,
                message,
                "for example `/data/result/0/value/1`",
            ));
        }
        Some(value) if raw.at_least.or(raw.at_most).is_none() => {
            let message = "a value is read, and nothing says how large it may be".to_owned();
            return Err(wrong(
                "value",
                &value,
                message,
                "add `at_most`, `at_least`, or both",
            ));
        }
        None if raw.at_least.or(raw.at_most).is_some() => {
            let message = "there is a bound, and nothing says of which value".to_owned();
            return Err(wrong(
                "url",
                &raw.url,
                message,
                "add `value`, a JSON pointer into what the address answers",
            ));
        }
        value => value.map(|value| (value, bounds.0, bounds.1)),
    };
    Ok(RolloutCheck {
        url: raw.url,
        value,
        every: raw.every.map_or(Ok(EVERY), |text| time("every", &text))?,
        failures: raw.failures.unwrap_or(3).max(1),
    })
}

fn time(key: &'static str, text: &str) -> Result<Duration, Problem> {
    let parsed = text
        .parse::<SignedDuration>()
        .ok()
        .and_then(|time| Duration::try_from(time).ok());
    parsed
        .filter(|time| !time.is_zero())
        .ok_or_else(|| Problem {
            key,
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
    fn a_canary_grows_and_its_check_can_fail() {
        let settings = parse("rollouts: {web: {manifests: a, canary: {steps: [10, 50], check: {url: \"https://a\", value: /n, at_most: 0.5}}}}").unwrap();
        let canary = settings.rollout(None).unwrap().canary.clone().unwrap();
        let check = canary.check.unwrap();
        assert_eq!(
            (canary.steps, canary.hold, check.every, check.failures),
            (vec![10, 50], HOLD, EVERY, 3)
        );
        assert_eq!(check.value, Some(("/n".to_owned(), f64::NEG_INFINITY, 0.5)));
        for (wrong, expected) in [
            ("steps: []", "no steps of a canary"),
            ("steps: [50, 10]", "no steps of a canary"),
            ("steps: [0]", "no steps of a canary"),
            ("steps: [10, 100]", "no steps of a canary"),
            ("steps: [10], hold: soon", "is not a time"),
            (
                "steps: [10], check: {url: \"ftp://a\"}",
                "no address of the web",
            ),
            (
                "steps: [10], check: {url: \"http://a\", value: n, at_most: 1}",
                "no JSON pointer",
            ),
            (
                "steps: [10], check: {url: \"http://a\", value: /n}",
                "how large it may be",
            ),
            (
                "steps: [10], check: {url: \"http://a\", at_most: 1}",
                "of which value",
            ),
        ] {
            let error = parse(&format!(
                "rollouts: {{web: {{manifests: a, canary: {{{wrong}}}}}}}"
            ))
            .unwrap_err();
            assert!(error.to_string().contains(expected), "{wrong}: {error}");
        }
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
