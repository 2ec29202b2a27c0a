use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What is kept of an offer's life. Expiry is not kept: it follows from the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfferState {
    Open,
    Withdrawn,
}

/// What an offer is at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfferStatus {
    Open,
    Expired,
    Withdrawn,
}

impl OfferState {
    pub const fn key(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Withdrawn => "withdrawn",
        }
    }

    pub fn from_key(key: &str) -> Option<Self> {
        [Self::Open, Self::Withdrawn].into_iter().find(|state| state.key() == key)
    }

    /// A link works until its end, and no longer at that instant.
    pub fn at(self, now: DateTime<Utc>, link_ends_at: DateTime<Utc>) -> OfferStatus {
        match self {
            Self::Withdrawn => OfferStatus::Withdrawn,
            Self::Open if now >= link_ends_at => OfferStatus::Expired,
            Self::Open => OfferStatus::Open,
        }
    }
}

impl OfferStatus {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "Open",
            Self::Expired => "Expired",
            Self::Withdrawn => "Withdrawn",
        }
    }
}

impl fmt::Display for OfferStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn an_offer_over_time() {
        let end = DateTime::from_timestamp(1_000_000, 0).expect("in range");
        let before = end - TimeDelta::microseconds(1);
        assert_eq!(OfferState::Open.at(before, end), OfferStatus::Open);
        assert_eq!(OfferState::Open.at(end, end), OfferStatus::Expired);
        assert_eq!(OfferState::Withdrawn.at(before, end), OfferStatus::Withdrawn);
        assert_eq!(OfferState::Withdrawn.at(end, end), OfferStatus::Withdrawn);
        for state in [OfferState::Open, OfferState::Withdrawn] {
            assert_eq!(OfferState::from_key(state.key()), Some(state));
        }
    }
}
