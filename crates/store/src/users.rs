use chrono::{DateTime, Utc};
use mandate_domain::{CompanyId, DelegatedAdministration, DomainId, Locale, Role, UserId};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::{
    Conn, StoreError, StoreResult,
    db::{exactly_one, execute, fetch_all, fetch_one, fetch_optional},
    page::{Page, PageRequest},
    search::Filter,
};

/// A person in one company.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    pub id: UserId,
    pub company_id: CompanyId,
    pub domain_id: DomainId,
    pub user_name: String,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub display_name: String,
    pub sort_key: String,
    pub alternate_email: Option<String>,
    /// Whether the person has shown that it is theirs. No secret goes to another.
    pub alternate_email_confirmed: bool,
    /// Who set it, where it was not the person.
    pub alternate_email_set_by: Option<String>,
    pub locale: Locale,
    pub role: Option<Role>,
    pub delegation: DelegatedAdministration,
    pub is_blocked: bool,
    pub password_hash: Option<String>,
    pub must_change_password: bool,
    pub password_set_at: Option<DateTime<Utc>>,
    pub password_set_by: Option<UserId>,
    pub password_set_by_partner: Option<CompanyId>,
    pub last_sign_in_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
}

#[derive(sqlx::FromRow)]
struct UserRow {
    id: Uuid,
    company_id: Uuid,
    domain_id: Uuid,
    user_name: String,
    first_name: Option<String>,
    last_name: Option<String>,
    display_name: String,
    sort_key: String,
    alternate_email: Option<String>,
    alternate_email_confirmed: bool,
    alternate_email_set_by: Option<String>,
    locale: String,
    role: Option<String>,
    delegation: String,
    is_blocked: bool,
    password_hash: Option<String>,
    must_change_password: bool,
    password_set_at: Option<DateTime<Utc>>,
    password_set_by: Option<Uuid>,
    password_set_by_partner: Option<Uuid>,
    last_sign_in_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
}

impl TryFrom<UserRow> for User {
    type Error = StoreError;

    fn try_from(row: UserRow) -> StoreResult<Self> {
        let role = row.role.as_deref().map(str::parse).transpose().map_err(|_| StoreError::Corrupt("users.role"))?;
        Ok(Self {
            id: UserId(row.id),
            company_id: CompanyId(row.company_id),
            domain_id: DomainId(row.domain_id),
            user_name: row.user_name,
            first_name: row.first_name,
            last_name: row.last_name,
            display_name: row.display_name,
            sort_key: row.sort_key,
            alternate_email: row.alternate_email,
            alternate_email_confirmed: row.alternate_email_confirmed,
            alternate_email_set_by: row.alternate_email_set_by,
            locale: row.locale.parse().map_err(|_| StoreError::Corrupt("users.locale"))?,
            role,
            delegation: row.delegation.parse().map_err(|_| StoreError::Corrupt("users.delegation"))?,
            is_blocked: row.is_blocked,
            password_hash: row.password_hash,
            must_change_password: row.must_change_password,
            password_set_at: row.password_set_at,
            password_set_by: row.password_set_by.map(UserId),
            password_set_by_partner: row.password_set_by_partner.map(CompanyId),
            last_sign_in_at: row.last_sign_in_at,
            created_at: row.created_at,
        })
    }
}

fn users(rows: Vec<UserRow>) -> StoreResult<Vec<User>> {
    rows.into_iter().map(TryInto::try_into).collect()
}

/// Keeps a new user; `false` where the user name is taken.
pub async fn insert(conn: &mut Conn, user: &User) -> StoreResult<bool> {
    let rows = execute!(
        conn,
        "INSERT INTO users (id, company_id, domain_id, user_name, first_name, last_name, display_name, sort_key,
                            alternate_email, role, delegation, is_blocked, password_hash, must_change_password,
                            password_set_at, password_set_by, password_set_by_partner, created_at,
                            alternate_email_confirmed, alternate_email_set_by, locale)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)
         ON CONFLICT (user_name) DO NOTHING",
        user.id.0,
        user.company_id.0,
        user.domain_id.0,
        &user.user_name,
        &user.first_name,
        &user.last_name,
        &user.display_name,
        &user.sort_key,
        &user.alternate_email,
        user.role.map(Role::key),
        user.delegation.key(),
        user.is_blocked,
        &user.password_hash,
        user.must_change_password,
        user.password_set_at,
        user.password_set_by.map(|id| id.0),
        user.password_set_by_partner.map(|id| id.0),
        user.created_at,
        user.alternate_email_confirmed,
        &user.alternate_email_set_by,
        user.locale.key(),
    );
    Ok(rows == 1)
}

pub async fn by_id(conn: &mut Conn, company: CompanyId, id: UserId) -> StoreResult<Option<User>> {
    fetch_optional!(conn, UserRow, "SELECT * FROM users WHERE company_id = $1 AND id = $2", company.0, id.0)
        .map(TryInto::try_into)
        .transpose()
}

/// The same, held until the transaction ends, so that what is decided about the person still holds when written.
pub async fn lock(conn: &mut Conn, company: CompanyId, id: UserId) -> StoreResult<Option<User>> {
    fetch_optional!(
        conn,
        UserRow,
        "UPDATE users SET is_blocked = is_blocked WHERE company_id = $1 AND id = $2 RETURNING *",
        company.0,
        id.0
    )
    .map(TryInto::try_into)
    .transpose()
}

/// Of any company: this is how a person signs in.
pub async fn by_user_name(conn: &mut Conn, user_name: &str) -> StoreResult<Option<User>> {
    fetch_optional!(conn, UserRow, "SELECT * FROM users WHERE user_name = $1", user_name)
        .map(TryInto::try_into)
        .transpose()
}

/// Who in a company may decide for it, by name; at most `limit`. Blocked people may not.
pub async fn global_administrators(conn: &mut Conn, company: CompanyId, limit: i64) -> StoreResult<Vec<User>> {
    users(fetch_all!(
        conn,
        UserRow,
        "SELECT * FROM users WHERE company_id = $1 AND role = 'global_administrator' AND NOT is_blocked
         ORDER BY sort_key, id LIMIT $2",
        company.0,
        limit,
    ))
}

/// Another global administrator who can sign in. Asked inside a transaction that holds the company.
pub async fn has_other_global_administrator(conn: &mut Conn, company: CompanyId, than: UserId) -> StoreResult<bool> {
    let found: Option<(Uuid,)> = fetch_optional!(
        conn,
        (Uuid,),
        "SELECT id FROM users WHERE company_id = $1 AND role = 'global_administrator' AND NOT is_blocked AND id <> $2
         LIMIT 1",
        company.0,
        than.0,
    );
    Ok(found.is_some())
}

/// A partner's people who may act in customers' companies, by name; at most `limit`.
pub async fn delegated_administrators(conn: &mut Conn, partner: CompanyId, limit: i64) -> StoreResult<Vec<User>> {
    users(fetch_all!(
        conn,
        UserRow,
        "SELECT * FROM users WHERE company_id = $1 AND delegation <> 'no' AND NOT is_blocked
         ORDER BY sort_key, id LIMIT $2",
        partner.0,
        limit,
    ))
}

/// A customer's people whose password a partner made and who have not changed it since, by name; at most `limit`.
/// Blocked ones are among them: whoever lets them in again lets in who knows their password.
pub async fn with_password_of_partner(
    conn: &mut Conn,
    customer: CompanyId,
    partner: CompanyId,
    limit: i64,
) -> StoreResult<Vec<User>> {
    users(fetch_all!(
        conn,
        UserRow,
        "SELECT * FROM users WHERE company_id = $1 AND password_set_by_partner = $2
         ORDER BY sort_key, id LIMIT $3",
        customer.0,
        partner.0,
        limit,
    ))
}

/// What a list of users is sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    #[default]
    Name,
    UserName,
}

/// The statement of a list. Its pieces are fixed, so no input is ever part of it.
fn list_sql(sort: Sort, filter: &Filter, request: &PageRequest) -> String {
    let column = match sort {
        Sort::Name => "sort_key",
        Sort::UserName => "user_name",
    };
    let order = request.order();
    let follows = request.follows(&format!("{column}, id"), "$2, $3");
    let (users, matching) = (filter.rows_of("users"), filter.sql("id"));
    format!(
        "SELECT users.* FROM {users} WHERE company_id = $1 {follows} {matching}
         ORDER BY {column} {order}, id {order} LIMIT $4"
    )
}

pub async fn list(
    conn: &mut Conn,
    company: CompanyId,
    sort: Sort,
    filter: &Filter,
    request: &PageRequest,
) -> StoreResult<Page<User>> {
    let sql = list_sql(sort, filter, request);
    let (key, id) = request.key();
    let terms = filter.bounds();
    let rows = fetch_all!(
        conn,
        UserRow,
        AssertSqlSafe(sql.clone()),
        company.0,
        key,
        id,
        request.limit(),
        terms[0].0,
        terms[0].1,
        terms[1].0,
        terms[1].1,
        terms[2].0,
        terms[2].1,
    );
    Ok(request.page(users(rows)?))
}

/// How many users a company has, counted up to `most`.
pub async fn count(conn: &mut Conn, company: CompanyId, most: i64) -> StoreResult<i64> {
    let (count,): (i64,) = fetch_one!(
        conn,
        (i64,),
        "SELECT count(*) FROM (SELECT 1 FROM users WHERE company_id = $1 LIMIT $2) u",
        company.0,
        most,
    );
    Ok(count)
}

/// What can be changed of a person's entry.
pub async fn update_profile(conn: &mut Conn, user: &User) -> StoreResult<()> {
    exactly_one(execute!(
        conn,
        "UPDATE users SET first_name = $3, last_name = $4, display_name = $5, sort_key = $6, alternate_email = $7,
                          role = $8, alternate_email_confirmed = $9, alternate_email_set_by = $10, locale = $11
         WHERE company_id = $1 AND id = $2",
        user.company_id.0,
        user.id.0,
        &user.first_name,
        &user.last_name,
        &user.display_name,
        &user.sort_key,
        &user.alternate_email,
        user.role.map(Role::key),
        user.alternate_email_confirmed,
        &user.alternate_email_set_by,
        user.locale.key(),
    ))
}

/// A password, and who knows it.
#[derive(Clone, Debug)]
pub struct NewPassword<'a> {
    pub hash: &'a str,
    pub must_change: bool,
    pub set_at: DateTime<Utc>,
    /// Who made it, where it was not the person.
    pub set_by: Option<UserId>,
    pub set_by_partner: Option<CompanyId>,
}

/// Where somebody else sets it, the account may have been in other hands: who set the alternate e-mail then is not to
/// come back through it, so the person has to confirm it again.
pub async fn set_password(
    conn: &mut Conn,
    company: CompanyId,
    id: UserId,
    password: &NewPassword<'_>,
) -> StoreResult<()> {
    exactly_one(execute!(
        conn,
        "UPDATE users SET password_hash = $3, must_change_password = $4, password_set_at = $5, password_set_by = $6,
                          password_set_by_partner = $7,
                          alternate_email_confirmed = alternate_email_confirmed AND $8
         WHERE company_id = $1 AND id = $2",
        company.0,
        id.0,
        password.hash,
        password.must_change,
        password.set_at,
        password.set_by.map(|id| id.0),
        password.set_by_partner.map(|id| id.0),
        password.set_by.is_none(),
    ))
}

/// Takes a password away: nobody can sign in with it any more, and another has to be set. The alternate e-mail is no
/// way back in either.
pub async fn forget_password(conn: &mut Conn, company: CompanyId, id: UserId) -> StoreResult<()> {
    exactly_one(execute!(
        conn,
        "UPDATE users SET password_hash = NULL, must_change_password = $3, password_set_by = NULL,
                          password_set_by_partner = NULL, alternate_email_confirmed = FALSE
         WHERE company_id = $1 AND id = $2",
        company.0,
        id.0,
        false,
    ))
}

/// Replaces a hash whose parameters are old, if it is still the one that was read.
pub async fn rehash(conn: &mut Conn, id: UserId, before: &str, after: &str) -> StoreResult<()> {
    execute!(conn, "UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2", id.0, before, after,);
    Ok(())
}

/// Blocks or unblocks; `false` where it was so already.
pub async fn set_blocked(conn: &mut Conn, company: CompanyId, id: UserId, blocked: bool) -> StoreResult<bool> {
    let rows = execute!(
        conn,
        "UPDATE users SET is_blocked = $3 WHERE company_id = $1 AND id = $2 AND is_blocked <> $3",
        company.0,
        id.0,
        blocked,
    );
    Ok(rows == 1)
}

pub async fn set_delegation(
    conn: &mut Conn,
    company: CompanyId,
    id: UserId,
    delegation: DelegatedAdministration,
) -> StoreResult<()> {
    exactly_one(execute!(
        conn,
        "UPDATE users SET delegation = $3 WHERE company_id = $1 AND id = $2",
        company.0,
        id.0,
        delegation.key(),
    ))
}

pub async fn signed_in(conn: &mut Conn, id: UserId, at: DateTime<Utc>) -> StoreResult<()> {
    exactly_one(execute!(conn, "UPDATE users SET last_sign_in_at = $2 WHERE id = $1", id.0, at))
}

/// Whether any user name is at a domain.
pub async fn use_domain(conn: &mut Conn, company: CompanyId, domain: DomainId) -> StoreResult<bool> {
    let found: Option<(Uuid,)> = fetch_optional!(
        conn,
        (Uuid,),
        "SELECT id FROM users WHERE company_id = $1 AND domain_id = $2 LIMIT 1",
        company.0,
        domain.0,
    );
    Ok(found.is_some())
}
