use std::fmt;

use chrono::{DateTime, Days, NaiveTime, Utc};
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubscriptionKind {
    Trial,
    Paid,
}

/// What is kept of a subscription's life. `Live` can already be past its end, until a job says what came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubscriptionState {
    Live,
    /// A trial in whose place something was bought.
    Converted,
    Expired,
    Canceled,
}

/// What a subscription is at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubscriptionStatus {
    Trial,
    Active,
    /// It ends with its term, and can still be kept on.
    Canceling,
    Expired,
    Canceled,
    Converted,
}

impl SubscriptionKind {
    pub const ALL: [Self; 2] = [Self::Trial, Self::Paid];

    pub const fn key(self) -> &'static str {
        match self {
            Self::Trial => "trial",
            Self::Paid => "paid",
        }
    }

    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.key() == key)
    }
}

impl SubscriptionState {
    pub const ALL: [Self; 4] = [Self::Live, Self::Converted, Self::Expired, Self::Canceled];

    pub const fn key(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Converted => "converted",
            Self::Expired => "expired",
            Self::Canceled => "canceled",
        }
    }

    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.key() == key)
    }

    /// A trial is over at its end, and so is what was canceled. Anything else that was bought goes on into a next term.
    pub fn at(
        self,
        kind: SubscriptionKind,
        cancel_at_end: bool,
        ends_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> SubscriptionStatus {
        let over = now >= ends_at;
        match (self, kind) {
            (Self::Converted, _) => SubscriptionStatus::Converted,
            (Self::Expired, _) => SubscriptionStatus::Expired,
            (Self::Canceled, _) => SubscriptionStatus::Canceled,
            (Self::Live, SubscriptionKind::Trial) if over => SubscriptionStatus::Expired,
            (Self::Live, SubscriptionKind::Trial) => SubscriptionStatus::Trial,
            (Self::Live, SubscriptionKind::Paid) if !cancel_at_end => SubscriptionStatus::Active,
            (Self::Live, SubscriptionKind::Paid) if over => SubscriptionStatus::Canceled,
            (Self::Live, SubscriptionKind::Paid) => SubscriptionStatus::Canceling,
        }
    }
}

impl SubscriptionStatus {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Trial => "Trial",
            Self::Active => "Active",
            Self::Canceling => "Canceling",
            Self::Expired => "Expired",
            Self::Canceled => "Canceled",
            Self::Converted => "Converted",
        }
    }

    /// Whether its licenses can be used.
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Trial | Self::Active | Self::Canceling)
    }
}

impl fmt::Display for SubscriptionStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// So many days before a trial ends both sides are told, and once more on the day. Days are counted in UTC.
pub const TRIAL_NOTICE_DAYS: [i64; 2] = [7, 1];

/// For each notice that a trial ends, in their order: trials that end before this moment are due for it.
pub fn trial_notice_bounds(now: DateTime<Utc>) -> [DateTime<Utc>; 3] {
    let [first, second] = TRIAL_NOTICE_DAYS.map(i64::unsigned_abs);
    [first, second, 0].map(|days| {
        let day = now.date_naive().checked_add_days(Days::new(days + 1)).unwrap_or(chrono::NaiveDate::MAX);
        day.and_time(NaiveTime::MIN).and_utc()
    })
}

/// How many of the notices are due by now. Of several that are due at once, the last says it all.
pub fn trial_notices_due(now: DateTime<Utc>, ends_at: DateTime<Utc>) -> i16 {
    trial_notice_bounds(now).into_iter().map(|bound| i16::from(ends_at < bound)).sum()
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use proptest::prelude::*;

    use super::*;
    use crate::days_from;

    #[test]
    fn a_subscription_over_time() {
        use SubscriptionKind::{Paid, Trial};
        use SubscriptionState::{Canceled, Converted, Expired, Live};
        let end = DateTime::from_timestamp(1_000_000, 0).expect("in range");
        let before = end - TimeDelta::microseconds(1);
        assert_eq!(Live.at(Trial, false, end, before), SubscriptionStatus::Trial);
        assert_eq!(Live.at(Trial, false, end, end), SubscriptionStatus::Expired);
        assert_eq!(Live.at(Paid, false, end, before), SubscriptionStatus::Active);
        assert_eq!(Live.at(Paid, false, end, end), SubscriptionStatus::Active, "it renews");
        assert_eq!(Live.at(Paid, true, end, before), SubscriptionStatus::Canceling);
        assert_eq!(Live.at(Paid, true, end, end), SubscriptionStatus::Canceled);
        for kind in SubscriptionKind::ALL {
            for cancel in [false, true] {
                for now in [before, end] {
                    assert_eq!(Converted.at(kind, cancel, end, now), SubscriptionStatus::Converted);
                    assert_eq!(Expired.at(kind, cancel, end, now), SubscriptionStatus::Expired);
                    assert_eq!(Canceled.at(kind, cancel, end, now), SubscriptionStatus::Canceled);
                    for ended in [Converted, Expired, Canceled] {
                        assert!(!ended.at(kind, cancel, end, now).is_live());
                    }
                }
                assert!(Live.at(kind, cancel, end, before).is_live());
            }
            assert_eq!(SubscriptionKind::from_key(kind.key()), Some(kind));
        }
        for state in SubscriptionState::ALL {
            assert_eq!(SubscriptionState::from_key(state.key()), Some(state));
        }
    }

    proptest! {
        #[test]
        fn notices_are_due_by_days_of_utc(second in 0..4_000_000_000_i64, until in -100_000..1_000_000_i64) {
            let now = DateTime::from_timestamp(second, 0).expect("in range");
            let ends_at = now + TimeDelta::seconds(until);
            let due = match days_from(now, ends_at) {
                ..=0 => 3,
                1 => 2,
                2..=7 => 1,
                _ => 0,
            };
            prop_assert_eq!(trial_notices_due(now, ends_at), due);
        }
    }
}
