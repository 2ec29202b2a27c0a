//! Pages of a list, by keyset: a page begins after the last row of the one before, wherever that now stands.

use uuid::Uuid;

/// Where a page begins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Cursor {
    #[default]
    First,
    /// The rows that follow this key.
    After(String, Uuid),
    /// The rows before this key.
    Before(String, Uuid),
}

/// Which rows of a list, in the list's order.
#[derive(Clone, Debug)]
pub struct PageRequest {
    pub cursor: Cursor,
    pub size: u16,
    pub descending: bool,
}

/// Some rows of a list, and whether there are more on either side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    pub rows: Vec<T>,
    pub has_previous: bool,
    pub has_next: bool,
}

impl<T> Page<T> {
    pub fn map<U>(self, row: impl FnMut(T) -> U) -> Page<U> {
        Page {
            rows: self.rows.into_iter().map(row).collect(),
            has_previous: self.has_previous,
            has_next: self.has_next,
        }
    }
}

impl PageRequest {
    /// Whether the rows are read against the list's order, as those before a key are.
    fn backward(&self) -> bool {
        matches!(self.cursor, Cursor::Before(..))
    }

    /// The direction in which the statement orders.
    pub(crate) fn order(&self) -> &'static str {
        if self.reads_descending() { "DESC" } else { "ASC" }
    }

    fn reads_descending(&self) -> bool {
        self.descending != self.backward()
    }

    /// A condition for the rows that follow the key. It is left out of a first page, not made true by a parameter:
    /// SQLite plans before it knows parameters, and would read each list from its beginning.
    pub(crate) fn follows(&self, columns: &str, key: &str) -> String {
        let compare = if self.reads_descending() { "<" } else { ">" };
        match self.cursor {
            Cursor::First => String::new(),
            Cursor::After(..) | Cursor::Before(..) => format!("AND ({columns}) {compare} ({key})"),
        }
    }

    /// What the condition compares with; a first page has none, and nothing reads it.
    pub(crate) fn key(&self) -> (&str, Uuid) {
        match &self.cursor {
            Cursor::First => ("", Uuid::nil()),
            Cursor::After(key, id) | Cursor::Before(key, id) => (key, *id),
        }
    }

    /// One more than the page holds, to know whether there is a next one.
    pub(crate) fn limit(&self) -> i64 {
        i64::from(self.size) + 1
    }

    pub(crate) fn page<T>(&self, mut rows: Vec<T>) -> Page<T> {
        let more = rows.len() > usize::from(self.size);
        rows.truncate(usize::from(self.size));
        let backward = self.backward();
        if backward {
            rows.reverse();
        }
        let first = self.cursor == Cursor::First;
        Page { rows, has_previous: if backward { more } else { !first }, has_next: if backward { true } else { more } }
    }
}
