//! Mail that a transaction leaves to be sent. It is sent at least once: under a lease, with a stable message id.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{
    Conn, StoreResult,
    db::{execute, fetch_all},
};

/// A message to one person.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Mail {
    pub id: Uuid,
    pub to_name: String,
    pub to_address: String,
    pub subject: String,
    pub body: String,
    pub created_at: DateTime<Utc>,
    pub attempts: i64,
}

pub async fn enqueue(conn: &mut Conn, mail: &Mail) -> StoreResult<()> {
    execute!(
        conn,
        "INSERT INTO outgoing_mail (id, to_name, to_address, subject, body, created_at, status, attempts,
                                    next_attempt_at)
         VALUES ($1, $2, $3, $4, $5, $6, 'waiting', $7, $6)",
        mail.id,
        &mail.to_name,
        &mail.to_address,
        &mail.subject,
        &mail.body,
        mail.created_at,
        mail.attempts,
    );
    Ok(())
}

/// What is to be sent now, longest waiting first; at most `limit`.
pub async fn due(conn: &mut Conn, now: DateTime<Utc>, limit: i64) -> StoreResult<Vec<Mail>> {
    Ok(fetch_all!(
        conn,
        Mail,
        "SELECT id, to_name, to_address, subject, body, created_at, attempts FROM outgoing_mail
         WHERE status = 'waiting' AND next_attempt_at <= $1 ORDER BY next_attempt_at, id LIMIT $2",
        now,
        limit,
    ))
}

pub async fn sent(conn: &mut Conn, id: Uuid) -> StoreResult<()> {
    execute!(
        conn,
        "UPDATE outgoing_mail SET status = 'sent', attempts = attempts + 1, last_error = NULL
         WHERE id = $1 AND status = 'waiting'",
        id,
    );
    Ok(())
}

pub async fn retry_at(conn: &mut Conn, id: Uuid, at: DateTime<Utc>, error: &str) -> StoreResult<()> {
    execute!(
        conn,
        "UPDATE outgoing_mail SET attempts = attempts + 1, next_attempt_at = $2, last_error = $3
         WHERE id = $1 AND status = 'waiting'",
        id,
        at,
        error,
    );
    Ok(())
}

pub async fn failed(conn: &mut Conn, id: Uuid, error: &str) -> StoreResult<()> {
    execute!(
        conn,
        "UPDATE outgoing_mail SET status = 'failed', attempts = attempts + 1, last_error = $2
         WHERE id = $1 AND status = 'waiting'",
        id,
        error,
    );
    Ok(())
}

/// Deletes what was sent before a time: it held names and addresses, and is of no more use.
pub async fn forget_before(conn: &mut Conn, before: DateTime<Utc>) -> StoreResult<()> {
    execute!(conn, "DELETE FROM outgoing_mail WHERE status <> 'waiting' AND created_at < $1", before);
    Ok(())
}
