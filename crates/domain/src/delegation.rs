use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Permission, PermissionSet, UnknownRole};

/// How far a partner's user may act in the companies that the partner supports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DelegatedAdministration {
    #[default]
    No,
    Limited,
    Full,
}

impl DelegatedAdministration {
    pub const ALL: [Self; 3] = [Self::No, Self::Limited, Self::Full];

    pub const fn key(self) -> &'static str {
        match self {
            Self::No => "no",
            Self::Limited => "limited",
            Self::Full => "full",
        }
    }

    pub const fn name(self) -> &'static str {
        match self {
            Self::No => "No",
            Self::Limited => "Limited administration",
            Self::Full => "Full administration",
        }
    }

    pub const fn explanation(self) -> &'static str {
        match self {
            Self::No => "Cannot act in customers’ companies",
            Self::Limited => "Reads, and resets passwords of users without a role",
            Self::Full => "Everything the customer authorized",
        }
    }

    /// The most that a person with this setting may do in a customer's company.
    pub const fn ceiling(self) -> PermissionSet {
        match self {
            Self::No => PermissionSet::NONE,
            Self::Limited => PermissionSet::of(&[
                Permission::UserRead,
                Permission::DomainRead,
                Permission::ActivityRead,
                Permission::UserResetPassword,
                Permission::SubscriptionRead,
            ]),
            Self::Full => PermissionSet::ALL,
        }
    }
}

impl FromStr for DelegatedAdministration {
    type Err = UnknownRole;

    fn from_str(key: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|setting| setting.key() == key).ok_or(UnknownRole)
    }
}
