use serde::{Deserialize, Serialize};

/// How far somebody has come who starts as a new company. Going back loses nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignUpStep {
    Company,
    Administrator,
    /// The code that was sent to the administrator's address.
    Code,
    Review,
    Done,
}

impl SignUpStep {
    pub const ALL: [Self; 5] = [Self::Company, Self::Administrator, Self::Code, Self::Review, Self::Done];

    pub const fn key(self) -> &'static str {
        match self {
            Self::Company => "company",
            Self::Administrator => "administrator",
            Self::Code => "code",
            Self::Review => "review",
            Self::Done => "done",
        }
    }

    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.key() == key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_found_by_its_key() {
        for step in SignUpStep::ALL {
            assert_eq!(SignUpStep::from_key(step.key()), Some(step));
        }
        assert!(SignUpStep::ALL.is_sorted());
    }
}
