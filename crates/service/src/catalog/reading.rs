//! A TOML file that is read to its end whatever is wrong in it, and every error with its line.

use std::{
    collections::BTreeSet,
    ops::{Range, RangeInclusive},
};

use mandate_domain::{Line, TextError};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::CatalogError;

/// Longer names break the lines that they stand in.
pub const LONGEST_NAME: usize = 60;
pub const LONGEST_TEXT: usize = Line::LONGEST;

/// Where the lines of a text begin, and what was found wrong in it.
pub struct Reading {
    starts: Vec<usize>,
    errors: Vec<CatalogError>,
    /// The lines that are no TOML.
    broken: BTreeSet<usize>,
}

/// A table, where it stands and what it is, to say so.
#[derive(Clone, Copy)]
pub struct Table<'a, 'i> {
    pub entries: &'a DeTable<'i>,
    pub at: &'a Spanned<DeValue<'i>>,
    pub what: &'static str,
}

impl Reading {
    pub fn new(text: &str, broken: &[toml::de::Error]) -> Self {
        let starts = [0].into_iter().chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let mut reading = Self { starts, errors: Vec::new(), broken: BTreeSet::new() };
        for error in broken {
            // Where it has no place, the file ended too soon.
            let at = error.span().map_or(text.len(), |span| span.start);
            let line = reading.line(at);
            reading.errors.push(CatalogError { line, message: format!("This is no TOML: {}", error.message()) });
            reading.broken.insert(line);
        }
        reading
    }

    pub fn line(&self, at: usize) -> usize {
        self.starts.partition_point(|start| *start <= at)
    }

    /// Notes what is wrong with a value. Of what is no TOML in the first place that is said already, and what the parser
    /// put in its place has no text of its own.
    pub fn wrong(&mut self, at: &Range<usize>, message: impl Into<String>) {
        let line = self.line(at.start);
        let is_made_up = at.is_empty() && !self.broken.is_empty();
        if !is_made_up && !self.broken.contains(&line) {
            self.errors.push(CatalogError { line, message: message.into() });
        }
    }

    /// Notes what is not there. Where something is no TOML, it may well be there, in the part that could not be read.
    pub fn missing(&mut self, at: &Range<usize>, message: impl Into<String>) {
        if self.broken.is_empty() {
            self.wrong(at, message);
        }
    }

    /// What was read, or all errors in the order of their lines.
    pub fn end<T>(mut self, read: T) -> Result<T, Vec<CatalogError>> {
        self.errors.sort_by_key(|error| error.line);
        if self.errors.is_empty() { Ok(read) } else { Err(self.errors) }
    }

    /// Keys that are not known here are most often misspelled ones.
    pub fn known(&mut self, entries: &DeTable<'_>, what: &str, keys: &[&str]) {
        for key in entries.keys().filter(|key| !keys.contains(&key.get_ref().as_ref())) {
            let message = format!("{what} has no {:?}. It can have: {}", key.get_ref(), keys.join(", "));
            self.wrong(&key.span(), message);
        }
    }

    pub fn required<'a, 'i>(&mut self, table: Table<'a, 'i>, key: &str) -> Option<&'a Spanned<DeValue<'i>>> {
        let value = table.entries.get(key);
        if value.is_none() {
            self.missing(&table.at.span(), format!("{} needs \"{key}\"", table.what));
        }
        value
    }

    pub fn table<'a, 'i>(
        &mut self,
        value: &'a Spanned<DeValue<'i>>,
        what: &'static str,
        example: &str,
    ) -> Option<Table<'a, 'i>> {
        let Some(entries) = value.get_ref().as_table() else {
            self.wrong(&value.span(), format!("{what} is a table: {example}"));
            return None;
        };
        Some(Table { entries, at: value, what })
    }

    /// The tables of `[[…]]`.
    pub fn tables<'a, 'i>(
        &mut self,
        value: &'a Spanned<DeValue<'i>>,
        what: &'static str,
        header: &str,
    ) -> Vec<Table<'a, 'i>> {
        let Some(values) = value.get_ref().as_array() else {
            self.wrong(&value.span(), format!("{what} begins with {header}, in two brackets"));
            return Vec::new();
        };
        values.iter().filter_map(|value| self.table(value, what, header)).collect()
    }

    /// A text on one line.
    pub fn text(&mut self, table: Table<'_, '_>, key: &str, longest: usize) -> Option<String> {
        let value = self.required(table, key)?;
        let Some(text) = value.get_ref().as_str() else {
            self.wrong(&value.span(), format!("\"{key}\" is a text between quotes"));
            return None;
        };
        match Line::parse(text) {
            Ok(line) if line.chars().count() <= longest => Some(line.into_string()),
            Ok(_) => {
                self.wrong(&value.span(), format!("\"{key}\" has at most {longest} characters"));
                None
            }
            Err(TextError::Empty(_)) => {
                self.wrong(&value.span(), format!("\"{key}\" says nothing"));
                None
            }
            Err(error) => {
                self.wrong(&value.span(), format!("\"{key}\": {error}"));
                None
            }
        }
    }

    /// A whole number. `what` names it and its bounds.
    pub fn integer(&mut self, value: &Spanned<DeValue<'_>>, within: RangeInclusive<i64>, what: &str) -> Option<i64> {
        let number = value.get_ref().as_integer();
        let number = number.and_then(|number| i64::from_str_radix(number.as_str(), number.radix()).ok());
        let number = number.filter(|number| within.contains(number));
        if number.is_none() {
            self.wrong(&value.span(), what);
        }
        number
    }
}
