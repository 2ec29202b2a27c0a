use chrono::{DateTime, Utc};
use mandate_domain::{CompanyId, Country};
use uuid::Uuid;

use crate::{
    Conn, StoreResult, columns,
    db::{exactly_one, execute, fetch_all, fetch_one, fetch_optional},
};

/// An account of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Company {
    pub id: CompanyId,
    pub name: String,
    pub contact_address: Option<String>,
    pub phone: Option<String>,
    pub support_email: Option<String>,
    pub is_partner: bool,
    pub is_demo: bool,
    /// The one it chose, else the first domain of its own that is verified, else the platform's.
    pub domain: Option<String>,
    pub created_at: DateTime<Utc>,
}

#[derive(sqlx::FromRow)]
struct CompanyRow {
    id: Uuid,
    name: String,
    contact_address: Option<String>,
    phone: Option<String>,
    support_email: Option<String>,
    is_partner: bool,
    is_demo: bool,
    domain: Option<String>,
    created_at: DateTime<Utc>,
}

impl From<CompanyRow> for Company {
    fn from(row: CompanyRow) -> Self {
        Self {
            id: CompanyId(row.id),
            name: row.name,
            contact_address: row.contact_address,
            phone: row.phone,
            support_email: row.support_email,
            is_partner: row.is_partner,
            is_demo: row.is_demo,
            domain: row.domain,
            created_at: row.created_at,
        }
    }
}

pub async fn insert(conn: &mut Conn, company: &Company) -> StoreResult<()> {
    execute!(
        conn,
        "INSERT INTO companies (id, name, contact_address, phone, support_email, is_partner, is_demo, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        company.id.0,
        &company.name,
        &company.contact_address,
        &company.phone,
        &company.support_email,
        company.is_partner,
        company.is_demo,
        company.created_at,
    );
    Ok(())
}

pub async fn by_id(conn: &mut Conn, id: CompanyId) -> StoreResult<Option<Company>> {
    let row = fetch_optional!(
        conn,
        CompanyRow,
        "SELECT c.*, (SELECT d.name FROM domains d WHERE d.company_id = c.id AND d.status = 'verified'
                      ORDER BY d.is_default DESC, d.is_platform, d.verified_at, d.id LIMIT 1) AS domain
         FROM companies c WHERE c.id = $1",
        id.0,
    );
    Ok(row.map(Into::into))
}

/// Keeps where a company is, as it said when it began.
pub async fn set_country(conn: &mut Conn, id: CompanyId, country: Country) -> StoreResult<()> {
    exactly_one(execute!(conn, "UPDATE companies SET country = $2 WHERE id = $1", id.0, country.code()))
}

/// Where a company is, if it said so.
pub async fn country(conn: &mut Conn, id: CompanyId) -> StoreResult<Option<Country>> {
    let row: Option<(Option<String>,)> =
        fetch_optional!(conn, (Option<String>,), "SELECT country FROM companies WHERE id = $1", id.0);
    columns::country(row.and_then(|(code,)| code).as_deref(), "companies.country")
}

/// Whether there is any company, and whether there is one that the demo did not make.
pub async fn present(conn: &mut Conn) -> StoreResult<(bool, bool)> {
    let (any, foreign): (i64, i64) = fetch_one!(
        conn,
        (i64, i64),
        "SELECT (SELECT count(*) FROM (SELECT 1 FROM companies LIMIT 1) a),
                (SELECT count(*) FROM (SELECT 1 FROM companies WHERE NOT is_demo LIMIT 1) f)",
    );
    Ok((any > 0, foreign > 0))
}

/// Counts the company's activity on by one, which also locks the company until the transaction ends. Several are
/// always taken in the order of their ids.
pub async fn next_activity_seq(conn: &mut Conn, id: CompanyId) -> StoreResult<i64> {
    let (seq,): (i64,) = fetch_one!(
        conn,
        (i64,),
        "UPDATE companies SET activity_seq = activity_seq + 1 WHERE id = $1 RETURNING activity_seq",
        id.0,
    );
    Ok(seq)
}

/// Holds companies until the transaction ends, in the order of their ids, so that two such transactions never wait
/// for each other.
pub async fn lock(conn: &mut Conn, ids: &[CompanyId]) -> StoreResult<()> {
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    ids.dedup();
    for id in ids {
        exactly_one(execute!(conn, "UPDATE companies SET activity_seq = activity_seq WHERE id = $1", id.0))?;
    }
    Ok(())
}

/// The partners who hold a live grant of a customer.
pub async fn partners_of(conn: &mut Conn, customer: CompanyId) -> StoreResult<Vec<CompanyId>> {
    let rows: Vec<(Uuid,)> = fetch_all!(
        conn,
        (Uuid,),
        "SELECT partner_id FROM grants WHERE customer_id = $1 AND status = 'active' ORDER BY partner_id",
        customer.0,
    );
    Ok(rows.into_iter().map(|(id,)| CompanyId(id)).collect())
}
