//! A message as a `mailto:` URL (RFC 6068).

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Some mail programs and operating systems cut longer ones off without a word.
const LONGEST: usize = 1_900;

/// All but the unreserved characters of RFC 3986: a `+` would be read as a space by some.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mailto {
    pub url: String,
    /// Whether the shorter text took the place of the text.
    pub is_shortened: bool,
}

/// A message to whomever the sender chooses. Where the text is too long for a URL, the shorter one is taken, and of the
/// subject as much as fits beside it.
pub fn mailto(subject: &str, text: &str, shorter: &str) -> Mailto {
    let url = joined(&encoded(subject), &body(text));
    if url.len() <= LONGEST {
        return Mailto { url, is_shortened: false };
    }
    let shorter = body(shorter);
    let room = LONGEST.saturating_sub(joined("", &shorter).len());
    Mailto { url: joined(&encoded_beginning(subject, room), &shorter), is_shortened: true }
}

fn joined(subject: &str, body: &str) -> String {
    format!("mailto:?subject={subject}&body={body}")
}

/// Lines of a mail end with CR LF.
fn body(text: &str) -> String {
    encoded(&text.replace("\r\n", "\n").replace('\r', "\n").replace('\n', "\r\n"))
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

/// As many whole characters as fit.
fn encoded_beginning(text: &str, most: usize) -> String {
    let mut beginning = String::new();
    for character in text.chars() {
        let character = encoded(character.encode_utf8(&mut [0; 4]));
        if beginning.len() + character.len() > most {
            break;
        }
        beginning.push_str(&character);
    }
    beginning
}

#[cfg(test)]
mod tests {
    use percent_encoding::percent_decode_str;
    use proptest::prelude::*;

    use super::*;

    const SHORTER: &str = "Open this link:\nhttps://mandate.example/o/abc_DEF-123";

    fn field(url: &str, name: &str) -> String {
        let (_, query) = url.split_once('?').expect("a query");
        let fields = query.split('&').filter_map(|field| field.split_once('='));
        let value = fields.filter(|(key, _)| *key == name).map(|(_, value)| value).next().expect("the field");
        percent_decode_str(value).decode_utf8().expect("UTF-8").into_owned()
    }

    #[test]
    fn is_encoded_as_rfc_6068_says() {
        assert_eq!(
            mailto("Grüße & 1+1", "a\nb\r\nc\rd?", SHORTER).url,
            "mailto:?subject=Gr%C3%BC%C3%9Fe%20%26%201%2B1&body=a%0D%0Ab%0D%0Ac%0D%0Ad%3F"
        );
    }

    #[test]
    fn a_text_that_is_too_long_gives_way() {
        let fitting = "a".repeat(LONGEST - "mailto:?subject=&body=".len());
        assert!(!mailto("", &fitting, SHORTER).is_shortened);
        let mail = mailto("Ümlaut", &"ü".repeat(3_000), SHORTER);
        assert!(mail.is_shortened);
        assert_eq!(field(&mail.url, "subject"), "Ümlaut");
        assert_eq!(field(&mail.url, "body"), SHORTER.replace('\n', "\r\n"));
    }

    proptest! {
        #[test]
        fn is_never_longer_and_always_whole(subject in any::<String>(), text in any::<String>(), times in 1..40_usize) {
            let (subject, text) = (subject.repeat(times), text.repeat(times));
            let mail = mailto(&subject, &text, SHORTER);
            prop_assert!(mail.url.len() <= LONGEST);
            prop_assert!(mail.url.is_ascii());
            let lines = |text: &str| text.replace("\r\n", "\n").replace('\r', "\n").replace('\n', "\r\n");
            let kept = field(&mail.url, "subject");
            if mail.is_shortened {
                prop_assert_eq!(field(&mail.url, "body"), lines(SHORTER));
                prop_assert!(subject.starts_with(&kept));
            } else {
                prop_assert_eq!(field(&mail.url, "body"), lines(&text));
                prop_assert_eq!(kept, subject);
            }
        }
    }
}
