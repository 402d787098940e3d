//! What must not be seen: secrets that are taken out of everything that is said.

const SHOWN: &str = "***";
/// A shorter text is no secret that could be told from ordinary words.
const SHORTEST: usize = 4;

/// The secrets of a run. Its debug form shows how many, never which.
#[derive(Default)]
pub(crate) struct Masks(Vec<String>);

impl Masks {
    /// Adds a secret, and each of its lines; says which texts are new.
    pub(crate) fn add(&mut self, secret: &str) -> Vec<String> {
        let whole = std::iter::once(secret.trim());
        let mut added = Vec::new();
        for text in whole.chain(secret.lines().map(str::trim)) {
            if text.len() >= SHORTEST && !self.0.iter().any(|known| known == text) {
                self.0.push(text.to_owned());
                added.push(text.to_owned());
            }
        }
        // the longest first, so that no part of a secret stays behind
        self.0.sort_by_key(|text| std::cmp::Reverse(text.len()));
        added
    }

    pub(crate) fn apply(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, secret| {
            text.replace(secret.as_str(), SHOWN)
        })
    }
}

impl std::fmt::Debug for Masks {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} masks", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_out_a_secret_and_each_of_its_lines() {
        let mut masks = Masks::default();
        assert_eq!(masks.add("first line\nsecond line").len(), 3);
        masks.add("first line and more");
        masks.add("abc");
        assert_eq!(
            masks.apply("abc first line and more, second line"),
            "abc ***, ***"
        );
        assert_eq!(format!("{masks:?}"), "4 masks");
    }
}
