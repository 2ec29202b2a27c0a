//! Companies in their making: what was typed so far by somebody who has no account. Found by a secret in their browser,
//! of which only the hash is kept, and forgotten after a day.

use chrono::{DateTime, Utc};
use mandate_domain::{CompanyId, Country, OfferId, OrderId, SignUpId};
use uuid::Uuid;

use crate::{
    Conn, StoreError, StoreResult, columns,
    db::{execute, fetch_one, fetch_optional},
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignUp {
    pub id: SignUpId,
    pub offer_id: OfferId,
    /// Of the offer's URL by which it was begun.
    pub generation: i64,
    /// From where it was begun.
    pub address_key: String,
    pub company_name: Option<String>,
    pub country: Option<Country>,
    pub domain_prefix: Option<String>,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub display_name: Option<String>,
    /// The part before the @.
    pub user_name: Option<String>,
    pub alternate_email: Option<String>,
    pub password_hash: Option<String>,
    pub email_confirmed: bool,
    /// Wrong codes that were entered.
    pub code_tries: i64,
    /// None until the mail with the code is sent.
    pub code_expires_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    /// When it was finished, and what came of it.
    pub finished_at: Option<DateTime<Utc>>,
    pub finished_company: Option<CompanyId>,
    pub finished_order: Option<OrderId>,
}

#[derive(sqlx::FromRow)]
struct SignUpRow {
    id: Uuid,
    offer_id: Uuid,
    generation: i64,
    address_key: String,
    company_name: Option<String>,
    country: Option<String>,
    domain_prefix: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    display_name: Option<String>,
    user_name: Option<String>,
    alternate_email: Option<String>,
    password_hash: Option<String>,
    email_confirmed: bool,
    code_tries: i64,
    code_expires_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    finished_at: Option<DateTime<Utc>>,
    finished_company: Option<Uuid>,
    finished_order: Option<Uuid>,
}

impl TryFrom<SignUpRow> for SignUp {
    type Error = StoreError;

    fn try_from(row: SignUpRow) -> StoreResult<Self> {
        Ok(Self {
            id: SignUpId(row.id),
            offer_id: OfferId(row.offer_id),
            generation: row.generation,
            address_key: row.address_key,
            company_name: row.company_name,
            country: columns::country(row.country.as_deref(), "sign_ups.country")?,
            domain_prefix: row.domain_prefix,
            first_name: row.first_name,
            last_name: row.last_name,
            display_name: row.display_name,
            user_name: row.user_name,
            alternate_email: row.alternate_email,
            password_hash: row.password_hash,
            email_confirmed: row.email_confirmed,
            code_tries: row.code_tries,
            code_expires_at: row.code_expires_at,
            created_at: row.created_at,
            finished_at: row.finished_at,
            finished_company: row.finished_company.map(CompanyId),
            finished_order: row.finished_order.map(OrderId),
        })
    }
}

/// Begins one, with nothing typed yet.
pub async fn insert(conn: &mut Conn, sign_up: &SignUp, token_hash: &[u8]) -> StoreResult<()> {
    execute!(
        conn,
        "INSERT INTO sign_ups (id, token_hash, offer_id, generation, address_key, created_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
        sign_up.id.0,
        token_hash,
        sign_up.offer_id.0,
        sign_up.generation,
        &sign_up.address_key,
        sign_up.created_at,
    );
    Ok(())
}

/// The secret is the right to read it.
pub async fn by_token_hash(conn: &mut Conn, token_hash: &[u8]) -> StoreResult<Option<SignUp>> {
    fetch_optional!(conn, SignUpRow, "SELECT * FROM sign_ups WHERE token_hash = $1", token_hash)
        .map(TryInto::try_into)
        .transpose()
}

/// The same, held until the transaction ends, so that of two who finish it one makes the company.
pub async fn lock(conn: &mut Conn, id: SignUpId) -> StoreResult<Option<SignUp>> {
    fetch_optional!(conn, SignUpRow, "UPDATE sign_ups SET code_tries = code_tries WHERE id = $1 RETURNING *", id.0)
        .map(TryInto::try_into)
        .transpose()
}

/// Keeps what was typed of the company; `false` where it is finished.
pub async fn save_company(
    conn: &mut Conn,
    id: SignUpId,
    name: &str,
    country: Country,
    prefix: &str,
) -> StoreResult<bool> {
    let rows = execute!(
        conn,
        "UPDATE sign_ups SET company_name = $2, country = $3, domain_prefix = $4 WHERE id = $1 AND finished_at IS NULL",
        id.0,
        name,
        country.code(),
        prefix,
    );
    Ok(rows == 1)
}

/// Keeps what was typed of the administrator; `false` where it is finished. Another address is not confirmed, and the
/// code that was sent to the one before is of no use for it.
pub async fn save_administrator(conn: &mut Conn, sign_up: &SignUp) -> StoreResult<bool> {
    let rows = execute!(
        conn,
        "UPDATE sign_ups SET first_name = $2, last_name = $3, display_name = $4, user_name = $5, alternate_email = $6,
                password_hash = $7,
                email_confirmed = CASE WHEN alternate_email = $6 THEN email_confirmed ELSE FALSE END,
                code_hash = CASE WHEN alternate_email = $6 THEN code_hash END,
                code_expires_at = CASE WHEN alternate_email = $6 THEN code_expires_at END,
                code_tries = CASE WHEN alternate_email = $6 THEN code_tries ELSE 0 END
         WHERE id = $1 AND finished_at IS NULL",
        sign_up.id.0,
        &sign_up.first_name,
        &sign_up.last_name,
        &sign_up.display_name,
        &sign_up.user_name,
        &sign_up.alternate_email,
        &sign_up.password_hash,
    );
    Ok(rows == 1)
}

/// Has a code made anew: the one before is of no use from now on. `false` where the address is confirmed, `most` were
/// sent, or it is finished.
pub async fn begin_code(conn: &mut Conn, id: SignUpId, most: i64) -> StoreResult<bool> {
    let rows = execute!(
        conn,
        "UPDATE sign_ups SET codes = codes + 1, code_hash = NULL, code_tries = 0, code_expires_at = NULL
         WHERE id = $1 AND alternate_email IS NOT NULL AND NOT email_confirmed AND codes < $2 AND finished_at IS NULL",
        id.0,
        most,
    );
    Ok(rows == 1)
}

/// Keeps what is kept of the code that goes out; `false` where that address does not wait for one any more.
pub async fn set_code(
    conn: &mut Conn,
    id: SignUpId,
    address: &str,
    code_hash: &[u8],
    expires_at: DateTime<Utc>,
) -> StoreResult<bool> {
    let rows = execute!(
        conn,
        "UPDATE sign_ups SET code_hash = $3, code_tries = 0, code_expires_at = $4
         WHERE id = $1 AND alternate_email = $2 AND NOT email_confirmed AND finished_at IS NULL",
        id.0,
        address,
        code_hash,
        expires_at,
    );
    Ok(rows == 1)
}

/// Counts a try, and gives the address and what is kept of its code, to be compared; nothing where no code can be
/// entered (any more). Of tries at once, each is one more.
pub async fn try_code(
    conn: &mut Conn,
    id: SignUpId,
    now: DateTime<Utc>,
    most: i64,
) -> StoreResult<Option<(String, Vec<u8>)>> {
    Ok(fetch_optional!(
        conn,
        (String, Vec<u8>),
        "UPDATE sign_ups SET code_tries = code_tries + 1
         WHERE id = $1 AND code_tries < $3 AND code_expires_at > $2 AND finished_at IS NULL
         RETURNING alternate_email, code_hash",
        id.0,
        now,
        most,
    ))
}

/// Notes that the address is theirs; `false` where it is another by now.
pub async fn confirm(conn: &mut Conn, id: SignUpId, address: &str) -> StoreResult<bool> {
    let rows = execute!(
        conn,
        "UPDATE sign_ups SET email_confirmed = TRUE, code_hash = NULL, code_expires_at = NULL, code_tries = 0
         WHERE id = $1 AND alternate_email = $2 AND finished_at IS NULL",
        id.0,
        address,
    );
    Ok(rows == 1)
}

/// Notes what came of it, and forgets the password; `false` where it was finished before.
pub async fn finish(
    conn: &mut Conn,
    id: SignUpId,
    company: CompanyId,
    order: OrderId,
    now: DateTime<Utc>,
) -> StoreResult<bool> {
    let rows = execute!(
        conn,
        "UPDATE sign_ups SET finished_at = $4, finished_company = $2, finished_order = $3, password_hash = NULL,
                code_hash = NULL, code_expires_at = NULL
         WHERE id = $1 AND finished_at IS NULL",
        id.0,
        company.0,
        order.0,
        now,
    );
    Ok(rows == 1)
}

/// How many were begun from an address after `since`.
pub async fn count_from(conn: &mut Conn, address_key: &str, since: DateTime<Utc>) -> StoreResult<i64> {
    let (count,): (i64,) = fetch_one!(
        conn,
        (i64,),
        "SELECT count(*) FROM sign_ups WHERE address_key = $1 AND created_at > $2",
        address_key,
        since,
    );
    Ok(count)
}

/// How many were begun for an offer after `since`.
pub async fn count_of_offer(conn: &mut Conn, offer: OfferId, since: DateTime<Utc>) -> StoreResult<i64> {
    let (count,): (i64,) = fetch_one!(
        conn,
        (i64,),
        "SELECT count(*) FROM sign_ups WHERE offer_id = $1 AND created_at > $2",
        offer.0,
        since,
    );
    Ok(count)
}

/// Forgets those that were begun before a time, with the mail that they left.
pub async fn delete_before(conn: &mut Conn, before: DateTime<Utc>) -> StoreResult<()> {
    execute!(
        conn,
        "DELETE FROM outgoing_mail WHERE id IN
             (SELECT m.mail_id FROM sign_up_mail m JOIN sign_ups s ON s.id = m.sign_up_id WHERE s.created_at <= $1)",
        before,
    );
    execute!(conn, "DELETE FROM sign_ups WHERE created_at <= $1", before);
    Ok(())
}

/// Marks a mail that waits in the outbox: it gets a code when it is sent.
pub async fn insert_mail(conn: &mut Conn, mail: Uuid, id: SignUpId) -> StoreResult<()> {
    execute!(conn, "INSERT INTO sign_up_mail (mail_id, sign_up_id) VALUES ($1, $2)", mail, id.0);
    Ok(())
}

/// For whom a mail is to get a code.
pub async fn of_mail(conn: &mut Conn, mail: Uuid) -> StoreResult<Option<SignUpId>> {
    let row: Option<(Uuid,)> =
        fetch_optional!(conn, (Uuid,), "SELECT sign_up_id FROM sign_up_mail WHERE mail_id = $1", mail);
    Ok(row.map(|(id,)| SignUpId(id)))
}
