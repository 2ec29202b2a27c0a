use chrono::{DateTime, Utc};
use mandate_domain::{CompanyId, UserId};
use uuid::Uuid;

use crate::{
    Conn, StoreResult,
    db::{execute, fetch_all, fetch_optional},
};

/// From where somebody signed in, in words for them alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    pub address: Option<String>,
    pub browser: Option<String>,
}

/// A session as its holder is shown it.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct OwnSession {
    pub token_hash: Vec<u8>,
    #[sqlx(rename = "auth_time")]
    pub signed_in_at: DateTime<Utc>,
    pub last_seen_at: DateTime<Utc>,
    pub address: Option<String>,
    pub browser: Option<String>,
}

/// A signed-in browser. The token itself is never kept, only its SHA-256.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    pub user_id: UserId,
    pub company_id: CompanyId,
    pub signed_in_at: DateTime<Utc>,
    pub last_seen_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    /// The number that the record of the person's company has reached.
    pub activity_seq: i64,
}

#[derive(sqlx::FromRow)]
struct SessionRow {
    user_id: Uuid,
    company_id: Uuid,
    auth_time: DateTime<Utc>,
    last_seen_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    activity_seq: i64,
}

pub async fn insert(
    conn: &mut Conn,
    token_hash: &[u8],
    user: UserId,
    amr: &str,
    origin: &Origin,
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> StoreResult<()> {
    execute!(
        conn,
        "INSERT INTO sessions (token_hash, user_id, amr, auth_time, last_seen_at, expires_at, address, browser)
         VALUES ($1, $2, $3, $4, $4, $5, $6, $7)",
        token_hash,
        user.0,
        amr,
        now,
        expires_at,
        &origin.address,
        &origin.browser,
    );
    Ok(())
}

pub async fn by_token_hash(conn: &mut Conn, token_hash: &[u8]) -> StoreResult<Option<Session>> {
    let row = fetch_optional!(
        conn,
        SessionRow,
        "SELECT s.user_id, u.company_id, s.auth_time, s.last_seen_at, s.expires_at, c.activity_seq
         FROM sessions s JOIN users u ON u.id = s.user_id JOIN companies c ON c.id = u.company_id
         WHERE s.token_hash = $1",
        token_hash,
    );
    Ok(row.map(|row| Session {
        user_id: UserId(row.user_id),
        company_id: CompanyId(row.company_id),
        signed_in_at: row.auth_time,
        last_seen_at: row.last_seen_at,
        expires_at: row.expires_at,
        activity_seq: row.activity_seq,
    }))
}

pub async fn touch(conn: &mut Conn, token_hash: &[u8], now: DateTime<Utc>) -> StoreResult<()> {
    execute!(conn, "UPDATE sessions SET last_seen_at = $2 WHERE token_hash = $1", token_hash, now);
    Ok(())
}

pub async fn delete(conn: &mut Conn, token_hash: &[u8]) -> StoreResult<()> {
    execute!(conn, "DELETE FROM sessions WHERE token_hash = $1", token_hash);
    Ok(())
}

/// A person's sessions that can still be used, the last seen first; at most `limit`.
pub async fn of_user(
    conn: &mut Conn,
    user: UserId,
    now: DateTime<Utc>,
    idle_since: DateTime<Utc>,
    limit: i64,
) -> StoreResult<Vec<OwnSession>> {
    Ok(fetch_all!(
        conn,
        OwnSession,
        "SELECT token_hash, auth_time, last_seen_at, address, browser FROM sessions
         WHERE user_id = $1 AND expires_at > $2 AND last_seen_at > $3
         ORDER BY last_seen_at DESC, auth_time DESC, token_hash LIMIT $4",
        user.0,
        now,
        idle_since,
        limit,
    ))
}

/// Ends a session where it is this person's; `false` where there is none such.
pub async fn delete_own(conn: &mut Conn, user: UserId, token_hash: &[u8]) -> StoreResult<bool> {
    let rows = execute!(conn, "DELETE FROM sessions WHERE user_id = $1 AND token_hash = $2", user.0, token_hash);
    Ok(rows == 1)
}

/// Ends all of a person's sessions, but for one that is kept.
pub async fn delete_of_user(conn: &mut Conn, user: UserId, kept: Option<&[u8]>) -> StoreResult<()> {
    execute!(conn, "DELETE FROM sessions WHERE user_id = $1 AND token_hash <> $2", user.0, kept.unwrap_or_default(),);
    Ok(())
}

/// Deletes what can no longer be used.
pub async fn delete_expired(conn: &mut Conn, now: DateTime<Utc>, idle_since: DateTime<Utc>) -> StoreResult<()> {
    execute!(conn, "DELETE FROM sessions WHERE expires_at <= $1 OR last_seen_at <= $2", now, idle_since);
    execute!(conn, "DELETE FROM one_time_links WHERE expires_at <= $1", now);
    Ok(())
}

pub mod one_time_links {
    //! Links that set a first or forgotten password, once, within a time.

    use super::{CompanyId, Conn, DateTime, StoreResult, UserId, Utc, Uuid, execute, fetch_optional};

    pub async fn insert(
        conn: &mut Conn,
        token_hash: &[u8],
        user: UserId,
        now: DateTime<Utc>,
        expires_at: DateTime<Utc>,
    ) -> StoreResult<()> {
        execute!(
            conn,
            "INSERT INTO one_time_links (token_hash, user_id, created_at, expires_at) VALUES ($1, $2, $3, $4)",
            token_hash,
            user.0,
            now,
            expires_at,
        );
        Ok(())
    }

    /// Whose password a link sets, while it can be used.
    pub async fn usable(
        conn: &mut Conn,
        token_hash: &[u8],
        now: DateTime<Utc>,
    ) -> StoreResult<Option<(CompanyId, UserId)>> {
        let found: Option<(Uuid, Uuid)> = fetch_optional!(
            conn,
            (Uuid, Uuid),
            "SELECT u.company_id, u.id FROM one_time_links l JOIN users u ON u.id = l.user_id
             WHERE l.token_hash = $1 AND l.used_at IS NULL AND l.expires_at > $2 AND NOT u.is_blocked",
            token_hash,
            now,
        );
        Ok(found.map(|(company, user)| (CompanyId(company), UserId(user))))
    }

    /// Uses a link up; `false` where it was used or is past its time.
    pub async fn redeem(conn: &mut Conn, token_hash: &[u8], now: DateTime<Utc>) -> StoreResult<bool> {
        let rows = execute!(
            conn,
            "UPDATE one_time_links SET used_at = $2 WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2",
            token_hash,
            now,
        );
        Ok(rows == 1)
    }

    /// Ends the links that a person has not used.
    pub async fn delete_of_user(conn: &mut Conn, user: UserId) -> StoreResult<()> {
        execute!(conn, "DELETE FROM one_time_links WHERE user_id = $1", user.0);
        Ok(())
    }
}
