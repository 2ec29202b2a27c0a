//! Lists of which the beginning is shown: they are found with one row more than that, so that it is seen whether there
//! are more.

/// So many rows are shown.
pub const LISTED: usize = 100;

pub(crate) fn one_more_than_listed() -> i64 {
    i64::try_from(LISTED).unwrap_or(i64::MAX).saturating_add(1)
}
