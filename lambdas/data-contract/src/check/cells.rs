//! The cells of a line that has quotes in it.

use std::borrow::Cow;

/// The cells of a line; none if its quotes are not paired
pub(super) fn cells(line: &str, delimiter: char) -> Option<Vec<Cow<'_, str>>> {
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
mod tests {
    use super::*;

    #[test]
    fn quotes_are_taken_off_and_have_to_be_paired() {
        let split = |line| {
            let cells = cells(line, ',')?;
            Some(cells.into_iter().map(Cow::into_owned).collect::<Vec<_>>())
        };
        let list = |cells: &[&str]| Some(cells.iter().map(|cell| (*cell).to_owned()).collect());
        assert_eq!(split(""), list(&[""]));
        assert_eq!(split("a,,b,"), list(&["a", "", "b", ""]));
        assert_eq!(split("\"a,b\",\"\",c"), list(&["a,b", "", "c"]));
        assert_eq!(split("\"a\"\"b\"\"\",c"), list(&["a\"b\"", "c"]));
        for wrong in ["\"a", "\"a\"b,c", "a\"b", "\"a\"\"", "\"", "a,\"b"] {
            assert_eq!(split(wrong), None, "{wrong}");
        }
    }
}
