//! What a trial invitation or a purchase offer is for.

use mandate_domain::{Money, OfferId, PlanId, Quantity, Term};
use uuid::Uuid;

use crate::{
    Conn, StoreError, StoreResult, columns,
    db::{execute, fetch_all},
};

/// Licenses of one plan, as they were offered: a later catalog changes nothing of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferLine {
    /// From 0 on, in the order in which they are shown.
    pub line: i16,
    pub plan_id: PlanId,
    /// None for a trial.
    pub term: Option<Term>,
    pub quantity: Quantity,
    /// What one license costs for one term. None for a trial.
    pub unit: Option<Money>,
    /// For a trial alone.
    pub trial_days: Option<u16>,
}

#[derive(sqlx::FromRow)]
struct LineRow {
    line: i16,
    plan_id: Uuid,
    term: Option<String>,
    quantity: i64,
    unit_minor: Option<i64>,
    trial_days: Option<i16>,
    currency: Option<String>,
}

impl TryFrom<LineRow> for OfferLine {
    type Error = StoreError;

    fn try_from(row: LineRow) -> StoreResult<Self> {
        let days = row.trial_days.map(u16::try_from).transpose();
        Ok(Self {
            line: row.line,
            plan_id: PlanId(row.plan_id),
            term: columns::term(row.term.as_deref(), "offer_lines.term")?,
            quantity: columns::quantity(row.quantity, "offer_lines.quantity")?,
            unit: columns::money(row.unit_minor, row.currency.as_deref(), "offer_lines.unit_minor")?,
            trial_days: days.map_err(|_| StoreError::Corrupt("offer_lines.trial_days"))?,
        })
    }
}

/// Keeps the lines of a new offer.
pub async fn insert(conn: &mut Conn, offer: OfferId, lines: &[OfferLine]) -> StoreResult<()> {
    for line in lines {
        execute!(
            conn,
            "INSERT INTO offer_lines (offer_id, line, plan_id, term, quantity, unit_minor, trial_days)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
            offer.0,
            line.line,
            line.plan_id.0,
            line.term.map(Term::key),
            i64::from(line.quantity.get()),
            line.unit.map(Money::minor),
            line.trial_days.map(u16::cast_signed),
        );
    }
    Ok(())
}

/// In their order. Who may read the offer may read them.
pub async fn of_offer(conn: &mut Conn, offer: OfferId) -> StoreResult<Vec<OfferLine>> {
    let rows = fetch_all!(
        conn,
        LineRow,
        "SELECT l.line, l.plan_id, l.term, l.quantity, l.unit_minor, l.trial_days, o.currency
         FROM offer_lines l JOIN offers o ON o.id = l.offer_id WHERE l.offer_id = $1 ORDER BY l.line",
        offer.0,
    );
    rows.into_iter().map(TryInto::try_into).collect()
}
