use chrono::{DateTime, Utc};
use mandate_domain::{CompanyId, DomainId};
use uuid::Uuid;

use crate::{
    Conn, StoreError, StoreResult,
    db::{exactly_one, execute, fetch_all, fetch_optional},
};

/// How far a company's claim to a domain has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DomainStatus {
    Pending,
    Verified,
    Lapsed,
}

impl DomainStatus {
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Verified => "verified",
            Self::Lapsed => "lapsed",
        }
    }
}

/// A domain that a company claims or owns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Domain {
    pub id: DomainId,
    pub company_id: CompanyId,
    pub name: String,
    pub status: DomainStatus,
    pub is_platform: bool,
    pub challenge: String,
    pub created_at: DateTime<Utc>,
    pub lapses_at: Option<DateTime<Utc>>,
    pub verified_at: Option<DateTime<Utc>>,
    pub checked_at: Option<DateTime<Utc>>,
    /// What the last check saw, in words.
    pub check_result: Option<String>,
}

#[derive(sqlx::FromRow)]
struct DomainRow {
    id: Uuid,
    company_id: Uuid,
    name: String,
    status: String,
    is_platform: bool,
    challenge: String,
    created_at: DateTime<Utc>,
    lapses_at: Option<DateTime<Utc>>,
    verified_at: Option<DateTime<Utc>>,
    checked_at: Option<DateTime<Utc>>,
    check_result: Option<String>,
}

impl TryFrom<DomainRow> for Domain {
    type Error = StoreError;

    fn try_from(row: DomainRow) -> StoreResult<Self> {
        let status = [DomainStatus::Pending, DomainStatus::Verified, DomainStatus::Lapsed]
            .into_iter()
            .find(|status| status.key() == row.status)
            .ok_or(StoreError::Corrupt("domains.status"))?;
        Ok(Self {
            id: DomainId(row.id),
            company_id: CompanyId(row.company_id),
            name: row.name,
            status,
            is_platform: row.is_platform,
            challenge: row.challenge,
            created_at: row.created_at,
            lapses_at: row.lapses_at,
            verified_at: row.verified_at,
            checked_at: row.checked_at,
            check_result: row.check_result,
        })
    }
}

fn domains(rows: Vec<DomainRow>) -> StoreResult<Vec<Domain>> {
    rows.into_iter().map(TryInto::try_into).collect()
}

/// Keeps a claim; `false` where the company has this domain already, or it is verified and another's.
pub async fn insert(conn: &mut Conn, domain: &Domain) -> StoreResult<bool> {
    let rows = execute!(
        conn,
        "INSERT INTO domains (id, company_id, name, status, is_platform, challenge, created_at, lapses_at, verified_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT DO NOTHING",
        domain.id.0,
        domain.company_id.0,
        &domain.name,
        domain.status.key(),
        domain.is_platform,
        &domain.challenge,
        domain.created_at,
        domain.lapses_at,
        domain.verified_at,
    );
    Ok(rows == 1)
}

pub async fn by_id(conn: &mut Conn, company: CompanyId, id: DomainId) -> StoreResult<Option<Domain>> {
    fetch_optional!(conn, DomainRow, "SELECT * FROM domains WHERE company_id = $1 AND id = $2", company.0, id.0)
        .map(TryInto::try_into)
        .transpose()
}

pub async fn by_name(conn: &mut Conn, company: CompanyId, name: &str) -> StoreResult<Option<Domain>> {
    fetch_optional!(conn, DomainRow, "SELECT * FROM domains WHERE company_id = $1 AND name = $2", company.0, name)
        .map(TryInto::try_into)
        .transpose()
}

/// Whose a verified domain is.
pub async fn owner(conn: &mut Conn, name: &str) -> StoreResult<Option<CompanyId>> {
    let found: Option<(Uuid,)> =
        fetch_optional!(conn, (Uuid,), "SELECT company_id FROM domains WHERE name = $1 AND status = 'verified'", name);
    Ok(found.map(|(id,)| CompanyId(id)))
}

/// A company's domains by name, after the given one; at most `limit`.
pub async fn list(conn: &mut Conn, company: CompanyId, after: &str, limit: i64) -> StoreResult<Vec<Domain>> {
    domains(fetch_all!(
        conn,
        DomainRow,
        "SELECT * FROM domains WHERE company_id = $1 AND name > $2 ORDER BY name LIMIT $3",
        company.0,
        after,
        limit,
    ))
}

/// Those that user names can be at: the company's own first, the longest verified of them foremost.
pub async fn verified(conn: &mut Conn, company: CompanyId, limit: i64) -> StoreResult<Vec<Domain>> {
    domains(fetch_all!(
        conn,
        DomainRow,
        "SELECT * FROM domains WHERE company_id = $1 AND status = 'verified'
         ORDER BY is_platform, verified_at, id LIMIT $2",
        company.0,
        limit,
    ))
}

/// Begins a lapsed claim anew. One past its time has lapsed, before any job has said so.
pub async fn claim_again(
    conn: &mut Conn,
    company: CompanyId,
    id: DomainId,
    challenge: &str,
    now: DateTime<Utc>,
    lapses_at: DateTime<Utc>,
) -> StoreResult<()> {
    exactly_one(execute!(
        conn,
        "UPDATE domains SET status = 'pending', challenge = $3, lapses_at = $5, checked_at = NULL, check_result = NULL
         WHERE company_id = $1 AND id = $2 AND (status = 'lapsed' OR status = 'pending' AND lapses_at <= $4)",
        company.0,
        id.0,
        challenge,
        now,
        lapses_at,
    ))
}

pub async fn checked(
    conn: &mut Conn,
    company: CompanyId,
    id: DomainId,
    at: DateTime<Utc>,
    result: &str,
) -> StoreResult<()> {
    execute!(
        conn,
        "UPDATE domains SET checked_at = $3, check_result = $4
         WHERE company_id = $1 AND id = $2 AND status = 'pending'",
        company.0,
        id.0,
        at,
        result,
    );
    Ok(())
}

/// Makes a pending claim the owner; `false` where it is no longer pending, has lapsed, or another owns the domain.
pub async fn verify(conn: &mut Conn, company: CompanyId, id: DomainId, now: DateTime<Utc>) -> StoreResult<bool> {
    let rows = execute!(
        conn,
        "UPDATE domains SET status = 'verified', verified_at = $3, checked_at = $3, check_result = NULL
         WHERE company_id = $1 AND id = $2 AND status = 'pending' AND lapses_at > $3
           AND NOT EXISTS (SELECT 1 FROM domains o WHERE o.name = domains.name AND o.status = 'verified')",
        company.0,
        id.0,
        now,
    );
    Ok(rows == 1)
}

pub async fn delete(conn: &mut Conn, company: CompanyId, id: DomainId) -> StoreResult<()> {
    exactly_one(execute!(
        conn,
        "DELETE FROM domains WHERE company_id = $1 AND id = $2 AND NOT is_platform",
        company.0,
        id.0,
    ))
}

/// Ends claims past their time, and gives them; at most `limit`.
pub async fn lapse(conn: &mut Conn, now: DateTime<Utc>, limit: i64) -> StoreResult<Vec<Domain>> {
    domains(fetch_all!(
        conn,
        DomainRow,
        "UPDATE domains SET status = 'lapsed' WHERE id IN
             (SELECT id FROM domains WHERE status = 'pending' AND lapses_at <= $1 ORDER BY lapses_at LIMIT $2)
           AND status = 'pending'
         RETURNING *",
        now,
        limit,
    ))
}
