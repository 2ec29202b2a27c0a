use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{DomainName, DomainNameError};

/// The first label of the domain that every company gets under the platform's: 2 to 40 of `a-z 0-9 -`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DomainPrefix(String);

impl DomainPrefix {
    pub fn parse(text: &str) -> Result<Self, DomainNameError> {
        let text = text.trim().to_ascii_lowercase();
        if text.contains('.') || !(2..=40).contains(&text.len()) {
            return Err(DomainNameError::Prefix);
        }
        DomainName::parse(&format!("{text}.example"))?;
        Ok(Self(text))
    }

    pub fn under(&self, platform: &DomainName) -> Result<DomainName, DomainNameError> {
        DomainName::parse(&format!("{}.{platform}", self.0))
    }
}

impl fmt::Display for DomainPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes() {
        assert_eq!(DomainPrefix::parse(" Contoso ").map(|prefix| prefix.to_string()).as_deref(), Ok("contoso"));
        for wrong in ["", "c", "a.b", "-a", "a_b", &"a".repeat(41)] {
            assert!(DomainPrefix::parse(wrong).is_err(), "{wrong}");
        }
    }
}
