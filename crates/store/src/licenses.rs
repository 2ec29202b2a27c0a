//! Who has a license of what. How many have one is counted with the subscription, whose row is written first: so of two
//! who assign the last one, the second waits, and then finds none.

use chrono::{DateTime, Utc};
use mandate_domain::{CompanyId, SubscriptionId, UserId};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::{
    Conn, StoreError, StoreResult,
    db::{exactly_one, execute, fetch_all, fetch_optional},
    page::{Page, PageRequest},
};

/// What came of assigning a license.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Assigned {
    Done,
    HasOne,
    /// All are assigned, or the subscription has ended.
    NoneFree,
}

async fn has_one(conn: &mut Conn, subscription: SubscriptionId, user: UserId) -> StoreResult<bool> {
    let found: Option<(Uuid,)> = fetch_optional!(
        conn,
        (Uuid,),
        "SELECT user_id FROM licenses WHERE subscription_id = $1 AND user_id = $2",
        subscription.0,
        user.0,
    );
    Ok(found.is_some())
}

/// Gives one of the company's people a license.
pub async fn assign(
    conn: &mut Conn,
    company: CompanyId,
    subscription: SubscriptionId,
    user: UserId,
    by: UserId,
    now: DateTime<Utc>,
) -> StoreResult<Assigned> {
    let counted = execute!(
        conn,
        "UPDATE subscriptions SET assigned = assigned + 1
         WHERE company_id = $1 AND id = $2 AND state = 'live' AND assigned < quantity
           AND (ends_at > $4 OR (kind = 'paid' AND NOT cancel_at_end))
           AND NOT EXISTS (SELECT 1 FROM licenses l WHERE l.subscription_id = $2 AND l.user_id = $3)",
        company.0,
        subscription.0,
        user.0,
        now,
    );
    if counted == 0 {
        let has_one = has_one(conn, subscription, user).await?;
        return Ok(if has_one { Assigned::HasOne } else { Assigned::NoneFree });
    }
    let given = execute!(
        conn,
        "INSERT INTO licenses (subscription_id, user_id, company_id, assigned_at, assigned_by)
         SELECT $1, u.id, u.company_id, $4, $5 FROM users u WHERE u.company_id = $2 AND u.id = $3
         ON CONFLICT DO NOTHING",
        subscription.0,
        company.0,
        user.0,
        now,
        by.0,
    );
    if given == 1 {
        return Ok(Assigned::Done);
    }
    // Given meanwhile by another, whom the first write waited for.
    if !has_one(conn, subscription, user).await? {
        return Err(StoreError::RowsAffected { expected: 1, actual: given });
    }
    give_back(conn, company, subscription).await?;
    Ok(Assigned::HasOne)
}

/// Takes a license away; `false` where the person has none. Of a subscription that has ended, too.
pub async fn remove(
    conn: &mut Conn,
    company: CompanyId,
    subscription: SubscriptionId,
    user: UserId,
) -> StoreResult<bool> {
    // The subscription is held first here as well, or who assigns and who removes would wait for each other.
    let held = execute!(
        conn,
        "UPDATE subscriptions SET assigned = assigned WHERE company_id = $1 AND id = $2",
        company.0,
        subscription.0,
    );
    if held == 0 {
        return Ok(false);
    }
    let taken =
        execute!(conn, "DELETE FROM licenses WHERE subscription_id = $1 AND user_id = $2", subscription.0, user.0,);
    if taken == 1 {
        give_back(conn, company, subscription).await?;
    }
    Ok(taken == 1)
}

async fn give_back(conn: &mut Conn, company: CompanyId, subscription: SubscriptionId) -> StoreResult<()> {
    exactly_one(execute!(
        conn,
        "UPDATE subscriptions SET assigned = assigned - 1 WHERE company_id = $1 AND id = $2",
        company.0,
        subscription.0,
    ))
}

/// Of which subscriptions one of a company's people has a license, of ended ones too.
pub async fn of_user(conn: &mut Conn, company: CompanyId, user: UserId) -> StoreResult<Vec<SubscriptionId>> {
    let rows: Vec<(Uuid,)> = fetch_all!(
        conn,
        (Uuid,),
        "SELECT subscription_id FROM licenses WHERE user_id = $2 AND company_id = $1 ORDER BY subscription_id",
        company.0,
        user.0,
    );
    Ok(rows.into_iter().map(|(id,)| SubscriptionId(id)).collect())
}

/// Who has a license.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    pub user: UserId,
    pub display_name: String,
    pub user_name: String,
    pub sort_key: String,
    pub is_blocked: bool,
    pub assigned_at: DateTime<Utc>,
}

#[derive(sqlx::FromRow)]
struct HolderRow {
    user_id: Uuid,
    display_name: String,
    user_name: String,
    sort_key: String,
    is_blocked: bool,
    assigned_at: DateTime<Utc>,
}

impl From<HolderRow> for Holder {
    fn from(row: HolderRow) -> Self {
        Self {
            user: UserId(row.user_id),
            display_name: row.display_name,
            user_name: row.user_name,
            sort_key: row.sort_key,
            is_blocked: row.is_blocked,
            assigned_at: row.assigned_at,
        }
    }
}

fn holders_sql(request: &PageRequest) -> String {
    let follows = request.follows("u.sort_key, u.id", "$3, $4");
    let order = request.order();
    format!(
        "SELECT l.user_id, u.display_name, u.user_name, u.sort_key, u.is_blocked, l.assigned_at
         FROM licenses l JOIN users u ON u.id = l.user_id
         WHERE l.company_id = $1 AND l.subscription_id = $2 {follows}
         ORDER BY u.sort_key {order}, u.id {order} LIMIT $5"
    )
}

/// Who has a license of a subscription, by name.
pub async fn holders(
    conn: &mut Conn,
    company: CompanyId,
    subscription: SubscriptionId,
    request: &PageRequest,
) -> StoreResult<Page<Holder>> {
    let sql = holders_sql(request);
    let (key, id) = request.key();
    let rows =
        fetch_all!(conn, HolderRow, AssertSqlSafe(sql.clone()), company.0, subscription.0, key, id, request.limit(),);
    Ok(request.page(rows).map(Into::into))
}

/// How much of what a partner sold a customer uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LicensesUsed {
    pub customer: CompanyId,
    pub name: String,
    pub bought: i64,
    pub assigned: i64,
}

#[derive(sqlx::FromRow)]
struct UsedRow {
    company_id: Uuid,
    name: String,
    bought: i64,
    assigned: i64,
}

/// The licenses of a partner's customers, of all live subscriptions that it sold; at most `limit` customers, those with
/// most licenses first.
pub async fn used_per_customer(
    conn: &mut Conn,
    partner: CompanyId,
    now: DateTime<Utc>,
    limit: i64,
) -> StoreResult<Vec<LicensesUsed>> {
    let rows = fetch_all!(
        conn,
        UsedRow,
        "SELECT s.company_id, c.name, s.bought, s.assigned
         FROM (SELECT company_id, CAST(sum(quantity) AS BIGINT) AS bought, CAST(sum(assigned) AS BIGINT) AS assigned
               FROM subscriptions
               WHERE partner_id = $1 AND state = 'live' AND (ends_at > $2 OR (kind = 'paid' AND NOT cancel_at_end))
               GROUP BY company_id) s
              JOIN companies c ON c.id = s.company_id
         ORDER BY s.bought DESC, s.company_id LIMIT $3",
        partner.0,
        now,
        limit,
    );
    Ok(rows
        .into_iter()
        .map(|row| LicensesUsed {
            customer: CompanyId(row.company_id),
            name: row.name,
            bought: row.bought,
            assigned: row.assigned,
        })
        .collect())
}
