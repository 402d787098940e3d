//! What holds of any file and any row.

use std::sync::LazyLock;

use data_contract::{Contract, Given, Purpose, number};
use proptest::prelude::*;

use crate::files::check;
use crate::table;

static CONTRACT: LazyLock<Contract> = LazyLock::new(|| {
    let mut contract = Contract::housing().unwrap();
    contract.rows = 1..=1_000;
    contract
});

/// A good file, and at which byte something else is put instead of how many
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let file = table::made(40).into_bytes();
    let length = file.len();
    let bytes = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..6),
        "[-+0-9eE.,;\"\n\r =NaInf\t]{0,6}".prop_map(String::into_bytes),
    ];
    (0..length, 0..8_usize, bytes).prop_map(move |(at, gone, put)| {
        let mut file = file.clone();
        file.splice(at..(at + gone).min(length), put);
        file
    })
}

proptest! {
    #[test]
    fn where_a_file_is_cut_into_pieces_does_not_matter(file in damaged(), pieces in 1..300_usize) {
        prop_assert_eq!(check(&CONTRACT, &file, pieces), check(&CONTRACT, &file, usize::MAX));
    }

    #[test]
    fn whatever_comes_is_answered(file in prop::collection::vec(any::<u8>(), 0..2_000)) {
        prop_assert!(check(&CONTRACT, &file, 7).is_err());
    }

    #[test]
    fn a_cell_is_a_number_where_json_has_one(text in "-?[0-9]{0,3}\\.?[0-9]{0,3}([eE][-+]?[0-9]{0,2})?") {
        let json = serde_json::from_str::<f64>(&text).ok();
        prop_assert_eq!(number(&text).map(f64::to_bits), json.map(f64::to_bits));
    }

    #[test]
    fn a_number_is_the_nearest(mantissa in 0..10_000_000_000_000_000_u64, decimals in 0..17_usize) {
        let text = format!("{mantissa:017}");
        let (whole, fraction) = text.split_at(17 - decimals);
        let whole = whole.trim_start_matches('0');
        let whole = if whole.is_empty() { "0" } else { whole };
        let text = if decimals == 0 { whole.to_owned() } else { format!("-{whole}.{fraction}") };
        prop_assert_eq!(number(&text).map(f64::to_bits), text.parse::<f64>().ok().map(f64::to_bits));
    }

    #[test]
    fn what_is_taken_is_finite(values in prop::collection::vec(any::<f64>(), 8), place in 0..5_usize) {
        let limits = CONTRACT.columns.iter().filter_map(|column| match &column.kind {
            data_contract::Kind::Number { minimum, maximum } => Some((column, minimum, maximum)),
            data_contract::Kind::Text { .. } => None,
        });
        let asked = limits.filter(|(column, ..)| column.name != "median_house_value");
        let numbers = asked.zip(&values).map(|((column, minimum, maximum), value)| {
            // most are within the limits, some are not
            let part = (value.to_bits() >> 11) as f64 / (1_u64 << 53) as f64;
            (column.name.as_str(), Given::Number(minimum + (maximum - minimum) * part * 1.01))
        });
        let data_contract::Kind::Text { allowed } = &CONTRACT.columns[9].kind else { unreachable!() };
        let fields = numbers.chain([("ocean_proximity", Given::Text(&allowed[place]))]);
        if let Ok(row) = CONTRACT.row(Purpose::Prediction, fields) {
            let features = row.features();
            prop_assert!(features.iter().all(|feature| feature.is_finite()));
            let line = row.line();
            let read: Vec<f64> = line.split(',').map(|text| text.parse().unwrap()).collect();
            prop_assert_eq!(read, features);
        }
    }
}
