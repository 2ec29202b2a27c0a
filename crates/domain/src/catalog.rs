use std::fmt;

use chrono::{DateTime, Months, Utc};
use serde::{Deserialize, Serialize};

use crate::DayCount;

/// For how long a price pays, and after which time a subscription renews.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Term {
    Monthly,
    Yearly,
}

impl Term {
    pub const ALL: [Self; 2] = [Self::Monthly, Self::Yearly];

    pub const fn key(self) -> &'static str {
        match self {
            Self::Monthly => "monthly",
            Self::Yearly => "yearly",
        }
    }

    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|term| term.key() == key)
    }

    pub const fn name(self) -> &'static str {
        match self {
            Self::Monthly => "Monthly",
            Self::Yearly => "Yearly",
        }
    }

    /// To be read after a price and *per*.
    pub const fn per(self) -> &'static str {
        match self {
            Self::Monthly => "month",
            Self::Yearly => "year",
        }
    }

    const fn months(self) -> u32 {
        match self {
            Self::Monthly => 1,
            Self::Yearly => 12,
        }
    }

    /// The same day of a later month, or its last where it is shorter.
    pub fn after(self, start: DateTime<Utc>) -> DateTime<Utc> {
        self.end(start, 1)
    }

    /// The end of the term that lasts at a time, of terms that follow each other from a start. Counted from the start
    /// each time: what began on the 31st ends on the 31st again after a shorter month.
    pub fn end_after(self, start: DateTime<Utc>, time: DateTime<Utc>) -> DateTime<Utc> {
        // No term is longer than so many days: this many have passed at least.
        let longest = i64::from(self.months()) * 31;
        let passed = u32::try_from((time - start).num_days() / longest).unwrap_or(0);
        let mut terms = passed + 1;
        let mut end = self.end(start, terms);
        while end <= time && end < DateTime::<Utc>::MAX_UTC {
            terms += 1;
            end = self.end(start, terms);
        }
        end
    }

    fn end(self, start: DateTime<Utc>, terms: u32) -> DateTime<Utc> {
        let months = Months::new(self.months().saturating_mul(terms));
        start.checked_add_months(months).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }
}

/// A number of licenses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u32")]
pub struct Quantity(u32);

/// Why a text is no number of licenses that can be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Enter a number from {min} to {max}")]
pub struct QuantityError {
    pub min: u32,
    pub max: u32,
}

impl Quantity {
    pub const MOST: u32 = 1_000_000;

    const BOUNDS: QuantityError = QuantityError { min: 1, max: Self::MOST };

    pub fn new(number: u32) -> Result<Self, QuantityError> {
        if (1..=Self::MOST).contains(&number) { Ok(Self(number)) } else { Err(Self::BOUNDS) }
    }

    pub fn parse(text: &str) -> Result<Self, QuantityError> {
        text.trim().parse().map_err(|_| Self::BOUNDS).and_then(Self::new)
    }

    pub const fn get(self) -> u32 {
        self.0
    }
}

impl TryFrom<u32> for Quantity {
    type Error = QuantityError;

    fn try_from(number: u32) -> Result<Self, Self::Error> {
        Self::new(number)
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The fewest and the most licenses of a plan that one can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuantityBounds {
    min: Quantity,
    max: Quantity,
}

impl QuantityBounds {
    /// `None` where nothing lies between.
    pub fn new(min: Quantity, max: Quantity) -> Option<Self> {
        (min <= max).then_some(Self { min, max })
    }

    pub const fn min(self) -> Quantity {
        self.min
    }

    pub const fn max(self) -> Quantity {
        self.max
    }

    pub fn contains(self, quantity: Quantity) -> bool {
        (self.min..=self.max).contains(&quantity)
    }

    /// The same, reaching to a number that somebody has: a plan whose bounds have changed leaves them that, and a way
    /// back into its bounds.
    #[must_use]
    pub fn reaching(self, quantity: Quantity) -> Self {
        Self { min: self.min.min(quantity), max: self.max.max(quantity) }
    }

    pub fn check(self, quantity: Quantity) -> Result<(), QuantityError> {
        if self.contains(quantity) { Ok(()) } else { Err(self.error()) }
    }

    /// The number that was typed, where it lies within.
    pub fn parse(self, text: &str) -> Result<Quantity, QuantityError> {
        let quantity = Quantity::parse(text).map_err(|_| self.error())?;
        self.check(quantity).map(|()| quantity)
    }

    const fn error(self) -> QuantityError {
        QuantityError { min: self.min.0, max: self.max.0 }
    }
}

/// By what an operator's file names a plan, and by what it is known again in a later one: 1 to 50 of `a-z 0-9 -`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PlanKey(String);

/// Why a text is no key of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a key is 1 to 50 of a-z, 0-9 and -")]
pub struct PlanKeyError;

impl PlanKey {
    pub fn parse(text: &str) -> Result<Self, PlanKeyError> {
        let slug = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if (1..=50).contains(&text.len()) && text.bytes().all(slug) {
            Ok(Self(text.to_owned()))
        } else {
            Err(PlanKeyError)
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PlanKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// For how long a trial lasts.
pub type TrialDays = DayCount<365>;

/// What a trial of a plan gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrialTerms {
    pub days: TrialDays,
    pub licenses: Quantity,
}

#[cfg(test)]
mod tests {
    use chrono::{Datelike, TimeDelta};
    use proptest::prelude::*;

    use super::*;

    fn moment(text: &str) -> DateTime<Utc> {
        text.parse().expect("a time")
    }

    fn moments() -> impl Strategy<Value = DateTime<Utc>> {
        // Up to the year 2100.
        (0..4_102_444_800_i64).prop_map(|second| DateTime::from_timestamp(second, 0).expect("in range"))
    }

    fn quantities() -> impl Strategy<Value = Quantity> {
        (1..=Quantity::MOST).prop_map(|number| Quantity::new(number).expect("in bounds"))
    }

    #[test]
    fn numbers_of_licenses() {
        assert_eq!(Quantity::parse(" 25 ").map(Quantity::get), Ok(25));
        assert_eq!(Quantity::parse("1000000").map(Quantity::get), Ok(1_000_000));
        for wrong in ["", "0", "-1", "1.5", "1e3", "1,000", "1000001", "99999999999999999999", "٣"] {
            assert_eq!(Quantity::parse(wrong), Err(Quantity::BOUNDS), "{wrong}");
        }
        let [one, five, most] = [1, 5, 300].map(|number| Quantity::new(number).expect("in bounds"));
        assert_eq!(QuantityBounds::new(most, one), None);
        let bounds = QuantityBounds::new(five, most).expect("something between");
        assert!(bounds.contains(five) && bounds.contains(most) && !bounds.contains(one));
        for wrong in ["4", "301", "many"] {
            let error = bounds.parse(wrong).expect_err("out of bounds");
            assert_eq!(error.to_string(), "Enter a number from 5 to 300", "{wrong}");
        }
        let thousand = Quantity::new(1_000).expect("in bounds");
        for (has, min, max) in [(one, one, most), (five, five, most), (most, five, most), (thousand, five, thousand)] {
            assert_eq!(Some(bounds.reaching(has)), QuantityBounds::new(min, max));
        }
    }

    #[test]
    fn keys() {
        for term in Term::ALL {
            assert_eq!(Term::from_key(term.key()), Some(term));
        }
        assert_eq!(PlanKey::parse("office-suite-365").as_ref().map(PlanKey::as_str), Ok("office-suite-365"));
        for wrong in ["", "Office", "office suite", "büro", &"a".repeat(51)] {
            assert_eq!(PlanKey::parse(wrong), Err(PlanKeyError), "{wrong}");
        }
    }

    #[test]
    fn a_term_ends_on_the_same_day_or_the_last() {
        for (term, start, end) in [
            (Term::Monthly, "2026-01-31T10:00:00Z", "2026-02-28T10:00:00Z"),
            (Term::Monthly, "2028-01-31T10:00:00Z", "2028-02-29T10:00:00Z"),
            (Term::Monthly, "2026-12-05T23:59:59Z", "2027-01-05T23:59:59Z"),
            (Term::Yearly, "2028-02-29T00:00:00Z", "2029-02-28T00:00:00Z"),
            (Term::Yearly, "2026-07-01T00:00:00Z", "2027-07-01T00:00:00Z"),
        ] {
            assert_eq!(term.after(moment(start)), moment(end), "{term:?} {start}");
        }
        // Counted from the start: a short month takes nothing from those that follow.
        let start = moment("2026-01-31T10:00:00Z");
        let march = Term::Monthly.end_after(start, moment("2026-02-28T10:00:00Z"));
        assert_eq!(march, moment("2026-03-31T10:00:00Z"));
    }

    proptest! {
        #[test]
        fn within_bounds_is_what_lies_between(min in quantities(), max in quantities(), quantity in quantities()) {
            match QuantityBounds::new(min, max) {
                None => prop_assert!(min > max),
                Some(bounds) => {
                    let lies_between = min <= quantity && quantity <= max;
                    prop_assert_eq!(bounds.contains(quantity), lies_between);
                    prop_assert_eq!(bounds.check(quantity).is_ok(), lies_between);
                    prop_assert_eq!(bounds.parse(&quantity.to_string()).ok(), lies_between.then_some(quantity));
                }
            }
        }

        #[test]
        fn only_a_number_in_bounds_is_read(text in "\\PC{0,12}|[0-9]{0,9}") {
            if let Ok(quantity) = Quantity::parse(&text) {
                prop_assert!((1..=Quantity::MOST).contains(&quantity.get()));
                prop_assert_eq!(Quantity::parse(&quantity.to_string()), Ok(quantity));
            }
        }

        #[test]
        fn a_term_lasts_as_long_as_its_name(start in moments()) {
            let days = |term: Term| (term.after(start) - start).num_days();
            prop_assert!((28..=31).contains(&days(Term::Monthly)));
            prop_assert!((365..=366).contains(&days(Term::Yearly)));
            prop_assert!(Term::Monthly.after(start).day() <= start.day());
            prop_assert_eq!(Term::Monthly.after(start).time(), start.time());
        }

        #[test]
        fn terms_follow_each_other_without_a_gap(start in moments(), days in 0..4_000_i64) {
            let time = start + TimeDelta::days(days);
            for term in Term::ALL {
                let end = term.end_after(start, time);
                prop_assert!(end > time);
                let mut ended = start;
                while ended <= time {
                    ended = term.end_after(start, ended);
                }
                prop_assert_eq!(ended, end);
            }
        }
    }
}
