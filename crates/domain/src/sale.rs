use serde::{Deserialize, Serialize};

use crate::{Currency, Money, MoneyError, Quantity};

/// What an offer is for. Delegated administration can be a part of each, and is all of the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContentKind {
    #[default]
    Delegation,
    Trial,
    Purchase,
}

impl ContentKind {
    pub const ALL: [Self; 3] = [Self::Delegation, Self::Trial, Self::Purchase];

    pub const fn key(self) -> &'static str {
        match self {
            Self::Delegation => "delegation",
            Self::Trial => "trial",
            Self::Purchase => "purchase",
        }
    }

    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.key() == key)
    }

    pub const fn name(self) -> &'static str {
        match self {
            Self::Delegation => "Delegated administration",
            Self::Trial => "Trial invitation",
            Self::Purchase => "Purchase offer",
        }
    }

    /// Whether accepting it makes an order.
    pub const fn is_sale(self) -> bool {
        matches!(self, Self::Trial | Self::Purchase)
    }
}

pub fn line_total(unit: Money, quantity: Quantity) -> Result<Money, MoneyError> {
    unit.times(quantity)
}

/// What all lines cost together, each a price for one license and a number of them.
pub fn total(currency: Currency, lines: impl IntoIterator<Item = (Money, Quantity)>) -> Result<Money, MoneyError> {
    lines.into_iter().try_fold(Money::zero(currency), |sum, (unit, quantity)| sum.plus(line_total(unit, quantity)?))
}
