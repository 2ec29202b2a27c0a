//! Many rows by one statement, for filling a database. Whoever calls them knows that there are no such rows yet.

use mandate_domain::{CompanyId, Role};
use sqlx::{Postgres, QueryBuilder, Sqlite};
use uuid::Uuid;

use crate::{
    Conn, StoreError, StoreResult, activity::Entry, companies::Company, db::Engine, decisions::Decision,
    domains::Domain, grants::Grant, search::Kind, users::User,
};

/// Rows in one statement: with the widest of them, fewer parameters than the 32,766 that SQLite takes.
const AT_ONCE: usize = 500;

macro_rules! insert_all {
    ($conn:expr, $into:literal, $rows:expr, |$values:ident, $row:ident| $bind:expr) => {
        for rows in $rows.chunks(AT_ONCE) {
            match $conn.engine() {
                Engine::Sqlite(conn) => {
                    let mut query = QueryBuilder::<Sqlite>::new($into);
                    query.push_values(rows, |mut $values, $row| {
                        $bind;
                    });
                    query.build().execute(conn).await.map_err(StoreError::from)?;
                }
                Engine::Postgres(conn) => {
                    let mut query = QueryBuilder::<Postgres>::new($into);
                    query.push_values(rows, |mut $values, $row| {
                        $bind;
                    });
                    query.build().execute(conn).await.map_err(StoreError::from)?;
                }
            }
        }
    };
}

/// Companies, and how many entries the record of each has.
pub async fn companies(conn: &mut Conn, companies: &[(Company, i64)]) -> StoreResult<()> {
    insert_all!(
        conn,
        "INSERT INTO companies (id, name, contact_address, phone, support_email, is_partner, is_demo, activity_seq,
                                created_at) ",
        companies,
        |values, row| values
            .push_bind(row.0.id.0)
            .push_bind(&row.0.name)
            .push_bind(&row.0.contact_address)
            .push_bind(&row.0.phone)
            .push_bind(&row.0.support_email)
            .push_bind(row.0.is_partner)
            .push_bind(row.0.is_demo)
            .push_bind(row.1)
            .push_bind(row.0.created_at)
    );
    Ok(())
}

pub async fn domains(conn: &mut Conn, domains: &[Domain]) -> StoreResult<()> {
    insert_all!(
        conn,
        "INSERT INTO domains (id, company_id, name, status, is_platform, challenge, created_at, lapses_at,
                              verified_at) ",
        domains,
        |values, domain| values
            .push_bind(domain.id.0)
            .push_bind(domain.company_id.0)
            .push_bind(&domain.name)
            .push_bind(domain.status.key())
            .push_bind(domain.is_platform)
            .push_bind(&domain.challenge)
            .push_bind(domain.created_at)
            .push_bind(domain.lapses_at)
            .push_bind(domain.verified_at)
    );
    Ok(())
}

pub async fn users(conn: &mut Conn, users: &[User]) -> StoreResult<()> {
    insert_all!(
        conn,
        "INSERT INTO users (id, company_id, domain_id, user_name, first_name, last_name, display_name, sort_key,
                            alternate_email, role, delegation, is_blocked, password_hash, must_change_password,
                            password_set_at, last_sign_in_at, created_at) ",
        users,
        |values, user| values
            .push_bind(user.id.0)
            .push_bind(user.company_id.0)
            .push_bind(user.domain_id.0)
            .push_bind(&user.user_name)
            .push_bind(&user.first_name)
            .push_bind(&user.last_name)
            .push_bind(&user.display_name)
            .push_bind(&user.sort_key)
            .push_bind(&user.alternate_email)
            .push_bind(user.role.map(Role::key))
            .push_bind(user.delegation.key())
            .push_bind(user.is_blocked)
            .push_bind(&user.password_hash)
            .push_bind(user.must_change_password)
            .push_bind(user.password_set_at)
            .push_bind(user.last_sign_in_at)
            .push_bind(user.created_at)
    );
    Ok(())
}

pub async fn decisions(conn: &mut Conn, decisions: &[Decision]) -> StoreResult<()> {
    insert_all!(
        conn,
        "INSERT INTO decisions (id, offer_id, company_id, outcome, reason, decided_by, decided_at) ",
        decisions,
        |values, decision| values
            .push_bind(decision.id.0)
            .push_bind(decision.offer_id.0)
            .push_bind(decision.company_id.0)
            .push_bind(decision.outcome.key())
            .push_bind(&decision.reason)
            .push_bind(decision.decided_by.0)
            .push_bind(decision.decided_at)
    );
    Ok(())
}

pub async fn grants(conn: &mut Conn, grants: &[Grant]) -> StoreResult<()> {
    insert_all!(
        conn,
        "INSERT INTO grants (id, partner_id, customer_id, decision_id, roles, status, starts_at, ends_at) ",
        grants,
        |values, grant| values
            .push_bind(grant.id.0)
            .push_bind(grant.partner_id.0)
            .push_bind(grant.customer_id.0)
            .push_bind(grant.decision_id.0)
            .push_bind(grant.roles.bits())
            .push_bind(grant.state.key())
            .push_bind(grant.starts_at)
            .push_bind(grant.ends_at)
    );
    Ok(())
}

/// Terms in the order of the index, where the caller sorted them so: then it is written from its beginning to its end.
pub async fn search_terms(conn: &mut Conn, scope: CompanyId, kind: Kind, terms: &[(String, Uuid)]) -> StoreResult<()> {
    insert_all!(conn, "INSERT INTO search_terms (scope_id, kind, term, object_id) ", terms, |values, row| values
        .push_bind(scope.0)
        .push_bind(kind.key())
        .push_bind(&row.0)
        .push_bind(row.1));
    Ok(())
}

/// Entries of companies' records, numbered by the caller as [`companies`] was told.
pub async fn activity(conn: &mut Conn, entries: &[(CompanyId, Entry)]) -> StoreResult<()> {
    let events: Vec<_> = entries
        .iter()
        .map(|(company, entry)| {
            let event = serde_json::to_string(&entry.event).map_err(|_| StoreError::Corrupt("activity.event"))?;
            Ok((company, entry, event))
        })
        .collect::<StoreResult<_>>()?;
    insert_all!(
        conn,
        "INSERT INTO activity (company_id, seq, at, actor_id, actor_name, actor_user_name, actor_company_id,
                               actor_company_name, object_name, event) ",
        events,
        |values, row| {
            let (company, entry, event) = row;
            let person = entry.person.as_ref();
            values
                .push_bind(company.0)
                .push_bind(entry.seq)
                .push_bind(entry.at)
                .push_bind(person.map(|person| person.id.0))
                .push_bind(person.map(|person| &person.display_name))
                .push_bind(person.map(|person| &person.user_name))
                .push_bind(person.map(|person| person.company_id.0))
                .push_bind(person.map(|person| &person.company_name))
                .push_bind(&entry.object_name)
                .push_bind(event)
        }
    );
    Ok(())
}
