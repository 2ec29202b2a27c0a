use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a text is not an email address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("An email address looks like ana@contoso.example")]
pub struct EmailAddressError;

/// An e-mail address that can be written into a header as it is: a dot-atom, an @ and a host name (RFC 5321,
/// section 4.1.2, without quoted strings and address literals; at most 254 octets).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EmailAddress(String);

impl EmailAddress {
    pub fn parse(text: &str) -> Result<Self, EmailAddressError> {
        let text = text.trim();
        let (local, domain) = text.rsplit_once('@').ok_or(EmailAddressError)?;
        let atom = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
        let local_holds = !local.is_empty()
            && local.len() <= 64
            && local.chars().all(atom)
            && !local.starts_with('.')
            && !local.ends_with('.')
            && !local.contains("..");
        if !local_holds || text.len() > 254 {
            return Err(EmailAddressError);
        }
        let domain = crate::DomainName::parse(domain).map_err(|_| EmailAddressError)?;
        Ok(Self(format!("{local}@{domain}")))
    }

    /// `None` where nothing was written.
    pub fn parse_optional(text: &str) -> Result<Option<Self>, EmailAddressError> {
        if text.trim().is_empty() { Ok(None) } else { Self::parse(text).map(Some) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn examples() {
        assert_eq!(
            EmailAddress::parse(" Nina.P+x@Mail.Example").as_ref().map(EmailAddress::as_str),
            Ok("Nina.P+x@mail.example")
        );
        assert_eq!(EmailAddress::parse_optional(" "), Ok(None));
        for wrong in [
            "nina",
            "nina@",
            "@mail.example",
            "n ina@mail.example",
            "nina@mail",
            "a\r\nBcc: b@mail.example",
            "nina@[192.0.2.1]",
        ] {
            assert_eq!(EmailAddress::parse(wrong), Err(EmailAddressError), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn holds_nothing_that_could_start_a_header(text in "\\PC{0,80}@[a-z]{1,9}\\.example") {
            if let Ok(address) = EmailAddress::parse(&text) {
                prop_assert!(address.as_str().bytes().all(|b| b.is_ascii_graphic()));
            }
        }
    }
}
