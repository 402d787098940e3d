//! Files that are delivered, and what is said about those that are none.

use super::*;

const HEADER: &str = "longitude,latitude,housing_median_age,total_rooms,total_bedrooms,population,\
    households,median_income,median_house_value,ocean_proximity\n";

fn contract() -> Contract {
    let mut contract = Contract::housing().unwrap();
    contract.rows = 1..=3;
    contract
}

fn row(number: usize) -> String {
    format!("-122.23,37.{number},41,880,129,322,126,8.3252,452600,NEAR BAY\n")
}

fn checked(file: &[u8], pieces: usize) -> Result<Summary, Finding> {
    let contract = contract();
    let mut check = Check::of(&contract, file.len() as u64)?;
    for piece in file.chunks(pieces) {
        check.push(piece)?;
    }
    check.finish()
}

fn finding(file: &str) -> Finding {
    checked(file.as_bytes(), usize::MAX).unwrap_err()
}

#[test]
fn it_does_not_matter_where_a_file_is_cut_into_pieces() {
    let good = format!("{HEADER}{}{}", row(1), row(2)).replace('\n', "\r\n");
    let bad = good.replace("37.2", "\"3\u{661}\"");
    for pieces in 1..200 {
        assert_eq!(checked(good.as_bytes(), pieces), Ok(Summary { rows: 2 }));
        let finding = checked(bad.as_bytes(), pieces).unwrap_err();
        assert_eq!((finding.code, finding.line), (Code::NotANumber, Some(3)));
    }
}

#[test]
fn a_finding_says_where_and_what_instead_of_what() {
    let finding = finding(&format!("{HEADER}{}", row(1).replace("-122.23", "122.23")));
    let expected = Finding {
        code: Code::OutOfRange,
        line: Some(2),
        column: Some(1),
        field: Some("longitude".into()),
        expected: Some("-125 to -114".into()),
        found: Some("122.23".into()),
    };
    assert_eq!(finding, expected);
    assert_eq!(
        finding.to_string(),
        "a number is outside of its limits, in line 2, `longitude`"
    );
}

#[test]
fn the_same_numbers_written_otherwise_are_the_same_row() {
    let again = row(1)
        .replace("41,", "4.1e1,")
        .replace("NEAR BAY", "\"NEAR BAY\"");
    let finding = finding(&format!("{HEADER}{}{again}", row(1)));
    assert_eq!((finding.code, finding.line), (Code::DuplicateRow, Some(3)));
}

#[test]
fn a_row_too_many_is_noticed_at_that_row() {
    let rows: String = (1..=9).map(row).collect();
    let finding = finding(&format!("{HEADER}{rows}"));
    assert_eq!((finding.code, finding.line), (Code::TooManyRows, Some(5)));
}

#[test]
fn what_is_too_large_is_not_read() {
    let contract = contract();
    let finding = Check::of(&contract, (5 << 30) + 1).unwrap_err();
    assert_eq!(finding.code, Code::TooLarge);
    assert!(Check::of(&contract, 5 << 30).is_ok());
}

#[test]
fn a_line_without_end_takes_no_memory() {
    let contract = contract();
    let mut check = Check::of(&contract, 1).unwrap();
    let piece = [b'x'; 4096];
    let finding = (0..).find_map(|_| check.push(&piece).err());
    assert_eq!(finding.unwrap().code, Code::LineTooLong);
    assert!(check.line.capacity() <= 2 * LONGEST_LINE);
}
