//! Offers that were made together.

use chrono::{DateTime, Utc};
use mandate_domain::{BatchId, CompanyId, UserId};
use uuid::Uuid;

use crate::{
    Conn, StoreResult,
    db::{execute, fetch_all, fetch_optional},
    offers::{Offer, OfferRow},
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    pub id: BatchId,
    pub partner_id: CompanyId,
    pub name: String,
    pub created_by: UserId,
    pub created_at: DateTime<Utc>,
}

#[derive(sqlx::FromRow)]
struct BatchRow {
    id: Uuid,
    partner_id: Uuid,
    name: String,
    created_by: Uuid,
    created_at: DateTime<Utc>,
}

impl From<BatchRow> for Batch {
    fn from(row: BatchRow) -> Self {
        Self {
            id: BatchId(row.id),
            partner_id: CompanyId(row.partner_id),
            name: row.name,
            created_by: UserId(row.created_by),
            created_at: row.created_at,
        }
    }
}

/// Begins a batch; `false` where there is one of this id: it was made before.
pub async fn insert(conn: &mut Conn, batch: &Batch) -> StoreResult<bool> {
    let rows = execute!(
        conn,
        "INSERT INTO offer_batches (id, partner_id, name, created_by, created_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (id) DO NOTHING",
        batch.id.0,
        batch.partner_id.0,
        &batch.name,
        batch.created_by.0,
        batch.created_at,
    );
    Ok(rows == 1)
}

pub async fn by_id(conn: &mut Conn, partner: CompanyId, id: BatchId) -> StoreResult<Option<Batch>> {
    let row = fetch_optional!(
        conn,
        BatchRow,
        "SELECT * FROM offer_batches WHERE partner_id = $1 AND id = $2",
        partner.0,
        id.0
    );
    Ok(row.map(Into::into))
}

/// Its offers, in the order of the list that they were made from; as many as a list can hold.
pub async fn offers(conn: &mut Conn, partner: CompanyId, id: BatchId, limit: i64) -> StoreResult<Vec<Offer>> {
    let rows = fetch_all!(
        conn,
        OfferRow,
        "SELECT * FROM offers WHERE batch_id = $2 AND partner_id = $1 ORDER BY batch_row LIMIT $3",
        partner.0,
        id.0,
        limit,
    );
    rows.into_iter().map(TryInto::try_into).collect()
}
