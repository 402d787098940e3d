//! Which C library a program asks for, read from the program itself.

/// The newest version of the C library that a program asks for: its dynamic string table holds their names
pub(super) fn newest(program: &[u8]) -> Option<(u32, u32)> {
    const NAME: &[u8] = b"GLIBC_";
    let names = program.windows(NAME.len()).enumerate();
    names
        .filter(|(_, window)| *window == NAME)
        .filter_map(|(start, _)| {
            let rest = &program[start + NAME.len()..];
            let end = rest
                .iter()
                .position(|byte| !matches!(byte, b'0'..=b'9' | b'.'))?;
            // a version ends its string
            let version = std::str::from_utf8(&rest[..end])
                .ok()
                .filter(|_| rest[end] == 0)?;
            let mut numbers = version.split('.').map(str::parse);
            Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
        })
        .max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_version_counts_and_nothing_that_looks_like_one() {
        let program =
            b"\0GLIBC_2.2.5\0GLIBC_2.34\0GLIBC_2.9\0GLIBC_PRIVATE\0about GLIBC_2.99 there\0GLIBC_2";
        assert_eq!(newest(program), Some((2, 34)));
        assert_eq!(newest(b"static"), None);
    }
}
