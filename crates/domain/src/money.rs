use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Quantity;

/// A currency by its code (ISO 4217). What is no money to pay with, as funds, metals and test codes, is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "&'static str", try_from = "String")]
pub struct Currency(u8);

/// The text is no code of a currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Choose a currency")]
pub struct UnknownCurrency;

/// The active codes, in their order.
const CODES: [&str; 155] = [
    "AED", "AFN", "ALL", "AMD", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT", "BHD", "BIF", "BMD", "BND",
    "BOB", "BRL", "BSD", "BTN", "BWP", "BYN", "BZD", "CAD", "CDF", "CHF", "CLP", "CNY", "COP", "CRC", "CUP", "CVE",
    "CZK", "DJF", "DKK", "DOP", "DZD", "EGP", "ERN", "ETB", "EUR", "FJD", "FKP", "GBP", "GEL", "GHS", "GIP", "GMD",
    "GNF", "GTQ", "GYD", "HKD", "HNL", "HTG", "HUF", "IDR", "ILS", "INR", "IQD", "IRR", "ISK", "JMD", "JOD", "JPY",
    "KES", "KGS", "KHR", "KMF", "KPW", "KRW", "KWD", "KYD", "KZT", "LAK", "LBP", "LKR", "LRD", "LSL", "LYD", "MAD",
    "MDL", "MGA", "MKD", "MMK", "MNT", "MOP", "MRU", "MUR", "MVR", "MWK", "MXN", "MYR", "MZN", "NAD", "NGN", "NIO",
    "NOK", "NPR", "NZD", "OMR", "PAB", "PEN", "PGK", "PHP", "PKR", "PLN", "PYG", "QAR", "RON", "RSD", "RUB", "RWF",
    "SAR", "SBD", "SCR", "SDG", "SEK", "SGD", "SHP", "SLE", "SOS", "SRD", "SSP", "STN", "SVC", "SYP", "SZL", "THB",
    "TJS", "TMT", "TND", "TOP", "TRY", "TTD", "TWD", "TZS", "UAH", "UGX", "USD", "UYU", "UZS", "VED", "VES", "VND",
    "VUV", "WST", "XAF", "XCD", "XCG", "XOF", "XPF", "YER", "ZAR", "ZMW", "ZWG",
];

impl Currency {
    pub fn parse(code: &str) -> Result<Self, UnknownCurrency> {
        let index = CODES.binary_search(&code.trim()).map_err(|_| UnknownCurrency)?;
        u8::try_from(index).map(Self).map_err(|_| UnknownCurrency)
    }

    pub const fn code(self) -> &'static str {
        CODES[self.0 as usize]
    }

    /// How many digits of an amount in minor units stand after the point.
    pub fn digits(self) -> u32 {
        match self.code() {
            "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX" | "VND" | "VUV"
            | "XAF" | "XOF" | "XPF" => 0,
            "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
            _ => 2,
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl From<Currency> for &'static str {
    fn from(currency: Currency) -> Self {
        currency.code()
    }
}

impl TryFrom<String> for Currency {
    type Error = UnknownCurrency;

    fn try_from(code: String) -> Result<Self, Self::Error> {
        Self::parse(&code)
    }
}

/// An amount in whole minor units of one currency, as cents are: never negative, and never more than [`Money::MOST`].
/// There is no floating point anywhere, so a sum is exact or refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct Money {
    minor: i64,
    currency: Currency,
}

#[derive(Deserialize)]
struct Unchecked {
    minor: i64,
    currency: Currency,
}

/// Why an amount cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    #[error("the amount is too large")]
    Overflow,
    #[error("the amounts are of different currencies")]
    OtherCurrency,
    #[error("the amount is less than nothing")]
    Negative,
}

impl Money {
    /// In minor units. Numbers up to here are whole wherever they are read, in a browser too.
    pub const MOST: i64 = 1_000_000_000_000_000;

    pub fn new(minor: i64, currency: Currency) -> Result<Self, MoneyError> {
        match minor {
            ..0 => Err(MoneyError::Negative),
            0..=Self::MOST => Ok(Self { minor, currency }),
            _ => Err(MoneyError::Overflow),
        }
    }

    pub const fn zero(currency: Currency) -> Self {
        Self { minor: 0, currency }
    }

    pub const fn minor(self) -> i64 {
        self.minor
    }

    pub const fn currency(self) -> Currency {
        self.currency
    }

    pub fn times(self, quantity: Quantity) -> Result<Self, MoneyError> {
        let minor = self.minor.checked_mul(quantity.get().into()).ok_or(MoneyError::Overflow)?;
        Self::new(minor, self.currency)
    }

    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::OtherCurrency);
        }
        let minor = self.minor.checked_add(other.minor).ok_or(MoneyError::Overflow)?;
        Self::new(minor, self.currency)
    }

    /// Whole units, what is left of one in minor units, and with how many digits that is written.
    pub fn parts(self) -> (i64, i64, u32) {
        let digits = self.currency.digits();
        let unit = 10_i64.pow(digits);
        (self.minor / unit, self.minor % unit, digits)
    }
}

impl TryFrom<Unchecked> for Money {
    type Error = MoneyError;

    fn try_from(amount: Unchecked) -> Result<Self, Self::Error> {
        Self::new(amount.minor, amount.currency)
    }
}

impl fmt::Display for Money {
    /// The same in every locale, for the record and for mail.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.parts() {
            (major, _, 0) => write!(f, "{} {major}", self.currency),
            (major, rest, digits) => write!(f, "{} {major}.{rest:0width$}", self.currency, width = digits as usize),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn currency(code: &str) -> Currency {
        Currency::parse(code).expect("a code")
    }

    fn currencies() -> impl Strategy<Value = Currency> {
        proptest::sample::select(CODES.to_vec()).prop_map(currency)
    }

    fn amounts() -> impl Strategy<Value = i64> {
        prop_oneof![0..=Money::MOST, 0..=100_000_i64, Just(Money::MOST)]
    }

    /// As it is read out of a text: the digits around the point, without it.
    fn read(text: &str) -> Money {
        let (code, amount) = text.split_once(' ').expect("a code and an amount");
        let minor = amount.replace('.', "").parse().expect("digits");
        Money::new(minor, currency(code)).expect("what was written")
    }

    #[test]
    fn codes() {
        assert!(CODES.is_sorted());
        for code in CODES {
            assert_eq!(currency(code).code(), code);
            assert!(code.len() == 3 && code.bytes().all(|b| b.is_ascii_uppercase()));
        }
        assert_eq!(["EUR", "JPY", "KWD"].map(|code| currency(code).digits()), [2, 0, 3]);
        for wrong in ["", "eur", "EURO", "XXX", "XAU", "€"] {
            assert_eq!(Currency::parse(wrong), Err(UnknownCurrency), "{wrong}");
        }
    }

    #[test]
    fn bounds_and_examples() {
        let eur = currency("EUR");
        assert_eq!(Money::new(-1, eur), Err(MoneyError::Negative));
        assert_eq!(Money::new(i64::MIN, eur), Err(MoneyError::Negative));
        assert_eq!(Money::new(Money::MOST + 1, eur), Err(MoneyError::Overflow));
        let written = |minor, code| Money::new(minor, currency(code)).map(|money| money.to_string());
        assert_eq!(written(123_450, "EUR").as_deref(), Ok("EUR 1234.50"));
        assert_eq!(written(5, "USD").as_deref(), Ok("USD 0.05"));
        assert_eq!(written(1_234, "JPY").as_deref(), Ok("JPY 1234"));
        assert_eq!(written(1_234, "KWD").as_deref(), Ok("KWD 1.234"));
        let cent = Money::new(1, eur).expect("in bounds");
        assert_eq!(cent.plus(Money::zero(currency("USD"))), Err(MoneyError::OtherCurrency));
    }

    proptest! {
        #[test]
        fn a_sum_is_exact_or_refused(a in amounts(), b in amounts(), currency in currencies()) {
            let [first, second] = [a, b].map(|minor| Money::new(minor, currency).expect("in bounds"));
            let exact = i128::from(a) + i128::from(b);
            match first.plus(second) {
                Ok(sum) => prop_assert_eq!(i128::from(sum.minor()), exact),
                Err(error) => {
                    prop_assert_eq!(error, MoneyError::Overflow);
                    prop_assert!(exact > i128::from(Money::MOST));
                }
            }
            prop_assert_eq!(first.plus(second), second.plus(first));
            prop_assert_eq!(first.plus(Money::zero(currency)), Ok(first));
        }

        #[test]
        fn a_product_is_exact_or_refused(minor in amounts(), number in 1..=Quantity::MOST, currency in currencies()) {
            let quantity = Quantity::new(number).expect("in bounds");
            let exact = i128::from(minor) * i128::from(number);
            match Money::new(minor, currency).expect("in bounds").times(quantity) {
                Ok(product) => prop_assert_eq!(i128::from(product.minor()), exact),
                Err(error) => {
                    prop_assert_eq!(error, MoneyError::Overflow);
                    prop_assert!(exact > i128::from(Money::MOST));
                }
            }
        }

        #[test]
        fn so_many_times_is_so_many_added(minor in 0..=1_000_000_i64, number in 1..=50_u32, currency in currencies()) {
            let one = Money::new(minor, currency).expect("in bounds");
            let added = (0..number).try_fold(Money::zero(currency), |sum, _| sum.plus(one));
            prop_assert_eq!(one.times(Quantity::new(number).expect("in bounds")), added);
        }

        #[test]
        fn no_minor_unit_is_lost_in_writing(minor in amounts(), currency in currencies()) {
            let money = Money::new(minor, currency).expect("in bounds");
            let (major, rest, digits) = money.parts();
            let unit = 10_i64.pow(digits);
            prop_assert!((0..unit).contains(&rest));
            prop_assert_eq!(major * unit + rest, minor);
            prop_assert_eq!(read(&money.to_string()), money);
        }

        #[test]
        fn two_currencies_never_mix(a in currencies(), b in currencies()) {
            let [a, b] = [a, b].map(|currency| Money::new(100, currency).expect("in bounds"));
            prop_assert_eq!(a.plus(b).is_ok(), a.currency() == b.currency());
        }
    }
}
