//! Rows as the API is given them.

use super::*;

const GOOD: [(&str, Given<'_>); 9] = [
    ("ocean_proximity", Given::Text("INLAND")),
    ("longitude", Given::Number(-121.5)),
    ("latitude", Given::Number(38.25)),
    ("housing_median_age", Given::Number(30.0)),
    ("total_rooms", Given::Number(2_000.0)),
    ("total_bedrooms", Given::Number(400.0)),
    ("population", Given::Number(1_200.0)),
    ("households", Given::Number(380.0)),
    ("median_income", Given::Number(3.75)),
];

fn with(name: &'static str, given: Given<'static>) -> Vec<(&'static str, Given<'static>)> {
    let others = GOOD.into_iter().filter(|(other, _)| *other != name);
    others.chain([(name, given)]).collect()
}

fn violations(fields: Vec<(&str, Given<'_>)>) -> Vec<String> {
    let contract = Contract::housing().unwrap();
    let wrong = contract.row(Purpose::Prediction, fields).unwrap_err();
    let texts = wrong
        .iter()
        .map(|wrong| format!("{} {}", wrong.field, wrong.detail));
    texts.collect()
}

#[test]
fn the_order_of_the_fields_is_not_the_order_of_the_features() {
    let contract = Contract::housing().unwrap();
    let row = contract.row(Purpose::Prediction, GOOD).unwrap();
    assert_eq!(
        row.line(),
        "-121.5,38.25,30,3.75,1200,5.2631578947368425,1.0526315789473684,3.1578947368421053,0,1,0,0,0"
    );
    assert_eq!(row.imputed().count() + row.warnings().count(), 0);
}

#[test]
fn every_field_at_fault_is_named_with_what_is_wrong() {
    let mut fields = with("longitude", Given::Number(122.23));
    fields.retain(|(name, _)| *name != "households");
    fields.push(("latitude", Given::Number(1.0)));
    fields.push(("Rooms", Given::Missing));
    fields.push(("median_house_value", Given::Number(1.0)));
    fields.push(("Rooms", Given::Missing));
    assert_eq!(
        violations(fields),
        [
            "longitude 122.23 is not within -125 to -114",
            "latitude is given twice",
            "households a value is required",
            "Rooms is not a field of the contract",
            "median_house_value is what is to be predicted",
        ]
    );
    assert_eq!(
        violations(with("ocean_proximity", Given::Text("LAKE"))),
        [
            "ocean_proximity must be one of `<1H OCEAN`, `INLAND`, `ISLAND`, `NEAR BAY`, `NEAR OCEAN`"
        ]
    );
    assert_eq!(
        violations(with("ocean_proximity", Given::Number(1.0))),
        ["ocean_proximity must be a text, not a number"]
    );
    assert_eq!(
        violations(with("population", Given::Other("an array"))),
        ["population must be a number, not an array"]
    );
    assert_eq!(
        violations(with("total_bedrooms", Given::Number(2_000.5))),
        ["total_bedrooms 2000.5 is more than `total_rooms`, which is 2000"]
    );
    assert_eq!(
        violations(with("population", Given::Number(f64::NAN))),
        ["population NaN is not within 1 to 100000"]
    );
}

#[test]
fn an_estimate_gives_no_warning_and_what_it_is_made_of_does() {
    let contract = Contract::housing().unwrap();
    let mut fields = with("total_rooms", Given::Number(100_000.0));
    fields.retain(|(name, _)| *name != "total_bedrooms");
    let row = contract.row(Purpose::Prediction, fields).unwrap();
    let imputed: Vec<&str> = row.imputed().map(|column| column.name.as_str()).collect();
    let warned: Vec<&str> = row
        .warnings()
        .map(|warning| warning.column.name.as_str())
        .collect();
    assert_eq!(
        (imputed, warned),
        (vec!["total_bedrooms"], vec!["total_rooms"])
    );
    assert_eq!(row.features()[6], 100_000.0 * 0.203_162 / 380.0);
}
