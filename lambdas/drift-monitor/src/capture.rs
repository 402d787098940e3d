//! Captured requests as rows of numbers: what the endpoint was asked, and what it said.
//!
//! SageMaker writes one JSON document a line. A payload is text where the configuration named its content type, else Base64. CSV is the only
//! format that the model speaks. A record that cannot be read as rows with as many predictions is counted and otherwise ignored: a request that the
//! endpoint refused is one of those.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record<'a> {
    #[serde(borrow)]
    capture_data: Data<'a>,
    event_metadata: Metadata,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data<'a> {
    #[serde(borrow)]
    endpoint_input: Payload<'a>,
    #[serde(borrow)]
    endpoint_output: Payload<'a>,
}

#[derive(Deserialize)]
struct Payload<'a> {
    encoding: &'a str,
    data: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    inference_time: Timestamp,
}

/// What a line of a captured file is
#[derive(Debug, Clone, PartialEq)]
pub enum Captured {
    /// Rows of features, each with its prediction as the last number
    Rows(Vec<Vec<f64>>),
    /// Older than what is looked at
    Earlier,
    /// Nothing that can be compared
    Undecodable,
}

/// Reads a line; rows have `features` numbers and a prediction
pub fn read(line: &str, features: usize, since: Timestamp) -> Captured {
    let Ok(record) = serde_json::from_str::<Record<'_>>(line) else {
        return Captured::Undecodable;
    };
    if record.event_metadata.inference_time < since {
        return Captured::Earlier;
    }
    let data = record.capture_data;
    let rows = || {
        let input = text(data.endpoint_input)?;
        let output = text(data.endpoint_output)?;
        // one prediction a line, or all of them in one
        let mut predictions = output
            .split([',', '\n', '\r'])
            .filter(|cell| !cell.trim().is_empty());
        let rows = input
            .lines()
            .filter(|line| !line.trim().is_empty())
            .map(|line| {
                let cells = line.split(',').chain([predictions.next()?]);
                let row = cells.map(number).collect::<Option<Vec<f64>>>()?;
                (row.len() == features + 1).then_some(row)
            });
        let rows = rows.collect::<Option<Vec<_>>>()?;
        (predictions.next().is_none() && !rows.is_empty()).then_some(rows)
    };
    rows().map_or(Captured::Undecodable, Captured::Rows)
}

fn text(payload: Payload<'_>) -> Option<String> {
    match payload.encoding {
        "CSV" => Some(payload.data),
        "BASE64" => String::from_utf8(STANDARD.decode(payload.data).ok()?).ok(),
        _ => None,
    }
}

fn number(cell: &str) -> Option<f64> {
    let number: f64 = cell.trim().parse().ok()?;
    number.is_finite().then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(input: &str, output: &str, encoding: &str) -> String {
        let part = |data: &str| serde_json::json!({"observedContentType": "text/csv", "mode": "INPUT", "data": data, "encoding": encoding});
        serde_json::json!({
            "captureData": {"endpointInput": part(input), "endpointOutput": part(output)},
            "eventMetadata": {"eventId": "e", "inferenceTime": "2026-01-02T03:04:05Z"},
            "eventVersion": "0",
        })
        .to_string()
    }

    fn rows(line: &str) -> Captured {
        read(line, 2, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn rows_get_their_predictions() {
        let expected = Captured::Rows(vec![vec![1.0, 2.5, 7.0], vec![-3.0, 4e2, 8.0]]);
        for output in ["7\n8\n", "7,8", "7.0\r\n8.0"] {
            assert_eq!(rows(&line("1,2.5\n-3,4e2\n", output, "CSV")), expected);
        }
        let packed = line(
            &STANDARD.encode("1,2.5\n-3,4e2"),
            &STANDARD.encode("7\n8"),
            "BASE64",
        );
        assert_eq!(rows(&packed), expected);
    }

    #[test]
    fn what_cannot_be_compared_is_told_apart() {
        for (input, output, encoding) in [
            ("1,2", "", "CSV"),
            ("1,2", "7\n8", "CSV"),
            ("1", "7", "CSV"),
            ("1,2,3", "7", "CSV"),
            ("1,nan", "7", "CSV"),
            ("a,b", "7", "CSV"),
            ("", "", "CSV"),
            ("1,2", "7", "JSON"),
            ("1,2", "7", "BASE64"),
        ] {
            assert_eq!(
                rows(&line(input, output, encoding)),
                Captured::Undecodable,
                "{input} {output} {encoding}"
            );
        }
        assert_eq!(rows("{"), Captured::Undecodable);
        let later = "2026-01-02T03:04:06Z".parse().unwrap();
        assert_eq!(read(&line("1,2", "7", "CSV"), 2, later), Captured::Earlier);
    }
}
