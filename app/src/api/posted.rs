use serde::{Deserialize, Serialize};

/// A field, by the name it is posted under, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldProblem {
    pub field: String,
    pub message: String,
}

/// Why a form was not accepted, and what was typed into it (no passwords).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    pub message: Option<String>,
    pub problems: Vec<FieldProblem>,
    pub typed: Vec<(String, String)>,
    /// Whether the same once more can succeed: the form itself is not what is wrong.
    #[serde(skip)]
    pub again: bool,
}

/// How a posted form ended. The same value answers a call from WASM, and rides in a sealed cookie to the next page
/// where the form was posted plainly.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Posted<T> {
    Done(T),
    Refused(Refused),
}

impl<T> Posted<T> {
    pub fn refused(&self) -> Option<&Refused> {
        match self {
            Self::Refused(refused) => Some(refused),
            Self::Done(_) => None,
        }
    }

    pub fn done(&self) -> Option<&T> {
        match self {
            Self::Done(done) => Some(done),
            Self::Refused(_) => None,
        }
    }
}

impl Refused {
    /// Whether there is anything to tell. A form that was posted for another look comes back with what was typed alone.
    pub fn tells(&self) -> bool {
        self.message.is_some() || !self.problems.is_empty()
    }

    pub fn problem(&self, field: &str) -> Option<&str> {
        self.problems.iter().find(|problem| problem.field == field).map(|problem| problem.message.as_str())
    }

    pub fn typed(&self, field: &str) -> Option<&str> {
        self.typed.iter().find(|(name, _)| name == field).map(|(_, value)| value.as_str())
    }

    /// All values typed under one name, as of checkboxes.
    pub fn all_typed<'a>(&'a self, field: &'a str) -> impl Iterator<Item = &'a str> {
        self.typed.iter().filter(move |(name, _)| name == field).map(|(_, value)| value.as_str())
    }
}
