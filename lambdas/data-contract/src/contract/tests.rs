//! The contract as it is committed, and texts that are no contract.

use super::*;
use crate::HOUSING;

#[test]
fn this_repository_s_contract_is_understood() {
    let contract = Contract::housing().unwrap();
    assert_eq!(contract.id, "urn:towpath:data-contract:housing");
    assert_eq!(contract.rows, 1_000..=50_000_000);
    assert_eq!(
        (contract.delimiter, contract.maximum_bytes),
        (b',', 5 << 30)
    );
    assert!(!contract.duplicates);
    let names = contract.columns.iter().map(|column| column.name.as_str());
    let names: Vec<&str> = names.collect();
    assert_eq!(
        (names.len(), names[0], names[9]),
        (10, "longitude", "ocean_proximity")
    );
    assert_eq!(
        contract.rules,
        [Rule {
            less: 4,
            greater: 3
        }]
    );
    let bedrooms = Column {
        name: "total_bedrooms".into(),
        description: "Bedrooms in all houses of the block group.".into(),
        required: false,
        missing_below_percent: Some(5.0),
        kind: Kind::Number {
            minimum: 1.0,
            maximum: 20_000.0,
        },
        unit: Some("rooms".into()),
        observed: Some(1.0..=6_445.0),
        capped_at: vec![],
        imputation: Some(Imputation {
            of: 3,
            factor: 0.203_162,
        }),
    };
    assert_eq!(contract.columns[4], bedrooms);
    assert_eq!(contract.target.name, "value");
    assert_eq!(contract.features.len(), 13);
}

#[test]
fn a_rule_that_would_not_be_enforced_is_refused() {
    let duplicates = "mustBe: 0\n        unit: rows\n        arguments:\n          properties: [";
    for (from, to) in [
        ("value: utf-8", "value: latin-1"),
        ("property: encoding", "property: quoting"),
        ("value: \",\"", "value: \"::\""),
        ("value: 5368709120", "value: a lot"),
        (
            "total_bedrooms <= total_rooms",
            "total_bedrooms < total_rooms",
        ),
        ("total_bedrooms <= total_rooms", "bedrooms <= total_rooms"),
        (
            "total_bedrooms <= total_rooms",
            "total_bedrooms <= ocean_proximity",
        ),
        ("metric: rowCount", "metric: rowSum"),
        ("metric: invalidValues", "metric: strangeValues"),
        (&format!("{duplicates}longitude, "), duplicates),
        ("{minimum: 32, maximum: 42.5}", "{minimum: 32}"),
        (
            "{minimum: 32, maximum: 42.5}",
            "{minimum: 32, exclusiveMaximum: 42.5}",
        ),
        (
            "{property: outOfRange, value: warn}",
            "{property: outOfRange, value: refuse}",
        ),
        ("- {property: outOfRange, value: warn}", ""),
        (
            "- {property: unit, value: degrees}",
            "- {property: precision, value: 2}",
        ),
        ("method: ratio", "method: median"),
        ("of: total_rooms", "of: rooms"),
        ("of: total_rooms", "of: total_bedrooms"),
        ("- {property: imputation", "# "),
        ("- name: latitude", "- name: longitude"),
        (
            "transformLogic: longitude,",
            "transformLogic: 2 * longitude,",
        ),
        (
            "transformLogic: longitude,",
            "transformLogic: ocean_proximity,",
        ),
        ("total_rooms / households", "total_rooms / houses"),
        ("median_house_value / 100000", "median_house_value / 0"),
        (
            "ocean_proximity == \"INLAND\"",
            "ocean_proximity == \"INSIDE\"",
        ),
        (
            "transformLogic: population,",
            "transformLogic: median_house_value,",
        ),
        (
            "property: role, value: target",
            "property: role, value: feature",
        ),
        (
            "property: role, value: feature",
            "property: role, value: target",
        ),
        (
            "property: role, value: feature",
            "property: role, value: label",
        ),
    ] {
        let changed = HOUSING.replacen(from, to, 1);
        assert_ne!(changed, HOUSING, "{from}");
        assert!(Contract::parse(&changed).is_err(), "{from} -> {to}");
    }
}
