use mandate_domain::Refusal;
use mandate_store::{Retryable, StoreError};

use crate::{form::Problems, passwords::Busy};

/// Why a use case did not do what was asked. The reader of each is told what happened and what to do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{0}")]
    Refused(Refusal),
    /// Another company's, or nobody's: the two answer alike.
    #[error("there is no such thing here")]
    NotFound,
    #[error("some fields need another value")]
    Invalid(Problems),
    /// What the page showed no longer holds. The sentence says what does.
    #[error("{0}")]
    Changed(String),
    /// More work than there is room for; nothing was done.
    #[error("too much to do at the moment")]
    Busy { retry_after_seconds: u32 },
    #[error("the database cannot be reached")]
    Unavailable(#[source] StoreError),
    #[error("the store failed")]
    Store(#[source] StoreError),
    #[error("{0}")]
    Internal(&'static str),
}

pub type Result<T, E = Error> = std::result::Result<T, E>;

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) => Self::Unavailable(error),
            StoreError::RowsAffected { .. } => {
                Self::Changed("This was changed by somebody else meanwhile. Nothing was saved.".to_owned())
            }
            _ => Self::Store(error),
        }
    }
}

impl From<Busy> for Error {
    fn from(Busy: Busy) -> Self {
        Self::Busy { retry_after_seconds: 2 }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Unknown => Self::NotFound,
            other => Self::Refused(other),
        }
    }
}

impl From<Problems> for Error {
    fn from(problems: Problems) -> Self {
        Self::Invalid(problems)
    }
}

impl Retryable for Error {
    fn is_retryable(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_retryable())
    }
}
