use chrono::{DateTime, Utc};
use mandate_domain::{
    Addressee, BatchId, CompanyId, ContentKind, Country, Currency, GrantDays, OfferAnswer, OfferId, OfferState,
    OfferStatus, RoleSet, SubscriptionId, UserId,
};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::{
    Conn, StoreError, StoreResult, columns,
    db::{execute, fetch_all, fetch_one, fetch_optional},
    page::{Page, PageRequest},
};

/// What a partner sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    pub id: OfferId,
    pub partner_id: CompanyId,
    pub name: String,
    /// None where it leaves delegated administration out, as only one with more in it can.
    pub roles: RoleSet,
    pub days: GrantDays,
    pub link_ends_at: DateTime<Utc>,
    pub state: OfferState,
    /// Raised by *New URL*: URLs of an earlier generation no longer work.
    pub generation: i64,
    pub created_by: UserId,
    pub created_at: DateTime<Utc>,
    /// Whether one company uses it up.
    pub single_use: bool,
    /// The only company that may use it, where the partner said one. Such an offer is for a single use.
    pub addressed_to: Option<Addressee>,
    /// What came of it, where it is for one company.
    pub answer: OfferAnswer,
    /// The partner's own words.
    pub message: Option<String>,
    pub addressee_name: Option<String>,
    pub addressee_email: Option<String>,
    pub batch: Option<BatchPlace>,
    /// How often it was mailed to the addressee, and when last. Reminders do not count.
    pub mailings: i16,
    pub mailed_at: Option<DateTime<Utc>>,
    /// How many reminders followed, and when the next is due.
    pub reminders: i16,
    pub next_reminder_at: Option<DateTime<Utc>>,
    /// When the addressee asked for no more mail about it.
    pub mail_stopped_at: Option<DateTime<Utc>>,
    pub content: ContentKind,
    /// Where a trial's licenses are used.
    pub country: Option<Country>,
    /// In which a purchase is priced.
    pub currency: Option<Currency>,
    /// A short one, to find a trial or purchase by. No two of a partner have the same.
    pub sale_reference: Option<String>,
    /// The partner's own.
    pub partner_reference: Option<String>,
    /// The trial in whose place the purchase is.
    pub converts: Option<SubscriptionId>,
}

/// With which offers it was made, and in which row of their list it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchPlace {
    pub id: BatchId,
    pub row: i16,
}

impl Offer {
    pub fn status(&self, now: DateTime<Utc>) -> OfferStatus {
        self.state.at(self.answer, now, self.link_ends_at)
    }

    pub fn is_used_up(&self) -> bool {
        self.answer == OfferAnswer::Used
    }
}

/// An offer, and how many customers answered it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnsweredOffer {
    pub offer: Offer,
    pub authorized: i64,
    pub declined: i64,
}

#[derive(sqlx::FromRow)]
pub(crate) struct OfferRow {
    id: Uuid,
    partner_id: Uuid,
    name: String,
    roles: i16,
    days: i16,
    link_ends_at: DateTime<Utc>,
    state: String,
    generation: i64,
    created_by: Uuid,
    created_at: DateTime<Utc>,
    single_use: bool,
    addressed_to: Option<String>,
    answer: String,
    message: Option<String>,
    addressee_name: Option<String>,
    addressee_email: Option<String>,
    batch_id: Option<Uuid>,
    batch_row: Option<i16>,
    mailings: i16,
    mailed_at: Option<DateTime<Utc>>,
    reminders: i16,
    next_reminder_at: Option<DateTime<Utc>>,
    mail_stopped_at: Option<DateTime<Utc>>,
    content: String,
    country: Option<String>,
    currency: Option<String>,
    sale_reference: Option<String>,
    partner_reference: Option<String>,
    converts: Option<Uuid>,
}

impl TryFrom<OfferRow> for Offer {
    type Error = StoreError;

    fn try_from(row: OfferRow) -> StoreResult<Self> {
        let addressee = |key: &str| Addressee::from_key(key).ok_or(StoreError::Corrupt("offers.addressed_to"));
        Ok(Self {
            id: OfferId(row.id),
            partner_id: CompanyId(row.partner_id),
            name: row.name,
            roles: RoleSet::from_bits(row.roles).ok_or(StoreError::Corrupt("offers.roles"))?,
            days: GrantDays::new(row.days.into()).map_err(|_| StoreError::Corrupt("offers.days"))?,
            link_ends_at: row.link_ends_at,
            state: OfferState::from_key(&row.state).ok_or(StoreError::Corrupt("offers.state"))?,
            generation: row.generation,
            created_by: UserId(row.created_by),
            created_at: row.created_at,
            single_use: row.single_use,
            addressed_to: row.addressed_to.as_deref().map(addressee).transpose()?,
            answer: OfferAnswer::from_key(&row.answer).ok_or(StoreError::Corrupt("offers.answer"))?,
            message: row.message,
            addressee_name: row.addressee_name,
            addressee_email: row.addressee_email,
            batch: row.batch_id.zip(row.batch_row).map(|(id, row)| BatchPlace { id: BatchId(id), row }),
            mailings: row.mailings,
            mailed_at: row.mailed_at,
            reminders: row.reminders,
            next_reminder_at: row.next_reminder_at,
            mail_stopped_at: row.mail_stopped_at,
            content: ContentKind::from_key(&row.content).ok_or(StoreError::Corrupt("offers.content"))?,
            country: columns::country(row.country.as_deref(), "offers.country")?,
            currency: columns::currency(row.currency.as_deref(), "offers.currency")?,
            sale_reference: row.sale_reference,
            partner_reference: row.partner_reference,
            converts: row.converts.map(SubscriptionId),
        })
    }
}

#[derive(sqlx::FromRow)]
struct AnsweredOfferRow {
    #[sqlx(flatten)]
    offer: OfferRow,
    authorized: i64,
    declined: i64,
}

/// Keeps an offer; `false` where the partner has one of this name.
pub async fn insert(conn: &mut Conn, offer: &Offer, name_key: &str) -> StoreResult<bool> {
    let rows = execute!(
        conn,
        "INSERT INTO offers (id, partner_id, name, name_key, roles, days, link_ends_at, state, generation, created_by,
                             created_at, single_use, addressed_to, answer, message, addressee_name, addressee_email,
                             batch_id, batch_row, content, country, currency, sale_reference, partner_reference,
                             converts)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23,
                 $24, $25)
         ON CONFLICT (partner_id, name_key) DO NOTHING",
        offer.id.0,
        offer.partner_id.0,
        &offer.name,
        name_key,
        offer.roles.bits(),
        offer.days.get().cast_signed(),
        offer.link_ends_at,
        offer.state.key(),
        offer.generation,
        offer.created_by.0,
        offer.created_at,
        offer.single_use,
        offer.addressed_to.as_ref().map(ToString::to_string),
        offer.answer.key(),
        &offer.message,
        &offer.addressee_name,
        &offer.addressee_email,
        offer.batch.map(|batch| batch.id.0),
        offer.batch.map(|batch| batch.row),
        offer.content.key(),
        offer.country.map(Country::code),
        offer.currency.map(Currency::code),
        &offer.sale_reference,
        &offer.partner_reference,
        offer.converts.map(|id| id.0),
    );
    Ok(rows == 1)
}

pub async fn by_id(conn: &mut Conn, partner: CompanyId, id: OfferId) -> StoreResult<Option<AnsweredOffer>> {
    let row = fetch_optional!(
        conn,
        AnsweredOfferRow,
        "SELECT o.*,
                (SELECT count(*) FROM decisions d WHERE d.offer_id = o.id AND d.outcome = 'authorized') AS authorized,
                (SELECT count(*) FROM decisions d WHERE d.offer_id = o.id AND d.outcome = 'declined') AS declined
         FROM offers o WHERE o.partner_id = $1 AND o.id = $2",
        partner.0,
        id.0,
    );
    row.map(answered).transpose()
}

/// Of any partner: the token in its URL is the right to read it.
pub async fn by_token(conn: &mut Conn, id: OfferId) -> StoreResult<Option<Offer>> {
    fetch_optional!(conn, OfferRow, "SELECT * FROM offers WHERE id = $1", id.0).map(TryInto::try_into).transpose()
}

/// The same, held until the transaction ends, so that no withdrawal slips in between check and write.
pub async fn lock(conn: &mut Conn, id: OfferId) -> StoreResult<Option<Offer>> {
    fetch_optional!(conn, OfferRow, "UPDATE offers SET generation = generation WHERE id = $1 RETURNING *", id.0)
        .map(TryInto::try_into)
        .transpose()
}

/// The offer of a partner that a short reference stands for.
pub async fn by_reference(conn: &mut Conn, partner: CompanyId, reference: &str) -> StoreResult<Option<OfferId>> {
    let row: Option<(Uuid,)> = fetch_optional!(
        conn,
        (Uuid,),
        "SELECT id FROM offers WHERE partner_id = $1 AND sale_reference = $2",
        partner.0,
        reference,
    );
    Ok(row.map(|(id,)| OfferId(id)))
}

/// Uses up an offer for one company; `false` where another was first, or it is withdrawn.
pub async fn use_up(conn: &mut Conn, id: OfferId) -> StoreResult<bool> {
    let rows = execute!(
        conn,
        "UPDATE offers SET answer = 'used' WHERE id = $1 AND single_use AND answer <> 'used' AND state = 'open'",
        id.0,
    );
    Ok(rows == 1)
}

/// Notes that an offer for one company was declined. One that was used stays so, and one for any number of customers
/// stays open.
pub async fn declined(conn: &mut Conn, id: OfferId) -> StoreResult<()> {
    execute!(conn, "UPDATE offers SET answer = 'declined' WHERE id = $1 AND single_use AND answer = 'none'", id.0);
    Ok(())
}

fn answered(row: AnsweredOfferRow) -> StoreResult<AnsweredOffer> {
    Ok(AnsweredOffer { offer: row.offer.try_into()?, authorized: row.authorized, declined: row.declined })
}

/// In which order a partner's offers are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// By their making.
    Made,
    Name,
    LinkEnd,
}

impl Sort {
    pub const ALL: [Self; 3] = [Self::Made, Self::Name, Self::LinkEnd];

    /// The columns, and the parameters that a place in the list is compared with. An id begins with the time of its
    /// making, so it alone is that order.
    const fn columns(self) -> (&'static str, &'static str) {
        match self {
            Self::Made => ("o.id", "$2"),
            Self::Name => ("o.name_key, o.id", "$4, $2"),
            Self::LinkEnd => ("o.link_ends_at, o.id", "$5, $2"),
        }
    }
}

/// What an offer must be at the time of $6.
const fn condition(status: Option<OfferStatus>) -> &'static str {
    match status {
        None => "",
        Some(OfferStatus::Open) => "AND o.state = 'open' AND o.answer = 'none' AND o.link_ends_at > $6",
        Some(OfferStatus::UsedUp) => "AND o.state = 'open' AND o.answer = 'used'",
        Some(OfferStatus::Declined) => "AND o.state = 'open' AND o.answer = 'declined' AND o.link_ends_at > $6",
        Some(OfferStatus::Expired) => {
            "AND o.state = 'open' AND o.answer IN ('none', 'declined') AND o.link_ends_at <= $6"
        }
        Some(OfferStatus::Withdrawn) => "AND o.state = 'withdrawn'",
    }
}

fn list_sql(status: Option<OfferStatus>, sort: Sort, request: &PageRequest) -> String {
    let (columns, key) = sort.columns();
    let follows = request.follows(columns, key);
    let condition = condition(status);
    let order = request.order();
    let order = columns.split(", ").map(|column| format!("{column} {order}")).collect::<Vec<_>>().join(", ");
    format!(
        "SELECT o.*,
                (SELECT count(*) FROM decisions d WHERE d.offer_id = o.id AND d.outcome = 'authorized') AS authorized,
                (SELECT count(*) FROM decisions d WHERE d.offer_id = o.id AND d.outcome = 'declined') AS declined
         FROM offers o WHERE o.partner_id = $1 {condition} {follows} ORDER BY {order} LIMIT $3"
    )
}

/// A partner's offers of one status or of all. By name, a place in the list is a name's key; by the link's end, a time.
pub async fn list(
    conn: &mut Conn,
    partner: CompanyId,
    status: Option<OfferStatus>,
    sort: Sort,
    request: &PageRequest,
    now: DateTime<Utc>,
) -> StoreResult<Page<AnsweredOffer>> {
    let sql = list_sql(status, sort, request);
    let (key, id) = request.key();
    let link_ends_at = key.parse::<DateTime<Utc>>().unwrap_or(now);
    let rows = fetch_all!(
        conn,
        AnsweredOfferRow,
        AssertSqlSafe(sql.clone()),
        partner.0,
        id,
        request.limit(),
        key,
        link_ends_at,
        now,
    );
    let rows: StoreResult<Vec<_>> = rows.into_iter().map(answered).collect();
    Ok(request.page(rows?))
}

/// How many offers a partner has, counted up to `most`.
pub async fn count(conn: &mut Conn, partner: CompanyId, most: i64) -> StoreResult<i64> {
    let (count,): (i64,) = fetch_one!(
        conn,
        (i64,),
        "SELECT count(*) FROM (SELECT 1 FROM offers WHERE partner_id = $1 LIMIT $2) o",
        partner.0,
        most,
    );
    Ok(count)
}

/// Ends the URL that there is; `false` where the offer is not open, or a new URL was made meanwhile.
pub async fn renew_url(
    conn: &mut Conn,
    partner: CompanyId,
    id: OfferId,
    generation: i64,
    now: DateTime<Utc>,
) -> StoreResult<bool> {
    let rows = execute!(
        conn,
        "UPDATE offers SET generation = generation + 1
         WHERE partner_id = $1 AND id = $2 AND generation = $3 AND state = 'open' AND answer <> 'used'
           AND link_ends_at > $4",
        partner.0,
        id.0,
        generation,
        now,
    );
    Ok(rows == 1)
}

/// `false` where it is withdrawn already, or used up: then there is nothing left to withdraw.
pub async fn withdraw(conn: &mut Conn, partner: CompanyId, id: OfferId, now: DateTime<Utc>) -> StoreResult<bool> {
    let rows = execute!(
        conn,
        "UPDATE offers SET state = 'withdrawn', withdrawn_at = $3, next_reminder_at = NULL
         WHERE partner_id = $1 AND id = $2 AND state = 'open' AND answer <> 'used'",
        partner.0,
        id.0,
        now,
    );
    Ok(rows == 1)
}
