//! Alternate e-mails that people have yet to show to be theirs, by a code that is sent there. One at a time for each.

use chrono::{DateTime, Utc};
use mandate_domain::UserId;

use crate::{
    Conn, StoreResult,
    db::{execute, fetch_optional},
};

/// An address that waits for its code.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Confirmation {
    pub address: String,
    /// Wrong codes that were entered.
    pub tries: i64,
    /// None until the mail with the code is sent.
    pub expires_at: Option<DateTime<Utc>>,
}

/// Begins anew, with a code that is yet to be sent.
pub async fn begin(conn: &mut Conn, user: UserId, address: &str) -> StoreResult<()> {
    execute!(
        conn,
        "INSERT INTO email_confirmations (user_id, address, code_hash, tries, expires_at) VALUES ($1, $2, NULL, 0, NULL)
         ON CONFLICT (user_id) DO UPDATE SET address = $2, code_hash = NULL, tries = 0, expires_at = NULL",
        user.0,
        address,
    );
    Ok(())
}

/// Keeps what is kept of the code that goes out; `false` where that address does not wait for one any more.
pub async fn set_code(
    conn: &mut Conn,
    user: UserId,
    address: &str,
    code_hash: &[u8],
    expires_at: DateTime<Utc>,
) -> StoreResult<bool> {
    let rows = execute!(
        conn,
        "UPDATE email_confirmations SET code_hash = $3, tries = 0, expires_at = $4 WHERE user_id = $1 AND address = $2",
        user.0,
        address,
        code_hash,
        expires_at,
    );
    Ok(rows == 1)
}

pub async fn of_user(conn: &mut Conn, user: UserId) -> StoreResult<Option<Confirmation>> {
    Ok(fetch_optional!(
        conn,
        Confirmation,
        "SELECT address, tries, expires_at FROM email_confirmations WHERE user_id = $1",
        user.0,
    ))
}

/// Counts a try, and gives the address and what is kept of its code, to be compared; nothing where no code can be
/// entered (any more). Of tries at once, each is one more.
pub async fn count_try(
    conn: &mut Conn,
    user: UserId,
    now: DateTime<Utc>,
    most: i64,
) -> StoreResult<Option<(String, Vec<u8>)>> {
    Ok(fetch_optional!(
        conn,
        (String, Vec<u8>),
        "UPDATE email_confirmations SET tries = tries + 1 WHERE user_id = $1 AND tries < $3 AND expires_at > $2
         RETURNING address, code_hash",
        user.0,
        now,
        most,
    ))
}

pub async fn forget(conn: &mut Conn, user: UserId) -> StoreResult<()> {
    execute!(conn, "DELETE FROM email_confirmations WHERE user_id = $1", user.0);
    Ok(())
}

/// Forgets codes that ended before a time.
pub async fn forget_before(conn: &mut Conn, before: DateTime<Utc>) -> StoreResult<()> {
    execute!(conn, "DELETE FROM email_confirmations WHERE expires_at <= $1", before);
    Ok(())
}
