//! The first thing in a file that is not as the contract says.

use std::fmt;

/// What kind of thing; its name is for programs, and does not change
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Code {
    Empty,
    TooLarge,
    Binary,
    ControlCharacter,
    ByteOrderMark,
    Encoding,
    LineEnd,
    LineTooLong,
    Delimiter,
    Header,
    BlankLine,
    Quotes,
    Cells,
    MissingValue,
    NotANumber,
    OutOfRange,
    ValueNotAllowed,
    RuleBroken,
    DuplicateRow,
    TooFewRows,
    TooManyRows,
    TooManyMissing,
}

impl Code {
    /// Its name
    pub fn name(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooLarge => "too-large",
            Self::Binary => "binary",
            Self::ControlCharacter => "control-character",
            Self::ByteOrderMark => "byte-order-mark",
            Self::Encoding => "encoding",
            Self::LineEnd => "line-end",
            Self::LineTooLong => "line-too-long",
            Self::Delimiter => "delimiter",
            Self::Header => "header",
            Self::BlankLine => "blank-line",
            Self::Quotes => "quotes",
            Self::Cells => "cells",
            Self::MissingValue => "missing-value",
            Self::NotANumber => "not-a-number",
            Self::OutOfRange => "out-of-range",
            Self::ValueNotAllowed => "value-not-allowed",
            Self::RuleBroken => "rule-broken",
            Self::DuplicateRow => "duplicate-row",
            Self::TooFewRows => "too-few-rows",
            Self::TooManyRows => "too-many-rows",
            Self::TooManyMissing => "too-many-missing",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Empty => "the file is empty",
            Self::TooLarge => "the file is larger than the contract allows",
            Self::Binary => "this is no text: it is compressed, or another kind of file",
            Self::ControlCharacter => "there is a control character in a line",
            Self::ByteOrderMark => "the file begins with a byte order mark",
            Self::Encoding => "this is not UTF-8",
            Self::LineEnd => "a line ends with a carriage return alone",
            Self::LineTooLong => "a line is far longer than any row",
            Self::Delimiter => "the cells are separated by another character",
            Self::Header => "the header is not the contract's",
            Self::BlankLine => "there is an empty line",
            Self::Quotes => "the quotes of a cell are not paired",
            Self::Cells => "a row has not as many cells as there are columns",
            Self::MissingValue => "a value is missing that is required",
            Self::NotANumber => "a value is not a number",
            Self::OutOfRange => "a number is outside of its limits",
            Self::ValueNotAllowed => "a text is not among those that there are",
            Self::RuleBroken => "two values of a row contradict each other",
            Self::DuplicateRow => "a row is there twice",
            Self::TooFewRows => "there are fewer rows than the contract wants",
            Self::TooManyRows => "there are more rows than the contract allows",
            Self::TooManyMissing => "more values of a column are missing than the contract allows",
        }
    }
}

/// Something that is not as the contract says. What is quoted from the file is quoted as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What kind of thing
    pub code: Code,
    /// Line of the file, from 1; the header is the first
    pub line: Option<u64>,
    /// Place of the cell in its row, from 1
    pub column: Option<u64>,
    /// Name of the column
    pub field: Option<String>,
    /// What the contract says
    pub expected: Option<String>,
    /// What the file says
    pub found: Option<String>,
}

impl Finding {
    /// Something about the whole file
    pub fn new(code: Code) -> Self {
        Self {
            code,
            line: None,
            column: None,
            field: None,
            expected: None,
            found: None,
        }
    }

    /// In this line
    #[must_use]
    pub fn at(mut self, line: u64) -> Self {
        self.line = Some(line);
        self
    }

    /// In this cell, whose index is from 0
    #[must_use]
    pub fn of(mut self, index: usize, field: &str) -> Self {
        self.column = Some(index as u64 + 1);
        self.field = Some(field.to_owned());
        self
    }

    /// What should be, and what is
    #[must_use]
    pub fn instead(mut self, expected: impl fmt::Display, found: impl fmt::Display) -> Self {
        self.expected = Some(expected.to_string());
        self.found = Some(found.to_string());
        self
    }
}

/// In words, without anything that is quoted from the file
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code.words())?;
        match (self.line, &self.field) {
            (Some(line), Some(field)) => write!(f, ", in line {line}, `{field}`"),
            (Some(line), None) => write!(f, ", in line {line}"),
            (None, Some(field)) => write!(f, ", `{field}`"),
            (None, None) => Ok(()),
        }
    }
}
