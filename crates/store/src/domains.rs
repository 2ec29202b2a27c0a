use chrono::{DateTime, Utc};
use mandate_domain::{CompanyId, DomainId, UserId};
use uuid::Uuid;

use crate::{
    Conn, StoreError, StoreResult,
    db::{exactly_one, execute, fetch_all, fetch_one, fetch_optional},
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
    pub added_by: Option<Adder>,
    /// When a claim is looked for by itself.
    pub next_check_at: Option<DateTime<Utc>>,
    /// The zone that holds it, as the DNS last told.
    pub zone: Option<String>,
    /// That zone's name servers, with spaces between.
    pub name_servers: Option<String>,
    /// The company's domain that it lies under, where that was its proof.
    pub verified_under: Option<String>,
    /// The company's first choice for new user names.
    pub is_default: bool,
}

/// Who added a domain: a person of the company, or of a partner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Adder {
    pub user: UserId,
    pub company: CompanyId,
}

/// What a check of a claim leaves.
#[derive(Clone, Debug)]
pub struct CheckOutcome<'a> {
    pub at: DateTime<Utc>,
    /// In words.
    pub result: &'a str,
    pub next_check_at: Option<DateTime<Utc>>,
    /// Where the DNS did not tell, what it told before is kept.
    pub zone: Option<&'a str>,
    pub name_servers: Option<String>,
}

impl Domain {
    /// One that is the company's from its beginning, without a record in the DNS.
    pub fn owned(id: DomainId, company_id: CompanyId, name: String, now: DateTime<Utc>) -> Self {
        Self {
            id,
            company_id,
            name,
            status: DomainStatus::Verified,
            is_platform: false,
            challenge: String::new(),
            created_at: now,
            lapses_at: None,
            verified_at: Some(now),
            checked_at: None,
            check_result: None,
            added_by: None,
            next_check_at: None,
            zone: None,
            name_servers: None,
            verified_under: None,
            is_default: false,
        }
    }
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
    added_by: Option<Uuid>,
    added_in: Option<Uuid>,
    next_check_at: Option<DateTime<Utc>>,
    zone: Option<String>,
    name_servers: Option<String>,
    verified_under: Option<String>,
    is_default: bool,
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
            added_by: row
                .added_by
                .zip(row.added_in)
                .map(|(user, company)| Adder { user: UserId(user), company: CompanyId(company) }),
            next_check_at: row.next_check_at,
            zone: row.zone,
            name_servers: row.name_servers,
            verified_under: row.verified_under,
            is_default: row.is_default,
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
        "INSERT INTO domains (id, company_id, name, status, is_platform, challenge, created_at, lapses_at, verified_at,
                              added_by, added_in, next_check_at, zone, name_servers, verified_under)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
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
        domain.added_by.map(|adder| adder.user.0),
        domain.added_by.map(|adder| adder.company.0),
        domain.next_check_at,
        &domain.zone,
        &domain.name_servers,
        &domain.verified_under,
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

/// How many a company has, counted up to `most`.
pub async fn count(conn: &mut Conn, company: CompanyId, most: i64) -> StoreResult<i64> {
    let (count,): (i64,) = fetch_one!(
        conn,
        (i64,),
        "SELECT count(*) FROM (SELECT 1 FROM domains WHERE company_id = $1 LIMIT $2) d",
        company.0,
        most,
    );
    Ok(count)
}

/// Those that user names can be at: the chosen one first, then the company's own, the longest verified of them
/// foremost.
pub async fn verified(conn: &mut Conn, company: CompanyId, limit: i64) -> StoreResult<Vec<Domain>> {
    domains(fetch_all!(
        conn,
        DomainRow,
        "SELECT * FROM domains WHERE company_id = $1 AND status = 'verified'
         ORDER BY is_default DESC, is_platform, verified_at, id LIMIT $2",
        company.0,
        limit,
    ))
}

/// Begins a lapsed claim anew, as the given one. One past its time has lapsed, before any job has said so.
pub async fn claim_again(conn: &mut Conn, id: DomainId, claim: &Domain) -> StoreResult<()> {
    exactly_one(execute!(
        conn,
        "UPDATE domains SET status = 'pending', challenge = $3, lapses_at = $5, checked_at = NULL, check_result = NULL,
                            added_by = $6, added_in = $7, next_check_at = $8
         WHERE company_id = $1 AND id = $2 AND (status = 'lapsed' OR status = 'pending' AND lapses_at <= $4)",
        claim.company_id.0,
        id.0,
        &claim.challenge,
        claim.created_at,
        claim.lapses_at,
        claim.added_by.map(|adder| adder.user.0),
        claim.added_by.map(|adder| adder.company.0),
        claim.next_check_at,
    ))
}

/// Claims that are to be looked for, those that wait longest first; at most `limit`.
pub async fn to_check(conn: &mut Conn, now: DateTime<Utc>, limit: i64) -> StoreResult<Vec<Domain>> {
    domains(fetch_all!(
        conn,
        DomainRow,
        "SELECT * FROM domains WHERE status = 'pending' AND next_check_at <= $1 AND lapses_at > $1
         ORDER BY next_check_at, id LIMIT $2",
        now,
        limit,
    ))
}

/// Keeps what a check saw. A claim that ended meanwhile has no more use for it.
pub async fn checked(conn: &mut Conn, company: CompanyId, id: DomainId, outcome: &CheckOutcome<'_>) -> StoreResult<()> {
    execute!(
        conn,
        "UPDATE domains SET checked_at = $3, check_result = $4, next_check_at = $5,
                            zone = COALESCE($6, zone), name_servers = COALESCE($7, name_servers)
         WHERE company_id = $1 AND id = $2 AND status = 'pending'",
        company.0,
        id.0,
        outcome.at,
        outcome.result,
        outcome.next_check_at,
        outcome.zone,
        &outcome.name_servers,
    );
    Ok(())
}

/// Makes a pending claim the owner, by its record or by the domain that it lies under; `false` where it is no longer
/// pending, has lapsed, or another owns the domain.
pub async fn verify(
    conn: &mut Conn,
    company: CompanyId,
    id: DomainId,
    now: DateTime<Utc>,
    under: Option<&str>,
) -> StoreResult<bool> {
    let rows = execute!(
        conn,
        "UPDATE domains SET status = 'verified', verified_at = $3, checked_at = $3, check_result = NULL,
                            next_check_at = NULL, verified_under = $4
         WHERE company_id = $1 AND id = $2 AND status = 'pending' AND lapses_at > $3
           AND NOT EXISTS (SELECT 1 FROM domains o WHERE o.name = domains.name AND o.status = 'verified')",
        company.0,
        id.0,
        now,
        under,
    );
    Ok(rows == 1)
}

/// Makes a verified domain the company's first choice. The company has to be held, so that two do not meet.
pub async fn make_default(conn: &mut Conn, company: CompanyId, id: DomainId) -> StoreResult<()> {
    execute!(conn, "UPDATE domains SET is_default = FALSE WHERE company_id = $1 AND is_default", company.0);
    exactly_one(execute!(
        conn,
        "UPDATE domains SET is_default = TRUE WHERE company_id = $1 AND id = $2 AND status = 'verified'",
        company.0,
        id.0,
    ))
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
