//! References: `{"Get": "Steps.Train.ModelArtifacts.S3ModelArtifacts"}`.

use crate::document::Node;

/// One reference and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Reference<'d> {
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
        node,
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
        "Steps" => {
            let parts = segments(rest);
            match parts.split_first() {
                Some((step, path)) if !step.is_empty() => Source::Step {
                    step,
                    path: path.to_vec(),
                },
                _ => Source::Unknown,
            }
        }
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
        for text in ["", "Steps", "Steps.", "Step.A.B", "Parameters."] {
            assert_eq!(parse(text), Source::Unknown, "{text}");
        }
    }
}
