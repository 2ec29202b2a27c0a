//! What is wrong with what was typed, told field by field.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A field and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The name that the field is posted under.
    pub field: String,
    pub message: String,
}

/// All that is wrong with a form, in the order of its fields.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problems(pub Vec<Problem>);

impl Problems {
    pub fn one(field: &str, message: impl fmt::Display) -> Self {
        let mut problems = Self::default();
        problems.add(field, message);
        problems
    }

    pub fn add(&mut self, field: &str, message: impl fmt::Display) {
        self.0.push(Problem { field: field.to_owned(), message: message.to_string() });
    }

    /// The parsed value, or a note of what is wrong with it.
    pub fn check<T, E: fmt::Display>(&mut self, field: &str, parsed: Result<T, E>) -> Option<T> {
        parsed.map_err(|error| self.add(field, error)).ok()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
