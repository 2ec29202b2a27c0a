use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a text is not a domain name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DomainNameError {
    #[error("Enter a domain name")]
    Empty,
    #[error("A domain has at least one dot, such as contoso.example")]
    NoDot,
    #[error("This is an IP address. Enter a domain name, such as contoso.example")]
    IpAddress,
    #[error("A domain name has at most 253 characters")]
    TooLong,
    #[error("Each part between the dots has 1 to 63 characters")]
    LabelLength,
    #[error("Use 2 to 40 letters, digits and hyphens")]
    Prefix,
    #[error("A domain name has letters, digits and hyphens only, and no part begins or ends with a hyphen")]
    Character,
}

/// A host name in its ASCII form (RFC 1123, section 2.1; at most 253 octets), in lower case, without a last dot.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DomainName(String);

impl DomainName {
    /// Takes off what people paste around a domain name: a scheme, a user name, a path, a port, a last dot.
    /// What is left can still hold Unicode; the server turns it into ASCII.
    pub fn unwrap_pasted(text: &str) -> &str {
        let text = text.trim();
        let text = text.split_once("://").map_or(text, |(_, rest)| rest);
        let text = text.split(['/', '?', '#']).next().unwrap_or_default();
        let text = text.rsplit_once('@').map_or(text, |(_, rest)| rest);
        let text = match text.rsplit_once(':') {
            Some((host, port)) if !host.contains(':') && port.bytes().all(|b| b.is_ascii_digit()) => host,
            _ => text,
        };
        text.trim_end_matches(['.', '。'])
    }

    /// Parses the ASCII form.
    pub fn parse(text: &str) -> Result<Self, DomainNameError> {
        let text = text.to_ascii_lowercase();
        if text.is_empty() {
            return Err(DomainNameError::Empty);
        }
        if text.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok() {
            return Err(DomainNameError::IpAddress);
        }
        if text.len() > 253 {
            return Err(DomainNameError::TooLong);
        }
        if !text.contains('.') {
            return Err(DomainNameError::NoDot);
        }
        for label in text.split('.') {
            if label.is_empty() || label.len() > 63 {
                return Err(DomainNameError::LabelLength);
            }
            let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
            if !label.bytes().all(allowed) || label.starts_with('-') || label.ends_with('-') {
                return Err(DomainNameError::Character);
            }
        }
        // An address in another notation (RFC 1123, section 2.1: the last label of a host name is not numeric).
        if text.rsplit('.').next().is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit())) {
            return Err(DomainNameError::IpAddress);
        }
        Ok(Self(text))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DomainName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_people_paste() {
        for pasted in [
            "contoso.example",
            " contoso.example. ",
            "https://contoso.example/",
            "http://mia@contoso.example:8080/a?b#c",
            "mia@contoso.example",
        ] {
            assert_eq!(DomainName::unwrap_pasted(pasted), "contoso.example", "{pasted}");
        }
        assert_eq!(DomainName::unwrap_pasted("https://[::1]:80/"), "[::1]:80");
    }

    #[test]
    fn refusals() {
        use DomainNameError::{Character, Empty, IpAddress, LabelLength, NoDot, TooLong};
        let long = ["a".repeat(63), "b".repeat(63), "c".repeat(63), "d".repeat(62)].join(".");
        for (text, error) in [
            ("", Empty),
            ("contoso", NoDot),
            ("192.0.2.1", IpAddress),
            ("[2001:db8::1]", IpAddress),
            ("1.2.3", IpAddress),
            ("a..example", LabelLength),
            (".example", LabelLength),
            ("-a.example", Character),
            ("a-.example", Character),
            ("a_b.example", Character),
            ("a b.example", Character),
            ("bücher.example", Character),
            (long.as_str(), TooLong),
        ] {
            assert_eq!(DomainName::parse(text), Err(error), "{text}");
        }
        assert!(DomainName::parse(&"a".repeat(64).add_example()).is_err());
        assert_eq!(DomainName::parse(&long[..253]).map(|name| name.as_str().len()), Ok(253));
    }

    trait AddExample {
        fn add_example(self) -> String;
    }

    impl AddExample for String {
        fn add_example(self) -> String {
            self + ".example"
        }
    }

    proptest! {
        #[test]
        fn never_panics_and_parses_its_own_output(text in "\\PC{0,300}") {
            if let Ok(name) = DomainName::parse(DomainName::unwrap_pasted(&text)) {
                prop_assert!(name.as_str().len() <= 253);
                prop_assert_eq!(DomainName::parse(name.as_str()), Ok(name));
            }
        }

        #[test]
        fn case_is_no_difference(text in "[a-zA-Z0-9-]{1,20}\\.[a-zA-Z]{2,9}") {
            prop_assert_eq!(DomainName::parse(&text), DomainName::parse(&text.to_ascii_uppercase()));
        }
    }
}
