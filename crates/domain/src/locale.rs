use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// In whose way dates and numbers are written. The words of the pages are American English in each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Locale {
    #[default]
    EnUs,
    EnGb,
    De,
    Fr,
    Nl,
    Es,
    Ja,
}

/// A key that names no locale that is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Choose one of these")]
pub struct UnknownLocale;

impl Locale {
    pub const ALL: [Self; 7] = [Self::EnUs, Self::EnGb, Self::De, Self::Fr, Self::Nl, Self::Es, Self::Ja];

    /// A language tag (RFC 5646).
    pub const fn key(self) -> &'static str {
        match self {
            Self::EnUs => "en-US",
            Self::EnGb => "en-GB",
            Self::De => "de",
            Self::Fr => "fr",
            Self::Nl => "nl",
            Self::Es => "es",
            Self::Ja => "ja",
        }
    }

    /// As those who speak it call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::EnUs => "English (US)",
            Self::EnGb => "English (UK)",
            Self::De => "Deutsch",
            Self::Fr => "Français",
            Self::Nl => "Nederlands",
            Self::Es => "Español",
            Self::Ja => "日本語",
        }
    }
}

impl FromStr for Locale {
    type Err = UnknownLocale;

    fn from_str(key: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|locale| locale.key() == key).ok_or(UnknownLocale)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_found_by_its_key() {
        for locale in Locale::ALL {
            assert_eq!(locale.key().parse(), Ok(locale));
        }
        assert_eq!("de-AT".parse::<Locale>(), Err(UnknownLocale));
    }
}
