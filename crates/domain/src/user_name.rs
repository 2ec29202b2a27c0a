use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{DomainName, DomainNameError};

/// Why a text is not a user name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UserNameError {
    #[error("Enter the part before the @")]
    Empty,
    #[error("Use at most 64 characters before the @")]
    TooLong,
    #[error("Use letters a to z, digits, and . - _ between them")]
    Character,
    #[error("A user name looks like ana@contoso.example")]
    NoAt,
    #[error(transparent)]
    Domain(#[from] DomainNameError),
}

/// The part of a user name before the @: 1 to 64 of `a-z 0-9 . - _`, lower case, with a letter or digit at both
/// ends and no two dots together (a dot-atom of RFC 5321 with fewer characters, so that it is safe anywhere).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LocalPart(String);

impl LocalPart {
    pub fn parse(text: &str) -> Result<Self, UserNameError> {
        let text = text.trim().to_ascii_lowercase();
        if text.is_empty() {
            return Err(UserNameError::Empty);
        }
        if text.len() > 64 {
            return Err(UserNameError::TooLong);
        }
        let at_end = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
        let inside = text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'));
        if !inside || !at_end(text.chars().next()) || !at_end(text.chars().next_back()) || text.contains("..") {
            return Err(UserNameError::Character);
        }
        Ok(Self(text))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// By what a person signs in: `ana@contoso.example`. Case makes no difference.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct UserName {
    pub local: LocalPart,
    pub domain: DomainName,
}

impl UserName {
    pub fn parse(text: &str) -> Result<Self, UserNameError> {
        let (local, domain) = text.trim().rsplit_once('@').ok_or(UserNameError::NoAt)?;
        Ok(Self { local: LocalPart::parse(local)?, domain: DomainName::parse(domain)? })
    }
}

impl fmt::Display for UserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.local.0, self.domain)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn examples() {
        assert_eq!(
            UserName::parse(" Ana.Ruiz@Contoso.Example ").map(|name| name.to_string()).as_deref(),
            Ok("ana.ruiz@contoso.example")
        );
        for wrong in [
            "",
            "ana",
            "@contoso.example",
            "ana@",
            ".ana@contoso.example",
            "a..b@contoso.example",
            "a b@contoso.example",
            "ana@contoso",
            "a@b@contoso.example",
            "анна@contoso.example",
        ] {
            assert!(UserName::parse(wrong).is_err(), "{wrong}");
        }
        assert!(LocalPart::parse(&"a".repeat(64)).is_ok());
        assert_eq!(LocalPart::parse(&"a".repeat(65)), Err(UserNameError::TooLong));
    }

    proptest! {
        #[test]
        fn never_panics_and_parses_its_own_output(text in "\\PC{0,100}") {
            if let Ok(name) = UserName::parse(&text) {
                prop_assert_eq!(UserName::parse(&name.to_string()), Ok(name));
            }
        }
    }
}
