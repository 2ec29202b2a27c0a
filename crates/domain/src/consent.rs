use chrono::{DateTime, Utc};

use crate::{Role, RoleSet};

/// What a new offer would change of the standing grant of the same partner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    pub added: Vec<Role>,
    pub kept: Vec<Role>,
    pub removed: Vec<Role>,
    pub ends_before: DateTime<Utc>,
    pub ends_after: DateTime<Utc>,
}

pub fn difference(
    standing: RoleSet,
    ends_before: DateTime<Utc>,
    offered: RoleSet,
    ends_after: DateTime<Utc>,
) -> Difference {
    Difference {
        added: offered.iter().filter(|role| !standing.contains(*role)).collect(),
        kept: offered.iter().filter(|role| standing.contains(*role)).collect(),
        removed: standing.iter().filter(|role| !offered.contains(*role)).collect(),
        ends_before,
        ends_after,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn role_sets() -> impl Strategy<Value = RoleSet> {
        proptest::sample::subsequence(Role::ALL.to_vec(), 0..=Role::ALL.len())
            .prop_map(|roles| roles.into_iter().collect())
    }

    proptest! {
        #[test]
        fn nothing_is_lost_or_told_twice(standing in role_sets(), offered in role_sets()) {
            let time = DateTime::UNIX_EPOCH;
            let told = difference(standing, time, offered, time);
            let after: RoleSet = told.added.iter().chain(&told.kept).copied().collect();
            let before: RoleSet = told.removed.iter().chain(&told.kept).copied().collect();
            prop_assert_eq!(after, offered);
            prop_assert_eq!(before, standing);
            prop_assert!(told.added.iter().all(|role| !told.kept.contains(role) && !told.removed.contains(role)));
        }
    }
}
