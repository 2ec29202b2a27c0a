//! Offers that are mailed to whom they are for, and the reminders that follow.

use chrono::{DateTime, Utc};
use mandate_domain::{CompanyId, OfferId};

use crate::{
    Conn, StoreResult,
    db::{execute, fetch_all},
    offers::{Offer, OfferRow},
};

/// Notes that an offer is mailed to its addressee. With the first time, the reminders begin. `false` where it can no
/// longer be answered, there is no address, mail was stopped, or it was mailed `most` times.
pub async fn mailed(
    conn: &mut Conn,
    partner: CompanyId,
    id: OfferId,
    now: DateTime<Utc>,
    first_reminder_at: Option<DateTime<Utc>>,
    most: i16,
) -> StoreResult<bool> {
    let rows = execute!(
        conn,
        "UPDATE offers SET mailings = mailings + 1, mailed_at = $3,
                next_reminder_at = CASE WHEN mailings = 0 AND answer = 'none' THEN $4 ELSE next_reminder_at END
         WHERE partner_id = $1 AND id = $2 AND state = 'open' AND answer <> 'used' AND link_ends_at > $3
           AND addressee_email IS NOT NULL AND mail_stopped_at IS NULL AND mailings < $5",
        partner.0,
        id.0,
        now,
        first_reminder_at,
        most,
    );
    Ok(rows == 1)
}

/// Offers whose addressee is to be reminded now, longest due first; at most `limit`.
pub async fn due(conn: &mut Conn, now: DateTime<Utc>, limit: i64) -> StoreResult<Vec<Offer>> {
    let rows = fetch_all!(
        conn,
        OfferRow,
        "SELECT * FROM offers WHERE next_reminder_at <= $1 ORDER BY next_reminder_at, id LIMIT $2",
        now,
        limit,
    );
    rows.into_iter().map(TryInto::try_into).collect()
}

/// Moves on from the reminder of `due_at` to the next, or to none; `false` where it was sent, or ended meanwhile.
pub async fn reminded(
    conn: &mut Conn,
    id: OfferId,
    due_at: DateTime<Utc>,
    next: Option<DateTime<Utc>>,
) -> StoreResult<bool> {
    let rows = execute!(
        conn,
        "UPDATE offers SET reminders = reminders + 1, next_reminder_at = $3 WHERE id = $1 AND next_reminder_at = $2",
        id.0,
        due_at,
        next,
    );
    Ok(rows == 1)
}

/// An answer ends the reminders.
pub async fn end_reminders(conn: &mut Conn, id: OfferId) -> StoreResult<()> {
    execute!(conn, "UPDATE offers SET next_reminder_at = NULL WHERE id = $1 AND next_reminder_at IS NOT NULL", id.0);
    Ok(())
}

/// The addressee asked for no more mail about an offer; `false` where they had.
pub async fn stop(conn: &mut Conn, id: OfferId, now: DateTime<Utc>) -> StoreResult<bool> {
    let rows = execute!(
        conn,
        "UPDATE offers SET mail_stopped_at = $2, next_reminder_at = NULL WHERE id = $1 AND mail_stopped_at IS NULL",
        id.0,
        now,
    );
    Ok(rows == 1)
}
