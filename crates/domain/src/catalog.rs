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
        (passed..).map(|terms| self.end(start, terms + 1)).find(|end| *end > time).unwrap_or(DateTime::<Utc>::MAX_UTC)
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
