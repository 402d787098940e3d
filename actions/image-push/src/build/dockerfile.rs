//! A Dockerfile as stages and steps, without comments, places and spelling.
//!
//! `ARG`s before the first stage are filled in where images are named; the rest is kept as it is written, because what a
//! variable stands for depends on the base image's environment ([`expand`]).

use std::collections::BTreeMap;

use parse_dockerfile::{Command, HealthcheckArguments, Instruction, JsonOrStringArray, Source};

/// A whole file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dockerfile {
    /// `# syntax=`, which picks another reader.
    pub(crate) syntax: Option<String>,
    pub(crate) stages: Vec<Stage>,
}

/// One stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stage {
    pub(crate) name: Option<String>,
    /// The image, or the name of a stage before, with variables filled in.
    pub(crate) from: String,
    pub(crate) options: Vec<String>,
    pub(crate) steps: Vec<Step>,
}

/// One instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Arg(String),
    Env(String),
    Label(String),
    Workdir(String),
    User(String),
    StopSignal(String),
    Expose(Vec<String>),
    Copy(Copy),
    /// A command, with its options and here-documents.
    Run {
        words: Words,
        extras: Vec<String>,
    },
    Entrypoint(Words),
    Cmd(Words),
    Healthcheck {
        options: Vec<(String, String)>,
        command: Option<Words>,
    },
    /// One that is only hashed: its keyword, and what is behind it.
    Other(&'static str, String),
}

/// `COPY`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Copy {
    pub(crate) from: Option<String>,
    /// Without `--from`.
    pub(crate) options: Vec<String>,
    pub(crate) sources: Vec<String>,
    pub(crate) to: String,
}

/// A command, as a list or for the shell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Words {
    Exec(Vec<String>),
    Shell(String),
}

impl Words {
    /// As a configuration writes it.
    pub(crate) fn list(&self) -> Vec<String> {
        match self {
            Self::Exec(words) => words.clone(),
            Self::Shell(text) => vec!["/bin/sh".to_owned(), "-c".to_owned(), text.clone()],
        }
    }
}

/// Reads a file's text, with values for its `ARG`s.
pub(crate) fn parse(text: &str, args: &BTreeMap<String, String>) -> Result<Dockerfile, String> {
    let parsed = parse_dockerfile::parse(text).map_err(|error| error.to_string())?;
    let mut globals: BTreeMap<String, String> = BTreeMap::new();
    for arg in parsed.global_args() {
        let (name, default) = name_and_value(&arg.arguments.value);
        let value = match args.get(&name) {
            Some(value) => Some(value.clone()),
            None => default
                .map(|text| expand(&text, &|name| globals.get(name).cloned()))
                .transpose()?,
        };
        globals.extend(value.map(|value| (name, value)));
    }
    let mut stages = Vec::new();
    for stage in parsed.stages() {
        let from = expand(&stage.from.image.value, &|name| globals.get(name).cloned())?;
        let steps = stage.instructions.iter().map(step);
        stages.push(Stage {
            name: stage
                .from
                .as_
                .as_ref()
                .map(|(_, name)| name.value.to_string()),
            from,
            options: stage.from.options.iter().map(flag).collect(),
            steps: steps.collect(),
        });
    }
    let syntax = parsed.parser_directives.syntax.as_ref();
    Ok(Dockerfile {
        syntax: syntax.map(|syntax| syntax.value.value.to_owned()),
        stages,
    })
}

impl Dockerfile {
    /// The images that it is built upon, and copies from, as they are written; without repetition.
    pub(crate) fn images(&self) -> Vec<String> {
        let mut images: Vec<String> = Vec::new();
        for (number, stage) in self.stages.iter().enumerate() {
            let before = &self.stages[..number];
            let copies = stage.steps.iter().filter_map(|step| match step {
                Step::Copy(copy) => copy.from.clone(),
                _ => None,
            });
            for name in std::iter::once(stage.from.clone()).chain(copies) {
                let is_number = name.parse::<usize>().is_ok_and(|other| other < number);
                let is_stage = before.iter().any(|stage| {
                    stage
                        .name
                        .as_ref()
                        .is_some_and(|stage| stage.eq_ignore_ascii_case(&name))
                });
                if name != "scratch" && !is_number && !is_stage && !images.contains(&name) {
                    images.push(name);
                }
            }
        }
        images
    }
}

fn step(instruction: &Instruction<'_>) -> Step {
    let values = |list: &[parse_dockerfile::UnescapedString<'_>]| {
        list.iter().map(|text| text.value.to_string()).collect()
    };
    match instruction {
        Instruction::Arg(arg) => Step::Arg(arg.arguments.value.to_string()),
        Instruction::Env(env) => Step::Env(env.arguments.value.to_string()),
        Instruction::Label(label) => Step::Label(label.arguments.value.to_string()),
        Instruction::Workdir(folder) => Step::Workdir(folder.arguments.value.to_string()),
        Instruction::User(user) => Step::User(user.arguments.value.to_string()),
        Instruction::Stopsignal(signal) => Step::StopSignal(signal.arguments.value.to_string()),
        Instruction::Expose(expose) => Step::Expose(values(&expose.arguments)),
        Instruction::Entrypoint(entry) => Step::Entrypoint(words(&entry.arguments)),
        Instruction::Cmd(cmd) => Step::Cmd(words(&cmd.arguments)),
        Instruction::Run(run) => Step::Run {
            words: words(&run.arguments),
            extras: run
                .options
                .iter()
                .map(flag)
                .chain(run.here_docs.iter().map(|here| here.value.to_string()))
                .collect(),
        },
        Instruction::Copy(copy) => {
            let is_path = |source: &Source<'_>| matches!(source, Source::Path(_));
            let sources = sources(&copy.src);
            if !copy.src.iter().all(is_path) {
                let whole = format!("{:?} {sources:?} {}", flags(&copy.options), copy.dest.value);
                return Step::Other("COPY with a here-document", whole);
            }
            let from = copy.options.iter().find(|flag| flag.name.value == "from");
            let others = copy.options.iter().filter(|flag| flag.name.value != "from");
            Step::Copy(Copy {
                from: from
                    .and_then(|flag| flag.value.as_ref())
                    .map(|value| value.value.to_string()),
                options: others.map(flag).collect(),
                sources,
                to: copy.dest.value.to_string(),
            })
        }
        Instruction::Healthcheck(check) => Step::Healthcheck {
            options: check
                .options
                .iter()
                .map(|flag| {
                    let value = flag.value.as_ref().map(|value| value.value.to_string());
                    (flag.name.value.to_string(), value.unwrap_or_default())
                })
                .collect(),
            command: match &check.arguments {
                HealthcheckArguments::Cmd { arguments, .. } => Some(words(arguments)),
                _ => None,
            },
        },
        Instruction::Add(add) => {
            let (options, sources) = (flags(&add.options), sources(&add.src));
            Step::Other("ADD", format!("{options:?} {sources:?} {}", add.dest.value))
        }
        Instruction::Shell(shell) => {
            let words: Vec<String> = values(&shell.arguments);
            Step::Other("SHELL", format!("{words:?}"))
        }
        Instruction::Volume(volume) => {
            let list: Vec<String> = match &volume.arguments {
                JsonOrStringArray::Json(list) => values(&list.value),
                JsonOrStringArray::String(list) => values(list),
            };
            Step::Other("VOLUME", format!("{list:?}"))
        }
        Instruction::Onbuild(onbuild) => {
            let inner = step(&onbuild.instruction);
            Step::Other("ONBUILD", format!("{inner:?}"))
        }
        Instruction::Maintainer(name) => Step::Other("MAINTAINER", name.name.value.to_string()),
        // with its places, because nothing else is known of it
        _ => Step::Other(
            "an instruction that is not known",
            format!("{instruction:?}"),
        ),
    }
}

fn flags(options: &[parse_dockerfile::Flag<'_>]) -> Vec<String> {
    options.iter().map(flag).collect()
}

fn sources(sources: &[Source<'_>]) -> Vec<String> {
    let texts = sources.iter().map(|source| match source {
        Source::Path(path) => path.value.to_string(),
        Source::HereDoc(here) => here.value.to_string(),
        _ => String::new(),
    });
    texts.collect()
}

fn words(command: &Command<'_>) -> Words {
    match command {
        Command::Exec(list) => Words::Exec(
            list.value
                .iter()
                .map(|word| word.value.to_string())
                .collect(),
        ),
        Command::Shell(text) => Words::Shell(joined(text.value)),
        _ => Words::Shell(String::new()),
    }
}

/// Lines that a backslash continues, as one, without the comments between them.
fn joined(text: &str) -> String {
    let lines = text.lines().map(str::trim);
    let lines = lines.filter(|line| !line.starts_with('#'));
    let lines = lines.map(|line| line.strip_suffix('\\').unwrap_or(line).trim());
    lines.collect::<Vec<_>>().join(" ")
}

fn flag(flag: &parse_dockerfile::Flag<'_>) -> String {
    match &flag.value {
        Some(value) => format!("{}={}", flag.name.value, value.value),
        None => flag.name.value.to_string(),
    }
}

fn name_and_value(text: &str) -> (String, Option<String>) {
    match text.split_once('=') {
        Some((name, value)) => (name.trim().to_owned(), Some(unquoted(value.trim()))),
        None => (text.trim().to_owned(), None),
    }
}

fn unquoted(text: &str) -> String {
    for quote in ['"', '\''] {
        if let Some(inner) = text
            .strip_prefix(quote)
            .and_then(|text| text.strip_suffix(quote))
        {
            return inner.to_owned();
        }
    }
    text.to_owned()
}

/// The `NAME=value` pairs of an `ENV` or `LABEL`, with quotes taken off and variables filled in.
pub(crate) fn pairs(
    text: &str,
    lookup: &dyn Fn(&str) -> Option<String>,
) -> Result<Vec<(String, String)>, String> {
    let text = joined(text);
    let first = text.split_whitespace().next().unwrap_or_default();
    if !first.contains('=') {
        // the old form: a name, and the rest of the line
        let (name, value) = text.split_once(char::is_whitespace).unwrap_or((&text, ""));
        return Ok(vec![(name.to_owned(), expand(value.trim(), lookup)?)]);
    }
    let mut pairs = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    let mut letters = text.chars().chain([' ']);
    while let Some(letter) = letters.next() {
        match (letter, quote) {
            ('\\', None | Some('"')) => {
                let next = letters.next().unwrap_or('\\');
                if next == '$' {
                    word.push('\\');
                }
                word.push(next);
            }
            ('"' | '\'', None) => quote = Some(letter),
            (letter, Some(open)) if letter == open => quote = None,
            // within single quotes a dollar is a dollar
            ('$', Some('\'')) => word.push_str("\\$"),
            (letter, None) if letter.is_whitespace() => {
                if let Some((name, value)) = word.split_once('=') {
                    pairs.push((name.to_owned(), expand(value, lookup)?));
                } else if !word.is_empty() {
                    return Err(format!("`{word}` is no `NAME=value`"));
                }
                word.clear();
            }
            (letter, _) => word.push(letter),
        }
    }
    Ok(pairs)
}

/// Fills in `$NAME`, `${NAME}`, `${NAME:-default}` and `${NAME:+other}`.
pub(crate) fn expand(
    text: &str,
    lookup: &dyn Fn(&str) -> Option<String>,
) -> Result<String, String> {
    let mut filled = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['$', '\\']) {
        filled.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(after) = rest.strip_prefix("\\$") {
            filled.push('$');
            rest = after;
        } else if let Some(after) = rest.strip_prefix('\\') {
            filled.push('\\');
            rest = after;
        } else if let Some(after) = rest.strip_prefix("${") {
            let (inside, after) = after
                .split_once('}')
                .ok_or_else(|| format!("`{text}` has no closing brace"))?;
            filled.push_str(&braced(inside, lookup)?);
            rest = after;
        } else {
            let name = &rest[1..];
            let end = name
                .find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
                .unwrap_or(name.len());
            let (name, after) = name.split_at(end);
            if name.is_empty() {
                filled.push('$');
            } else {
                filled.push_str(&lookup(name).unwrap_or_default());
            }
            rest = after;
        }
    }
    filled.push_str(rest);
    Ok(filled)
}

fn braced(inside: &str, lookup: &dyn Fn(&str) -> Option<String>) -> Result<String, String> {
    let end = inside
        .find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
        .unwrap_or(inside.len());
    let (name, operation) = inside.split_at(end);
    let value = lookup(name);
    let set = value.clone().filter(|value| !value.is_empty());
    Ok(match operation {
        "" => value.unwrap_or_default(),
        _ => match operation.split_at_checked(2) {
            Some((":-", default)) => set.unwrap_or_else(|| default.to_owned()),
            Some((":+", other)) => set.map(|_| other.to_owned()).unwrap_or_default(),
            _ => match operation.strip_prefix('-') {
                Some(default) => value.unwrap_or_else(|| default.to_owned()),
                None => return Err(format!("`${{{inside}}}` is not understood")),
            },
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn none(_: &str) -> Option<String> {
        None
    }

    #[test]
    fn images_are_those_that_no_stage_makes() {
        let text = "ARG V=3.12\nARG P=python:${V}-slim\nFROM $P AS one\nFROM node:20 AS two\nFROM one\nCOPY --from=two /a /a\nCOPY --from=0 /b /b\nCOPY --from=busybox:1 /c /c\nFROM scratch\n";
        let file = parse(text, &BTreeMap::new()).unwrap();
        assert_eq!(file.images(), ["python:3.12-slim", "node:20", "busybox:1"]);
        let args = BTreeMap::from([("V".to_owned(), "3.13".to_owned())]);
        assert_eq!(parse(text, &args).unwrap().images()[0], "python:3.13-slim");
    }

    #[test]
    fn comments_and_spelling_do_not_count() {
        let parse = |text: &str| parse(text, &BTreeMap::new()).unwrap();
        assert_eq!(
            parse("FROM a\n# why\nRUN x \\\n # more\n && y\nuser 1\n"),
            parse("from a\nRUN x && y\nUSER 1\n")
        );
        assert_ne!(parse("FROM a\nRUN x\n"), parse("FROM a\nRUN y\n"));
        assert_ne!(parse("FROM a\nADD x y\n"), parse("FROM a\nADD z y\n"));
        assert_eq!(parse("FROM a\nADD x y\n"), parse("#\nFROM a\nADD   x y\n"));
        let here = |text| parse(&format!("FROM a\nRUN <<EOF\n{text}\nEOF\n"));
        assert_ne!(here("one"), here("two"));
    }

    #[test]
    fn pairs_are_read_as_docker_reads_them() {
        let lookup = |name: &str| (name == "PATH").then(|| "/bin".to_owned());
        assert_eq!(
            pairs(r#"PATH=/opt/bin:$PATH A="x y" B='$PATH' C=\$PATH"#, &lookup).unwrap(),
            [
                ("PATH", "/opt/bin:/bin"),
                ("A", "x y"),
                ("B", "$PATH"),
                ("C", "$PATH")
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
        );
        assert_eq!(
            pairs("A some words", &none).unwrap(),
            [("A".to_owned(), "some words".to_owned())]
        );
    }

    #[test]
    fn variables_are_filled_in() {
        let lookup = |name: &str| match name {
            "A" => Some("1".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        };
        for (text, expected) in [
            ("$A-${A}", "1-1"),
            ("${B:-x}${EMPTY:-y}${EMPTY-z}", "xy"),
            ("${A:+set}${B:+set}", "set"),
            (r"\$A", "$A"),
            ("$B.", "."),
        ] {
            assert_eq!(expand(text, &lookup).unwrap(), expected, "{text}");
        }
        assert!(expand("${A", &lookup).is_err());
        assert!(expand("${A%x}", &lookup).is_err());
    }
}
