//! Failed attempts to sign in, counted per user name and per address in the database, so that every server knows.

use chrono::{DateTime, Utc};

use crate::{
    Conn, StoreResult,
    db::{execute, fetch_optional},
};

/// How often it failed in a row, and when last; those last seen before `since` are forgotten.
pub async fn failures(conn: &mut Conn, key: &str, since: DateTime<Utc>) -> StoreResult<Option<(i64, DateTime<Utc>)>> {
    Ok(fetch_optional!(
        conn,
        (i64, DateTime<Utc>),
        "SELECT failures, last_at FROM sign_in_attempts WHERE key = $1 AND last_at > $2",
        key,
        since,
    ))
}

pub async fn failed(conn: &mut Conn, key: &str, now: DateTime<Utc>, since: DateTime<Utc>) -> StoreResult<()> {
    execute!(
        conn,
        "INSERT INTO sign_in_attempts (key, failures, last_at) VALUES ($1, 1, $2)
         ON CONFLICT (key) DO UPDATE SET
             failures = CASE WHEN sign_in_attempts.last_at > $3 THEN sign_in_attempts.failures + 1 ELSE 1 END,
             last_at = $2",
        key,
        now,
        since,
    );
    Ok(())
}

pub async fn forget(conn: &mut Conn, key: &str) -> StoreResult<()> {
    execute!(conn, "DELETE FROM sign_in_attempts WHERE key = $1", key);
    Ok(())
}

pub async fn forget_before(conn: &mut Conn, since: DateTime<Utc>) -> StoreResult<()> {
    execute!(conn, "DELETE FROM sign_in_attempts WHERE last_at <= $1", since);
    Ok(())
}
