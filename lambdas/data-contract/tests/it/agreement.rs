//! `contracts/agreement.json`: what every reader of the contract must say about the same rows, made without this crate.

use data_contract::{Check, Code, Contract, Given, Purpose, Row, Violation, number};
use serde_json::{Map, Value, json};

use crate::table::COLUMNS;

const AGREEMENT: &str = include_str!("../../../../contracts/agreement.json");

fn agreement() -> Value {
    serde_json::from_str(AGREEMENT).unwrap()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

fn purpose(case: &Value) -> Purpose {
    match case["purpose"].as_str() {
        Some("prediction") => Purpose::Prediction,
        Some("training") => Purpose::Training,
        other => panic!("a row for {other:?}"),
    }
}

fn given(value: &Value) -> Given<'_> {
    match value {
        Value::Null => Given::Missing,
        Value::Number(number) => Given::Number(number.as_f64().unwrap()),
        Value::String(text) => Given::Text(text),
        _ => Given::Other("something else"),
    }
}

/// A row as a reader of CSV has it: all cells are texts
fn cells(row: &Map<String, Value>) -> Vec<(&str, String)> {
    let cell = |value: &Value| match value {
        Value::Null => String::new(),
        Value::Number(number) => format!("{:?}", number.as_f64().unwrap()),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    row.iter()
        .map(|(name, value)| (name.as_str(), cell(value)))
        .collect()
}

fn compare(case: &Value, row: Result<Row<'_>, Vec<Violation>>) {
    let name = &case["name"];
    match row {
        Err(violations) => {
            assert_eq!(case["verdict"], "rejected", "{name}: {violations:?}");
            let fields: Vec<&str> = violations
                .iter()
                .map(|wrong| wrong.field.as_str())
                .collect();
            assert_eq!(case["fields"], json!(fields), "{name}");
        }
        Ok(row) => {
            assert_eq!(case["verdict"], "accepted", "{name}");
            let imputed: Vec<&str> = row.imputed().map(|column| column.name.as_str()).collect();
            assert_eq!(case["imputed"], json!(imputed), "{name}");
            let warned = row.warnings().map(|warning| warning.column.name.as_str());
            assert_eq!(
                case["warnings"],
                json!(warned.collect::<Vec<_>>()),
                "{name}"
            );
            let wanted = list(&case["features"])
                .iter()
                .map(|number| number.as_f64().unwrap());
            let wanted: Vec<u64> = wanted.map(f64::to_bits).collect();
            let bits = row.features().into_iter().map(f64::to_bits);
            assert_eq!(bits.collect::<Vec<_>>(), wanted, "{name}");
            let written = row.line();
            let read = written
                .split(',')
                .map(|text| text.parse::<f64>().unwrap().to_bits());
            assert_eq!(read.collect::<Vec<_>>(), wanted, "{name}: {written}");
        }
    }
}

#[test]
fn it_is_the_same_contract() {
    let (agreement, contract) = (agreement(), Contract::housing().unwrap());
    assert_eq!(agreement["contract"]["id"], contract.id);
    assert_eq!(agreement["contract"]["version"], contract.version);
    let names: Vec<&str> = contract
        .features
        .iter()
        .map(|feature| feature.name.as_str())
        .collect();
    assert_eq!(agreement["features"], json!(names));
    assert!(list(&agreement["rows"]).len() > 100);
}

#[test]
fn rows_by_their_fields_are_judged_alike() {
    let contract = Contract::housing().unwrap();
    for case in list(&agreement()["rows"]) {
        let fields = case["row"].as_object().unwrap().iter();
        let fields = fields.map(|(name, value)| (name.as_str(), given(value)));
        compare(case, contract.row(purpose(case), fields));
    }
}

#[test]
fn rows_of_cells_are_judged_alike() {
    let contract = Contract::housing().unwrap();
    for case in list(&agreement()["rows"]) {
        // a cell cannot say that `1` is not a number, but a text
        let cells = cells(case["row"].as_object().unwrap());
        let fields = cells.iter().map(|(name, text)| {
            let column = contract.column(name).map(|index| &contract.columns[index]);
            (
                *name,
                column.map_or(Given::Text(text), |column| column.cell(text)),
            )
        });
        compare(case, contract.row(purpose(case), fields));
    }
}

/// The check of a file stops at the first fault, so it names the first of the fields
#[test]
fn rows_in_a_file_are_judged_alike() {
    let mut contract = Contract::housing().unwrap();
    contract.rows = 1..=1;
    for column in &mut contract.columns {
        column.missing_below_percent = None;
    }
    for case in list(&agreement()["rows"]) {
        let mut cells = cells(case["row"].as_object().unwrap());
        let is_asked = |name: &str| name == "median_house_value";
        if purpose(case) == Purpose::Prediction {
            if cells
                .iter()
                .any(|(name, _)| is_asked(name) || !COLUMNS.contains(name))
            {
                continue; // a header with such a column is another test's business
            }
            cells.push(("median_house_value", "200000".into()));
        }
        let row = COLUMNS.map(|column| {
            let cell = cells.iter().find(|(name, _)| *name == column);
            cell.map_or("", |(_, text)| text.as_str())
        });
        let file = format!("{}\n{}\n", COLUMNS.join(","), quoted(&row));
        let mut check = Check::of(&contract, file.len() as u64).unwrap();
        let checked = check.push(file.as_bytes()).and_then(|()| check.finish());
        match checked {
            Ok(_) => assert_eq!(case["verdict"], "accepted", "{}", case["name"]),
            Err(finding) => {
                assert_eq!(case["verdict"], "rejected", "{}: {finding:?}", case["name"]);
                assert_eq!(finding.field.as_deref(), case["fields"][0].as_str());
                assert_ne!(finding.code, Code::Quotes);
            }
        }
    }
}

fn quoted(cells: &[&str]) -> String {
    let cells = cells.iter().map(|cell| match cell.contains([',', '"']) {
        true => format!("\"{}\"", cell.replace('"', "\"\"")),
        false => (*cell).to_owned(),
    });
    cells.collect::<Vec<_>>().join(",")
}

#[test]
fn cells_are_numbers_alike() {
    for case in list(&agreement()["cells"]) {
        let text = case["text"].as_str().unwrap();
        let bits = number(text).map(f64::to_bits);
        assert_eq!(bits, case["number"].as_f64().map(f64::to_bits), "{text:?}");
    }
}
