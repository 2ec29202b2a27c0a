//! Search by beginnings of words, through an indexed table of terms.

use mandate_domain::{CompanyId, search_prefixes};
use uuid::Uuid;

use crate::{Conn, StoreResult, db::execute};

/// What kind of thing a term finds, within the company whose list it is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    User,
    Customer,
}

impl Kind {
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Customer => "customer",
        }
    }
}

/// Replaces the terms of an object in one company's list.
pub async fn index(conn: &mut Conn, scope: CompanyId, kind: Kind, object: Uuid, terms: &[String]) -> StoreResult<()> {
    remove(conn, scope, kind, object).await?;
    for term in terms {
        execute!(
            conn,
            "INSERT INTO search_terms (scope_id, kind, term, object_id) VALUES ($1, $2, $3, $4)
             ON CONFLICT DO NOTHING",
            scope.0,
            kind.key(),
            term,
            object,
        );
    }
    Ok(())
}

pub async fn remove(conn: &mut Conn, scope: CompanyId, kind: Kind, object: Uuid) -> StoreResult<()> {
    execute!(
        conn,
        "DELETE FROM search_terms WHERE scope_id = $1 AND kind = $2 AND object_id = $3",
        scope.0,
        kind.key(),
        object,
    );
    Ok(())
}

/// The words that were searched: the first three count.
#[derive(Clone, Debug)]
pub struct Filter {
    kind: Kind,
    prefixes: Vec<(String, String)>,
}

impl Filter {
    pub fn new(kind: Kind, query: &str) -> Self {
        let mut prefixes = search_prefixes(query);
        // The longest word finds least: the statement begins with it.
        prefixes.sort_by_key(|(word, _)| std::cmp::Reverse(word.len()));
        prefixes.truncate(3);
        Self { kind, prefixes }
    }

    /// A condition on the column of the object's id, with the company as $1 and the words' bounds as $5 to $10.
    pub(crate) fn sql(&self, id: &str) -> String {
        let kind = self.kind.key();
        let words = self.prefixes.iter().zip([(5, 6), (7, 8), (9, 10)]);
        let conditions = words.map(|(_, (from, to))| {
            format!(
                " AND {id} IN (SELECT object_id FROM search_terms
                   WHERE scope_id = $1 AND kind = '{kind}' AND term >= ${from} AND term < ${to})"
            )
        });
        conditions.collect::<Vec<_>>().concat()
    }

    /// The bounds of three words; those of a word that was not searched are in no condition.
    pub(crate) fn bounds(&self) -> [(&str, &str); 3] {
        let mut bounds = [("", ""); 3];
        for (bound, (from, to)) in bounds.iter_mut().zip(&self.prefixes) {
            *bound = (from, to);
        }
        bounds
    }
}
