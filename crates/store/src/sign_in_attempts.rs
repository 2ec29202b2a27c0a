//! Attempts to sign in that failed, counted per user name and per address in the database, so that every server knows.
//! An attempt counts as failed until it has succeeded: so of many at once, each is one more.

use chrono::{DateTime, Utc};

use crate::{
    Conn, StoreResult,
    db::{execute, fetch_one},
};

/// Counts an attempt, and answers how many had failed in a row before it; those last seen before `since` are forgotten.
pub async fn count(conn: &mut Conn, key: &str, now: DateTime<Utc>, since: DateTime<Utc>) -> StoreResult<i64> {
    let (failures,): (i64,) = fetch_one!(
        conn,
        (i64,),
        "INSERT INTO sign_in_attempts (key, failures, last_at) VALUES ($1, 1, $2)
         ON CONFLICT (key) DO UPDATE SET
             failures = CASE WHEN sign_in_attempts.last_at > $3 THEN sign_in_attempts.failures + 1 ELSE 1 END,
             last_at = $2
         RETURNING failures",
        key,
        now,
        since,
    );
    Ok(failures - 1)
}

/// Takes back an attempt that did not fail.
pub async fn take_back(conn: &mut Conn, key: &str) -> StoreResult<()> {
    execute!(conn, "UPDATE sign_in_attempts SET failures = failures - 1 WHERE key = $1 AND failures > 0", key);
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
