//! Who said that they cannot sign in. Names of nobody are kept as those of users are, so that asking tells nothing.

use chrono::{DateTime, Utc};

use crate::{
    Conn, StoreResult,
    db::{execute, fetch_all, fetch_one},
};

/// Leaves a name to be looked up; `false` where it was asked about after `since`.
pub async fn ask(
    conn: &mut Conn,
    user_name: &str,
    address_key: &str,
    now: DateTime<Utc>,
    since: DateTime<Utc>,
) -> StoreResult<bool> {
    let rows = execute!(
        conn,
        "INSERT INTO sign_in_help (user_name, address_key, asked_at, is_waiting) VALUES ($1, $2, $3, TRUE)
         ON CONFLICT (user_name) DO UPDATE SET address_key = $2, asked_at = $3, is_waiting = TRUE
         WHERE sign_in_help.asked_at <= $4",
        user_name,
        address_key,
        now,
        since,
    );
    Ok(rows == 1)
}

/// About how many names was asked from an address after `since`.
pub async fn asked_from(conn: &mut Conn, address_key: &str, since: DateTime<Utc>) -> StoreResult<i64> {
    let (count,): (i64,) = fetch_one!(
        conn,
        (i64,),
        "SELECT count(*) FROM sign_in_help WHERE address_key = $1 AND asked_at > $2",
        address_key,
        since,
    );
    Ok(count)
}

/// The names that nobody has looked up yet, longest waiting first, and when was asked; at most `limit`.
pub async fn waiting(conn: &mut Conn, limit: i64) -> StoreResult<Vec<(String, DateTime<Utc>)>> {
    Ok(fetch_all!(
        conn,
        (String, DateTime<Utc>),
        "SELECT user_name, asked_at FROM sign_in_help WHERE is_waiting ORDER BY asked_at, user_name LIMIT $1",
        limit,
    ))
}

/// Takes a name up; `false` where another did.
pub async fn take(conn: &mut Conn, user_name: &str, asked_at: DateTime<Utc>) -> StoreResult<bool> {
    let rows = execute!(
        conn,
        "UPDATE sign_in_help SET is_waiting = FALSE WHERE user_name = $1 AND asked_at = $2 AND is_waiting",
        user_name,
        asked_at,
    );
    Ok(rows == 1)
}

pub async fn forget_before(conn: &mut Conn, before: DateTime<Utc>) -> StoreResult<()> {
    execute!(conn, "DELETE FROM sign_in_help WHERE asked_at <= $1 AND NOT is_waiting", before);
    Ok(())
}
