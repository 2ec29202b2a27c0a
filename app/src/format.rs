//! Dates, numbers and names as the pages write them: in words of American English, in the viewer's order.

use chrono::{DateTime, Datelike, Timelike, Utc};
use leptos::prelude::{provide_context, use_context};
use mandate_domain::{Locale, Money, Quantity};

/// Tells all of the page in whose way to write. The server knows by a cookie, and the browser by what the server wrote
/// into the document, so that both write the same.
pub fn provide_locale() {
    provide_context(viewer_locale());
}

#[cfg(feature = "ssr")]
pub fn viewer_locale() -> Locale {
    let known = use_context::<crate::AppState>().zip(use_context::<http::request::Parts>());
    let cookie = known.and_then(|(state, parts)| state.cookie(&parts.headers, crate::api::request::LOCALE));
    cookie.and_then(|key| key.parse().ok()).unwrap_or_default()
}

#[cfg(not(feature = "ssr"))]
fn viewer_locale() -> Locale {
    let root = leptos::prelude::document().document_element();
    let key = root.and_then(|root| root.get_attribute("data-locale"));
    key.and_then(|key| key.parse().ok()).unwrap_or_default()
}

fn locale() -> Locale {
    use_context().unwrap_or_default()
}

/// `Nov 24, 2027`, in UTC.
pub fn date(time: DateTime<Utc>) -> String {
    date_in(locale(), time)
}

/// `Nov 24, 2027, 9:14`, in UTC.
pub fn date_time(time: DateTime<Utc>) -> String {
    date_time_in(locale(), time)
}

const ENGLISH: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
// Abbreviated as the Unicode CLDR has them within a date.
const GERMAN: [&str; 12] =
    ["Jan.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sept.", "Okt.", "Nov.", "Dez."];
const FRENCH: [&str; 12] =
    ["janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."];
const DUTCH: [&str; 12] = ["jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec"];
const SPANISH: [&str; 12] = ["ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sept", "oct", "nov", "dic"];

fn date_in(locale: Locale, time: DateTime<Utc>) -> String {
    let (year, day) = (time.year(), time.day());
    let month = |names: [&'static str; 12]| names.into_iter().nth(time.month0() as usize).unwrap_or_default();
    match locale {
        Locale::EnUs => format!("{} {day}, {year}", month(ENGLISH)),
        Locale::EnGb => format!("{day} {} {year}", month(ENGLISH)),
        Locale::De => format!("{day}. {} {year}", month(GERMAN)),
        Locale::Fr => format!("{day} {} {year}", month(FRENCH)),
        Locale::Nl => format!("{day} {} {year}", month(DUTCH)),
        Locale::Es => format!("{day} {} {year}", month(SPANISH)),
        Locale::Ja => format!("{year}年{}月{day}日", time.month()),
    }
}

fn date_time_in(locale: Locale, time: DateTime<Utc>) -> String {
    let (date, hour, minute) = (date_in(locale, time), time.hour(), time.minute());
    match locale {
        Locale::EnUs | Locale::Es => format!("{date}, {hour}:{minute:02}"),
        Locale::Ja => format!("{date} {hour}:{minute:02}"),
        Locale::EnGb | Locale::De | Locale::Fr | Locale::Nl => format!("{date}, {hour:02}:{minute:02}"),
    }
}

/// `1,000`, with what the viewer puts between thousands.
pub fn number(number: usize) -> String {
    number_in(locale(), number)
}

/// A number of licenses.
pub fn quantity(quantity: Quantity) -> String {
    grouped(locale(), &quantity.to_string())
}

fn number_in(locale: Locale, number: usize) -> String {
    grouped(locale, &number.to_string())
}

fn grouped(locale: Locale, digits: &str) -> String {
    let between = match locale {
        // From five digits on.
        Locale::Es if digits.len() < 5 => "",
        Locale::De | Locale::Nl | Locale::Es => ".",
        Locale::EnUs | Locale::EnGb | Locale::Ja => ",",
        // A narrow space that does not break.
        Locale::Fr => "\u{202f}",
    };
    let mut written = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            written.push_str(between);
        }
        written.push(digit);
    }
    written
}

/// `EUR 1,234.50`: with its code, since one sign stands for the money of many countries.
pub fn money(amount: Money) -> String {
    money_in(locale(), amount)
}

fn money_in(locale: Locale, amount: Money) -> String {
    let (major, rest, digits) = amount.parts();
    let mut number = grouped(locale, &major.to_string());
    if digits > 0 {
        let point = match locale {
            Locale::EnUs | Locale::EnGb | Locale::Ja => '.',
            Locale::De | Locale::Fr | Locale::Nl | Locale::Es => ',',
        };
        number = format!("{number}{point}{rest:0width$}", width = digits as usize);
    }
    let code = amount.currency().code();
    // A space that does not break.
    match locale {
        Locale::EnUs | Locale::EnGb | Locale::Nl | Locale::Ja => format!("{code}\u{a0}{number}"),
        Locale::De | Locale::Fr | Locale::Es => format!("{number}\u{a0}{code}"),
    }
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
    if number == 1 { format!("1 {one}") } else { format!("{} {many}", self::number(number)) }
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
    use mandate_domain::Currency;

    use super::*;

    #[test]
    fn dates_in_the_viewers_order() {
        let time = "2027-03-04T09:05:00Z".parse().unwrap_or_default();
        for (locale, date, date_time) in [
            (Locale::EnUs, "Mar 4, 2027", "Mar 4, 2027, 9:05"),
            (Locale::EnGb, "4 Mar 2027", "4 Mar 2027, 09:05"),
            (Locale::De, "4. März 2027", "4. März 2027, 09:05"),
            (Locale::Fr, "4 mars 2027", "4 mars 2027, 09:05"),
            (Locale::Nl, "4 mrt 2027", "4 mrt 2027, 09:05"),
            (Locale::Es, "4 mar 2027", "4 mar 2027, 9:05"),
            (Locale::Ja, "2027年3月4日", "2027年3月4日 9:05"),
        ] {
            assert_eq!((date_in(locale, time).as_str(), date_time_in(locale, time).as_str()), (date, date_time));
        }
        assert_eq!(date_in(Locale::EnUs, DateTime::UNIX_EPOCH), "Jan 1, 1970");
        assert_eq!(date_time_in(Locale::EnUs, DateTime::UNIX_EPOCH), "Jan 1, 1970, 0:00");
    }

    #[test]
    fn numbers_with_what_stands_between() {
        let all = |number| Locale::ALL.map(|locale| number_in(locale, number));
        assert_eq!(all(0), ["0"; 7]);
        assert_eq!(all(999), ["999"; 7]);
        assert_eq!(all(1_000), ["1,000", "1,000", "1.000", "1\u{202f}000", "1.000", "1000", "1,000"]);
        assert_eq!(number_in(Locale::Es, 10_000), "10.000");
        assert_eq!(number_in(Locale::EnUs, 1_234_567), "1,234,567");
    }

    #[test]
    fn money_with_its_code() {
        let written = |locale, minor, code| {
            let amount = Currency::parse(code).ok().and_then(|currency| Money::new(minor, currency).ok());
            amount.map(|amount| money_in(locale, amount).replace(['\u{a0}', '\u{202f}'], " ")).unwrap_or_default()
        };
        for (locale, euro) in [
            (Locale::EnUs, "EUR 1,234.05"),
            (Locale::EnGb, "EUR 1,234.05"),
            (Locale::De, "1.234,05 EUR"),
            (Locale::Fr, "1 234,05 EUR"),
            (Locale::Nl, "EUR 1.234,05"),
            (Locale::Es, "1234,05 EUR"),
            (Locale::Ja, "EUR 1,234.05"),
        ] {
            assert_eq!(written(locale, 123_405, "EUR"), euro);
        }
        assert_eq!(written(Locale::EnUs, 1_500, "JPY"), "JPY 1,500");
        assert_eq!(written(Locale::EnUs, 1_500, "KWD"), "KWD 1.500");
        assert_eq!(written(Locale::EnUs, 0, "USD"), "USD 0.00");
        assert_eq!(written(Locale::EnUs, 1_000_000_000_000_000, "USD"), "USD 10,000,000,000,000.00");
    }

    #[test]
    fn words() {
        assert_eq!(machine_time(DateTime::UNIX_EPOCH), "1970-01-01T00:00:00Z");
        assert_eq!([in_days(-1), in_days(0), in_days(1), in_days(9)], ["ended", "today", "tomorrow", "in 9 days"]);
        assert_eq!(list(&["A".to_owned(), "B".to_owned(), "C".to_owned()]), "A, B and C");
        assert_eq!(initials("Fabrikam Partners Inc", 2), "FP");
        assert_eq!(count(1, "person", "people"), "1 person");
    }
}
