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

/// What came of an offer for one company. Of one for any number of customers, each has its own answer, and this stays
/// `None`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfferAnswer {
    None,
    /// It can still be changed.
    Declined,
    Used,
}

/// What an offer is at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfferStatus {
    Open,
    UsedUp,
    Declined,
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

    /// A link works until its end, and no longer at that instant. A decline leaves a withdrawn or expired offer as it
    /// is.
    pub fn at(self, answer: OfferAnswer, now: DateTime<Utc>, link_ends_at: DateTime<Utc>) -> OfferStatus {
        match (self, answer) {
            (Self::Withdrawn, _) => OfferStatus::Withdrawn,
            (Self::Open, OfferAnswer::Used) => OfferStatus::UsedUp,
            (Self::Open, _) if now >= link_ends_at => OfferStatus::Expired,
            (Self::Open, OfferAnswer::Declined) => OfferStatus::Declined,
            (Self::Open, OfferAnswer::None) => OfferStatus::Open,
        }
    }
}

impl OfferAnswer {
    pub const ALL: [Self; 3] = [Self::None, Self::Declined, Self::Used];

    pub const fn key(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Declined => "declined",
            Self::Used => "used",
        }
    }

    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|answer| answer.key() == key)
    }
}

impl OfferStatus {
    pub const ALL: [Self; 5] = [Self::Open, Self::UsedUp, Self::Declined, Self::Expired, Self::Withdrawn];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "Open",
            Self::UsedUp => "Used up",
            Self::Declined => "Declined",
            Self::Expired => "Expired",
            Self::Withdrawn => "Withdrawn",
        }
    }

    /// As an address says it.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::UsedUp => "used-up",
            Self::Declined => "declined",
            Self::Expired => "expired",
            Self::Withdrawn => "withdrawn",
        }
    }

    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.key() == key)
    }

    /// Whether it can be answered: a decline can be changed.
    pub const fn can_be_answered(self) -> bool {
        matches!(self, Self::Open | Self::Declined)
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
        use OfferAnswer::{Declined, None, Used};
        let end = DateTime::from_timestamp(1_000_000, 0).expect("in range");
        let before = end - TimeDelta::microseconds(1);
        assert_eq!(OfferState::Open.at(None, before, end), OfferStatus::Open);
        assert_eq!(OfferState::Open.at(None, end, end), OfferStatus::Expired);
        assert_eq!(OfferState::Open.at(Declined, before, end), OfferStatus::Declined);
        assert_eq!(OfferState::Open.at(Declined, end, end), OfferStatus::Expired);
        assert_eq!(OfferState::Open.at(Used, before, end), OfferStatus::UsedUp);
        assert_eq!(OfferState::Open.at(Used, end, end), OfferStatus::UsedUp);
        for answer in OfferAnswer::ALL {
            assert_eq!(OfferState::Withdrawn.at(answer, before, end), OfferStatus::Withdrawn);
            assert_eq!(OfferState::Withdrawn.at(answer, end, end), OfferStatus::Withdrawn);
            assert_eq!(OfferAnswer::from_key(answer.key()), Some(answer));
        }
        for state in [OfferState::Open, OfferState::Withdrawn] {
            assert_eq!(OfferState::from_key(state.key()), Some(state));
        }
        for status in OfferStatus::ALL {
            assert_eq!(OfferStatus::from_key(status.key()), Some(status));
        }
    }
}
