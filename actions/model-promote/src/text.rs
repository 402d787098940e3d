//! The text of the pull request: champion against challenger, what changes with the model, what the plan will do, and
//! how to decide. Markdown, made of values that came from elsewhere: they stand in code or are made harmless.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::compare::{Judgement, compare};
use crate::evaluation::{Evaluation, Score};
use crate::propose::{Change, Portrait};
use crate::release::Release;

/// The first line of a pull request and of its commit.
pub(crate) fn title(change: &Change) -> String {
    let says = &change.after.says;
    let challenger = says.release.name();
    let mark = match change.judgement() {
        Some(Judgement::Worse) => " (worse than what serves)",
        Some(Judgement::NotBetterThanNoise) => " (not better than noise)",
        Some(Judgement::Better | Judgement::NoMeasure) | None => "",
    };
    format!("models: promote {challenger} to {}{mark}", says.environment)
}

/// All of it.
pub(crate) fn body(change: &Change, endpoint: &str) -> String {
    let says = &change.after.says;
    let mut text = format!(
        "## Promote {} to {}\n\n{}\n",
        says.release.name(),
        says.environment,
        verdict(change)
    );
    errors(change, &mut text);
    differences(change, &mut text);
    effect(change, endpoint, &mut text);
    origin(&change.challenger, &mut text);
    decide(change, &mut text);
    text
}

fn verdict(change: &Change) -> String {
    let challenger = &change.challenger.release.name();
    let Some(champion) = &change.champion else {
        let pinned = change.before.says.release.name();
        return format!(
            "**No comparison**: the registry does not have {pinned} as it is pinned now, so this is the first promotion here."
        );
    };
    let serving = champion.release.name();
    let (Some(old), Some(new)) = (&champion.evaluation, &change.challenger.evaluation) else {
        return format!(
            "**No comparison**: there is no evaluation of both {serving} and {challenger}."
        );
    };
    let compared = compare(old.random, new.random);
    let noise = compared
        .noise
        .map_or_else(String::new, |noise| format!(", noise of both {noise:.4}"));
    let figures = format!(
        "RMSE {:.4}, and {serving} has {:.4} (difference {:+.4}{noise})",
        new.random.rmse, old.random.rmse, compared.difference
    );
    match change.judgement() {
        Some(Judgement::Better) => format!("**Better**: {challenger} has {figures}."),
        Some(Judgement::Worse) => format!(
            "> [!WARNING]\n> **Worse** than what serves, by more than noise: {challenger} has {figures}. There has to be another reason to promote it."
        ),
        Some(Judgement::NotBetterThanNoise) => {
            format!("**Not better than noise**: {challenger} has {figures}.")
        }
        Some(Judgement::NoMeasure) | None => {
            format!("**Noise not known**, so no judgement: {challenger} has {figures}.")
        }
    }
}

/// Both models on both splits and in each segment.
fn errors(change: &Change, text: &mut String) {
    let Some(new) = &change.challenger.evaluation else {
        line(
            text,
            "\nThe package says not where its evaluation lies; these are its own figures:\n",
        );
        for (name, value) in &change.after.says.release.metrics {
            line(text, &format!("- `{name}` {value}"));
        }
        return;
    };
    let old = change
        .champion
        .as_ref()
        .and_then(|it| it.evaluation.as_ref());
    let champion = change.champion.as_ref().map(|it| it.release.name());
    line(text, "\n### How good it is\n");
    line(
        text,
        &format!(
            "| RMSE on rows not seen in training | {} | {} | difference | |",
            champion.unwrap_or_else(|| "serving".to_owned()),
            change.challenger.release.name()
        ),
    );
    line(text, "|---|---:|---:|---:|---|");
    let mut row = |name: String, old: Option<Score>, new: Score| {
        let (difference, judgement) = match old.map(|old| compare(old, new)) {
            Some(compared) => (
                format!("{:+.4}", compared.difference),
                compared.judgement.words(),
            ),
            None => (String::new(), ""),
        };
        let old = old.map(shown).unwrap_or_default();
        line(
            text,
            &format!(
                "| {name} | {old} | {} | {difference} | {judgement} |",
                shown(new)
            ),
        );
    };
    row(
        "rows at random".to_owned(),
        old.map(|old| old.random),
        new.random,
    );
    row(
        "places held back".to_owned(),
        old.map(|old| old.spatial),
        new.spatial,
    );
    for (segment, score) in &new.segments {
        let rows = score
            .rows
            .map_or_else(String::new, |rows| format!(", {rows} rows"));
        let before = old.and_then(|old| old.segments.get(segment)).copied();
        row(format!("{}{rows}", code(segment)), before, *score);
    }
    if let Some(baseline) = &new.baseline {
        line(
            text,
            &format!(
                "\nThe linear baseline has {:.4} on the same rows at random and {:.4} in the places held back.",
                baseline.random.rmse, baseline.spatial.rmse
            ),
        );
    }
    line(
        text,
        "\n± is the standard error over draws of the test rows. A difference counts when it is larger than the noise of both.",
    );
    if old.is_some_and(|old| old.data.features_sha256 != new.data.features_sha256) {
        line(
            text,
            "The two were measured on different data, so the figures compare only roughly.",
        );
    }
}

/// A value of the champion and of the challenger, as far as they are known.
type NowAndThen = (Option<String>, Option<String>);

/// What else is different: size, speed, schema, data.
fn differences(change: &Change, text: &mut String) {
    let old = change.champion.as_ref();
    let measured = |of: fn(&Evaluation) -> String| {
        let old = old.and_then(|old| old.evaluation.as_ref()).map(of);
        (old, change.challenger.evaluation.as_ref().map(of))
    };
    let pinned = |of: fn(&Release) -> String| {
        (
            old.map(|old| of(&old.release)),
            Some(of(&change.challenger.release)),
        )
    };
    line(
        text,
        "\n### What else changes\n\n| | now | proposed |\n|---|---|---|",
    );
    let rows: [(&str, NowAndThen); 7] = [
        ("size", measured(|it| format!("{} bytes", it.model_bytes))),
        (
            "latency",
            measured(|it| format!("{} µs a row", it.latency_us_per_row)),
        ),
        ("features", measured(|it| it.features.len().to_string())),
        (
            "rows trained on and tested on",
            measured(|it| format!("{} and {}", it.rows.train, it.rows.test)),
        ),
        (
            "features, sha256",
            measured(|it| code(it.data.features_sha256.get(..12).unwrap_or_default())),
        ),
        (
            "input, sha256",
            pinned(|it| code(it.training_data.sha256.get(..12).unwrap_or_default())),
        ),
        (
            "image",
            pinned(|it| {
                let digest = it.image.split_once('@').map_or("", |(_, digest)| digest);
                code(digest.get(..19).unwrap_or(digest))
            }),
        ),
    ];
    for (name, (old, new)) in rows {
        let Some(new) = new else { continue };
        let same = old.as_ref() == Some(&new);
        let new = if same { "the same".to_owned() } else { new };
        line(
            text,
            &format!("| {name} | {} | {new} |", old.unwrap_or_default()),
        );
    }
    let features = |portrait: &Portrait| {
        let evaluation = portrait.evaluation.as_ref();
        evaluation.map(|it| it.features.clone())
    };
    let (Some(new), old) = (features(&change.challenger), old.and_then(features)) else {
        return;
    };
    let said = match old {
        None => format!("It takes {}.", list(&new)),
        Some(old) if old == new => {
            "The schema is the same: whoever calls the model need not change.".to_owned()
        }
        Some(old) => schema(&old, &new),
    };
    line(text, &format!("\n{said}"));
    if change
        .challenger
        .evaluation
        .as_ref()
        .is_some_and(|it| it.data.input_sha256 != change.challenger.release.training_data.sha256)
    {
        line(
            text,
            "\n> [!WARNING]\n> The evaluation names another input than the package: it is not of this model.",
        );
    }
}

fn schema(old: &[String], new: &[String]) -> String {
    let (before, after): (BTreeSet<_>, BTreeSet<_>) = (old.iter().collect(), new.iter().collect());
    let added: Vec<String> = after.difference(&before).map(|it| (*it).clone()).collect();
    let gone: Vec<String> = before.difference(&after).map(|it| (*it).clone()).collect();
    let mut parts = Vec::new();
    if !added.is_empty() {
        parts.push(format!("new are {}", list(&added)));
    }
    if !gone.is_empty() {
        parts.push(format!("gone are {}", list(&gone)));
    }
    if parts.is_empty() {
        parts.push("the features come in another order".to_owned());
    }
    format!(
        "> [!WARNING]\n> **The schema changes**: {}. Whoever calls the model has to change with it.",
        parts.join("; ")
    )
}

/// What follows from the file for the plan.
fn effect(change: &Change, endpoint: &str, text: &mut String) {
    let says = &change.after.says;
    let deployment = &says.deployment;
    let new = says.release.name().replace(' ', "-");
    line(text, "\n### What the plan will do\n");
    line(
        text,
        &format!(
            "- create `aws_sagemaker_model` and `aws_sagemaker_endpoint_configuration` of `{new}`"
        ),
    );
    line(
        text,
        &format!(
            "- update `aws_sagemaker_endpoint` {} in place: {} % of {} instances try the new model for {} seconds, and go back if an alarm fires",
            code(endpoint),
            deployment.canary_percent,
            deployment.instance_count,
            deployment.bake_seconds
        ),
    );
    let kept = [Some(&says.release), says.previous.as_ref()];
    let before = &change.before.says;
    for gone in [Some(&before.release), before.previous.as_ref()]
        .into_iter()
        .flatten()
    {
        let stays = kept
            .iter()
            .flatten()
            .any(|kept| kept.package == gone.package);
        if !stays {
            let name = gone.name().replace(' ', "-");
            line(
                text,
                &format!(
                    "- destroy the model and the endpoint configuration of `{name}`, which nothing pins any more"
                ),
            );
        }
    }
    match &says.previous {
        Some(previous) => line(
            text,
            &format!("\n{} stays ready to go back to.", previous.name()),
        ),
        None => line(
            text,
            "\nThere is nothing to go back to: no earlier release is in the registry as it was pinned.",
        ),
    }
}

fn origin(challenger: &Portrait, text: &mut String) {
    let record = &challenger.record;
    line(text, "\n### Where it comes from\n");
    line(text, &format!("- package {}", code(&record.arn)));
    let run = record
        .metadata
        .get("execution_arn")
        .or(record.generated_by.as_ref());
    match run {
        Some(run) => line(text, &format!("- trained by {}", code(run))),
        None => line(
            text,
            "- trained by nobody known: the package names no run of a pipeline",
        ),
    }
    for (what, key) in [
        ("evaluation", "evaluation_uri"),
        ("data contract", "contract_version"),
    ] {
        if let Some(value) = record.metadata.get(key) {
            line(text, &format!("- {what} {}", code(value)));
        }
    }
}

fn decide(change: &Change, text: &mut String) {
    let environment = &change.after.says.environment;
    let model = &change.after.says.model;
    line(text, "\n### How to decide\n");
    line(
        text,
        "- **Approve**: review and merge. The gate lets the plan through once the registry says `Approved`.",
    );
    line(
        text,
        &format!(
            "- **Reject**: close this, or `towpath model-promote --environment {environment} --model {model} --package {} --revoke \"<reason>\"`.",
            change.after.says.release.package
        ),
    );
    line(
        text,
        &format!(
            "- **Go back** later: `towpath model-promote --environment {environment} --model {model} --back`."
        ),
    );
}

fn shown(score: Score) -> String {
    match score.rmse_noise {
        Some(noise) => format!("{:.4} ± {noise:.4}", score.rmse),
        None => format!("{:.4}", score.rmse),
    }
}

fn list(names: &[String]) -> String {
    names
        .iter()
        .map(|name| code(name))
        .collect::<Vec<_>>()
        .join(", ")
}

/// Text from elsewhere as code: on one line, and with nothing in it that would end the code or the cell of a table.
pub(crate) fn code(text: &str) -> String {
    let harmless = |sign: char| {
        if sign.is_control() || sign == '`' || sign == '|' {
            ' '
        } else {
            sign
        }
    };
    format!(
        "`{}`",
        text.chars().map(harmless).collect::<String>().trim()
    )
}

fn line(text: &mut String, line: &str) {
    // writing to a string cannot fail
    let _ = writeln!(text, "{line}");
}

/// The lines that change between two files, as a diff without context.
pub(crate) fn diff(before: &str, after: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    // the longest common subsequence, from the end
    let mut longest = vec![vec![0_usize; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            longest[i][j] = if old[i] == new[j] {
                longest[i + 1][j + 1] + 1
            } else {
                longest[i + 1][j].max(longest[i][j + 1])
            };
        }
    }
    let (mut i, mut j, mut text) = (0, 0, String::new());
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            (i, j) = (i + 1, j + 1);
        } else if j == new.len() || i < old.len() && longest[i + 1][j] >= longest[i][j + 1] {
            line(&mut text, &format!("-{}", old[i]));
            i += 1;
        } else {
            line(&mut text, &format!("+{}", new[j]));
            j += 1;
        }
    }
    text
}
