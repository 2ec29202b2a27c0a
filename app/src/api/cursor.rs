//! Where a page of a list begins, as its address says it: in letters that no address has to escape.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use mandate_service::page::{Cursor, Page};
use uuid::Uuid;

/// A row by what it is sorted by, and its id.
pub fn write(key: &str, id: Uuid) -> String {
    URL_SAFE_NO_PAD.encode(format!("{id} {key}"))
}

/// What cannot be read begins at the first row.
pub fn read(after: &str, before: &str) -> Cursor {
    let after = || parse(after).map(|(key, id)| Cursor::After(key, id));
    let before = || parse(before).map(|(key, id)| Cursor::Before(key, id));
    after().or_else(before).unwrap_or_default()
}

/// Where the pages before and after begin, if there are any.
pub fn around<T>(page: &Page<T>, cursor: impl Fn(&T) -> String) -> (Option<String>, Option<String>) {
    let previous = page.rows.first().filter(|_| page.has_previous).map(&cursor);
    (previous, page.rows.last().filter(|_| page.has_next).map(&cursor))
}

fn parse(cursor: &str) -> Option<(String, Uuid)> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
    let (id, key) = text.split_once(' ')?;
    // PostgreSQL takes no NUL in a text, and no name has a control character.
    if key.contains(char::is_control) {
        return None;
    }
    Some((key.to_owned(), Uuid::parse_str(id).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn begins_where_it_says_else_at_the_first_row() {
        let id = "01890000-0000-7000-8000-000000000001";
        let uuid = Uuid::parse_str(id).expect("an id");
        let after = |text: &str| read(&URL_SAFE_NO_PAD.encode(text), "");
        for key in ["50% zoë o’neil", ""] {
            assert_eq!(read(&write(key, uuid), ""), Cursor::After(key.to_owned(), uuid));
            assert_eq!(read("", &write(key, uuid)), Cursor::Before(key.to_owned(), uuid));
        }
        for damaged in ["", id, "x y", &format!("{id} a\0")] {
            assert_eq!(after(damaged), Cursor::First, "{damaged:?}");
        }
        assert_eq!(read("", "%"), Cursor::First);
    }
}
