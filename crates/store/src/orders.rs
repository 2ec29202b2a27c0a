//! What companies accepted of trials and purchases, as it was agreed.

use chrono::{DateTime, Utc};
use mandate_domain::{CompanyId, Money, OfferId, OrderId, PlanId, Quantity, SubscriptionKind, Term, UserId};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::{
    Conn, StoreError, StoreResult, columns,
    db::{execute, fetch_all, fetch_optional},
    page::{Page, PageRequest},
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    pub id: OrderId,
    pub number: String,
    pub offer_id: OfferId,
    pub company_id: CompanyId,
    pub partner_id: CompanyId,
    pub kind: SubscriptionKind,
    /// None for a trial.
    pub total: Option<Money>,
    pub partner_reference: Option<String>,
    pub accepted_by: UserId,
    pub accepted_at: DateTime<Utc>,
}

/// A line as it was agreed, whatever becomes of the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderLine {
    /// From 0 on, in the order in which they are shown.
    pub line: i16,
    pub plan_id: PlanId,
    pub plan_name: String,
    pub plan_description: String,
    pub license_means: String,
    /// None for a trial.
    pub term: Option<Term>,
    pub quantity: Quantity,
    pub unit: Option<Money>,
}

#[derive(sqlx::FromRow)]
struct OrderRow {
    id: Uuid,
    number: String,
    offer_id: Uuid,
    company_id: Uuid,
    partner_id: Uuid,
    kind: String,
    currency: Option<String>,
    total_minor: Option<i64>,
    partner_reference: Option<String>,
    accepted_by: Uuid,
    accepted_at: DateTime<Utc>,
}

impl TryFrom<OrderRow> for Order {
    type Error = StoreError;

    fn try_from(row: OrderRow) -> StoreResult<Self> {
        Ok(Self {
            id: OrderId(row.id),
            number: row.number,
            offer_id: OfferId(row.offer_id),
            company_id: CompanyId(row.company_id),
            partner_id: CompanyId(row.partner_id),
            kind: SubscriptionKind::from_key(&row.kind).ok_or(StoreError::Corrupt("orders.kind"))?,
            total: columns::money(row.total_minor, row.currency.as_deref(), "orders.total_minor")?,
            partner_reference: row.partner_reference,
            accepted_by: UserId(row.accepted_by),
            accepted_at: row.accepted_at,
        })
    }
}

#[derive(sqlx::FromRow)]
struct LineRow {
    line: i16,
    plan_id: Uuid,
    plan_name: String,
    plan_description: String,
    license_means: String,
    term: Option<String>,
    quantity: i64,
    unit_minor: Option<i64>,
    currency: Option<String>,
}

impl TryFrom<LineRow> for OrderLine {
    type Error = StoreError;

    fn try_from(row: LineRow) -> StoreResult<Self> {
        Ok(Self {
            line: row.line,
            plan_id: PlanId(row.plan_id),
            plan_name: row.plan_name,
            plan_description: row.plan_description,
            license_means: row.license_means,
            term: columns::term(row.term.as_deref(), "order_lines.term")?,
            quantity: columns::quantity(row.quantity, "order_lines.quantity")?,
            unit: columns::money(row.unit_minor, row.currency.as_deref(), "order_lines.unit_minor")?,
        })
    }
}

/// Keeps an order with its lines; `false` where the company has ordered by this offer, or the number is taken.
pub async fn insert(conn: &mut Conn, order: &Order, lines: &[OrderLine]) -> StoreResult<bool> {
    let rows = execute!(
        conn,
        "INSERT INTO orders (id, number, offer_id, company_id, partner_id, kind, currency, total_minor,
                             partner_reference, accepted_by, accepted_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         ON CONFLICT DO NOTHING",
        order.id.0,
        &order.number,
        order.offer_id.0,
        order.company_id.0,
        order.partner_id.0,
        order.kind.key(),
        order.total.map(|total| total.currency().code()),
        order.total.map(Money::minor),
        &order.partner_reference,
        order.accepted_by.0,
        order.accepted_at,
    );
    if rows == 0 {
        return Ok(false);
    }
    for line in lines {
        execute!(
            conn,
            "INSERT INTO order_lines (order_id, line, plan_id, plan_name, plan_description, license_means, term,
                                      quantity, unit_minor)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            order.id.0,
            line.line,
            line.plan_id.0,
            &line.plan_name,
            &line.plan_description,
            &line.license_means,
            line.term.map(Term::key),
            i64::from(line.quantity.get()),
            line.unit.map(Money::minor),
        );
    }
    Ok(true)
}

/// In their order. Who may read the order may read them.
pub async fn lines(conn: &mut Conn, order: OrderId) -> StoreResult<Vec<OrderLine>> {
    let rows = fetch_all!(
        conn,
        LineRow,
        "SELECT l.*, o.currency
         FROM order_lines l JOIN orders o ON o.id = l.order_id WHERE l.order_id = $1 ORDER BY l.line",
        order.0,
    );
    rows.into_iter().map(TryInto::try_into).collect()
}

pub async fn by_id(conn: &mut Conn, company: CompanyId, id: OrderId) -> StoreResult<Option<Order>> {
    fetch_optional!(conn, OrderRow, "SELECT * FROM orders WHERE company_id = $1 AND id = $2", company.0, id.0)
        .map(TryInto::try_into)
        .transpose()
}

/// What a company ordered by an offer.
pub async fn by_offer_and_company(conn: &mut Conn, offer: OfferId, company: CompanyId) -> StoreResult<Option<Order>> {
    fetch_optional!(conn, OrderRow, "SELECT * FROM orders WHERE offer_id = $1 AND company_id = $2", offer.0, company.0,)
        .map(TryInto::try_into)
        .transpose()
}

/// What was ordered by a partner's offer; one that sells is for one company.
pub async fn of_offer(conn: &mut Conn, partner: CompanyId, offer: OfferId) -> StoreResult<Option<Order>> {
    fetch_optional!(
        conn,
        OrderRow,
        "SELECT * FROM orders WHERE partner_id = $1 AND offer_id = $2 ORDER BY id DESC LIMIT 1",
        partner.0,
        offer.0,
    )
    .map(TryInto::try_into)
    .transpose()
}

#[derive(sqlx::FromRow)]
struct SoldRow {
    #[sqlx(flatten)]
    order: OrderRow,
    customer: String,
    sale_reference: Option<String>,
}

fn list_sql(request: &PageRequest) -> String {
    let follows = request.follows("o.id", "$2");
    let order = request.order();
    format!(
        "SELECT o.*, c.name AS customer, f.sale_reference
         FROM orders o JOIN companies c ON c.id = o.company_id JOIN offers f ON f.id = o.offer_id
         WHERE o.partner_id = $1 {follows} ORDER BY o.id {order} LIMIT $3"
    )
}

/// What a partner sold, in the order in which it did: each with the customer's name, and the short reference of the
/// offer.
pub async fn list_for_partner(
    conn: &mut Conn,
    partner: CompanyId,
    request: &PageRequest,
) -> StoreResult<Page<(Order, String, Option<String>)>> {
    let sql = list_sql(request);
    let (_, id) = request.key();
    let rows = fetch_all!(conn, SoldRow, AssertSqlSafe(sql.clone()), partner.0, id, request.limit());
    let rows: StoreResult<Vec<_>> =
        rows.into_iter().map(|row| Ok((row.order.try_into()?, row.customer, row.sale_reference))).collect();
    Ok(request.page(rows?))
}
