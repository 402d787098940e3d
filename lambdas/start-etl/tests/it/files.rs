//! A file that the contract takes, and what can become of it on the way: each kind of damage with the code of its reason.

use std::iter;

/// A table before it is written down
#[derive(Clone)]
pub(crate) struct Table {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

const COLUMNS: [&str; 10] = [
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
const ROWS: usize = 1_200;

impl Table {
    /// As the contract wants it; every row another one
    pub(crate) fn good() -> Self {
        let rows = (0..ROWS).map(|number| {
            let rooms = 500 + number;
            let bedrooms = if number % 97 == 5 {
                String::new()
            } else {
                (rooms / 5).to_string()
            };
            [
                format!("-{}.{:02}", 115 + number % 9, number % 100),
                format!("{}.{:02}", 33 + number % 8, number % 90),
                format!("{}.0", 1 + number % 52),
                format!("{rooms}.0"),
                bedrooms,
                (800 + number).to_string(),
                (200 + number % 300).to_string(),
                format!("{}.{:04}", 1 + number % 9, number),
                (20_000 + 300 * number).to_string(),
                PLACES[number % PLACES.len()].to_owned(),
            ]
            .into()
        });
        Self {
            header: COLUMNS.map(str::to_owned).into(),
            rows: rows.collect(),
        }
    }

    fn text(&self) -> String {
        self.joined(",", "\n")
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.text().into_bytes()
    }

    fn joined(&self, delimiter: &str, end: &str) -> String {
        let lines = iter::once(&self.header).chain(&self.rows);
        lines.map(|cells| cells.join(delimiter) + end).collect()
    }

    /// With one cell of the 700th row changed
    fn with(column: &str, value: &str) -> Vec<u8> {
        let mut table = Self::good();
        let column = COLUMNS.iter().position(|name| *name == column).unwrap();
        table.rows[ROW][column] = value.to_owned();
        table.bytes()
    }

    fn changed(change: impl FnOnce(&mut Self)) -> Vec<u8> {
        let mut table = Self::good();
        change(&mut table);
        table.bytes()
    }

    /// Every row, and the header, changed
    fn each(change: impl Fn(&mut Vec<String>)) -> Vec<u8> {
        Self::changed(|table| {
            iter::once(&mut table.header)
                .chain(&mut table.rows)
                .for_each(change);
        })
    }

    fn with_line(before: usize, line: &str) -> Vec<u8> {
        let text = Self::good().text();
        let mut lines: Vec<&str> = text.lines().collect();
        lines.insert(before, line);
        (lines.join("\n") + "\n").into_bytes()
    }
}

/// Index of the row that is damaged; its line in the file is two more
const ROW: usize = 700;

/// What the contract takes all the same
pub(crate) fn good() -> Vec<(&'static str, Vec<u8>)> {
    let table = Table::good();
    let quoted = |cells: &mut Vec<String>| {
        for cell in cells.iter_mut().filter(|cell| !cell.is_empty()) {
            *cell = format!("\"{cell}\"");
        }
    };
    vec![
        ("as it should be", table.bytes()),
        (
            "lines that end as in Windows",
            table.joined(",", "\r\n").into_bytes(),
        ),
        ("no end of the last line", table.text().trim_end().into()),
        ("everything in quotes", Table::each(quoted)),
        (
            "a number with an exponent",
            Table::with("population", "1.5e3"),
        ),
        (
            "as few rows as allowed",
            Table::changed(|table| table.rows.truncate(1_000)),
        ),
    ]
}

/// (what it is, the file, the code of its reason)
pub(crate) fn bad() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let good = || Table::good().bytes();
    let joined = |delimiter: &str, end: &str| Table::good().joined(delimiter, end).into_bytes();
    let utf16 = |order: fn(u16) -> [u8; 2], mark: &[u8]| {
        let text = Table::good().text();
        [mark.to_vec(), text.encode_utf16().flat_map(order).collect()].concat()
    };
    let before = |mark: &[u8]| [mark, &good()].concat();
    vec![
        // not a table at all
        ("nothing", vec![], "empty"),
        ("spaces only", b"  \n".to_vec(), "header"),
        (
            "compressed with gzip",
            before(b"\x1f\x8b\x08\0\0\0\0\0\0\x03"),
            "binary",
        ),
        (
            "a workbook or another zip",
            before(b"PK\x03\x04\x14\0\x06\0\x08\0\0\0"),
            "binary",
        ),
        ("Parquet", before(b"PAR1\x15\x04\x15\0\x15\0"), "binary"),
        (
            "a picture",
            before(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
            "binary",
        ),
        (
            "JSON",
            br#"[{"longitude": -122.23, "latitude": 37.88}]"#.to_vec(),
            "header",
        ),
        (
            "a page that says that nothing was found",
            b"<!DOCTYPE html>\n<html><body>404</body></html>\n".to_vec(),
            "header",
        ),
        (
            "a pointer of Git LFS",
            b"version https://git-lfs.github.com/spec/v1\noid sha256:8a37\nsize 1423529\n".to_vec(),
            "header",
        ),
        // another encoding
        (
            "UTF-8 with a byte order mark",
            before(b"\xef\xbb\xbf"),
            "byte-order-mark",
        ),
        (
            "UTF-16, least byte first",
            utf16(u16::to_le_bytes, b"\xff\xfe"),
            "encoding",
        ),
        (
            "UTF-16, greatest byte first",
            utf16(u16::to_be_bytes, b"\xfe\xff"),
            "encoding",
        ),
        (
            "UTF-16 without a mark",
            utf16(u16::to_le_bytes, b""),
            "binary",
        ),
        ("Latin-1", latin1(), "encoding"),
        (
            "a character cut in two",
            Table::changed_bytes("ocean_proximity", b"NEAR B\xc3"),
            "encoding",
        ),
        (
            "a zero byte in a cell",
            Table::with("ocean_proximity", "INLAND\0"),
            "binary",
        ),
        (
            "an escape sequence for a terminal",
            Table::with("ocean_proximity", "\u{1b}[31mINLAND"),
            "control-character",
        ),
        // another form
        ("semicolons", joined(";", "\n"), "delimiter"),
        ("tabs", joined("\t", "\n"), "delimiter"),
        ("bars", joined("|", "\n"), "delimiter"),
        (
            "lines that end as on an old Macintosh",
            joined(",", "\r"),
            "line-end",
        ),
        (
            "a quote that is never closed",
            Table::with("ocean_proximity", "\"INLAND"),
            "quotes",
        ),
        (
            "a quote inside of a cell",
            Table::with("ocean_proximity", "IN\"LAND"),
            "quotes",
        ),
        (
            "text after a quote",
            Table::with("ocean_proximity", "\"INLAND\"x"),
            "quotes",
        ),
        (
            "a cell of two million characters",
            Table::with("ocean_proximity", &"x".repeat(2_000_000)),
            "line-too-long",
        ),
        (
            "an empty line between rows",
            Table::with_line(ROW, ""),
            "blank-line",
        ),
        ("empty lines at the end", before_end(b"\n\n"), "blank-line"),
        (
            "a hint for Excel first",
            Table::with_line(0, "sep=,"),
            "header",
        ),
        (
            "a comment first",
            Table::with_line(0, "# exported by hand"),
            "header",
        ),
        // another header
        (
            "no header",
            good()
                .splitn(2, |byte| *byte == b'\n')
                .nth(1)
                .unwrap()
                .to_vec(),
            "header",
        ),
        (
            "a column of another name",
            Table::changed(|table| table.header[3] = "rooms".into()),
            "header",
        ),
        (
            "a header in capitals",
            Table::changed(|table| table.header[0] = "Longitude".into()),
            "header",
        ),
        (
            "a space in the header",
            Table::changed(|table| table.header[1] = " latitude".into()),
            "header",
        ),
        (
            "columns in another order",
            Table::each(|cells| cells.swap(0, 1)),
            "header",
        ),
        (
            "a column that is missing",
            Table::each(|cells| {
                cells.remove(4);
            }),
            "header",
        ),
        (
            "a column too many",
            Table::each(|cells| cells.push("7".into())),
            "header",
        ),
        (
            "a column twice",
            Table::changed(|table| table.header[1] = "longitude".into()),
            "header",
        ),
        (
            "an index as its first column",
            Table::each(|cells| cells.insert(0, String::new())),
            "header",
        ),
        // rows that are no rows of it
        (
            "cut off inside a row",
            good()[..good().len() - 30].to_vec(),
            "cells",
        ),
        (
            "cut off inside the last cell",
            cut_in_the_last_cell(),
            "value-not-allowed",
        ),
        (
            "a row with a cell too many",
            Table::changed(|table| table.rows[ROW].push("1".into())),
            "cells",
        ),
        (
            "a row with a cell too few",
            Table::changed(|table| {
                table.rows[ROW].pop();
            }),
            "cells",
        ),
        (
            "a header and nothing else",
            Table::changed(|table| table.rows.clear()),
            "too-few-rows",
        ),
        (
            "one row too few",
            Table::changed(|table| table.rows.truncate(999)),
            "too-few-rows",
        ),
        (
            "a row twice in a row",
            Table::changed(|table| table.rows[ROW + 1] = table.rows[ROW].clone()),
            "duplicate-row",
        ),
        (
            "a row again much later",
            Table::changed(|table| table.rows[ROW] = table.rows[3].clone()),
            "duplicate-row",
        ),
        // numbers that are none
        ("NaN", Table::with("population", "NaN"), "not-a-number"),
        ("infinity", Table::with("population", "inf"), "not-a-number"),
        (
            "minus infinity",
            Table::with("longitude", "-Infinity"),
            "not-a-number",
        ),
        (
            "larger than any number",
            Table::with("population", "1e999"),
            "not-a-number",
        ),
        ("a word", Table::with("population", "many"), "not-a-number"),
        (
            "a hexadecimal number",
            Table::with("population", "0x10"),
            "not-a-number",
        ),
        (
            "separators of thousands",
            Table::with("population", "\"1,200\""),
            "not-a-number",
        ),
        (
            "a comma for the decimals",
            Table::with("median_income", "\"3,75\""),
            "not-a-number",
        ),
        (
            "a space before a number",
            Table::with("population", " 1200"),
            "not-a-number",
        ),
        (
            "a plus before a number",
            Table::with("population", "+1200"),
            "not-a-number",
        ),
        (
            "zeros before a number",
            Table::with("population", "01200"),
            "not-a-number",
        ),
        (
            "another script's digits",
            Table::with("population", "\u{661}\u{662}\u{660}\u{660}"),
            "not-a-number",
        ),
        // numbers that cannot be
        (
            "degrees west without a sign",
            Table::with("longitude", "122.23"),
            "out-of-range",
        ),
        (
            "latitude and longitude exchanged",
            Table::with("latitude", "-122.23"),
            "out-of-range",
        ),
        ("no rooms", Table::with("total_rooms", "0"), "out-of-range"),
        (
            "fewer than no people",
            Table::with("population", "-5"),
            "out-of-range",
        ),
        (
            "an income in dollars",
            Table::with("median_income", "83252"),
            "out-of-range",
        ),
        (
            "a huge number",
            Table::with("median_house_value", "1e300"),
            "out-of-range",
        ),
        (
            "more bedrooms than rooms",
            Table::with("total_bedrooms", "1900"),
            "rule-broken",
        ),
        // what is missing
        (
            "a required value is missing",
            Table::with("median_income", ""),
            "missing-value",
        ),
        (
            "a missing text",
            Table::with("ocean_proximity", ""),
            "missing-value",
        ),
        (
            "NA for a missing number",
            Table::with("total_bedrooms", "NA"),
            "not-a-number",
        ),
        (
            "one in ten bedrooms is missing",
            Table::changed(|table| {
                table
                    .rows
                    .iter_mut()
                    .step_by(10)
                    .for_each(|cells| cells[4].clear());
            }),
            "too-many-missing",
        ),
        // texts that are not among those that there are
        (
            "an unknown place",
            Table::with("ocean_proximity", "MOON"),
            "value-not-allowed",
        ),
        (
            "a place in small letters",
            Table::with("ocean_proximity", "inland"),
            "value-not-allowed",
        ),
        (
            "a space after a place",
            Table::with("ocean_proximity", "INLAND "),
            "value-not-allowed",
        ),
        (
            "a formula for a place",
            Table::with("ocean_proximity", "=HYPERLINK(0)"),
            "value-not-allowed",
        ),
        (
            "a formula that runs a program",
            Table::with("ocean_proximity", "@SUM(1)*cmd|'/C calc'!A0"),
            "value-not-allowed",
        ),
        (
            "a formula for a number",
            Table::with("population", "=1+1"),
            "not-a-number",
        ),
    ]
}

impl Table {
    fn changed_bytes(column: &str, value: &[u8]) -> Vec<u8> {
        const MARK: &str = "!mark!";
        let file = Self::with(column, MARK);
        let at = file
            .windows(MARK.len())
            .position(|window| window == MARK.as_bytes());
        let at = at.unwrap();
        [&file[..at], value, &file[at + MARK.len()..]].concat()
    }
}

fn latin1() -> Vec<u8> {
    Table::changed_bytes("ocean_proximity", b"CA\xd1ON")
}

fn before_end(end: &[u8]) -> Vec<u8> {
    [&Table::good().bytes(), end].concat()
}

fn cut_in_the_last_cell() -> Vec<u8> {
    let mut file = Table::good().bytes();
    file.truncate(file.len() - 3);
    file
}
