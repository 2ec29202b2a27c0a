use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// Why a number of days cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Enter a whole number from 1 to {most}")]
pub struct DayCountError {
    pub most: u16,
}

/// A whole number of days from 1 to `MOST`. A day is 24 hours, so that no clock change shortens one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DayCount<const MOST: u16>(u16);

/// For how long a grant lasts, in days.
pub type GrantDays = DayCount<730>;

/// Until when an offer's link can be used, in days from its making.
pub type LinkDays = DayCount<90>;

impl<const MOST: u16> DayCount<MOST> {
    pub const MOST: u16 = MOST;

    pub fn new(days: i64) -> Result<Self, DayCountError> {
        match u16::try_from(days) {
            Ok(days) if (1..=MOST).contains(&days) => Ok(Self(days)),
            _ => Err(DayCountError { most: MOST }),
        }
    }

    pub fn parse(text: &str) -> Result<Self, DayCountError> {
        text.trim().parse().map_err(|_| DayCountError { most: MOST }).and_then(Self::new)
    }

    pub const fn get(self) -> u16 {
        self.0
    }

    pub fn after(self, start: DateTime<Utc>) -> DateTime<Utc> {
        start + TimeDelta::days(i64::from(self.0))
    }
}

/// Whole days from `now` until `then`, counted by UTC dates: 0 on the same day, negative when past.
pub fn days_from(now: DateTime<Utc>, then: DateTime<Utc>) -> i64 {
    (then.date_naive() - now.date_naive()).num_days()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn bounds() {
        assert!(GrantDays::parse("0").is_err());
        assert_eq!(GrantDays::parse(" 1 ").map(GrantDays::get), Ok(1));
        assert_eq!(GrantDays::parse("730").map(GrantDays::get), Ok(730));
        for wrong in ["731", "-1", "1.5", "1e2", "", "99999999999999999999", "٣"] {
            assert_eq!(GrantDays::parse(wrong), Err(DayCountError { most: 730 }), "{wrong}");
        }
        assert!(LinkDays::parse("91").is_err());
    }

    proptest! {
        #[test]
        fn an_end_is_as_many_days_away_as_asked(days in 1..=730_i64, second in 0..4_000_000_000_i64) {
            let start = DateTime::from_timestamp(second, 0).expect("in range");
            let end = GrantDays::new(days).expect("in bounds").after(start);
            prop_assert_eq!(days_from(start, end), days);
        }
    }
}
