use chrono::{DateTime, Utc};
use mandate_domain::{CompanyId, GrantDays, OfferId, OfferState, RoleSet, UserId};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::{
    Conn, StoreError, StoreResult,
    db::{execute, fetch_all, fetch_one, fetch_optional},
    page::{Page, PageRequest},
};

/// What a partner sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    pub id: OfferId,
    pub partner_id: CompanyId,
    pub name: String,
    pub roles: RoleSet,
    pub days: GrantDays,
    pub link_ends_at: DateTime<Utc>,
    pub state: OfferState,
    /// Raised by *New URL*: URLs of an earlier generation no longer work.
    pub generation: i64,
    pub created_by: UserId,
    pub created_at: DateTime<Utc>,
}

/// An offer, and how many customers answered it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnsweredOffer {
    pub offer: Offer,
    pub authorized: i64,
    pub declined: i64,
}

#[derive(sqlx::FromRow)]
struct OfferRow {
    id: Uuid,
    partner_id: Uuid,
    name: String,
    roles: i16,
    days: i16,
    link_ends_at: DateTime<Utc>,
    state: String,
    generation: i64,
    created_by: Uuid,
    created_at: DateTime<Utc>,
}

impl TryFrom<OfferRow> for Offer {
    type Error = StoreError;

    fn try_from(row: OfferRow) -> StoreResult<Self> {
        Ok(Self {
            id: OfferId(row.id),
            partner_id: CompanyId(row.partner_id),
            name: row.name,
            roles: RoleSet::from_bits(row.roles).ok_or(StoreError::Corrupt("offers.roles"))?,
            days: GrantDays::new(row.days.into()).map_err(|_| StoreError::Corrupt("offers.days"))?,
            link_ends_at: row.link_ends_at,
            state: OfferState::from_key(&row.state).ok_or(StoreError::Corrupt("offers.state"))?,
            generation: row.generation,
            created_by: UserId(row.created_by),
            created_at: row.created_at,
        })
    }
}

#[derive(sqlx::FromRow)]
struct AnsweredOfferRow {
    #[sqlx(flatten)]
    offer: OfferRow,
    authorized: i64,
    declined: i64,
}

/// Keeps an offer; `false` where the partner has one of this name.
pub async fn insert(conn: &mut Conn, offer: &Offer, name_key: &str) -> StoreResult<bool> {
    let rows = execute!(
        conn,
        "INSERT INTO offers (id, partner_id, name, name_key, roles, days, link_ends_at, state, generation, created_by,
                             created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         ON CONFLICT (partner_id, name_key) DO NOTHING",
        offer.id.0,
        offer.partner_id.0,
        &offer.name,
        name_key,
        offer.roles.bits(),
        offer.days.get().cast_signed(),
        offer.link_ends_at,
        offer.state.key(),
        offer.generation,
        offer.created_by.0,
        offer.created_at,
    );
    Ok(rows == 1)
}

pub async fn by_id(conn: &mut Conn, partner: CompanyId, id: OfferId) -> StoreResult<Option<AnsweredOffer>> {
    let row = fetch_optional!(
        conn,
        AnsweredOfferRow,
        "SELECT o.*,
                (SELECT count(*) FROM decisions d WHERE d.offer_id = o.id AND d.outcome = 'authorized') AS authorized,
                (SELECT count(*) FROM decisions d WHERE d.offer_id = o.id AND d.outcome = 'declined') AS declined
         FROM offers o WHERE o.partner_id = $1 AND o.id = $2",
        partner.0,
        id.0,
    );
    row.map(answered).transpose()
}

/// Of any partner: the token in its URL is the right to read it.
pub async fn by_token(conn: &mut Conn, id: OfferId) -> StoreResult<Option<Offer>> {
    fetch_optional!(conn, OfferRow, "SELECT * FROM offers WHERE id = $1", id.0).map(TryInto::try_into).transpose()
}

/// The same, held until the transaction ends, so that no withdrawal slips in between check and write.
pub async fn lock(conn: &mut Conn, id: OfferId) -> StoreResult<Option<Offer>> {
    fetch_optional!(conn, OfferRow, "UPDATE offers SET generation = generation WHERE id = $1 RETURNING *", id.0)
        .map(TryInto::try_into)
        .transpose()
}

fn answered(row: AnsweredOfferRow) -> StoreResult<AnsweredOffer> {
    Ok(AnsweredOffer { offer: row.offer.try_into()?, authorized: row.authorized, declined: row.declined })
}

fn list_sql(request: &PageRequest) -> String {
    let order = request.order();
    // The id begins with the time of its making, so it alone is the order.
    let follows = request.follows("o.id", "$2");
    format!(
        "SELECT o.*,
                (SELECT count(*) FROM decisions d WHERE d.offer_id = o.id AND d.outcome = 'authorized') AS authorized,
                (SELECT count(*) FROM decisions d WHERE d.offer_id = o.id AND d.outcome = 'declined') AS declined
         FROM offers o WHERE o.partner_id = $1 {follows} ORDER BY o.id {order} LIMIT $3"
    )
}

/// A partner's offers in the order of their making.
pub async fn list(conn: &mut Conn, partner: CompanyId, request: &PageRequest) -> StoreResult<Page<AnsweredOffer>> {
    let sql = list_sql(request);
    let (_, id) = request.key();
    let rows = fetch_all!(conn, AnsweredOfferRow, AssertSqlSafe(sql.clone()), partner.0, id, request.limit());
    let rows: StoreResult<Vec<_>> = rows.into_iter().map(answered).collect();
    Ok(request.page(rows?))
}

/// How many offers a partner has, counted up to `most`.
pub async fn count(conn: &mut Conn, partner: CompanyId, most: i64) -> StoreResult<i64> {
    let (count,): (i64,) = fetch_one!(
        conn,
        (i64,),
        "SELECT count(*) FROM (SELECT 1 FROM offers WHERE partner_id = $1 LIMIT $2) o",
        partner.0,
        most,
    );
    Ok(count)
}

/// Ends the URL that there is; `false` where the offer is not open, or a new URL was made meanwhile.
pub async fn renew_url(
    conn: &mut Conn,
    partner: CompanyId,
    id: OfferId,
    generation: i64,
    now: DateTime<Utc>,
) -> StoreResult<bool> {
    let rows = execute!(
        conn,
        "UPDATE offers SET generation = generation + 1
         WHERE partner_id = $1 AND id = $2 AND generation = $3 AND state = 'open' AND link_ends_at > $4",
        partner.0,
        id.0,
        generation,
        now,
    );
    Ok(rows == 1)
}

/// `false` where it is withdrawn already.
pub async fn withdraw(conn: &mut Conn, partner: CompanyId, id: OfferId, now: DateTime<Utc>) -> StoreResult<bool> {
    let rows = execute!(
        conn,
        "UPDATE offers SET state = 'withdrawn', withdrawn_at = $3 WHERE partner_id = $1 AND id = $2 AND state = 'open'",
        partner.0,
        id.0,
        now,
    );
    Ok(rows == 1)
}
