//! Dates and names as the pages write them.

use chrono::{DateTime, Utc};

/// `Nov 24, 2027`, in UTC.
pub fn date(time: DateTime<Utc>) -> String {
    time.format("%b %-d, %Y").to_string()
}

/// `Nov 24, 2027, 9:14`, in UTC.
pub fn date_time(time: DateTime<Utc>) -> String {
    time.format("%b %-d, %Y, %-H:%M").to_string()
}

/// For a `<time>`'s `datetime` (HTML, section 2.3.5).
pub fn machine_time(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// How far off a day is.
pub fn in_days(days: i64) -> String {
    match days {
        ..0 => "ended".to_owned(),
        0 => "today".to_owned(),
        1 => "tomorrow".to_owned(),
        days => format!("in {days} days"),
    }
}

/// A number of things, in words that fit it.
pub fn count(number: usize, one: &str, many: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {many}") }
}

/// `Ana, Leo and Kim`.
pub fn list(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// The letters that stand for a company or person where there is no picture.
pub fn initials(name: &str, most: usize) -> String {
    name.split_whitespace().filter_map(|word| word.chars().next()).take(most).collect::<String>().to_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        assert_eq!(date(DateTime::UNIX_EPOCH), "Jan 1, 1970");
        assert_eq!(date_time(DateTime::UNIX_EPOCH), "Jan 1, 1970, 0:00");
        assert_eq!(machine_time(DateTime::UNIX_EPOCH), "1970-01-01T00:00:00Z");
        assert_eq!([in_days(-1), in_days(0), in_days(1), in_days(9)], ["ended", "today", "tomorrow", "in 9 days"]);
        assert_eq!(list(&["A".to_owned(), "B".to_owned(), "C".to_owned()]), "A, B and C");
        assert_eq!(initials("Fabrikam Partners Inc", 2), "FP");
        assert_eq!(count(1, "person", "people"), "1 person");
    }
}
