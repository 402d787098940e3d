//! The files by which a step speaks to the runner: `GITHUB_OUTPUT`, `GITHUB_ENV` and `GITHUB_STATE`.
//!
//! The syntax is the runner's own, to the letter (`SetOutputFileCommand` and its siblings): `name=value` on one line, or
//! `name<<delimiter`, the value's lines, and the delimiter alone on a line. What comes first in a line, `=` or `<<`,
//! decides.

/// A file that the runner would refuse, and then fail the step.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileCommandError {
    /// A line that is neither form.
    #[error("invalid format `{0}`")]
    Format(String),
    /// A name or a delimiter is empty.
    #[error("invalid format `{0}`: the name and the delimiter must not be empty")]
    Empty(String),
    /// The file ends inside a value.
    #[error("no line `{delimiter}` ends the value of `{name}`")]
    Unfinished {
        /// Whose value.
        name: String,
        /// The line that is missing.
        delimiter: String,
    },
}

/// The names and values in the text of such a file, in its order.
///
/// # Errors
/// Where the runner would refuse the file.
pub fn key_values(text: &str) -> Result<Vec<(String, String)>, FileCommandError> {
    let mut pairs = Vec::new();
    // the runner splits at line feeds alone, so a value keeps its carriage returns
    let mut lines = text.split('\n');
    while let Some(line) = lines.next() {
        if line.is_empty() {
            continue;
        }
        match (line.split_once('='), line.split_once("<<")) {
            (Some((name, value)), heredoc)
                if heredoc.is_none_or(|(before, _)| name.len() < before.len()) =>
            {
                if name.is_empty() {
                    return Err(FileCommandError::Empty(line.to_owned()));
                }
                pairs.push((name.to_owned(), value.to_owned()));
            }
            (_, Some((name, delimiter))) => {
                if name.is_empty() || delimiter.is_empty() {
                    return Err(FileCommandError::Empty(line.to_owned()));
                }
                pairs.push((name.to_owned(), heredoc(&mut lines, name, delimiter)?));
            }
            (_, None) => return Err(FileCommandError::Format(line.to_owned())),
        }
    }
    Ok(pairs)
}

fn heredoc<'a>(
    lines: &mut impl Iterator<Item = &'a str>,
    name: &str,
    delimiter: &str,
) -> Result<String, FileCommandError> {
    let mut value = Vec::new();
    for line in lines {
        if line == delimiter {
            return Ok(value.join("\n"));
        }
        value.push(line);
    }
    Err(FileCommandError::Unfinished {
        name: name.to_owned(),
        delimiter: delimiter.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Vec<(String, String)> {
        key_values(text).unwrap()
    }

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn one_line_and_many() {
        assert_eq!(
            pairs("a=1\n\nb=x=y<<z\n"),
            [pair("a", "1"), pair("b", "x=y<<z")]
        );
        assert_eq!(
            pairs("a<<E\none\n\n two \r\nE\nb=\n"),
            [pair("a", "one\n\n two \r"), pair("b", "")]
        );
        assert_eq!(pairs("a<<E=F\nE=F\n"), [pair("a", "")]);
        assert_eq!(pairs("a<<E\nE \nEE\nE"), [pair("a", "E \nEE")]);
    }

    #[test]
    fn what_the_runner_refuses_is_refused() {
        let unfinished = FileCommandError::Unfinished {
            name: "a".into(),
            delimiter: "E".into(),
        };
        assert_eq!(key_values("a<<E\nx\nE2\n"), Err(unfinished));
        for empty in ["=1", "<<E\nE", "a<<\n\n"] {
            assert!(
                matches!(key_values(empty), Err(FileCommandError::Empty(_))),
                "{empty}"
            );
        }
        assert_eq!(
            key_values("alone\n"),
            Err(FileCommandError::Format("alone".into()))
        );
    }
}
