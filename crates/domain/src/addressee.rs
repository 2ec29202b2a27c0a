use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{DomainName, UserName};

/// For which company an offer is meant, by what the partner knows of it. Whose that is, is asked when somebody
/// answers, and is never told to the partner.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Addressee {
    /// The company that owns this domain.
    Domain(DomainName),
    /// The company that this person is of.
    User(UserName),
}

impl Addressee {
    /// Reads back what [`Display`](fmt::Display) wrote.
    pub fn from_key(key: &str) -> Option<Self> {
        if key.contains('@') {
            UserName::parse(key).ok().map(Self::User)
        } else {
            DomainName::parse(key).ok().map(Self::Domain)
        }
    }
}

impl fmt::Display for Addressee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Domain(name) => name.fmt(f),
            Self::User(name) => name.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn examples() {
        assert!(matches!(Addressee::from_key("Contoso.example"), Some(Addressee::Domain(_))));
        assert!(matches!(Addressee::from_key("mia@contoso.example"), Some(Addressee::User(_))));
        for wrong in ["", "@", "contoso", "mia@contoso", "mia lindqvist"] {
            assert_eq!(Addressee::from_key(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn is_read_back(text in "([a-z.@-]{0,20}|\\PC{0,40})") {
            if let Some(addressee) = Addressee::from_key(&text) {
                prop_assert_eq!(Addressee::from_key(&addressee.to_string()), Some(addressee));
            }
        }
    }
}
