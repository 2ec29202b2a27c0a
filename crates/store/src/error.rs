/// The store could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database is out of reach or too busy: nothing was done, and a later try can succeed.
    #[error("the database cannot be reached")]
    Unavailable(#[source] sqlx::Error),
    /// Two transactions met; the same one again can succeed.
    #[error("the transaction met another")]
    Conflict(#[source] sqlx::Error),
    #[error("the database refused")]
    Database(#[source] sqlx::Error),
    #[error("migration failed")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// A guarded write changed another number of rows than it must: what was read before no longer holds.
    #[error("expected to change {expected} rows, changed {actual}")]
    RowsAffected { expected: u64, actual: u64 },
    /// A value that no version of this program writes.
    #[error("{0} holds an unknown value")]
    Corrupt(&'static str),
    #[error("not a database URL that is known here: it begins with sqlite:// or postgres://")]
    UnknownUrl,
}

pub type StoreResult<T> = Result<T, StoreError>;

/// Whether running the same transaction again can succeed.
pub trait Retryable {
    fn is_retryable(&self) -> bool;
}

impl Retryable for StoreError {
    fn is_retryable(&self) -> bool {
        matches!(self, Self::Conflict(_))
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::Error as E;
        match &error {
            E::Io(_) | E::Tls(_) | E::Protocol(_) | E::PoolTimedOut | E::PoolClosed | E::WorkerCrashed => {
                Self::Unavailable(error)
            }
            E::Database(cause) => match cause.code().as_deref() {
                // PostgreSQL: serialization failure, deadlock, and a unique key that another took or a foreign key that
                // another used between check and write (Appendix A): run again, the check sees it.
                Some("40001" | "40P01" | "23505" | "23503") => Self::Conflict(error),
                // PostgreSQL: connection exceptions, shutting down, starting up, too many connections, disk full.
                Some(code) if code.starts_with("08") || code.starts_with("57P") || code.starts_with("53") => {
                    Self::Unavailable(error)
                }
                // SQLite: busy, also as extended codes (the low byte is the primary code).
                Some(code) if cause.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some() => {
                    match code.parse::<u32>().map(|code| code & 0xff) {
                        Ok(5 | 6) => Self::Conflict(error),
                        // Read-only, I/O error, full, cannot open.
                        Ok(8 | 10 | 13 | 14) => Self::Unavailable(error),
                        _ => Self::Database(error),
                    }
                }
                _ => Self::Database(error),
            },
            _ => Self::Database(error),
        }
    }
}
