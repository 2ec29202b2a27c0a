//! Licenses of plans that companies have, for a time.

use chrono::{DateTime, Utc};
use mandate_domain::{
    CompanyId, OrderId, PlanId, Quantity, SubscriptionId, SubscriptionKind, SubscriptionState, SubscriptionStatus, Term,
};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::{
    Conn, StoreError, StoreResult, columns,
    db::{exactly_one, execute, fetch_all, fetch_optional},
    page::{Page, PageRequest},
    plans::{self, Plan},
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    pub id: SubscriptionId,
    pub company_id: CompanyId,
    /// The partner of record: who sold it.
    pub partner_id: CompanyId,
    pub order_id: OrderId,
    pub plan_id: PlanId,
    pub kind: SubscriptionKind,
    /// None for a trial.
    pub term: Option<Term>,
    pub state: SubscriptionState,
    /// How many licenses there are of it.
    pub quantity: Quantity,
    /// And how many of these people have.
    pub assigned: u32,
    pub cancel_at_end: bool,
    pub starts_at: DateTime<Utc>,
    /// The end of the trial, or of the term that lasts.
    pub ends_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
    /// How many of the notices that a trial ends were sent.
    pub notices: i16,
    /// What was bought in its place.
    pub converted_to: Option<SubscriptionId>,
}

impl Subscription {
    pub fn status(&self, now: DateTime<Utc>) -> SubscriptionStatus {
        self.state.at(self.kind, self.cancel_at_end, self.ends_at, now)
    }
}

#[derive(sqlx::FromRow)]
struct SubscriptionRow {
    id: Uuid,
    company_id: Uuid,
    partner_id: Uuid,
    order_id: Uuid,
    plan_id: Uuid,
    kind: String,
    term: Option<String>,
    state: String,
    quantity: i64,
    assigned: i64,
    cancel_at_end: bool,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
    notices: i16,
    converted_to: Option<Uuid>,
}

impl TryFrom<SubscriptionRow> for Subscription {
    type Error = StoreError;

    fn try_from(row: SubscriptionRow) -> StoreResult<Self> {
        Ok(Self {
            id: SubscriptionId(row.id),
            company_id: CompanyId(row.company_id),
            partner_id: CompanyId(row.partner_id),
            order_id: OrderId(row.order_id),
            plan_id: PlanId(row.plan_id),
            kind: SubscriptionKind::from_key(&row.kind).ok_or(StoreError::Corrupt("subscriptions.kind"))?,
            term: columns::term(row.term.as_deref(), "subscriptions.term")?,
            state: SubscriptionState::from_key(&row.state).ok_or(StoreError::Corrupt("subscriptions.state"))?,
            quantity: columns::quantity(row.quantity, "subscriptions.quantity")?,
            assigned: u32::try_from(row.assigned).map_err(|_| StoreError::Corrupt("subscriptions.assigned"))?,
            cancel_at_end: row.cancel_at_end,
            starts_at: row.starts_at,
            ends_at: row.ends_at,
            ended_at: row.ended_at,
            notices: row.notices,
            converted_to: row.converted_to.map(SubscriptionId),
        })
    }
}

fn subscriptions(rows: Vec<SubscriptionRow>) -> StoreResult<Vec<Subscription>> {
    rows.into_iter().map(TryInto::try_into).collect()
}

/// A subscription with what it is of, and whose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub subscription: Subscription,
    pub plan: Plan,
    /// Names of companies.
    pub customer: String,
    pub partner: String,
    pub order_number: String,
}

#[derive(sqlx::FromRow)]
struct ListedRow {
    #[sqlx(flatten)]
    subscription: SubscriptionRow,
    customer: String,
    partner: String,
    order_number: String,
}

/// Adds the plans, of which there are few in many rows.
async fn with_plans(conn: &mut Conn, rows: Vec<ListedRow>) -> StoreResult<Vec<Listed>> {
    let ids = rows.iter().map(|row| PlanId(row.subscription.plan_id)).collect();
    let plans = plans::of_rows(conn, ids).await?;
    let with_plan = |row: ListedRow| -> StoreResult<Listed> {
        let plan = plans.get(&PlanId(row.subscription.plan_id)).ok_or(StoreError::Corrupt("subscriptions.plan_id"))?;
        Ok(Listed {
            subscription: row.subscription.try_into()?,
            plan: plan.clone(),
            customer: row.customer,
            partner: row.partner,
            order_number: row.order_number,
        })
    };
    rows.into_iter().map(with_plan).collect()
}

/// Keeps a new one, that nobody has a license of yet.
pub async fn insert(conn: &mut Conn, subscription: &Subscription) -> StoreResult<()> {
    execute!(
        conn,
        "INSERT INTO subscriptions (id, company_id, partner_id, order_id, plan_id, kind, term, state, quantity, starts_at,
                                    ends_at, notices)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        subscription.id.0,
        subscription.company_id.0,
        subscription.partner_id.0,
        subscription.order_id.0,
        subscription.plan_id.0,
        subscription.kind.key(),
        subscription.term.map(Term::key),
        subscription.state.key(),
        i64::from(subscription.quantity.get()),
        subscription.starts_at,
        subscription.ends_at,
        subscription.notices,
    );
    Ok(())
}

pub async fn by_id(conn: &mut Conn, company: CompanyId, id: SubscriptionId) -> StoreResult<Option<Subscription>> {
    fetch_optional!(
        conn,
        SubscriptionRow,
        "SELECT * FROM subscriptions WHERE company_id = $1 AND id = $2",
        company.0,
        id.0,
    )
    .map(TryInto::try_into)
    .transpose()
}

pub async fn listed(conn: &mut Conn, company: CompanyId, id: SubscriptionId) -> StoreResult<Option<Listed>> {
    let row = fetch_optional!(
        conn,
        ListedRow,
        "SELECT s.*, p.name AS partner, c.name AS customer, o.number AS order_number
         FROM subscriptions s JOIN companies p ON p.id = s.partner_id JOIN companies c ON c.id = s.company_id
              JOIN orders o ON o.id = s.order_id
         WHERE s.company_id = $1 AND s.id = $2",
        company.0,
        id.0,
    );
    Ok(with_plans(conn, row.into_iter().collect()).await?.pop())
}

/// One that a partner sold, to whichever company.
pub async fn by_partner(conn: &mut Conn, partner: CompanyId, id: SubscriptionId) -> StoreResult<Option<Listed>> {
    let row = fetch_optional!(
        conn,
        ListedRow,
        "SELECT s.*, p.name AS partner, c.name AS customer, o.number AS order_number
         FROM subscriptions s JOIN companies p ON p.id = s.partner_id JOIN companies c ON c.id = s.company_id
              JOIN orders o ON o.id = s.order_id
         WHERE s.partner_id = $1 AND s.id = $2",
        partner.0,
        id.0,
    );
    Ok(with_plans(conn, row.into_iter().collect()).await?.pop())
}

/// Held until the transaction ends, so that nobody assigns a license or ends it meanwhile.
pub async fn lock(conn: &mut Conn, company: CompanyId, id: SubscriptionId) -> StoreResult<Option<Subscription>> {
    fetch_optional!(
        conn,
        SubscriptionRow,
        "UPDATE subscriptions SET assigned = assigned WHERE company_id = $1 AND id = $2 RETURNING *",
        company.0,
        id.0,
    )
    .map(TryInto::try_into)
    .transpose()
}

/// The subscriptions of a company, by the column of that, in the order in which they began.
fn list_sql(whose: &str, request: &PageRequest) -> String {
    let follows = request.follows("s.id", "$2");
    let order = request.order();
    format!(
        "SELECT s.*, p.name AS partner, c.name AS customer, o.number AS order_number
         FROM subscriptions s JOIN companies p ON p.id = s.partner_id JOIN companies c ON c.id = s.company_id
              JOIN orders o ON o.id = s.order_id
         WHERE s.{whose} = $1 {follows} ORDER BY s.id {order} LIMIT $3"
    )
}

/// A company's subscriptions, in the order in which they began.
pub async fn list(conn: &mut Conn, company: CompanyId, request: &PageRequest) -> StoreResult<Page<Listed>> {
    page(conn, list_sql("company_id", request), company, request).await
}

/// What a partner sold, ended ones too, in the order in which they began.
pub async fn list_for_partner(conn: &mut Conn, partner: CompanyId, request: &PageRequest) -> StoreResult<Page<Listed>> {
    page(conn, list_sql("partner_id", request), partner, request).await
}

async fn page(conn: &mut Conn, sql: String, whose: CompanyId, request: &PageRequest) -> StoreResult<Page<Listed>> {
    let (_, id) = request.key();
    let rows = fetch_all!(conn, ListedRow, AssertSqlSafe(sql.clone()), whose.0, id, request.limit());
    let rows = with_plans(conn, rows).await?;
    Ok(request.page(rows))
}

/// Those that a company's people can have licenses of now, the latest first; at most `limit`.
pub async fn live(conn: &mut Conn, company: CompanyId, now: DateTime<Utc>, limit: i64) -> StoreResult<Vec<Listed>> {
    let rows = fetch_all!(
        conn,
        ListedRow,
        "SELECT s.*, p.name AS partner, c.name AS customer, o.number AS order_number
         FROM subscriptions s JOIN companies p ON p.id = s.partner_id JOIN companies c ON c.id = s.company_id
              JOIN orders o ON o.id = s.order_id
         WHERE s.company_id = $1 AND s.state = 'live'
           AND (s.ends_at > $2 OR (s.kind = 'paid' AND NOT s.cancel_at_end))
         ORDER BY s.id DESC LIMIT $3",
        company.0,
        now,
        limit,
    );
    with_plans(conn, rows).await
}

/// What a partner sold that ends before a time and does not go on, the first to end foremost; at most `limit`.
pub async fn ending(
    conn: &mut Conn,
    partner: CompanyId,
    now: DateTime<Utc>,
    before: DateTime<Utc>,
    limit: i64,
) -> StoreResult<Vec<Listed>> {
    let rows = fetch_all!(
        conn,
        ListedRow,
        "SELECT s.*, p.name AS partner, c.name AS customer, o.number AS order_number
         FROM subscriptions s JOIN companies p ON p.id = s.partner_id JOIN companies c ON c.id = s.company_id
              JOIN orders o ON o.id = s.order_id
         WHERE s.partner_id = $1 AND s.state = 'live' AND (s.kind = 'trial' OR s.cancel_at_end)
           AND s.ends_at > $2 AND s.ends_at <= $3
         ORDER BY s.ends_at, s.id LIMIT $4",
        partner.0,
        now,
        before,
        limit,
    );
    with_plans(conn, rows).await
}

/// The trials of a partner's customers that last, the first to end foremost; at most `limit`.
pub async fn open_trials(
    conn: &mut Conn,
    partner: CompanyId,
    now: DateTime<Utc>,
    limit: i64,
) -> StoreResult<Vec<Listed>> {
    let rows = fetch_all!(
        conn,
        ListedRow,
        "SELECT s.*, p.name AS partner, c.name AS customer, o.number AS order_number
         FROM subscriptions s JOIN companies p ON p.id = s.partner_id JOIN companies c ON c.id = s.company_id
              JOIN orders o ON o.id = s.order_id
         WHERE s.partner_id = $1 AND s.state = 'live' AND s.kind = 'trial' AND s.ends_at > $2
         ORDER BY s.ends_at, s.id LIMIT $3",
        partner.0,
        now,
        limit,
    );
    with_plans(conn, rows).await
}

/// The trials of a partner's customers that ended after a time with nothing bought in their place, the latest foremost;
/// at most `limit`.
pub async fn ended_trials(
    conn: &mut Conn,
    partner: CompanyId,
    now: DateTime<Utc>,
    since: DateTime<Utc>,
    limit: i64,
) -> StoreResult<Vec<Listed>> {
    let rows = fetch_all!(
        conn,
        ListedRow,
        "SELECT s.*, p.name AS partner, c.name AS customer, o.number AS order_number
         FROM subscriptions s JOIN companies p ON p.id = s.partner_id JOIN companies c ON c.id = s.company_id
              JOIN orders o ON o.id = s.order_id
         WHERE s.partner_id = $1 AND s.kind = 'trial' AND s.state IN ('live', 'expired')
           AND s.ends_at <= $2 AND s.ends_at > $3
         ORDER BY s.ends_at DESC, s.id DESC LIMIT $4",
        partner.0,
        now,
        since,
        limit,
    );
    with_plans(conn, rows).await
}

/// Those whose term is over and that go on; at most `limit`.
pub async fn renew_due(conn: &mut Conn, now: DateTime<Utc>, limit: i64) -> StoreResult<Vec<Subscription>> {
    subscriptions(fetch_all!(
        conn,
        SubscriptionRow,
        "SELECT * FROM subscriptions
         WHERE state = 'live' AND ends_at <= $1 AND kind = 'paid' AND NOT cancel_at_end ORDER BY ends_at, id LIMIT $2",
        now,
        limit,
    ))
}

/// Begins the next term of one that was read; `false` where another did, or it was canceled.
pub async fn renew(
    conn: &mut Conn,
    id: SubscriptionId,
    ended: DateTime<Utc>,
    ends_at: DateTime<Utc>,
) -> StoreResult<bool> {
    let rows = execute!(
        conn,
        "UPDATE subscriptions SET ends_at = $3
         WHERE id = $1 AND ends_at = $2 AND state = 'live' AND kind = 'paid' AND NOT cancel_at_end",
        id.0,
        ended,
        ends_at,
    );
    Ok(rows == 1)
}

/// Those past their end of which nothing has said so, and that do not go on; at most `limit`.
pub async fn expire_due(conn: &mut Conn, now: DateTime<Utc>, limit: i64) -> StoreResult<Vec<Subscription>> {
    subscriptions(fetch_all!(
        conn,
        SubscriptionRow,
        "SELECT * FROM subscriptions
         WHERE state = 'live' AND ends_at <= $1 AND (kind = 'trial' OR cancel_at_end) ORDER BY ends_at, id LIMIT $2",
        now,
        limit,
    ))
}

/// Ends one past its end; `false` where it had ended, or goes on.
pub async fn end(
    conn: &mut Conn,
    id: SubscriptionId,
    state: SubscriptionState,
    now: DateTime<Utc>,
) -> StoreResult<bool> {
    let rows = execute!(
        conn,
        "UPDATE subscriptions SET state = $2, ended_at = $3
         WHERE id = $1 AND state = 'live' AND ends_at <= $3 AND (kind = 'trial' OR cancel_at_end)",
        id.0,
        state.key(),
        now,
    );
    Ok(rows == 1)
}

/// Trials of which a notice is due, the first to end foremost; at most `limit`. The bounds are those of
/// [`mandate_domain::trial_notice_bounds`].
pub async fn notices_due(conn: &mut Conn, bounds: [DateTime<Utc>; 3], limit: i64) -> StoreResult<Vec<Subscription>> {
    let [first, second, third] = bounds;
    subscriptions(fetch_all!(
        conn,
        SubscriptionRow,
        "SELECT * FROM subscriptions
         WHERE state = 'live' AND kind = 'trial' AND ends_at < $1
           AND (notices < 1 OR (notices < 2 AND ends_at < $2) OR (notices < 3 AND ends_at < $3))
         ORDER BY ends_at, id LIMIT $4",
        first,
        second,
        third,
        limit,
    ))
}

/// Notes that so many notices of a trial were sent; `false` where as many had been, or it has ended.
pub async fn noticed(conn: &mut Conn, id: SubscriptionId, notices: i16) -> StoreResult<bool> {
    let rows = execute!(
        conn,
        "UPDATE subscriptions SET notices = $2 WHERE id = $1 AND state = 'live' AND kind = 'trial' AND notices < $2",
        id.0,
        notices,
    );
    Ok(rows == 1)
}

/// Has one that was bought end with its term, or go on after all, until it ends; `false` where it is so already, or
/// has ended.
pub async fn set_cancel(
    conn: &mut Conn,
    company: CompanyId,
    id: SubscriptionId,
    cancel: bool,
    now: DateTime<Utc>,
) -> StoreResult<bool> {
    let rows = execute!(
        conn,
        "UPDATE subscriptions SET cancel_at_end = $3
         WHERE company_id = $1 AND id = $2 AND kind = 'paid' AND state = 'live' AND ends_at > $4
           AND cancel_at_end <> $3",
        company.0,
        id.0,
        cancel,
        now,
    );
    Ok(rows == 1)
}

/// Changes how many licenses there are from what was read; `false` where that was changed meanwhile, people have more,
/// or it has ended.
pub async fn set_quantity(
    conn: &mut Conn,
    company: CompanyId,
    id: SubscriptionId,
    before: Quantity,
    after: Quantity,
) -> StoreResult<bool> {
    let rows = execute!(
        conn,
        "UPDATE subscriptions SET quantity = $4
         WHERE company_id = $1 AND id = $2 AND quantity = $3 AND assigned <= $4 AND state = 'live'",
        company.0,
        id.0,
        i64::from(before.get()),
        i64::from(after.get()),
    );
    Ok(rows == 1)
}

/// Puts a subscription that was just bought in the place of a trial, running or expired; `false` where something has
/// taken its place already. Who has a license of the trial has one of that: there must be as many.
pub async fn convert(
    conn: &mut Conn,
    company: CompanyId,
    trial: SubscriptionId,
    bought: SubscriptionId,
    now: DateTime<Utc>,
) -> StoreResult<bool> {
    let held: Option<(i64,)> = fetch_optional!(
        conn,
        (i64,),
        "UPDATE subscriptions SET assigned = assigned
         WHERE company_id = $1 AND id = $2 AND kind = 'trial' AND state IN ('live', 'expired') RETURNING assigned",
        company.0,
        trial.0,
    );
    let Some((held,)) = held else { return Ok(false) };
    exactly_one(execute!(
        conn,
        "UPDATE subscriptions SET assigned = assigned + $3
         WHERE company_id = $1 AND id = $2 AND kind = 'paid' AND state = 'live' AND assigned + $3 <= quantity",
        company.0,
        bought.0,
        held,
    ))?;
    execute!(
        conn,
        "UPDATE licenses SET subscription_id = $3 WHERE company_id = $1 AND subscription_id = $2",
        company.0,
        trial.0,
        bought.0,
    );
    exactly_one(execute!(
        conn,
        "UPDATE subscriptions SET state = 'converted', converted_to = $3, assigned = 0,
                ended_at = COALESCE(ended_at, $4)
         WHERE company_id = $1 AND id = $2",
        company.0,
        trial.0,
        bought.0,
        now,
    ))?;
    Ok(true)
}
