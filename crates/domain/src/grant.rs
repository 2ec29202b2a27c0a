use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What is kept of a grant's life. `Active` can already be past its end, until a job or a new decision says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantState {
    Active,
    Removed,
    Replaced,
    Expired,
}

/// What a grant is at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantStatus {
    Active,
    Removed,
    Replaced,
    Expired,
}

impl GrantState {
    pub const ALL: [Self; 4] = [Self::Active, Self::Removed, Self::Replaced, Self::Expired];

    pub const fn key(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Removed => "removed",
            Self::Replaced => "replaced",
            Self::Expired => "expired",
        }
    }

    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.key() == key)
    }

    pub fn at(self, now: DateTime<Utc>, ends_at: DateTime<Utc>) -> GrantStatus {
        match self {
            Self::Active if now >= ends_at => GrantStatus::Expired,
            Self::Active => GrantStatus::Active,
            Self::Removed => GrantStatus::Removed,
            Self::Replaced => GrantStatus::Replaced,
            Self::Expired => GrantStatus::Expired,
        }
    }

    /// A grant that has ended never comes back: only an active one moves, and only to an end.
    pub fn may_become(self, next: Self) -> bool {
        self == Self::Active && next != Self::Active
    }
}

impl GrantStatus {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::Removed => "Removed",
            Self::Replaced => "Replaced",
            Self::Expired => "Ended",
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn a_grant_over_time() {
        let end = DateTime::from_timestamp(1_000_000, 0).expect("in range");
        let before = end - TimeDelta::microseconds(1);
        assert_eq!(GrantState::Active.at(before, end), GrantStatus::Active);
        assert_eq!(GrantState::Active.at(end, end), GrantStatus::Expired);
        for ended in [GrantState::Removed, GrantState::Replaced, GrantState::Expired] {
            assert_ne!(ended.at(before, end), GrantStatus::Active);
            for next in GrantState::ALL {
                assert!(!ended.may_become(next));
            }
            assert!(GrantState::Active.may_become(ended));
        }
        assert!(!GrantState::Active.may_become(GrantState::Active));
        for state in GrantState::ALL {
            assert_eq!(GrantState::from_key(state.key()), Some(state));
        }
    }
}
