//! Who runs a job: one server at a time, for a time.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{Conn, StoreResult, db::execute};

/// Takes or keeps a lease; `false` while another holds it.
pub async fn take(
    conn: &mut Conn,
    name: &str,
    holder: Uuid,
    now: DateTime<Utc>,
    ends_at: DateTime<Utc>,
) -> StoreResult<bool> {
    let rows = execute!(
        conn,
        "INSERT INTO leases (name, holder, ends_at) VALUES ($1, $2, $4)
         ON CONFLICT (name) DO UPDATE SET holder = $2, ends_at = $4
         WHERE leases.holder = $2 OR leases.ends_at <= $3",
        name,
        holder,
        now,
        ends_at,
    );
    Ok(rows == 1)
}

/// Gives a lease back, so that another server need not wait for its end.
pub async fn give_back(conn: &mut Conn, name: &str, holder: Uuid) -> StoreResult<()> {
    execute!(conn, "DELETE FROM leases WHERE name = $1 AND holder = $2", name, holder);
    Ok(())
}
