use chrono::{DateTime, Utc};
use mandate_domain::{CompanyId, Event, GrantId, UserId};
use uuid::Uuid;

use crate::{
    Conn, StoreError, StoreResult, companies,
    db::{execute, fetch_all},
};

/// Who did it, as they were named then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub id: UserId,
    pub display_name: String,
    pub user_name: String,
    pub company_id: CompanyId,
    pub company_name: String,
}

/// A change, to be written into the record of one or two companies.
#[derive(Clone, Debug)]
pub struct NewEntry {
    pub at: DateTime<Utc>,
    /// Nobody, where a job did it.
    pub person: Option<Person>,
    pub grant: Option<GrantId>,
    /// The company in whose account it was done, where that is not the person's.
    pub on_behalf_of: Option<String>,
    pub object_name: String,
    pub event: Event,
}

/// A line of a company's record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub seq: i64,
    pub at: DateTime<Utc>,
    pub person: Option<Person>,
    pub grant: Option<GrantId>,
    pub on_behalf_of: Option<String>,
    pub object_name: String,
    pub event: Event,
}

#[derive(sqlx::FromRow)]
struct EntryRow {
    seq: i64,
    at: DateTime<Utc>,
    actor_id: Option<Uuid>,
    actor_name: Option<String>,
    actor_user_name: Option<String>,
    actor_company_id: Option<Uuid>,
    actor_company_name: Option<String>,
    grant_id: Option<Uuid>,
    on_behalf_of: Option<String>,
    object_name: String,
    event: String,
}

impl TryFrom<EntryRow> for Entry {
    type Error = StoreError;

    fn try_from(row: EntryRow) -> StoreResult<Self> {
        let person =
            match (row.actor_id, row.actor_name, row.actor_user_name, row.actor_company_id, row.actor_company_name) {
                (Some(id), Some(display_name), Some(user_name), Some(company), Some(company_name)) => Some(Person {
                    id: UserId(id),
                    display_name,
                    user_name,
                    company_id: CompanyId(company),
                    company_name,
                }),
                _ => None,
            };
        Ok(Self {
            seq: row.seq,
            at: row.at,
            person,
            grant: row.grant_id.map(GrantId),
            on_behalf_of: row.on_behalf_of,
            object_name: row.object_name,
            event: serde_json::from_str(&row.event).map_err(|_| StoreError::Corrupt("activity.event"))?,
        })
    }
}

/// Writes an entry into the record of each company, in the order of their ids, as they are always locked.
pub async fn append(conn: &mut Conn, companies_in: &[CompanyId], entry: &NewEntry) -> StoreResult<()> {
    let event = serde_json::to_string(&entry.event).map_err(|_| StoreError::Corrupt("activity.event"))?;
    let mut ids = companies_in.to_vec();
    ids.sort_unstable();
    ids.dedup();
    for id in ids {
        let seq = companies::next_activity_seq(conn, id).await?;
        let person = entry.person.as_ref();
        execute!(
            conn,
            "INSERT INTO activity (company_id, seq, at, actor_id, actor_name, actor_user_name, actor_company_id,
                                   actor_company_name, grant_id, on_behalf_of, object_name, event)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
            id.0,
            seq,
            entry.at,
            person.map(|person| person.id.0),
            person.map(|person| person.display_name.as_str()),
            person.map(|person| person.user_name.as_str()),
            person.map(|person| person.company_id.0),
            person.map(|person| person.company_name.as_str()),
            entry.grant.map(|grant| grant.0),
            entry.on_behalf_of.as_deref(),
            &entry.object_name,
            &event,
        );
    }
    Ok(())
}

/// A company's record, newest first, from before a number; of what one partner's people did alone, where one is given.
pub async fn list(
    conn: &mut Conn,
    company: CompanyId,
    before: Option<i64>,
    partner: Option<CompanyId>,
    limit: i64,
) -> StoreResult<Vec<Entry>> {
    let before = before.unwrap_or(i64::MAX);
    let rows = match partner {
        None => fetch_all!(
            conn,
            EntryRow,
            "SELECT * FROM activity WHERE company_id = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3",
            company.0,
            before,
            limit,
        ),
        Some(partner) => fetch_all!(
            conn,
            EntryRow,
            "SELECT * FROM activity WHERE company_id = $1 AND seq < $2 AND actor_company_id = $4
             ORDER BY seq DESC LIMIT $3",
            company.0,
            before,
            limit,
            partner.0,
        ),
    };
    rows.into_iter().map(TryInto::try_into).collect()
}
