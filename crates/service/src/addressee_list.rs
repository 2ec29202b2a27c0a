//! For whom offers are, as people write and paste it.

use std::collections::HashMap;

use csv::{ReaderBuilder, StringRecord, Trim};
use mandate_domain::{Addressee, EmailAddress, Line, LocalPart, UserName, UserNameError};

use crate::domain_names::{DomainProblem, parse_domain};

/// How many rows one list has at most.
pub const MOST_ROWS: usize = 500;
/// Of a list with more that is wrong, the first of it is told.
const MOST_PROBLEMS: usize = 100;

/// Why a text names no company.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddresseeProblem {
    #[error("Enter a domain or a user name, such as contoso.example or mia@contoso.example")]
    Empty,
    #[error(transparent)]
    Domain(#[from] DomainProblem),
    #[error(transparent)]
    User(#[from] UserNameError),
}

/// A domain, or a user name. A pasted address of a page is of its domain.
pub fn parse_addressee(text: &str) -> Result<Addressee, AddresseeProblem> {
    let text = text.trim();
    if text.is_empty() {
        return Err(AddresseeProblem::Empty);
    }
    match text.rsplit_once('@') {
        Some((local, domain)) if !text.contains("://") => {
            let local = LocalPart::parse(local)?;
            Ok(Addressee::User(UserName { local, domain: parse_domain(domain)? }))
        }
        _ => Ok(Addressee::Domain(parse_domain(text)?)),
    }
}

/// A row of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListRow {
    pub company: Line,
    pub addressee: Addressee,
    pub email: Option<EmailAddress>,
}

/// What is wrong in a list, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowProblem {
    /// Counted from 1, as a spreadsheet counts.
    pub row: u64,
    pub column: &'static str,
    pub message: String,
}

const COMPANY: &str = "Company";
const ADDRESSEE: &str = "Domain or user name";
const EMAIL: &str = "Email";

/// Parses rows of a company, its domain or user name, and an email address: with commas or semicolons as files have
/// them, or with tabs as a spreadsheet is copied. A first row of headings is passed over.
pub fn parse_list(text: &str, needs_email: bool) -> Result<Vec<ListRow>, Vec<RowProblem>> {
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(Trim::All)
        .delimiter(delimiter(text))
        .from_reader(text.as_bytes());
    let mut rows = Vec::new();
    let mut problems = Problems::default();
    let mut seen = HashMap::new();
    for (index, record) in reader.records().enumerate() {
        // What is read from a `str` is UTF-8, and any number of cells is taken.
        let Ok(record) = record else { continue };
        let is_head = index == 0 && is_head(&record);
        if is_head || record.iter().all(str::is_empty) {
            continue;
        }
        let number = record.position().map_or(0, csv::Position::line);
        let row = parse_row(&record, number, needs_email, &mut problems);
        if rows.len() == MOST_ROWS {
            problems.add(
                number,
                COMPANY,
                format!("A list has at most {MOST_ROWS} rows. Make the rest with another list"),
            );
            break;
        }
        let Some(row) = row else { continue };
        if let Some(first) = seen.insert(row.addressee.clone(), number) {
            problems.add(number, ADDRESSEE, format!("Row {first} is for the same company. Leave one of them out"));
        }
        rows.push(row);
    }
    if rows.is_empty() && problems.0.is_empty() {
        problems.add(1, COMPANY, "Paste at least one row".to_owned());
    }
    if problems.0.is_empty() { Ok(rows) } else { Err(problems.0) }
}

/// A company can be called as a heading is, but its domain cannot.
fn is_head(record: &StringRecord) -> bool {
    let first = record.get(0).unwrap_or_default().to_lowercase();
    let second = record.get(1).unwrap_or_default();
    ["company", "company name", "customer", "name"].contains(&first.as_str()) && parse_addressee(second).is_err()
}

#[derive(Default)]
struct Problems(Vec<RowProblem>);

impl Problems {
    fn add(&mut self, row: u64, column: &'static str, message: String) {
        if self.0.len() < MOST_PROBLEMS {
            self.0.push(RowProblem { row, column, message });
        }
    }

    fn check<T, E: std::fmt::Display>(&mut self, row: u64, column: &'static str, parsed: Result<T, E>) -> Option<T> {
        parsed.map_err(|error| self.add(row, column, error.to_string())).ok()
    }
}

fn parse_row(record: &StringRecord, number: u64, needs_email: bool, problems: &mut Problems) -> Option<ListRow> {
    let cell = |index| record.get(index).unwrap_or_default();
    let company = problems.check(number, COMPANY, Line::parse(cell(0)));
    let addressee = problems.check(number, ADDRESSEE, parse_addressee(cell(1)));
    let email = problems.check(number, EMAIL, EmailAddress::parse_optional(cell(2)));
    if needs_email && email == Some(None) {
        problems.add(number, EMAIL, "Enter an address, or do not have the offers mailed".to_owned());
    }
    if record.iter().skip(3).any(|cell| !cell.is_empty()) {
        let message = "There is more in this row than a company, a domain or user name, and an email address. Put a \
                       company’s name that has a comma in quotation marks";
        problems.add(number, COMPANY, message.to_owned());
    }
    Some(ListRow { company: company?, addressee: addressee?, email: email? })
}

/// As the first line has it.
fn delimiter(text: &str) -> u8 {
    let line = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let count = |c: char| line.matches(c).count();
    if count('\t') > 0 {
        b'\t'
    } else if count(';') > count(',') {
        b';'
    } else {
        b','
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(text: &str) -> Vec<(String, String, String)> {
        let rows = parse_list(text, false).unwrap();
        let shown = rows.into_iter().map(|row| {
            (
                row.company.to_string(),
                row.addressee.to_string(),
                row.email.map(|email| email.to_string()).unwrap_or_default(),
            )
        });
        shown.collect()
    }

    fn wrong(text: &str, needs_email: bool) -> Vec<(u64, &'static str)> {
        parse_list(text, needs_email).unwrap_err().into_iter().map(|problem| (problem.row, problem.column)).collect()
    }

    #[test]
    fn who_is_meant() {
        for (text, key) in [
            ("Contoso.example", "contoso.example"),
            (" https://www.contoso.example/about ", "www.contoso.example"),
            ("https://mia@contoso.example/", "contoso.example"),
            ("Mia@Contoso.example", "mia@contoso.example"),
            ("mia@bücher.example", "mia@xn--bcher-kva.example"),
        ] {
            assert_eq!(parse_addressee(text).unwrap().to_string(), key);
        }
        for text in ["", " ", "contoso", "co.uk", "mia@", "@contoso.example", "mia@@contoso.example", "192.0.2.1"] {
            assert!(parse_addressee(text).is_err(), "{text}");
        }
    }

    #[test]
    fn rows_of_files_and_of_spreadsheets() {
        let contoso = ("Contoso".to_owned(), "contoso.example".to_owned(), "mia@contoso.example".to_owned());
        for text in [
            "Contoso,contoso.example,mia@contoso.example",
            "Company,Domain,Email\r\n\r\nContoso , contoso.example , mia@contoso.example\r\n,,\r\n",
            "\u{feff}Contoso;contoso.example;mia@contoso.example\n",
            "Contoso\tcontoso.example\tmia@contoso.example\t",
        ] {
            assert_eq!(shown(text), std::slice::from_ref(&contoso), "{text:?}");
        }
        assert_eq!(shown("Company,company.example")[0].0, "Company", "and one can be called so");
        assert_eq!(wrong("Company 1,nowhere", false), [(1, ADDRESSEE)], "a row is never passed over unread");
        assert_eq!(
            shown("\"Contoso, Ltd.\",mia@contoso.example"),
            [("Contoso, Ltd.".to_owned(), "mia@contoso.example".to_owned(), String::new())]
        );
    }

    #[test]
    fn each_row_says_what_is_wrong_with_it() {
        assert_eq!(wrong("", false), [(1, COMPANY)]);
        assert_eq!(
            wrong("Contoso,contoso.example\n,nowhere,none\nAgain,contoso.example\nA,a.example,,x", false),
            [(2, COMPANY), (2, ADDRESSEE), (2, EMAIL), (3, ADDRESSEE), (4, COMPANY)]
        );
        assert_eq!(wrong("Contoso,contoso.example\nB,b.example,b@b.example", true), [(1, EMAIL)]);
        let rows = |count: usize| (0..count).map(|i| format!("C{i},c{i}.example")).collect::<Vec<_>>().join("\n");
        assert_eq!(parse_list(&rows(MOST_ROWS), false).unwrap().len(), MOST_ROWS);
        assert_eq!(wrong(&rows(MOST_ROWS + 1), false), [(501, COMPANY)]);
        assert_eq!(parse_list(&"x\n".repeat(9_999), false).unwrap_err().len(), MOST_PROBLEMS);
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "([a-z@.,;\"\t\r\n]{0,80}|\\PC{0,80})", needs_email: bool) {
            match parse_list(&text, needs_email) {
                Ok(rows) => {
                    prop_assert!(!rows.is_empty() && rows.len() <= MOST_ROWS);
                    prop_assert!(!needs_email || rows.iter().all(|row| row.email.is_some()));
                }
                Err(problems) => prop_assert!(!problems.is_empty() && problems.len() <= MOST_PROBLEMS),
            }
        }

        #[test]
        fn what_a_spreadsheet_writes_is_read(
            rows in proptest::collection::btree_map("[a-z]{1,9}\\.example", "[A-Z][a-z ,\"';]{0,20}", 1..20),
        ) {
            let mut writer = csv::Writer::from_writer(Vec::new());
            for (domain, company) in &rows {
                writer.write_record([company.as_str(), domain, ""]).unwrap();
            }
            let text = format!("Company,Domain,Email\n{}", String::from_utf8(writer.into_inner().unwrap()).unwrap());
            let read: Vec<_> = shown(&text).into_iter().map(|(company, domain, _)| (domain, company)).collect();
            let meant: Vec<_> = rows.into_iter().map(|(domain, company)| (domain, company.trim().to_owned())).collect();
            prop_assert_eq!(read, meant);
        }
    }
}
