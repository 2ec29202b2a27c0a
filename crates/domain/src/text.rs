use std::{fmt, ops::Deref};

use serde::{Deserialize, Serialize};

/// Why a text cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    #[error("{0}")]
    Empty(&'static str),
    #[error("Use at most {0} characters")]
    TooLong(usize),
    #[error("Leave out characters that are not seen, and line breaks")]
    Control,
}

fn trimmed(text: &str, longest: usize, lines: bool) -> Result<String, TextError> {
    let text = text.trim().replace("\r\n", "\n");
    if text.chars().any(|c| c.is_control() && !(lines && (c == '\n' || c == '\t')) || is_hidden(c)) {
        return Err(TextError::Control);
    }
    if text.chars().count() > longest { Err(TextError::TooLong(longest)) } else { Ok(text) }
}

/// Characters that reorder what follows, or are not seen at all, would let a name pretend to be another (Unicode
/// UTR 36, section 2.6). The two joiners stay: some scripts do not read without them.
fn is_hidden(c: char) -> bool {
    matches!(
        c,
        '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}'
    )
}

macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident: $longest:literal, $lines:literal, $empty:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// In characters, after white space around the text is taken off.
            pub const LONGEST: usize = $longest;

            pub fn parse(text: &str) -> Result<Self, TextError> {
                match trimmed(text, Self::LONGEST, $lines)? {
                    text if !text.chars().any(char::is_alphanumeric) => Err(TextError::Empty($empty)),
                    text => Ok(Self(text)),
                }
            }

            /// `None` where nothing was written.
            pub fn parse_optional(text: &str) -> Result<Option<Self>, TextError> {
                match Self::parse(text) {
                    Err(TextError::Empty(_)) => Ok(None),
                    other => other.map(Some),
                }
            }

            pub fn into_string(self) -> String {
                self.0
            }
        }

        impl Deref for $name {
            type Target = str;

            fn deref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+};
}

texts! {
    /// What a partner calls an offer.
    OfferName: 50, false, "Give the offer a name";
    /// By what a partner finds a sale again in its own books.
    Reference: 50, false, "Enter a reference";
    /// The name by which a person is shown.
    DisplayName: 100, false, "Enter a display name";
    /// A first or last name.
    PersonName: 60, false, "Enter a name";
    /// One line of a company's profile: its name, address or telephone number.
    Line: 200, false, "Enter a name";
    /// A partner's own words to whom an offer is for; lines are kept.
    OfferMessage: 1000, true, "Write a message";
    /// Why a customer declined; lines are kept.
    DeclineReason: 500, true, "Write a reason";
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn trims_counts_characters_and_refuses_what_hides() {
        assert_eq!(OfferName::parse("  Managed IT  ").as_deref(), Ok("Managed IT"));
        assert_eq!(OfferName::parse(" "), Err(TextError::Empty("Give the offer a name")));
        assert_eq!(OfferName::parse(&"ü".repeat(50)).map(|name| name.chars().count()), Ok(50));
        assert_eq!(OfferName::parse(&"ü".repeat(51)), Err(TextError::TooLong(50)));
        assert_eq!(OfferName::parse("a\nb"), Err(TextError::Control));
        assert_eq!(OfferName::parse("a\u{202e}b"), Err(TextError::Control));
        assert_eq!(DisplayName::parse("\u{200b}"), Err(TextError::Control));
        assert_eq!(DisplayName::parse("-.-"), Err(TextError::Empty("Enter a display name")));
        assert_eq!(DeclineReason::parse("a\r\nb").as_deref(), Ok("a\nb"));
        assert_eq!(DeclineReason::parse_optional("  "), Ok(None));
    }

    proptest! {
        #[test]
        fn parsing_twice_changes_nothing(text in ".{0,80}") {
            if let Ok(name) = OfferName::parse(&text) {
                prop_assert_eq!(OfferName::parse(&name), Ok(name));
            }
        }
    }
}
