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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lines() -> impl Strategy<Value = Vec<(i64, u32)>> {
        let minor = prop_oneof![0..=Money::MOST, 0..=100_000_i64];
        proptest::collection::vec((minor, 1..=Quantity::MOST), 0..12)
    }

    #[test]
    fn kinds() {
        for kind in ContentKind::ALL {
            assert_eq!(ContentKind::from_key(kind.key()), Some(kind));
            assert_eq!(kind.is_sale(), kind != ContentKind::Delegation);
        }
    }

    proptest! {
        #[test]
        fn a_total_is_exact_or_refused(lines in lines()) {
            let currency = Currency::parse("EUR").expect("a code");
            let priced = lines.iter().map(|(minor, number)| {
                (Money::new(*minor, currency).expect("in bounds"), Quantity::new(*number).expect("in bounds"))
            });
            let exact: i128 = lines.iter().map(|(minor, number)| i128::from(*minor) * i128::from(*number)).sum();
            match total(currency, priced) {
                Ok(sum) => prop_assert_eq!(i128::from(sum.minor()), exact),
                Err(error) => {
                    prop_assert_eq!(error, MoneyError::Overflow);
                    prop_assert!(exact > i128::from(Money::MOST));
                }
            }
        }

        #[test]
        fn a_price_in_another_currency_is_refused(minor in 0..=1_000_i64, number in 1..=10_u32) {
            let [eur, usd] = ["EUR", "USD"].map(|code| Currency::parse(code).expect("a code"));
            let line = (Money::new(minor, usd).expect("in bounds"), Quantity::new(number).expect("in bounds"));
            prop_assert_eq!(total(eur, [line]), Err(MoneyError::OtherCurrency));
        }
    }
}
