use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    )+};
}

ids! {
    /// A company. Ids are UUID version 7 (RFC 9562): they sort by the time of their making, and are never reused.
    CompanyId,
    /// A person in one company.
    UserId,
    /// A partner's offer.
    OfferId,
    /// Offers that were made together.
    BatchId,
    /// What a partner's new offers can start with.
    TemplateId,
    /// What one company answered to one offer.
    DecisionId,
    /// What a customer gave one partner.
    GrantId,
    /// A domain that a company claims or owns.
    DomainId,
    /// A plan of the catalog.
    PlanId,
    /// What a company accepted of a trial or purchase.
    OrderId,
    /// Licenses of one plan that a company has.
    SubscriptionId,
    /// A new company in its making.
    SignUpId,
}
