//! Files of waivers, shown on their lines where something is wrong with them.
//!
//! A waiver that is mistyped must not pass for one that excuses nothing: an unknown key, rule or environment, a date
//! that is none and a waiver without an owner or a reason are errors. Two waivers for the same thing are one too many,
//! because only one of them can be meant. What a waiver excuses is not known here; that is for [`evidence::waive`].

use camino::Utf8Path;
use evidence::{Sha256, Waiver};
use jiff::civil::Date;
use miette::SourceSpan;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_saphyr::{Location, Spanned};

use crate::SettingsError;

/// What a team accepts for a while, each for one rule and one resource
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct File {
    /// The waivers
    #[schemars(with = "Vec<Entry>")]
    waivers: Vec<Spanned<Entry>>,
}

/// One finding that is accepted for a while
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Waiver")]
struct Entry {
    /// The rule, for example `s3/encryption`
    #[schemars(with = "String")]
    rule: Spanned<String>,
    /// The resource's full address; outside of quotes `*` stands for any characters
    #[schemars(with = "String")]
    address: Spanned<String>,
    /// Who answers for it
    #[schemars(with = "String")]
    owner: Spanned<String>,
    /// Why it is accepted
    #[schemars(with = "String")]
    reason: Spanned<String>,
    /// The last day on which it counts, in UTC: `2026-12-31`
    #[schemars(with = "String")]
    expires: Spanned<String>,
    /// The last day on which it may have nothing to excuse, for one that is merged before what it excuses
    #[schemars(with = "Option<String>")]
    unused_until: Option<Spanned<String>>,
    /// The environments that it counts in; all by default
    #[schemars(with = "Option<Vec<String>>")]
    environments: Option<Vec<Spanned<String>>>,
    /// The digest of the one finding that is meant; it is void once what it excuses changes
    #[schemars(with = "Option<String>")]
    digest: Option<Spanned<String>>,
}

/// A file of waivers.
#[derive(Clone, Debug)]
pub struct WaiverFile {
    file: String,
    text: String,
    waivers: Vec<Scoped>,
}

#[derive(Clone, Debug)]
struct Scoped {
    waiver: Waiver,
    environments: Option<Vec<(String, Option<SourceSpan>)>>,
    entry: Option<SourceSpan>,
    rule: Option<SourceSpan>,
}

impl WaiverFile {
    /// Reads the text of a file called `file`, from the repository's root.
    ///
    /// # Errors
    /// A text that is no list of waivers, or one of them has no meaning; the message shows the line.
    pub fn parse(file: &Utf8Path, text: &str) -> Result<Self, SettingsError> {
        let wrong = |message: String, place, help: &str| {
            SettingsError::frame(file, text, message, place, Some(help.to_owned()))
        };
        let options = serde_saphyr::options! { with_snippet: false };
        let written: File =
            serde_saphyr::from_str_with_options(text, options).map_err(|error| {
                let place = error.location().and_then(span);
                let text_of = error.to_string();
                // how its options could be set is of no use to whoever wrote the file
                let message = text_of.split(", set ").next().unwrap_or(&text_of);
                SettingsError::explained(file, text, message, place)
            })?;
        let mut waivers: Vec<Scoped> = Vec::new();
        for entry in written.waivers {
            let scoped = resolve(file, entry, &wrong)?;
            if let Some(first) = waivers.iter().find(|first| first.is_same(&scoped)) {
                let message = format!(
                    "this waiver is for the same as the one in line {}",
                    line(&first.waiver.place)
                );
                return Err(wrong(message, scoped.entry, "keep the one that is meant"));
            }
            waivers.push(scoped);
        }
        Ok(Self {
            file: file.to_string(),
            text: text.to_owned(),
            waivers,
        })
    }

    /// Looks for rules and environments that there are not.
    ///
    /// # Errors
    /// The first of them, on its line, and what it might have been.
    pub fn check<'a>(
        &self,
        rules: impl Iterator<Item = &'a str> + Clone,
        environments: impl Iterator<Item = &'a str> + Clone,
    ) -> Result<(), SettingsError> {
        let unknown = |what: &str, name: &str, place, known: Option<&str>| {
            let help = known.map(|known| format!("did you mean `{known}`?"));
            let message = format!("there is no {what} `{name}` that could be waived");
            SettingsError::frame(
                Utf8Path::new(&self.file),
                &self.text,
                message,
                place,
                help.or_else(|| Some(format!("name {what}s as reports do"))),
            )
        };
        for scoped in &self.waivers {
            let rule = scoped.waiver.rule.as_str();
            if !rules.clone().any(|known| known == rule) {
                return Err(unknown(
                    "rule",
                    rule,
                    scoped.rule,
                    nearest(rule, rules.clone()),
                ));
            }
            for (name, place) in scoped.environments.iter().flatten() {
                if environments.clone().next().is_some()
                    && !environments.clone().any(|known| known == name)
                {
                    let known = nearest(name, environments.clone());
                    return Err(unknown("environment", name, *place, known));
                }
            }
        }
        Ok(())
    }

    /// The waivers that count in `environment`; without one, those that count everywhere.
    pub fn of(&self, environment: Option<&str>) -> impl Iterator<Item = &Waiver> {
        let counts = move |scoped: &&Scoped| match &scoped.environments {
            None => true,
            Some(names) => names
                .iter()
                .any(|(name, _)| Some(name.as_str()) == environment),
        };
        self.waivers
            .iter()
            .filter(counts)
            .map(|scoped| &scoped.waiver)
    }
}

impl Scoped {
    fn is_same(&self, other: &Self) -> bool {
        let names = |scoped: &Self| {
            scoped.environments.as_ref().map(|names| {
                names
                    .iter()
                    .map(|(name, _)| name.clone())
                    .collect::<Vec<_>>()
            })
        };
        let share = match (names(self), names(other)) {
            (Some(one), Some(other)) => one.iter().any(|name| other.contains(name)),
            (None, _) | (_, None) => true,
        };
        share
            && self.waiver.rule == other.waiver.rule
            && self.waiver.address == other.waiver.address
            && self.waiver.digest == other.waiver.digest
    }
}

fn resolve(
    file: &Utf8Path,
    entry: Spanned<Entry>,
    wrong: &impl Fn(String, Option<SourceSpan>, &str) -> SettingsError,
) -> Result<Scoped, SettingsError> {
    let place = format!("{file}:{}", entry.referenced.line());
    let at = span(entry.referenced);
    let entry = entry.value;
    for (key, text) in [
        ("rule", &entry.rule),
        ("address", &entry.address),
        ("owner", &entry.owner),
        ("reason", &entry.reason),
    ] {
        if text.value.trim().is_empty() {
            let place = span(text.referenced).or(at);
            return Err(wrong(
                format!("a waiver without `{key}`"),
                place,
                "say which rule, which resource, who answers for it and why",
            ));
        }
    }
    if entry.rule.value.contains('*') {
        return Err(wrong(
            format!("`{}` is not one rule", entry.rule.value),
            span(entry.rule.referenced),
            "write a waiver for each rule",
        ));
    }
    if let Some(problem) = address(&entry.address.value) {
        return Err(wrong(
            format!("`{}` {problem}", entry.address.value),
            span(entry.address.referenced),
            "write the resource's full address, for example `module.data.aws_s3_bucket.raw`",
        ));
    }
    let expires = date(&entry.expires, wrong)?;
    let unused_until = entry
        .unused_until
        .as_ref()
        .map(|text| date(text, wrong))
        .transpose()?;
    if let (Some(text), Some(until)) = (&entry.unused_until, unused_until)
        && until > expires
    {
        return Err(wrong(
            format!("it expires on {expires}, before that"),
            span(text.referenced),
            "let it be unused for a part of its time only",
        ));
    }
    let digest = entry.digest.map(|text| {
        text.value.parse::<Sha256>().map_err(|error| {
            wrong(
                error.to_string(),
                span(text.referenced),
                "copy the digest from the finding (`--output findings`)",
            )
        })
    });
    let environments = entry.environments.map(|names| {
        let named = names.into_iter().map(|name| {
            let place = span(name.referenced);
            (name.value, place)
        });
        named.collect::<Vec<_>>()
    });
    if environments.as_ref().is_some_and(Vec::is_empty) {
        return Err(wrong(
            "a waiver for no environment".to_owned(),
            at,
            "name an environment, or leave out `environments`",
        ));
    }
    Ok(Scoped {
        rule: span(entry.rule.referenced),
        waiver: Waiver {
            rule: entry.rule.value,
            address: entry.address.value,
            owner: entry.owner.value,
            reason: entry.reason.value,
            expires,
            unused_until,
            digest: digest.transpose()?,
            place,
        },
        environments,
        entry: at,
    })
}

/// What is wrong with an address, if anything.
fn address(text: &str) -> Option<&'static str> {
    let mut quoted = false;
    let mut escaped = false;
    for letter in text.chars() {
        quoted ^= letter == '"' && !escaped;
        escaped = letter == '\\' && !escaped;
    }
    if quoted {
        return Some("has a quote that is not closed");
    }
    if text.chars().any(char::is_control) || text.trim() != text {
        return Some("is not an address");
    }
    // a pattern names at least a part of some resource
    let named = text.chars().any(char::is_alphanumeric);
    (!named).then_some("is any resource")
}

fn date(
    text: &Spanned<String>,
    wrong: &impl Fn(String, Option<SourceSpan>, &str) -> SettingsError,
) -> Result<Date, SettingsError> {
    match text.value.parse::<Date>() {
        // other forms of ISO 8601 are dates as well, and easily mistaken
        Ok(date) if date.to_string() == text.value => Ok(date),
        _ => Err(wrong(
            format!("`{}` is not a date", text.value),
            span(text.referenced),
            "write the year, the month and the day, for example `2026-12-31`",
        )),
    }
}

/// The place of a value, from the beginning of the text.
fn span(location: Location) -> Option<SourceSpan> {
    let span = location.span();
    let start = usize::try_from(span.byte_offset()?).ok()?;
    let length = usize::try_from(span.byte_len().unwrap_or(1)).ok()?;
    Some(SourceSpan::from((start, length)))
}

fn line(place: &str) -> &str {
    place.rsplit(':').next().unwrap_or(place)
}

fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known
        .map(|known| (strsim::jaro_winkler(known, name), known))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .map(|(_, known)| known)
}

/// The JSON Schema of a file of waivers, for editors.
pub fn schema() -> schemars::Schema {
    schemars::schema_for!(File)
}

#[cfg(test)]
mod tests;
