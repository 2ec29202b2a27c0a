use chrono::{DateTime, Utc};
use mandate_domain::{CompanyId, DecisionId, OfferId, UserId};
use uuid::Uuid;

use crate::{
    Conn, StoreError, StoreResult,
    db::{execute, fetch_all, fetch_optional},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Authorized,
    Declined,
}

impl Outcome {
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::Authorized => "authorized",
            Self::Declined => "declined",
        }
    }

    fn from_key(key: &str) -> StoreResult<Self> {
        match key {
            "authorized" => Ok(Self::Authorized),
            "declined" => Ok(Self::Declined),
            _ => Err(StoreError::Corrupt("decisions.outcome")),
        }
    }
}

/// What one company answered to one offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    pub id: DecisionId,
    pub offer_id: OfferId,
    pub company_id: CompanyId,
    pub outcome: Outcome,
    pub reason: Option<String>,
    pub decided_by: UserId,
    pub decided_at: DateTime<Utc>,
}

#[derive(sqlx::FromRow)]
struct DecisionRow {
    id: Uuid,
    offer_id: Uuid,
    company_id: Uuid,
    outcome: String,
    reason: Option<String>,
    decided_by: Uuid,
    decided_at: DateTime<Utc>,
}

impl TryFrom<DecisionRow> for Decision {
    type Error = StoreError;

    fn try_from(row: DecisionRow) -> StoreResult<Self> {
        Ok(Self {
            id: DecisionId(row.id),
            offer_id: OfferId(row.offer_id),
            company_id: CompanyId(row.company_id),
            outcome: Outcome::from_key(&row.outcome)?,
            reason: row.reason,
            decided_by: UserId(row.decided_by),
            decided_at: row.decided_at,
        })
    }
}

pub async fn of_company(conn: &mut Conn, offer: OfferId, company: CompanyId) -> StoreResult<Option<Decision>> {
    fetch_optional!(
        conn,
        DecisionRow,
        "SELECT * FROM decisions WHERE offer_id = $1 AND company_id = $2",
        offer.0,
        company.0
    )
    .map(TryInto::try_into)
    .transpose()
}

/// Keeps a decision, or changes one that declined. `false` where the company authorized already: then it stands.
pub async fn decide(conn: &mut Conn, decision: &Decision) -> StoreResult<bool> {
    let rows = execute!(
        conn,
        "INSERT INTO decisions (id, offer_id, company_id, outcome, reason, decided_by, decided_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (offer_id, company_id) DO UPDATE
         SET outcome = $4, reason = $5, decided_by = $6, decided_at = $7
         WHERE decisions.outcome = 'declined'",
        decision.id.0,
        decision.offer_id.0,
        decision.company_id.0,
        decision.outcome.key(),
        &decision.reason,
        decision.decided_by.0,
        decision.decided_at,
    );
    Ok(rows == 1)
}

/// An answer as the partner reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub company_id: CompanyId,
    pub company_name: String,
    pub outcome: Outcome,
    pub reason: Option<String>,
    pub decided_at: DateTime<Utc>,
}

#[derive(sqlx::FromRow)]
struct AnswerRow {
    company_id: Uuid,
    company_name: String,
    outcome: String,
    reason: Option<String>,
    decided_at: DateTime<Utc>,
}

/// The latest answers to an offer; at most `limit`.
pub async fn answers(conn: &mut Conn, partner: CompanyId, offer: OfferId, limit: i64) -> StoreResult<Vec<Answer>> {
    let rows = fetch_all!(
        conn,
        AnswerRow,
        "SELECT d.company_id, c.name AS company_name, d.outcome, d.reason, d.decided_at
         FROM decisions d JOIN companies c ON c.id = d.company_id JOIN offers o ON o.id = d.offer_id
         WHERE o.partner_id = $1 AND d.offer_id = $2 ORDER BY d.decided_at DESC, d.id DESC LIMIT $3",
        partner.0,
        offer.0,
        limit,
    );
    rows.into_iter()
        .map(|row| {
            Ok(Answer {
                company_id: CompanyId(row.company_id),
                company_name: row.company_name,
                outcome: Outcome::from_key(&row.outcome)?,
                reason: row.reason,
                decided_at: row.decided_at,
            })
        })
        .collect()
}
