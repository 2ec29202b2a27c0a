use chrono::{DateTime, Utc};
use mandate_domain::{CompanyId, DecisionId, GrantId, GrantState, RoleSet, UserId};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::{
    Conn, StoreError, StoreResult,
    db::{execute, fetch_all, fetch_one, fetch_optional},
    page::{Page, PageRequest},
    search::Filter,
};

/// What a customer gave one partner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    pub id: GrantId,
    pub partner_id: CompanyId,
    pub customer_id: CompanyId,
    pub decision_id: DecisionId,
    pub roles: RoleSet,
    pub state: GrantState,
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    pub last_used_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
}

#[derive(sqlx::FromRow)]
struct GrantRow {
    id: Uuid,
    partner_id: Uuid,
    customer_id: Uuid,
    decision_id: Uuid,
    roles: i16,
    status: String,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    last_used_at: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
}

impl TryFrom<GrantRow> for Grant {
    type Error = StoreError;

    fn try_from(row: GrantRow) -> StoreResult<Self> {
        Ok(Self {
            id: GrantId(row.id),
            partner_id: CompanyId(row.partner_id),
            customer_id: CompanyId(row.customer_id),
            decision_id: DecisionId(row.decision_id),
            roles: RoleSet::from_bits(row.roles).ok_or(StoreError::Corrupt("grants.roles"))?,
            state: GrantState::from_key(&row.status).ok_or(StoreError::Corrupt("grants.status"))?,
            starts_at: row.starts_at,
            ends_at: row.ends_at,
            last_used_at: row.last_used_at,
            ended_at: row.ended_at,
        })
    }
}

fn grants(rows: Vec<GrantRow>) -> StoreResult<Vec<Grant>> {
    rows.into_iter().map(TryInto::try_into).collect()
}

/// Keeps a new grant. The database refuses a second live one of the same partner and customer.
pub async fn insert(conn: &mut Conn, grant: &Grant) -> StoreResult<()> {
    execute!(
        conn,
        "INSERT INTO grants (id, partner_id, customer_id, decision_id, roles, status, starts_at, ends_at)
         VALUES ($1, $2, $3, $4, $5, 'active', $6, $7)",
        grant.id.0,
        grant.partner_id.0,
        grant.customer_id.0,
        grant.decision_id.0,
        grant.roles.bits(),
        grant.starts_at,
        grant.ends_at,
    );
    Ok(())
}

/// The live grant of a partner and a customer. One past its end is not live.
pub async fn live(
    conn: &mut Conn,
    partner: CompanyId,
    customer: CompanyId,
    now: DateTime<Utc>,
) -> StoreResult<Option<Grant>> {
    fetch_optional!(
        conn,
        GrantRow,
        "SELECT * FROM grants WHERE partner_id = $1 AND customer_id = $2 AND status = 'active' AND ends_at > $3",
        partner.0,
        customer.0,
        now,
    )
    .map(TryInto::try_into)
    .transpose()
}

/// Begins a change on behalf of another: holds the live grant until the transaction ends, so that no revocation
/// slips in between check and write.
pub async fn use_live(
    conn: &mut Conn,
    partner: CompanyId,
    customer: CompanyId,
    now: DateTime<Utc>,
) -> StoreResult<Option<Grant>> {
    fetch_optional!(
        conn,
        GrantRow,
        "UPDATE grants SET last_used_at = $3
         WHERE partner_id = $1 AND customer_id = $2 AND status = 'active' AND ends_at > $3 RETURNING *",
        partner.0,
        customer.0,
        now,
    )
    .map(TryInto::try_into)
    .transpose()
}

pub async fn by_decision(conn: &mut Conn, decision: DecisionId) -> StoreResult<Option<Grant>> {
    fetch_optional!(conn, GrantRow, "SELECT * FROM grants WHERE decision_id = $1", decision.0)
        .map(TryInto::try_into)
        .transpose()
}

/// By what offer a grant came to be, and who authorized it.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Origin {
    pub offer_name: String,
    pub authorized_by: String,
}

pub async fn origin(conn: &mut Conn, grant: GrantId) -> StoreResult<Option<Origin>> {
    Ok(fetch_optional!(
        conn,
        Origin,
        "SELECT o.name AS offer_name, u.display_name AS authorized_by
         FROM grants g JOIN decisions d ON d.id = g.decision_id JOIN offers o ON o.id = d.offer_id
              JOIN users u ON u.id = d.decided_by
         WHERE g.id = $1",
        grant.0,
    ))
}

/// The live grants of a customer, those that end first foremost; at most `limit`.
pub async fn live_of_customer(
    conn: &mut Conn,
    customer: CompanyId,
    now: DateTime<Utc>,
    limit: i64,
) -> StoreResult<Vec<Grant>> {
    grants(fetch_all!(
        conn,
        GrantRow,
        "SELECT * FROM grants WHERE customer_id = $1 AND status = 'active' AND ends_at > $2
         ORDER BY ends_at, id LIMIT $3",
        customer.0,
        now,
        limit,
    ))
}

/// Those that ended, the latest foremost; at most `limit`.
pub async fn ended_of_customer(
    conn: &mut Conn,
    customer: CompanyId,
    now: DateTime<Utc>,
    limit: i64,
) -> StoreResult<Vec<Grant>> {
    grants(fetch_all!(
        conn,
        GrantRow,
        "SELECT * FROM grants WHERE customer_id = $1 AND (status <> 'active' OR ends_at <= $2)
         ORDER BY ends_at DESC, id DESC LIMIT $3",
        customer.0,
        now,
        limit,
    ))
}

/// A customer as its partner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Customer {
    pub grant: Grant,
    pub name: String,
    pub domain: Option<String>,
}

#[derive(sqlx::FromRow)]
struct CustomerRow {
    #[sqlx(flatten)]
    grant: GrantRow,
    name: String,
    domain: Option<String>,
}

fn customers_sql(filter: &Filter, request: &PageRequest) -> String {
    let order = request.order();
    let follows = request.follows("g.ends_at, g.id", "$2, $3");
    let (grants, matching) = (filter.rows_of("grants g"), filter.sql("g.customer_id"));
    format!(
        "SELECT g.*, c.name,
                (SELECT d.name FROM domains d WHERE d.company_id = c.id AND d.status = 'verified'
                 ORDER BY d.is_default DESC, d.is_platform, d.verified_at, d.id LIMIT 1) AS domain
         FROM {grants} CROSS JOIN companies c
         WHERE c.id = g.customer_id AND g.partner_id = $1 AND g.status = 'active' AND g.ends_at > $11
           {follows} {matching}
         ORDER BY g.ends_at {order}, g.id {order} LIMIT $4"
    )
}

/// A partner's customers in the order in which their grants end.
pub async fn customers(
    conn: &mut Conn,
    partner: CompanyId,
    filter: &Filter,
    request: &PageRequest,
    now: DateTime<Utc>,
) -> StoreResult<Page<Customer>> {
    let sql = customers_sql(filter, request);
    let (key, id) = request.key();
    let ends_at = key.parse::<DateTime<Utc>>().unwrap_or(now);
    let terms = filter.bounds();
    let rows = fetch_all!(
        conn,
        CustomerRow,
        AssertSqlSafe(sql.clone()),
        partner.0,
        ends_at,
        id,
        request.limit(),
        terms[0].0,
        terms[0].1,
        terms[1].0,
        terms[1].1,
        terms[2].0,
        terms[2].1,
        now,
    );
    let rows: StoreResult<Vec<_>> = rows
        .into_iter()
        .map(|row| Ok(Customer { grant: row.grant.try_into()?, name: row.name, domain: row.domain }))
        .collect();
    Ok(request.page(rows?))
}

/// How many customers a partner has, and with how many access ends before `soon`; each counted up to `most`.
pub async fn count_customers(
    conn: &mut Conn,
    partner: CompanyId,
    now: DateTime<Utc>,
    soon: DateTime<Utc>,
    most: i64,
) -> StoreResult<(i64, i64)> {
    Ok(fetch_one!(
        conn,
        (i64, i64),
        "SELECT (SELECT count(*) FROM (SELECT 1 FROM grants
                 WHERE partner_id = $1 AND status = 'active' AND ends_at > $2 LIMIT $4) a),
                (SELECT count(*) FROM (SELECT 1 FROM grants
                 WHERE partner_id = $1 AND status = 'active' AND ends_at > $2 AND ends_at <= $3 LIMIT $4) s)",
        partner.0,
        now,
        soon,
        most,
    ))
}

/// Ends a live grant; `false` where it had ended.
pub async fn end(
    conn: &mut Conn,
    id: GrantId,
    state: GrantState,
    now: DateTime<Utc>,
    by: Option<UserId>,
) -> StoreResult<bool> {
    if !GrantState::Active.may_become(state) {
        return Err(StoreError::Corrupt("grants.status"));
    }
    let rows = execute!(
        conn,
        "UPDATE grants SET status = $2, ended_at = $3, ended_by = $4 WHERE id = $1 AND status = 'active'",
        id.0,
        state.key(),
        now,
        by.map(|id| id.0),
    );
    Ok(rows == 1)
}

/// The live grant of a partner and a customer, whether past its end or not: what a new one replaces.
pub async fn standing(conn: &mut Conn, partner: CompanyId, customer: CompanyId) -> StoreResult<Option<Grant>> {
    fetch_optional!(
        conn,
        GrantRow,
        "SELECT * FROM grants WHERE partner_id = $1 AND customer_id = $2 AND status = 'active'",
        partner.0,
        customer.0,
    )
    .map(TryInto::try_into)
    .transpose()
}

/// Whether a customer ever gave a partner anything.
pub async fn any(conn: &mut Conn, partner: CompanyId, customer: CompanyId) -> StoreResult<bool> {
    let found: Option<(Uuid,)> = fetch_optional!(
        conn,
        (Uuid,),
        "SELECT id FROM grants WHERE partner_id = $1 AND customer_id = $2 LIMIT 1",
        partner.0,
        customer.0,
    );
    Ok(found.is_some())
}

/// Those past their end of which nothing has said so; at most `limit`.
pub async fn due(conn: &mut Conn, now: DateTime<Utc>, limit: i64) -> StoreResult<Vec<Grant>> {
    grants(fetch_all!(
        conn,
        GrantRow,
        "SELECT * FROM grants WHERE status = 'active' AND ends_at <= $1 ORDER BY ends_at LIMIT $2",
        now,
        limit,
    ))
}
