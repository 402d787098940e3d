//! A delivered table that keeps the contract, made here; and the real one, where there is one.

use std::path::PathBuf;

/// The contract's columns, in its order
pub(crate) const COLUMNS: [&str; 10] = [
    "longitude",
    "latitude",
    "housing_median_age",
    "total_rooms",
    "total_bedrooms",
    "population",
    "households",
    "median_income",
    "median_house_value",
    "ocean_proximity",
];
const PLACES: [&str; 5] = ["<1H OCEAN", "INLAND", "ISLAND", "NEAR BAY", "NEAR OCEAN"];

/// So many rows, each another one, with few bedrooms missing
pub(crate) fn made(rows: usize) -> String {
    let rows = (0..rows).map(|number| {
        let rooms = 500 + number % 20_000;
        let bedrooms = match number % 97 {
            5 => String::new(),
            _ => format!("{}.0", rooms / 5),
        };
        format!(
            "-{}.{:02},{}.{:02},{}.0,{rooms}.0,{bedrooms},{}.0,{}.0,{}.{:04},{}.0,{}\n",
            115 + number % 9,
            number % 100,
            33 + number % 8,
            number % 90,
            1 + number % 52,
            800 + number / 1_000,
            200 + number % 300,
            1 + number % 9,
            number % 10_000,
            20_000 + number % 400_000,
            PLACES[number % PLACES.len()],
        )
    });
    COLUMNS.join(",") + "\n" + &rows.collect::<String>()
}

/// The real file, if this machine has it
pub(crate) fn real() -> Option<Vec<u8>> {
    let path = std::env::var_os("TOWPATH_HOUSING_CSV").map(PathBuf::from)?;
    Some(std::fs::read(path).expect("TOWPATH_HOUSING_CSV names a file"))
}
