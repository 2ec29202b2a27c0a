//! What whoever looks on asks again and again: one statement for all of them at once.

use std::iter::repeat_n;

use chrono::{DateTime, Utc};
use mandate_domain::CompanyId;
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::{Conn, StoreError, StoreResult, db::Engine};

/// As many as one statement asks for; more are asked for by several.
const MOST: usize = 1_000;

/// Runs a query that names a list, with its values.
macro_rules! fetch_listed {
    ($conn:expr, $row:ty, $sql:expr, $listed:expr $(, $arg:expr)* $(,)?) => {
        match $conn.engine() {
            Engine::Sqlite(conn) => {
                let query = sqlx::query_as::<_, $row>(AssertSqlSafe($sql))$(.bind($arg))*;
                let query = $listed.into_iter().fold(query, |query, value| query.bind(value));
                query.fetch_all(conn).await.map_err(StoreError::from)?
            }
            Engine::Postgres(conn) => {
                let query = sqlx::query_as::<_, $row>(AssertSqlSafe($sql))$(.bind($arg))*;
                let query = $listed.into_iter().fold(query, |query, value| query.bind(value));
                query.fetch_all(conn).await.map_err(StoreError::from)?
            }
        }
    };
}

/// The values, the last of them so often that their number is a power of two: there are few such statements, so each
/// stays prepared.
fn filled_up<T: Clone>(values: impl Iterator<Item = T>) -> Vec<T> {
    let mut values: Vec<T> = values.collect();
    let missing = values.len().next_power_of_two() - values.len();
    let last = values.last().cloned();
    values.extend(last.into_iter().flat_map(|last| repeat_n(last, missing)));
    values
}

/// `$3, $4, …` for so many values.
fn placeholders(first: usize, number: usize) -> String {
    let names: Vec<String> = (first..first + number).map(|index| format!("${index}")).collect();
    names.join(", ")
}

/// The number that the record of each company has reached.
pub async fn activity_seqs(conn: &mut Conn, companies: &[CompanyId]) -> StoreResult<Vec<(CompanyId, i64)>> {
    let mut found = Vec::with_capacity(companies.len());
    for some in companies.chunks(MOST) {
        let ids = filled_up(some.iter().map(|company| company.0));
        let sql = format!("SELECT id, activity_seq FROM companies WHERE id IN ({})", placeholders(1, ids.len()));
        let rows: Vec<(Uuid, i64)> = fetch_listed!(conn, (Uuid, i64), sql, ids);
        found.extend(rows.into_iter().map(|(id, seq)| (CompanyId(id), seq)));
    }
    Ok(found)
}

/// Those of the sessions, by the hashes of their tokens, that still last and whose person is not blocked.
pub async fn live_sessions(
    conn: &mut Conn,
    token_hashes: &[[u8; 32]],
    now: DateTime<Utc>,
    idle_since: DateTime<Utc>,
) -> StoreResult<Vec<[u8; 32]>> {
    let mut found = Vec::with_capacity(token_hashes.len());
    for some in token_hashes.chunks(MOST) {
        let hashes = filled_up(some.iter().map(|hash| hash.to_vec()));
        let sql = format!(
            "SELECT s.token_hash FROM sessions s JOIN users u ON u.id = s.user_id
             WHERE s.expires_at > $1 AND s.last_seen_at > $2 AND NOT u.is_blocked AND s.token_hash IN ({})",
            placeholders(3, hashes.len()),
        );
        let rows: Vec<(Vec<u8>,)> = fetch_listed!(conn, (Vec<u8>,), sql, hashes, now, idle_since);
        for (hash,) in rows {
            found.push(hash.try_into().map_err(|_| StoreError::Corrupt("sessions.token_hash"))?);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_few_statements() {
        assert_eq!(filled_up([1, 2, 3].into_iter()), [1, 2, 3, 3]);
        assert_eq!(filled_up([1].into_iter()), [1]);
        assert_eq!(filled_up(std::iter::empty::<u8>()), Vec::<u8>::new());
        let sizes: std::collections::BTreeSet<_> = (1..=MOST).map(|number| filled_up(0..number).len()).collect();
        assert_eq!(sizes.len(), 11);
        assert_eq!(placeholders(3, 2), "$3, $4");
    }
}
