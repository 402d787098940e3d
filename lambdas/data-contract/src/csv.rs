//! A CSV file, checked as it comes: in pieces of any size, one line in memory at a time.
//!
//! No value of the contract has a line break, so a row is a line, and a quote that is not closed in its line is a fault at that line
//! instead of a file that is one cell. What grows with the file is a fingerprint of each row, 16 bytes, to find rows that are there twice.

use std::borrow::Cow;
use std::collections::HashSet;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};

use crate::contract::{Contract, Kind};
use crate::finding::{Code, Finding};
use crate::number::number;

/// Many times the longest row that a contract's columns could make
const LONGEST_LINE: usize = 64 * 1024;
/// What a file begins with that is no text
const MAGIC: [&[u8]; 6] = [
    b"\x1f\x8b",
    b"PK\x03\x04",
    b"PAR1",
    b"\x89PNG",
    b"BZh",
    b"\x28\xb5\x2f\xfd",
];
const MARK: &[u8] = b"\xef\xbb\xbf";
const UTF16: [&[u8]; 2] = [b"\xff\xfe", b"\xfe\xff"];

/// A check that is under way
#[derive(Debug)]
pub struct Check<'c> {
    contract: &'c Contract,
    /// The beginning of a line whose end has not come yet
    line: Vec<u8>,
    /// Lines that have ended
    lines: u64,
    rows: u64,
    missing: Vec<u64>,
    seen: Fingerprints,
}

/// What a file holds that keeps the contract
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// Without the header
    pub rows: u64,
}

#[derive(Debug, Default)]
struct Fingerprints {
    rows: HashSet<u128>,
    keys: [RandomState; 2],
}

/// A value as it is compared with others
enum Cell<'t> {
    Missing,
    Number(f64),
    Text(Cow<'t, str>),
}

impl<'c> Check<'c> {
    /// Of a file that is so many bytes long; those need not have come yet
    ///
    /// # Errors
    /// It is too large to be read at all.
    pub fn of(contract: &'c Contract, bytes: u64) -> Result<Self, Finding> {
        if bytes > contract.maximum_bytes {
            let most = format!("at most {} bytes", contract.maximum_bytes);
            return Err(Finding::new(Code::TooLarge).instead(most, format!("{bytes} bytes")));
        }
        Ok(Self {
            contract,
            line: Vec::new(),
            lines: 0,
            rows: 0,
            missing: vec![0; contract.columns.len()],
            seen: Fingerprints::default(),
        })
    }

    /// Takes the next piece
    ///
    /// # Errors
    /// Something in it is not as the contract says.
    pub fn push(&mut self, mut piece: &[u8]) -> Result<(), Finding> {
        while let Some(end) = piece.iter().position(|byte| *byte == b'\n') {
            let (line, rest) = (&piece[..end], &piece[end + 1..]);
            if self.line.is_empty() && line.len() <= LONGEST_LINE {
                self.take(line)?;
            } else {
                self.keep(line)?;
                let whole = std::mem::take(&mut self.line);
                self.take(&whole)?;
                self.line = whole;
                self.line.clear();
            }
            piece = rest;
        }
        self.keep(piece)
    }

    /// Ends it
    ///
    /// # Errors
    /// The last line, or the whole, is not as the contract says.
    pub fn finish(mut self) -> Result<Summary, Finding> {
        let last = std::mem::take(&mut self.line);
        if !last.is_empty() {
            self.take(&last)?;
        }
        if self.lines == 0 {
            return Err(Finding::new(Code::Empty));
        }
        let least = *self.contract.rows.start();
        if self.rows < least {
            let finding = Finding::new(Code::TooFewRows);
            return Err(finding.instead(format!("at least {least}"), self.rows));
        }
        for (index, column) in self.contract.columns.iter().enumerate() {
            let percent = self.missing[index] as f64 * 100.0 / self.rows.max(1) as f64;
            if let Some(limit) = column
                .missing_below_percent
                .filter(|limit| percent >= *limit)
            {
                let finding = Finding::new(Code::TooManyMissing).of(index, &column.name);
                let found = format!("{percent:.2} percent");
                return Err(finding.instead(format!("less than {limit} percent"), found));
            }
        }
        Ok(Summary { rows: self.rows })
    }

    fn keep(&mut self, part: &[u8]) -> Result<(), Finding> {
        let room = LONGEST_LINE.saturating_sub(self.line.len());
        self.line.extend_from_slice(&part[..part.len().min(room)]);
        if part.len() <= room {
            return Ok(());
        }
        // what it is matters more than that it is long
        let line = std::mem::take(&mut self.line);
        self.text(&line)?;
        let finding = Finding::new(Code::LineTooLong).at(self.lines + 1);
        Err(finding.instead(format!("at most {LONGEST_LINE} bytes"), "more"))
    }

    /// A whole line, without its end
    fn take(&mut self, line: &[u8]) -> Result<(), Finding> {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let text = self.text(line)?;
        self.lines += 1;
        if self.lines == 1 {
            return self.header(text);
        }
        if text.trim().is_empty() {
            return Err(Finding::new(Code::BlankLine).at(self.lines));
        }
        self.row(text)
    }

    /// A line as text; it may be cut in the middle of a character if it is too long
    fn text<'l>(&self, line: &'l [u8]) -> Result<&'l str, Finding> {
        let number = self.lines + 1;
        if self.lines == 0 {
            if MAGIC.iter().any(|magic| line.starts_with(magic)) {
                return Err(Finding::new(Code::Binary));
            }
            if line.starts_with(MARK) {
                return Err(Finding::new(Code::ByteOrderMark).at(1));
            }
            if UTF16.iter().any(|mark| line.starts_with(mark)) {
                return Err(Finding::new(Code::Encoding).instead("UTF-8", "UTF-16"));
            }
        }
        let control = line
            .iter()
            .find(|byte| byte.is_ascii_control() && **byte != b'\t');
        match control {
            None => {}
            Some(0) => return Err(Finding::new(Code::Binary).at(number)),
            Some(b'\r') => return Err(Finding::new(Code::LineEnd).at(number)),
            Some(other) => {
                let finding = Finding::new(Code::ControlCharacter).at(number);
                return Err(finding.instead("text", format!("byte {other:#04x}")));
            }
        }
        match std::str::from_utf8(line) {
            Ok(text) => Ok(text),
            Err(wrong) if wrong.error_len().is_none() && line.len() == LONGEST_LINE => Ok(""),
            Err(_) => {
                let finding = Finding::new(Code::Encoding).at(number);
                Err(finding.instead("UTF-8", "bytes that are not"))
            }
        }
    }

    fn header(&self, text: &str) -> Result<(), Finding> {
        let columns = &self.contract.columns;
        let wanted: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
        let delimiter = char::from(self.contract.delimiter);
        let others = [',', ';', '\t', '|'].into_iter();
        for other in others.filter(|other| *other != delimiter) {
            if text
                .split(other)
                .map(|name| name.trim_matches('"'))
                .eq(wanted.iter().copied())
            {
                let finding = Finding::new(Code::Delimiter).at(1);
                return Err(finding.instead(format!("{delimiter:?}"), format!("{other:?}")));
            }
        }
        let found = cells(text, delimiter).unwrap_or_else(|| vec![Cow::Borrowed(text)]);
        let wrong = (0..wanted.len().max(found.len()))
            .find(|index| found.get(*index).map(Cow::as_ref) != wanted.get(*index).copied());
        let Some(index) = wrong else {
            return Ok(());
        };
        let finding = Finding::new(Code::Header).at(1);
        let expected = wanted.get(index).copied().unwrap_or("no more columns");
        let found = found.get(index).map_or("no more columns", Cow::as_ref);
        Err(finding
            .of(index, wanted.get(index).copied().unwrap_or_default())
            .instead(expected, found))
    }

    fn row(&mut self, text: &str) -> Result<(), Finding> {
        let line = self.lines;
        let contract = self.contract;
        let Some(found) = cells(text, char::from(contract.delimiter)) else {
            return Err(Finding::new(Code::Quotes).at(line));
        };
        if found.len() != contract.columns.len() {
            let finding = Finding::new(Code::Cells).at(line);
            return Err(finding.instead(contract.columns.len(), found.len()));
        }
        self.rows += 1;
        if self.rows > *contract.rows.end() {
            let finding = Finding::new(Code::TooManyRows).at(line);
            return Err(finding.instead(format!("at most {}", contract.rows.end()), "more"));
        }
        let mut values = Vec::with_capacity(found.len());
        for (index, (text, column)) in found.into_iter().zip(&contract.columns).enumerate() {
            let wrong = |code| Finding::new(code).at(line).of(index, &column.name);
            values.push(match &column.kind {
                _ if text.is_empty() && column.required => {
                    return Err(wrong(Code::MissingValue).instead("a value", "nothing"));
                }
                _ if text.is_empty() => {
                    self.missing[index] += 1;
                    Cell::Missing
                }
                Kind::Number { minimum, maximum } => match number(&text) {
                    None => return Err(wrong(Code::NotANumber).instead("a number", text)),
                    Some(value) if !(*minimum..=*maximum).contains(&value) => {
                        let limits = format!("{minimum} to {maximum}");
                        return Err(wrong(Code::OutOfRange).instead(limits, text));
                    }
                    Some(value) => Cell::Number(value),
                },
                Kind::Text { allowed } if !allowed.contains(&text.as_ref().to_owned()) => {
                    return Err(wrong(Code::ValueNotAllowed).instead(allowed.join(" | "), text));
                }
                Kind::Text { .. } => Cell::Text(text),
            });
        }
        for rule in &contract.rules {
            if let (Cell::Number(less), Cell::Number(greater)) =
                (&values[rule.less], &values[rule.greater])
                && less > greater
            {
                let name = &contract.columns[rule.less].name;
                let finding = Finding::new(Code::RuleBroken).at(line).of(rule.less, name);
                let greatest = format!(
                    "at most {}, as {greater}",
                    contract.columns[rule.greater].name
                );
                return Err(finding.instead(greatest, less));
            }
        }
        if !contract.duplicates && !self.seen.is_new(&values) {
            return Err(Finding::new(Code::DuplicateRow).at(line));
        }
        Ok(())
    }
}

impl Fingerprints {
    fn is_new(&mut self, row: &[Cell<'_>]) -> bool {
        let half = |key: &RandomState| {
            let mut hasher = key.build_hasher();
            for cell in row {
                match cell {
                    Cell::Missing => hasher.write_u8(0),
                    Cell::Number(number) => {
                        hasher.write_u8(1);
                        // there are two zeros, and they are the same number
                        hasher.write_u64((number + 0.0).to_bits());
                    }
                    Cell::Text(text) => {
                        hasher.write_u8(2);
                        hasher.write_usize(text.len());
                        hasher.write(text.as_bytes());
                    }
                }
            }
            u128::from(hasher.finish())
        };
        let [one, other] = &self.keys;
        self.rows.insert((half(one) << 64) | half(other))
    }
}

/// The cells of a line; none if its quotes are not paired
fn cells(line: &str, delimiter: char) -> Option<Vec<Cow<'_, str>>> {
    let mut cells = Vec::new();
    let mut rest = line;
    loop {
        let (cell, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted_cell(quoted)?,
            None => {
                let end = rest.find(delimiter).unwrap_or(rest.len());
                let (cell, after) = rest.split_at(end);
                if cell.contains('"') {
                    return None;
                }
                (Cow::Borrowed(cell), after)
            }
        };
        cells.push(cell);
        if after.is_empty() {
            return Some(cells);
        }
        rest = after.strip_prefix(delimiter)?;
    }
}

/// What is inside of the quotes, two of which stand for one, and what is behind them
fn quoted_cell(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let mut end = text.find('"')?;
    if !text[end + 1..].starts_with('"') {
        return Some((Cow::Borrowed(&text[..end]), &text[end + 1..]));
    }
    let mut cell = String::new();
    let mut rest = text;
    loop {
        cell.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        match rest.strip_prefix('"') {
            Some(more) => {
                cell.push('"');
                rest = more;
            }
            None => return Some((Cow::Owned(cell), rest)),
        }
        end = rest.find('"')?;
    }
}

#[cfg(test)]
mod tests;
