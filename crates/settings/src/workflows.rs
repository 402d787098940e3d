//! What the section `workflows` means: which files are generated, for whom, and what of a team's own goes into them.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use jiff::civil::Date;

use crate::raw::workflows as raw;
use crate::resolve::Problem;

/// How the workflow files are made.
#[derive(Clone, Debug)]
pub struct Workflows {
    /// Where Towpath's actions come from; this repository itself when there is none.
    pub toolkit: Option<Toolkit>,
    /// Which GitHub runs them.
    pub platform: Platform,
    /// The runner's image.
    pub runner: String,
    /// The branch that is applied.
    pub branch: String,
    /// The environments, in the order in which they are applied.
    pub environments: Vec<String>,
    /// A role's ARN, with `{environment}` and `{job}` to fill in; empty where the account is not known.
    pub role: String,
    /// The version of Terraform to set up.
    pub terraform: Option<String>,
    /// When to look for drift.
    pub drift: Option<String>,
    /// When to look for a newer model.
    pub promotion: Option<String>,
    /// The GitHub App that opens pull requests.
    pub app: Option<App>,
    /// The repository's own tests.
    pub ci: Option<Ci>,
    /// How releases are made.
    pub release: Option<Releasing>,
    /// Who reviews what decides.
    pub owners: Vec<String>,
    /// Workflows that are not generated.
    pub eject: Vec<String>,
    /// Environment variables by workflow.
    pub env: BTreeMap<String, BTreeMap<String, String>>,
    /// Steps of the team's own.
    pub steps: Vec<Overlay>,
    /// Findings that are accepted.
    pub waive: Vec<Waive>,
}

/// A commit that holds Towpath's actions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toolkit {
    /// Owner and name.
    pub repository: String,
    /// 40 hexadecimal digits.
    pub commit: String,
    /// The version that it is.
    pub version: String,
}

/// Which GitHub runs the workflows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Platform {
    /// github.com.
    Github,
    /// GitHub Enterprise Server.
    Ghes,
}

/// A GitHub App.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct App {
    /// Its client id.
    pub client_id: String,
    /// The name of the secret with its key.
    pub secret: String,
}

/// The repository's own tests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ci {
    /// The command.
    pub run: String,
    /// In minutes.
    pub timeout: u32,
}

/// How releases are made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Releasing {
    /// What makes the files; a release without files has none.
    pub build: Option<Build>,
    /// The environment of the job that releases.
    pub environment: String,
    /// Whether each merge is released.
    pub each_merge: bool,
}

/// How the files of a release are made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Build {
    /// The command.
    pub run: String,
    /// The folder of the files.
    pub files: Utf8PathBuf,
    /// In minutes.
    pub timeout: u32,
    /// The script that judges them.
    pub verify: Option<String>,
}

/// Where steps of the team's own run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Point {
    /// Before the step with this id.
    Before(String),
    /// After the step with this id.
    After(String),
}

/// Steps of the team's own.
#[derive(Clone, Debug)]
pub struct Overlay {
    /// The workflow.
    pub workflow: String,
    /// The job; every job with the step when there is none.
    pub job: Option<String>,
    /// Where.
    pub point: Point,
    /// The steps.
    pub steps: Vec<Step>,
}

/// A step.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its name.
    pub name: String,
    /// Its id.
    pub id: Option<String>,
    /// Its condition.
    pub condition: Option<String>,
    /// Its environment.
    pub env: BTreeMap<String, String>,
    /// What it does.
    pub does: Does,
}

/// What a step does.
#[derive(Clone, Debug)]
pub enum Does {
    /// It uses an action.
    Uses {
        /// The action at its commit.
        action: String,
        /// The version that the commit is.
        version: String,
        /// Its inputs.
        with: BTreeMap<String, String>,
    },
    /// It runs a script.
    Runs {
        /// The script.
        script: String,
        /// Where.
        folder: Option<Utf8PathBuf>,
    },
}

/// A finding that is accepted for a time.
#[derive(Clone, Debug)]
pub struct Waive {
    /// The rule.
    pub rule: String,
    /// The workflow.
    pub workflow: String,
    /// Why.
    pub reason: String,
    /// The last day on which it counts.
    pub expires: Date,
}

/// What of the rest of the file a default is made of.
pub(crate) struct Around<'s> {
    pub(crate) project: &'s str,
    pub(crate) account: Option<&'s str>,
    pub(crate) environments: Vec<&'s str>,
}

pub(crate) fn resolve(raw: raw::Workflows, around: &Around<'_>) -> Result<Workflows, Problem> {
    let environments = match raw.environments {
        Some(named) => known(named, around)?,
        None => in_order(&around.environments),
    };
    let role = raw
        .role
        .unwrap_or_else(|| "arn:aws:iam::{account}:role/{project}-{environment}-{job}".to_owned());
    Ok(Workflows {
        toolkit: raw.toolkit.map(toolkit).transpose()?,
        platform: match raw.platform {
            Some(raw::Platform::Ghes) => Platform::Ghes,
            Some(raw::Platform::Github) | None => Platform::Github,
        },
        runner: plain(
            "runner",
            raw.runner.unwrap_or_else(|| "ubuntu-24.04".to_owned()),
        )?,
        branch: plain("branch", raw.branch.unwrap_or_else(|| "main".to_owned()))?,
        environments,
        role: role
            .replace("{account}", around.account.unwrap_or("{account}"))
            .replace("{project}", around.project),
        terraform: raw
            .terraform
            .map(|version| plain("terraform", version))
            .transpose()?,
        drift: raw.drift.map(|cron| schedule("drift", cron)).transpose()?,
        promotion: raw
            .promotion
            .map(|cron| schedule("promotion", cron))
            .transpose()?,
        app: raw.app.map(app).transpose()?,
        ci: raw.ci.map(|ci| Ci {
            run: ci.run,
            timeout: ci.timeout.unwrap_or(60),
        }),
        release: raw.release.map(releasing).transpose()?,
        owners: raw.owners.unwrap_or_default(),
        eject: raw.eject,
        env: raw.env,
        steps: raw
            .steps
            .into_iter()
            .map(overlay)
            .collect::<Result<_, _>>()?,
        waive: raw.waive.into_iter().map(waive).collect::<Result<_, _>>()?,
    })
}

/// Without a word about it: by name, and production last.
fn in_order(environments: &[&str]) -> Vec<String> {
    let mut names: Vec<String> = environments.iter().map(|name| (*name).to_owned()).collect();
    names.sort_by_key(|name| (name.starts_with("prod"), name.clone()));
    names
}

fn known(named: Vec<String>, around: &Around<'_>) -> Result<Vec<String>, Problem> {
    let unknown = named
        .iter()
        .find(|name| !around.environments.contains(&name.as_str()));
    match unknown {
        None => Ok(named),
        Some(name) => Err(Problem {
            key: "environments",
            value: name.clone(),
            message: format!("there is no environment `{name}`"),
            help: "name environments of `terraform.environments`".to_owned(),
        }),
    }
}

/// A value that stands in YAML and in a shell without quotes.
fn plain(key: &'static str, value: String) -> Result<String, Problem> {
    let good = |c: char| c.is_ascii_alphanumeric() || "._/-".contains(c);
    if !value.is_empty() && value.chars().all(good) && !value.starts_with('-') {
        return Ok(value);
    }
    Err(Problem {
        key,
        message: format!("`{value}` is no plain name"),
        value,
        help: "use letters, digits, `.`, `_`, `/` and `-`".to_owned(),
    })
}

fn schedule(key: &'static str, cron: String) -> Result<String, Problem> {
    let fields: Vec<&str> = cron.split(' ').collect();
    let good = |c: char| c.is_ascii_alphanumeric() || "*,/-".contains(c);
    let whole = fields.len() == 5
        && fields
            .iter()
            .all(|field| !field.is_empty() && field.chars().all(good));
    if whole {
        return Ok(cron);
    }
    Err(Problem {
        key,
        message: format!("`{cron}` is no schedule"),
        value: cron,
        help: "write cron's five fields, in UTC: `17 5 * * 1-5`".to_owned(),
    })
}

fn app(raw: raw::App) -> Result<App, Problem> {
    let name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if raw.secret.is_empty() || !raw.secret.chars().all(name) {
        return Err(Problem {
            key: "secret",
            message: format!("`{}` is no name of a secret", raw.secret),
            value: raw.secret,
            help: "name the secret, not its value: letters, digits and `_`".to_owned(),
        });
    }
    Ok(App {
        client_id: plain("client_id", raw.client_id)?,
        secret: raw.secret,
    })
}

fn releasing(raw: raw::Releasing) -> Result<Releasing, Problem> {
    let build = match (raw.build, raw.files) {
        (Some(run), Some(files)) => Some(Build {
            run,
            files,
            timeout: raw.timeout.unwrap_or(60),
            verify: raw.verify,
        }),
        (None, None) if raw.timeout.is_none() && raw.verify.is_none() => None,
        (build, _) => {
            return Err(Problem {
                key: "release",
                value: build.unwrap_or_default(),
                message: "a release has files only with `build` and `files`".to_owned(),
                help: "say in `build` what makes them, and in `files` in which folder".to_owned(),
            });
        }
    };
    Ok(Releasing {
        build,
        environment: plain(
            "environment",
            raw.environment.unwrap_or_else(|| "release".to_owned()),
        )?,
        each_merge: raw.each_merge.unwrap_or(false),
    })
}

fn toolkit(raw: raw::Toolkit) -> Result<Toolkit, Problem> {
    let repository = raw
        .repository
        .unwrap_or_else(|| "towpath-dev/towpath".to_owned());
    if repository.split('/').count() != 2 {
        return Err(Problem {
            key: "repository",
            message: format!("`{repository}` is no repository"),
            value: repository,
            help: "write its owner and its name: `towpath-dev/towpath`".to_owned(),
        });
    }
    if !is_commit(&raw.commit) {
        return Err(Problem {
            key: "commit",
            message: format!("`{}` is no commit", raw.commit),
            value: raw.commit,
            help: "write all 40 digits: a branch or a tag may be moved".to_owned(),
        });
    }
    Ok(Toolkit {
        repository: plain("repository", repository)?,
        commit: raw.commit,
        version: plain("version", raw.version)?,
    })
}

fn is_commit(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

fn overlay(raw: raw::Overlay) -> Result<Overlay, Problem> {
    let point = match (raw.before, raw.after) {
        (Some(step), None) => Point::Before(step),
        (None, Some(step)) => Point::After(step),
        (Some(step), Some(_)) => return Err(where_to(step, "both")),
        (None, None) => return Err(where_to(raw.workflow, "neither")),
    };
    Ok(Overlay {
        workflow: raw.workflow,
        job: raw.job,
        point,
        steps: raw.steps.into_iter().map(step).collect::<Result<_, _>>()?,
    })
}

fn where_to(value: String, which: &str) -> Problem {
    Problem {
        key: "workflow",
        value,
        message: format!("steps of your own have {which} of `before` and `after`"),
        help: "name the step before or after which they run, by its id".to_owned(),
    }
}

fn step(raw: raw::Step) -> Result<Step, Problem> {
    let wrong = |message: String, help: &str| Problem {
        key: "name",
        value: raw.name.clone(),
        message,
        help: help.to_owned(),
    };
    let name = &raw.name;
    let does = match (&raw.uses, &raw.run) {
        (Some(uses), None) => {
            let pinned = uses.split_once(" # ").and_then(|(action, version)| {
                let (_, commit) = action.split_once('@')?;
                is_commit(commit).then(|| (action.to_owned(), version.trim().to_owned()))
            });
            let (action, version) = pinned.ok_or_else(|| {
                wrong(
                    format!("the step `{name}` uses `{uses}`, which is not pinned"),
                    "write the commit and its version: `owner/name@<40 digits> # v1.2.3`",
                )
            })?;
            Does::Uses {
                action,
                version: plain("uses", version)?,
                with: raw.with.clone(),
            }
        }
        (None, Some(script)) if raw.with.is_empty() => Does::Runs {
            script: script.clone(),
            folder: raw.working_directory.clone(),
        },
        _ => {
            return Err(wrong(
                format!("the step `{name}` neither uses an action nor runs a script"),
                "give it `uses` with `with`, or `run`",
            ));
        }
    };
    if let Some(script) = &raw.run
        && script.contains("${{")
    {
        return Err(wrong(
            format!("the script of `{name}` holds `${{{{ }}}}`"),
            "give the value by `env`: in a script, whoever chooses it writes the script",
        ));
    }
    Ok(Step {
        name: raw.name,
        id: raw.id,
        condition: raw.r#if,
        env: raw.env,
        does,
    })
}

fn waive(raw: raw::Waive) -> Result<Waive, Problem> {
    if raw.reason.trim().is_empty() {
        return Err(Problem {
            key: "rule",
            message: format!("`{}` is waived without a reason", raw.rule),
            value: raw.rule,
            help: "say in `reason` why".to_owned(),
        });
    }
    let expires = raw.expires.parse().map_err(|_| Problem {
        key: "expires",
        value: raw.expires.clone(),
        message: format!("`{}` is no day", raw.expires),
        help: "write year, month and day: `2027-03-31`".to_owned(),
    })?;
    Ok(Waive {
        rule: raw.rule,
        workflow: raw.workflow,
        reason: raw.reason,
        expires,
    })
}
