//! Lists of which the beginning is shown.

use serde::{Deserialize, Serialize};

/// The rows of a list, or as many as are shown of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Beginning<T> {
    pub rows: Vec<T>,
    pub has_more: bool,
}

#[cfg(feature = "ssr")]
impl<T> Beginning<T> {
    /// Of what a use case gives, which is one more than is shown where there are more.
    pub(super) fn of<U>(rows: Vec<U>, view: impl FnMut(U) -> T) -> Self {
        use mandate_service::listed::LISTED;

        Self { has_more: rows.len() > LISTED, rows: rows.into_iter().take(LISTED).map(view).collect() }
    }
}
