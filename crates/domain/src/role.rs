use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{Permission, PermissionSet};

/// A named set of permissions, held by a user in their company or by a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    DirectoryReader,
    PasswordAdministrator,
    UserAdministrator,
    DomainAdministrator,
    GlobalAdministrator,
    LicenseAdministrator,
}

const READ: PermissionSet = PermissionSet::of(&[Permission::UserRead, Permission::DomainRead]);
const PASSWORD: PermissionSet = READ.union(PermissionSet::of(&[Permission::UserResetPassword]));
const USER: PermissionSet =
    PASSWORD.union(PermissionSet::of(&[Permission::UserCreate, Permission::UserUpdate, Permission::UserBlock]));
const DOMAIN: PermissionSet = READ.union(PermissionSet::of(&[Permission::DomainManage]));
const LICENSE: PermissionSet =
    PermissionSet::of(&[Permission::UserRead, Permission::SubscriptionRead, Permission::LicenseAssign]);

impl Role {
    /// In the order of their bits in a kept set, so a new one stands at the end.
    pub const ALL: [Self; 6] = [
        Self::DirectoryReader,
        Self::PasswordAdministrator,
        Self::UserAdministrator,
        Self::DomainAdministrator,
        Self::GlobalAdministrator,
        Self::LicenseAdministrator,
    ];

    /// The roles that an offer can ask for.
    pub const OFFERED: [Self; 5] = [
        Self::DirectoryReader,
        Self::PasswordAdministrator,
        Self::UserAdministrator,
        Self::DomainAdministrator,
        Self::LicenseAdministrator,
    ];

    /// How the role is kept and posted.
    pub const fn key(self) -> &'static str {
        match self {
            Self::DirectoryReader => "directory_reader",
            Self::PasswordAdministrator => "password_administrator",
            Self::UserAdministrator => "user_administrator",
            Self::DomainAdministrator => "domain_administrator",
            Self::GlobalAdministrator => "global_administrator",
            Self::LicenseAdministrator => "license_administrator",
        }
    }

    pub const fn name(self) -> &'static str {
        match self {
            Self::DirectoryReader => "Directory reader",
            Self::PasswordAdministrator => "Password administrator",
            Self::UserAdministrator => "User administrator",
            Self::DomainAdministrator => "Domain administrator",
            Self::GlobalAdministrator => "Global administrator",
            Self::LicenseAdministrator => "License administrator",
        }
    }

    /// What the role lets its holder do, to be read after *Can*.
    pub const fn can(self) -> &'static str {
        match self {
            Self::DirectoryReader => "see your users, their roles, and your domains",
            Self::PasswordAdministrator => "see your users, and set a temporary password for those without a role",
            Self::UserAdministrator => {
                "add and edit users, reset passwords of those without a role, and block people from signing in"
            }
            Self::DomainAdministrator => {
                "see your users, add domains, prove that they are yours, and remove unused ones"
            }
            Self::GlobalAdministrator => "do everything with users, domains, and licenses, and read all activity",
            Self::LicenseAdministrator => "see your users and subscriptions, and assign and remove licenses",
        }
    }

    /// What the role does not let its holder do, to be read after *Cannot*.
    pub const fn cannot(self) -> &'static str {
        match self {
            Self::DirectoryReader => "change anything",
            Self::PasswordAdministrator => "read any password, or reset an administrator’s",
            Self::UserAdministrator => "make, change, or block a global administrator",
            Self::DomainAdministrator => "remove a domain that people sign in with",
            Self::GlobalAdministrator => "change global administrators, or authorize other partners",
            Self::LicenseAdministrator => "buy or cancel anything",
        }
    }

    pub const fn permissions(self) -> PermissionSet {
        match self {
            Self::DirectoryReader => READ,
            Self::PasswordAdministrator => PASSWORD,
            Self::UserAdministrator => USER,
            Self::DomainAdministrator => DOMAIN,
            Self::GlobalAdministrator => PermissionSet::ALL,
            Self::LicenseAdministrator => LICENSE,
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The text names no role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown role")]
pub struct UnknownRole;

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(key: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|role| role.key() == key).ok_or(UnknownRole)
    }
}

/// The roles of an offer or a grant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RoleSet(u8);

impl RoleSet {
    /// How a set is kept: a bit for each role, in the order of [`Role::ALL`].
    pub fn bits(self) -> i16 {
        self.0.into()
    }

    /// `None` where a bit stands for no role.
    pub fn from_bits(bits: i16) -> Option<Self> {
        u8::try_from(bits).ok().filter(|bits| bits >> Role::ALL.len() == 0).map(Self)
    }

    pub fn contains(self, role: Role) -> bool {
        self.0 & (1 << role as u8) != 0
    }

    #[must_use]
    pub fn with(self, role: Role) -> Self {
        Self(self.0 | (1 << role as u8))
    }

    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub const fn len(self) -> u32 {
        self.0.count_ones()
    }

    /// In the order of [`Role::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Role> {
        Role::ALL.into_iter().filter(move |role| self.contains(*role))
    }

    pub fn permissions(self) -> PermissionSet {
        self.iter().fold(PermissionSet::NONE, |all, role| all.union(role.permissions()))
    }
}

impl FromIterator<Role> for RoleSet {
    fn from_iter<I: IntoIterator<Item = Role>>(roles: I) -> Self {
        roles.into_iter().fold(Self::default(), Self::with)
    }
}
