use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Quantity;

/// A currency by its code (ISO 4217). What is no money to pay with, as funds, metals and test codes, is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "&'static str", try_from = "String")]
pub struct Currency(&'static str);

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
        CODES.binary_search(&code.trim()).map(|index| Self(CODES[index])).map_err(|_| UnknownCurrency)
    }

    pub const fn code(self) -> &'static str {
        self.0
    }

    /// How many digits of an amount in minor units stand after the point.
    pub fn digits(self) -> u32 {
        match self.0 {
            "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX" | "VND" | "VUV"
            | "XAF" | "XOF" | "XPF" => 0,
            "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
            _ => 2,
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl From<Currency> for &'static str {
    fn from(currency: Currency) -> Self {
        currency.0
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
