use serde::{Deserialize, Serialize};

/// A small verb on a kind of thing. Permissions are held through roles, never loose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Permission {
    UserRead,
    UserCreate,
    UserUpdate,
    UserResetPassword,
    UserBlock,
    DomainRead,
    DomainManage,
    ActivityRead,
    OfferManage,
    ConsentDecide,
    RelationshipManage,
    DelegationAssign,
    SubscriptionRead,
    LicenseAssign,
    SubscriptionManage,
}

impl Permission {
    pub const ALL: [Self; 15] = [
        Self::UserRead,
        Self::UserCreate,
        Self::UserUpdate,
        Self::UserResetPassword,
        Self::UserBlock,
        Self::DomainRead,
        Self::DomainManage,
        Self::ActivityRead,
        Self::OfferManage,
        Self::ConsentDecide,
        Self::RelationshipManage,
        Self::DelegationAssign,
        Self::SubscriptionRead,
        Self::LicenseAssign,
        Self::SubscriptionManage,
    ];

    /// What only the company's own people can do, whatever a grant says.
    pub const COMPANY_ONLY: PermissionSet = PermissionSet::of(&[
        Self::OfferManage,
        Self::ConsentDecide,
        Self::RelationshipManage,
        Self::DelegationAssign,
        Self::SubscriptionManage,
    ]);

    pub const fn key(self) -> &'static str {
        match self {
            Self::UserRead => "user.read",
            Self::UserCreate => "user.create",
            Self::UserUpdate => "user.update",
            Self::UserResetPassword => "user.reset_password",
            Self::UserBlock => "user.block",
            Self::DomainRead => "domain.read",
            Self::DomainManage => "domain.manage",
            Self::ActivityRead => "activity.read",
            Self::OfferManage => "offer.manage",
            Self::ConsentDecide => "consent.decide",
            Self::RelationshipManage => "relationship.manage",
            Self::DelegationAssign => "delegation.assign",
            Self::SubscriptionRead => "subscription.read",
            Self::LicenseAssign => "license.assign",
            Self::SubscriptionManage => "subscription.manage",
        }
    }
}

/// A set of permissions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PermissionSet(u16);

impl PermissionSet {
    pub const NONE: Self = Self(0);
    pub const ALL: Self = Self::of(&Permission::ALL);

    pub const fn of(permissions: &[Permission]) -> Self {
        let mut bits = 0;
        let mut index = 0;
        while index < permissions.len() {
            bits |= 1 << permissions[index] as u16;
            index += 1;
        }
        Self(bits)
    }

    pub const fn contains(self, permission: Permission) -> bool {
        self.0 & (1 << permission as u16) != 0
    }

    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub const fn is_subset_of(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}
