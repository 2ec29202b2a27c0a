//! Search by beginnings of words, through an indexed table of terms.

use mandate_domain::{CompanyId, search_prefixes};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::{
    Conn, StoreResult,
    db::{execute, fetch_one},
};

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

/// Up to so many, what was found is put in order; where there is more, the list is walked in its order until a page is
/// full.
const FEW: i64 = 1_000;

/// The words that were searched: the first three count.
#[derive(Clone, Debug)]
pub struct Filter {
    kind: Kind,
    prefixes: Vec<(String, String)>,
    finds_few: bool,
}

impl Filter {
    /// Right for whatever it finds, and quick where that is much.
    pub fn new(kind: Kind, query: &str) -> Self {
        let mut prefixes = search_prefixes(query);
        // The longest word finds least: where it finds nothing, the others are not looked for.
        prefixes.sort_by_key(|(word, _)| std::cmp::Reverse(word.len()));
        prefixes.truncate(3);
        Self { kind, prefixes, finds_few: false }
    }

    /// Looks how much it finds in a company's list, so that it is quick for few and for many.
    pub async fn planned(conn: &mut Conn, scope: CompanyId, kind: Kind, query: &str) -> StoreResult<Self> {
        let filter = Self::new(kind, query);
        if filter.prefixes.is_empty() {
            return Ok(filter);
        }
        let sql = format!("SELECT count(*) FROM (SELECT 1 FROM ({}) found LIMIT $2) few", filter.objects(3));
        let terms = filter.bounds();
        let (found,): (i64,) = fetch_one!(
            conn,
            (i64,),
            AssertSqlSafe(sql.clone()),
            scope.0,
            FEW,
            terms[0].0,
            terms[0].1,
            terms[1].0,
            terms[1].1,
            terms[2].0,
            terms[2].1,
        );
        Ok(filter.of_few(found < FEW))
    }

    /// How it is looked for, where that is known.
    #[must_use]
    pub fn of_few(self, finds_few: bool) -> Self {
        Self { finds_few: finds_few && !self.prefixes.is_empty(), ..self }
    }

    /// The objects that have all words, with the company as $1 and the words' bounds from this parameter on.
    fn objects(&self, first: usize) -> String {
        let kind = self.kind.key();
        let words = (first..).step_by(2).take(self.prefixes.len()).map(|from| {
            format!(
                "SELECT DISTINCT object_id FROM search_terms
                 WHERE scope_id = $1 AND kind = '{kind}' AND term >= ${from} AND term < ${}",
                from + 1,
            )
        });
        words.collect::<Vec<_>>().join(" INTERSECT ")
    }

    /// From where a statement takes its rows: what was found comes first where it is little.
    pub(crate) fn rows_of(&self, table: &str) -> String {
        if self.finds_few { format!("({}) found CROSS JOIN {table}", self.objects(5)) } else { table.to_owned() }
    }

    /// A condition on the column of the object's id, with the company as $1 and the words' bounds as $5 to $10.
    pub(crate) fn sql(&self, id: &str) -> String {
        if self.finds_few {
            return format!(" AND {id} = found.object_id");
        }
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
