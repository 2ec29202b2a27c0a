//! Columns that several tables have, as the domain's types.

use mandate_domain::{Country, Currency, Money, Quantity, Term};

use crate::{StoreError, StoreResult};

pub fn quantity(number: i64, column: &'static str) -> StoreResult<Quantity> {
    let number = u32::try_from(number).ok().and_then(|number| Quantity::new(number).ok());
    number.ok_or(StoreError::Corrupt(column))
}

pub fn term(key: Option<&str>, column: &'static str) -> StoreResult<Option<Term>> {
    key.map(|key| Term::from_key(key).ok_or(StoreError::Corrupt(column))).transpose()
}

pub fn country(code: Option<&str>, column: &'static str) -> StoreResult<Option<Country>> {
    code.map(Country::parse).transpose().map_err(|_| StoreError::Corrupt(column))
}

pub fn currency(code: Option<&str>, column: &'static str) -> StoreResult<Option<Currency>> {
    code.map(Currency::parse).transpose().map_err(|_| StoreError::Corrupt(column))
}

/// An amount, where there is one; its currency can stand in another table.
pub fn money(minor: Option<i64>, code: Option<&str>, column: &'static str) -> StoreResult<Option<Money>> {
    let Some(minor) = minor else { return Ok(None) };
    let currency = currency(code, column)?.ok_or(StoreError::Corrupt(column))?;
    Money::new(minor, currency).map(Some).map_err(|_| StoreError::Corrupt(column))
}
