//! A CSV file, checked as it comes: in pieces of any size, one line in memory at a time.
//!
//! No value of the contract has a line break, so a row is a line, and a quote that is not closed in its line is a fault at that
//! line instead of a file that is one cell. (The usual readers of CSV are made to take such things as well as they can.)
//! What grows with the file is a fingerprint of each row, to find rows that are there twice: see [`fingerprints`].

mod cells;
mod fingerprints;

use std::borrow::Cow;

use memchr::{memchr, memchr_iter};

use self::cells::cells;
use self::fingerprints::Fingerprints;
use crate::contract::{Column, Contract, Kind};
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
    /// The row at hand
    values: Vec<Value>,
    seen: Fingerprints,
}

/// What a file holds that keeps the contract
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// Without the header
    pub rows: u64,
}

/// A value as it is compared with others
#[derive(Debug, Clone, Copy)]
enum Value {
    Missing,
    Number(f64),
    /// Its place among those that are allowed
    Text(usize),
}

impl<'c> Check<'c> {
    /// Of a file that is so many bytes long; those need not have come yet
    ///
    /// # Errors
    /// It is too large to be read at all.
    pub fn of(contract: &'c Contract, bytes: u64) -> Result<Self, Finding> {
        if bytes > contract.maximum_bytes {
            let most = format!("at most {} bytes", contract.maximum_bytes);
            let found = format!("{bytes} bytes");
            return Err(Finding::new(Code::TooLarge).instead(most, found));
        }
        Ok(Self {
            contract,
            line: Vec::new(),
            lines: 0,
            rows: 0,
            missing: vec![0; contract.columns.len()],
            values: Vec::with_capacity(contract.columns.len()),
            seen: Fingerprints::default(),
        })
    }

    /// Takes the next piece
    ///
    /// # Errors
    /// Something in it is not as the contract says.
    pub fn push(&mut self, mut piece: &[u8]) -> Result<(), Finding> {
        while let Some(end) = memchr(b'\n', piece) {
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
            let limit = column.missing_below_percent;
            if let Some(limit) = limit.filter(|limit| percent >= *limit) {
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
        if memchr(b'"', line).is_some() {
            let Some(cells) = cells(text, char::from(self.contract.delimiter)) else {
                return Err(Finding::new(Code::Quotes).at(self.lines));
            };
            return self.row(cells.len(), cells.into_iter());
        }
        let delimiter = self.contract.delimiter;
        let count = memchr_iter(delimiter, line).count() + 1;
        self.row(count, text.split(char::from(delimiter)).map(Cow::Borrowed))
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
        let is_control = |byte: u8| byte.is_ascii_control() && byte != b'\t';
        // looked at to the end, so that the compiler takes many bytes at once
        if line
            .iter()
            .fold(false, |found, byte| found | is_control(*byte))
        {
            return Err(match line.iter().find(|byte| is_control(**byte)) {
                Some(b'\r') => Finding::new(Code::LineEnd).at(number),
                None | Some(0) => Finding::new(Code::Binary).at(number),
                Some(other) => Finding::new(Code::ControlCharacter)
                    .at(number)
                    .instead("text", format!("byte {other:#04x}")),
            });
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
            let names = text.split(other).map(|name| name.trim_matches('"'));
            if names.eq(wanted.iter().copied()) {
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
        let expected = wanted.get(index).copied();
        let found = found.get(index).map_or("no more columns", Cow::as_ref);
        Err(finding
            .of(index, expected.unwrap_or_default())
            .instead(expected.unwrap_or("no more columns"), found))
    }

    fn row<'t>(
        &mut self,
        count: usize,
        cells: impl Iterator<Item = Cow<'t, str>>,
    ) -> Result<(), Finding> {
        let (line, contract) = (self.lines, self.contract);
        if count != contract.columns.len() {
            let finding = Finding::new(Code::Cells).at(line);
            return Err(finding.instead(contract.columns.len(), count));
        }
        self.rows += 1;
        if self.rows > *contract.rows.end() {
            let finding = Finding::new(Code::TooManyRows).at(line);
            return Err(finding.instead(format!("at most {}", contract.rows.end()), "more"));
        }
        self.values.clear();
        for (index, (text, column)) in cells.zip(&contract.columns).enumerate() {
            let value = value(column, &text)
                .map_err(|(code, expected)| wrong(code, &expected, &text).at(line))
                .map_err(|finding| finding.of(index, &column.name))?;
            if matches!(value, Value::Missing) {
                self.missing[index] += 1;
            }
            self.values.push(value);
        }
        for rule in &contract.rules {
            if let (Value::Number(less), Value::Number(greater)) =
                (self.values[rule.less], self.values[rule.greater])
                && less > greater
            {
                let name = &contract.columns[rule.less].name;
                let finding = Finding::new(Code::RuleBroken).at(line).of(rule.less, name);
                let other = &contract.columns[rule.greater].name;
                return Err(finding.instead(format!("at most {other}, as {greater}"), less));
            }
        }
        if !contract.duplicates && !self.seen.is_new(&self.values) {
            return Err(Finding::new(Code::DuplicateRow).at(line));
        }
        Ok(())
    }
}

/// What a cell holds; if it may not, why not, and what it should
fn value(column: &Column, text: &str) -> Result<Value, (Code, String)> {
    match &column.kind {
        _ if text.is_empty() && column.required => Err((Code::MissingValue, "a value".into())),
        _ if text.is_empty() => Ok(Value::Missing),
        Kind::Number { minimum, maximum } => match number(text) {
            None => Err((Code::NotANumber, "a number".into())),
            Some(value) if !(*minimum..=*maximum).contains(&value) => {
                Err((Code::OutOfRange, format!("{minimum} to {maximum}")))
            }
            Some(value) => Ok(Value::Number(value)),
        },
        Kind::Text { allowed } => match allowed.iter().position(|known| known == text) {
            None => Err((Code::ValueNotAllowed, allowed.join(" | "))),
            Some(place) => Ok(Value::Text(place)),
        },
    }
}

fn wrong(code: Code, expected: &str, text: &str) -> Finding {
    let found = if text.is_empty() { "nothing" } else { text };
    Finding::new(code).instead(expected, found)
}

#[cfg(test)]
mod tests;
