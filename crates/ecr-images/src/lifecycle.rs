//! Which images a repository's lifecycle policy would expire: ECR's rules, evaluated here, so that a policy which would
//! take away what runs now is known before that happens.
//!
//! Rules are applied by priority; an image that a rule with a higher priority selects is not looked at by the next ones.
//! A rule of a kind that is not known here is an error, never skipped.

use std::collections::BTreeSet;

use oci_image::Digest;

/// An image, as far as a rule looks at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its digest.
    pub digest: Digest,
    /// Its tags.
    pub tags: Vec<String>,
    /// When it was pushed, in seconds since 1970.
    pub pushed_at: i64,
}

/// A policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    rules: Vec<Rule>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Rule {
    priority: i64,
    tagged: Tagged,
    counts: Counts,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Tagged {
    Any,
    Not,
    Prefixes(Vec<String>),
    Patterns(Vec<String>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Counts {
    MoreThan(usize),
    OlderThan(i64),
}

/// A text that is no policy, or one with a rule that is not known here.
#[derive(Debug, thiserror::Error)]
#[error("the lifecycle policy has a rule that is not known here: {0}")]
pub struct NotAPolicy(String);

impl Policy {
    /// Reads a policy's text.
    ///
    /// # Errors
    /// No policy, or a rule of another kind.
    pub fn parse(text: &str) -> Result<Self, NotAPolicy> {
        let said: serde_json::Value =
            serde_json::from_str(text).map_err(|error| NotAPolicy(error.to_string()))?;
        let rules = said["rules"].as_array().cloned().unwrap_or_default();
        let mut rules: Vec<Rule> = rules.iter().map(rule).collect::<Result<_, _>>()?;
        rules.sort_by_key(|rule| rule.priority);
        Ok(Self { rules })
    }

    /// The images that would be expired at `now`, in seconds since 1970, each with the priority of the rule that does it.
    #[must_use]
    pub fn expires(&self, images: &[Kept], now: i64) -> Vec<(Digest, i64)> {
        let mut taken = BTreeSet::new();
        let mut expired = Vec::new();
        for rule in &self.rules {
            let fits = |image: &&Kept| rule.tagged.fits(image) && !taken.contains(&image.digest);
            let mut selected: Vec<&Kept> = images.iter().filter(fits).collect();
            selected.sort_by_key(|image| std::cmp::Reverse(image.pushed_at));
            taken.extend(selected.iter().map(|image| image.digest));
            let over: Vec<&Kept> = match rule.counts {
                Counts::MoreThan(count) => selected.into_iter().skip(count).collect(),
                Counts::OlderThan(seconds) => selected
                    .into_iter()
                    .filter(|image| now - image.pushed_at > seconds)
                    .collect(),
            };
            expired.extend(over.iter().map(|image| (image.digest, rule.priority)));
        }
        expired
    }
}

fn rule(said: &serde_json::Value) -> Result<Rule, NotAPolicy> {
    let unknown = || NotAPolicy(said.to_string().chars().take(200).collect());
    let selection = &said["selection"];
    let list = |name: &str| -> Vec<String> {
        let list = selection[name].as_array().into_iter().flatten();
        list.filter_map(|text| text.as_str().map(str::to_owned))
            .collect()
    };
    let tagged = match selection["tagStatus"].as_str() {
        Some("any") => Tagged::Any,
        Some("untagged") => Tagged::Not,
        Some("tagged") if !list("tagPrefixList").is_empty() => {
            Tagged::Prefixes(list("tagPrefixList"))
        }
        Some("tagged") if !list("tagPatternList").is_empty() => {
            Tagged::Patterns(list("tagPatternList"))
        }
        _ => return Err(unknown()),
    };
    let number = selection["countNumber"].as_i64().ok_or_else(unknown)?;
    let counts = match selection["countType"].as_str() {
        Some("imageCountMoreThan") => {
            Counts::MoreThan(usize::try_from(number).map_err(|_| unknown())?)
        }
        Some("sinceImagePushed") if selection["countUnit"] == "days" => {
            Counts::OlderThan(number.saturating_mul(86_400))
        }
        _ => return Err(unknown()),
    };
    if said["action"]["type"] != "expire" {
        return Err(unknown());
    }
    Ok(Rule {
        priority: said["rulePriority"].as_i64().ok_or_else(unknown)?,
        tagged,
        counts,
    })
}

impl Tagged {
    /// Every prefix or pattern of the list has to fit some tag of the image.
    fn fits(&self, image: &Kept) -> bool {
        let every = |list: &[String], fits: fn(&str, &str) -> bool| {
            list.iter()
                .all(|one| image.tags.iter().any(|tag| fits(one, tag)))
        };
        match self {
            Self::Any => true,
            Self::Not => image.tags.is_empty(),
            Self::Prefixes(list) => every(list, |prefix, tag| tag.starts_with(prefix)),
            Self::Patterns(list) => every(list, crate::fits),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(name: &str, tags: &[&str], day: i64) -> Kept {
        Kept {
            digest: Digest::of(name),
            tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
            pushed_at: day * 86_400,
        }
    }

    fn expired(policy: &str) -> Vec<&'static str> {
        let images = [
            image("old", &["v1"], 1),
            image("middle", &["v2", "dev-2"], 5),
            image("new", &["v3"], 9),
            image("bare", &[], 2),
        ];
        let found = Policy::parse(policy).unwrap().expires(&images, 10 * 86_400);
        let names = ["old", "middle", "new", "bare"];
        let of = |digest: Digest| names.into_iter().find(|name| Digest::of(name) == digest);
        found
            .into_iter()
            .filter_map(|(digest, _)| of(digest))
            .collect()
    }

    #[test]
    fn rules_expire_what_ecr_would() {
        let rule = |priority: u8, status: &str, counts: &str| {
            format!(
                r#"{{"rulePriority":{priority},"selection":{{"tagStatus":{status},{counts}}},"action":{{"type":"expire"}}}}"#
            )
        };
        let policy = |rules: &[String]| format!(r#"{{"rules":[{}]}}"#, rules.join(","));
        let count = |n: u8| format!(r#""countType":"imageCountMoreThan","countNumber":{n}"#);
        let days = |n: u8| {
            format!(r#""countType":"sinceImagePushed","countUnit":"days","countNumber":{n}"#)
        };
        let any = r#""any""#;
        let none = r#""untagged""#;
        let v = r#""tagged","tagPrefixList":["v"]"#;
        let dev = r#""tagged","tagPatternList":["v*","dev-*"]"#;
        assert_eq!(
            expired(&policy(&[rule(1, any, &count(2))])),
            ["bare", "old"]
        );
        assert_eq!(expired(&policy(&[rule(1, none, &days(3))])), ["bare"]);
        assert_eq!(
            expired(&policy(&[rule(1, v, &count(1))])),
            ["middle", "old"]
        );
        assert_eq!(expired(&policy(&[rule(1, dev, &count(0))])), ["middle"]);
        // what the first rule selects, the second does not see
        let both = policy(&[rule(2, any, &count(0)), rule(1, v, &count(3))]);
        assert_eq!(expired(&both), ["bare"]);
    }

    #[test]
    fn a_rule_that_is_not_known_is_an_error() {
        for text in [
            "",
            r#"{"rules":[{"rulePriority":1}]}"#,
            r#"{"rules":[{"rulePriority":1,"selection":{"tagStatus":"any","countType":"sinceImageMooned","countNumber":1},"action":{"type":"expire"}}]}"#,
        ] {
            assert!(Policy::parse(text).is_err(), "{text}");
        }
    }
}
