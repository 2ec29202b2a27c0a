/// What a name is sorted by: both engines compare its bytes, so they agree.
pub fn sort_key(name: &str) -> String {
    name.trim().to_lowercase()
}

const LONGEST_TERM: usize = 40;
const MOST_TERMS: usize = 16;

/// The words of a text, in lower case, by whose beginnings it is found.
pub fn search_terms(text: &str) -> Vec<String> {
    let mut terms: Vec<String> = text
        .to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| word.chars().take(LONGEST_TERM).collect())
        .collect();
    terms.sort_unstable();
    terms.dedup();
    terms.truncate(MOST_TERMS);
    terms
}

/// For each word that was searched, the first term that it finds and the first that it does not: `from ≤ term < to`.
pub fn search_prefixes(query: &str) -> Vec<(String, String)> {
    let mut words = search_terms(query);
    words.truncate(4);
    words
        .into_iter()
        .map(|word| {
            // Above every code point that a term can continue with.
            let to = format!("{word}\u{10ffff}");
            (word, to)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words() {
        assert_eq!(search_terms("Zoë O’Neil, zoë"), ["neil", "o", "zoë"]);
        assert_eq!(search_terms("contoso-labs.example"), ["contoso", "example", "labs"]);
        assert!(search_prefixes(" .@ ").is_empty());
    }

    proptest! {
        #[test]
        fn a_word_is_found_by_each_of_its_beginnings(word in "\\w{1,12}", cut in 1..12_usize) {
            let beginning: String = word.chars().take(cut).collect();
            let terms = search_terms(&word);
            for (from, to) in search_prefixes(&beginning) {
                prop_assert!(terms.iter().any(|term| *term >= from && *term < to), "{:?} in {:?}", from, terms);
            }
        }
    }
}
