//! References: `{"Get": "Steps.Train.ModelArtifacts.S3ModelArtifacts"}`.

use crate::document::Node;

/// One reference and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Reference<'d> {
    /// Its text, which is where it stands to a reader: the object around it may begin lines before.
    pub(crate) node: &'d Node,
    pub(crate) text: &'d str,
    pub(crate) source: Source<'d>,
}

/// What a reference leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source<'d> {
    Parameter(&'d str),
    Execution(&'d str),
    /// A property of a step: `ProcessingOutputConfig`, `Outputs`, `train` for `...Outputs['train']`.
    Step {
        step: &'d str,
        path: Vec<&'d str>,
    },
    /// The item that the body of a loop works on, `ForEach.CurrentItem`.
    Item,
    /// What a step in the body of a loop gave in each round, `IterationOutput.<step>.<property>`: a loop selects by it.
    Round {
        step: &'d str,
        path: Vec<&'d str>,
    },
    /// Nothing that SageMaker knows.
    Unknown,
}

/// The reference that `node` is, if it is one.
pub(crate) fn of(node: &Node) -> Option<Reference<'_>> {
    let [member] = node.members() else {
        return None;
    };
    let text = member.value.text().filter(|_| member.name == "Get")?;
    Some(Reference {
        node: &member.value,
        text,
        source: parse(text),
    })
}

fn parse(text: &str) -> Source<'_> {
    let Some((first, rest)) = text.split_once('.') else {
        return Source::Unknown;
    };
    match first {
        "Parameters" if !rest.is_empty() => Source::Parameter(rest),
        "Execution" if !rest.is_empty() => Source::Execution(rest),
        "Steps" | "IterationOutput" => match segments(rest).split_first() {
            Some((step, path)) if first == "Steps" => Source::Step {
                step,
                path: path.to_vec(),
            },
            Some((step, path)) => Source::Round {
                step,
                path: path.to_vec(),
            },
            None => Source::Unknown,
        },
        "ForEach" if segments(rest).first() == Some(&"CurrentItem") => Source::Item,
        _ => Source::Unknown,
    }
}

/// `Outputs['train'].S3Output` is `Outputs`, `train`, `S3Output`.
fn segments(text: &str) -> Vec<&str> {
    text.split(['.', '[', ']'])
        .filter(|part| !part.is_empty())
        .map(|part| part.trim_matches(['\'', '"']))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_taken_apart() {
        assert_eq!(parse("Parameters.Image"), Source::Parameter("Image"));
        assert_eq!(
            parse("Execution.PipelineName"),
            Source::Execution("PipelineName")
        );
        assert_eq!(
            parse("Steps.Split.ProcessingOutputConfig.Outputs['train'].S3Output.S3Uri"),
            Source::Step {
                step: "Split",
                path: vec![
                    "ProcessingOutputConfig",
                    "Outputs",
                    "train",
                    "S3Output",
                    "S3Uri"
                ],
            }
        );
        assert_eq!(parse("ForEach.CurrentItem['depth']"), Source::Item);
        assert_eq!(
            parse("IterationOutput.Score.OutputParameters['rmse']"),
            Source::Round {
                step: "Score",
                path: vec!["OutputParameters", "rmse"],
            }
        );
        for text in [
            "ForEach.Item",
            "IterationOutput.",
            "",
            "Steps",
            "Steps.",
            "Step.A.B",
            "Parameters.",
        ] {
            assert_eq!(parse(text), Source::Unknown, "{text}");
        }
    }
}
