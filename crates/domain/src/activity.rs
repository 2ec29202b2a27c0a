use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{DelegatedAdministration, Quantity, Role};

/// What was done. Kept as it stands in the record, so a variant may be added and never changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Event {
    CompanyCreated,
    UserAdded {
        role: Option<Role>,
    },
    UserChanged {
        role_before: Option<Role>,
        role_after: Option<Role>,
    },
    PasswordReset,
    PasswordChanged,
    SignInHelpAsked,
    AlternateEmailChanged,
    UserBlocked,
    UserUnblocked,
    DelegationAssigned {
        before: DelegatedAdministration,
        after: DelegatedAdministration,
    },
    DomainAdded,
    DomainVerified,
    /// Because the company owns the domain that it lies under.
    SubdomainVerified {
        under: String,
    },
    DomainMadeDefault,
    DomainRemoved,
    DomainLapsed,
    OfferCreated,
    OfferUrlRenewed,
    OfferWithdrawn,
    OfferMailed {
        to: String,
    },
    OfferMailStopped,
    OfferTemplateSaved,
    OfferTemplateDeleted,
    OfferAuthorized {
        roles: Vec<Role>,
        ends_at: DateTime<Utc>,
    },
    OfferDeclined {
        reason: Option<String>,
    },
    GrantReplaced,
    GrantRemoved,
    GrantEnded,
    TrialStarted {
        plan: String,
        quantity: Quantity,
        ends_at: DateTime<Utc>,
    },
    OrderPlaced {
        /// The partner's own.
        reference: Option<String>,
        total: String,
    },
    SubscriptionCanceled,
    SubscriptionReactivated,
    SubscriptionRenewed,
    SubscriptionExpired,
    SubscriptionConverted,
    LicenseAssigned {
        user: String,
    },
    LicenseRemoved {
        user: String,
    },
    QuantityChanged {
        before: Quantity,
        after: Quantity,
    },
}

fn role_name(role: Option<Role>) -> &'static str {
    role.map_or("no role", Role::name)
}

fn licenses(quantity: Quantity) -> String {
    if quantity.get() == 1 { "1 license".to_owned() } else { format!("{quantity} licenses") }
}

impl Event {
    /// What was done, to be followed by the object's name.
    pub fn what(&self) -> &'static str {
        match self {
            Self::CompanyCreated => "Created company",
            Self::UserAdded { .. } => "Added user",
            Self::UserChanged { .. } => "Changed user",
            Self::PasswordReset => "Reset password",
            Self::PasswordChanged => "Changed own password",
            Self::SignInHelpAsked => "Asked for help to sign in",
            Self::AlternateEmailChanged => "Changed own alternate email",
            Self::UserBlocked => "Blocked user",
            Self::UserUnblocked => "Unblocked user",
            Self::DelegationAssigned { .. } => "Changed administrative access",
            Self::DomainAdded => "Added domain",
            Self::DomainVerified | Self::SubdomainVerified { .. } => "Verified domain",
            Self::DomainMadeDefault => "Made domain the default",
            Self::DomainRemoved => "Removed domain",
            Self::DomainLapsed => "Domain lapsed unverified",
            Self::OfferCreated => "Created offer",
            Self::OfferUrlRenewed => "Made a new offer URL",
            Self::OfferWithdrawn => "Withdrew offer",
            Self::OfferMailed { .. } => "Mailed offer",
            Self::OfferMailStopped => "Addressee stopped mail about offer",
            Self::OfferTemplateSaved => "Saved offer template",
            Self::OfferTemplateDeleted => "Deleted offer template",
            Self::OfferAuthorized { .. } => "Authorized offer",
            Self::OfferDeclined { .. } => "Declined offer",
            Self::GrantReplaced => "Replaced authorization",
            Self::GrantRemoved => "Removed partner",
            Self::GrantEnded => "Authorization ended",
            Self::TrialStarted { .. } => "Started trial",
            Self::OrderPlaced { .. } => "Placed order",
            Self::SubscriptionCanceled => "Canceled subscription at end of term",
            Self::SubscriptionReactivated => "Reactivated subscription",
            Self::SubscriptionRenewed => "Renewed subscription",
            Self::SubscriptionExpired => "Subscription ended",
            Self::SubscriptionConverted => "Converted trial to paid",
            Self::LicenseAssigned { .. } => "Assigned license",
            Self::LicenseRemoved { .. } => "Removed license",
            Self::QuantityChanged { .. } => "Changed number of licenses",
        }
    }

    /// Whether the object is a domain, whose name the record has as the DNS does.
    pub fn is_of_domain(&self) -> bool {
        matches!(
            self,
            Self::DomainAdded
                | Self::DomainVerified
                | Self::SubdomainVerified { .. }
                | Self::DomainMadeDefault
                | Self::DomainRemoved
                | Self::DomainLapsed
        )
    }

    /// What else there is to say of it.
    pub fn detail(&self) -> Option<String> {
        match self {
            Self::UserAdded { role } => Some(format!("With {}", role_name(*role))),
            Self::UserChanged { role_before, role_after } if role_before != role_after => {
                Some(format!("From {} to {}", role_name(*role_before), role_name(*role_after)))
            }
            Self::DelegationAssigned { before, after } => Some(format!("From {} to {}", before.name(), after.name())),
            Self::OfferAuthorized { roles, ends_at } => {
                let names: Vec<_> = roles.iter().map(|role| role.name()).collect();
                Some(format!("{}, until {}", names.join(", "), ends_at.format("%b %-d, %Y")))
            }
            Self::OfferMailed { to } => Some(format!("To {to}")),
            Self::OfferDeclined { reason } => reason.clone(),
            Self::SubdomainVerified { under } => Some(format!("As part of {under}")),
            Self::TrialStarted { plan, quantity, ends_at } => {
                Some(format!("{plan}, {}, until {}", licenses(*quantity), ends_at.format("%b %-d, %Y")))
            }
            Self::OrderPlaced { reference, total } => Some(match reference {
                Some(reference) => format!("{total}, reference {reference}"),
                None => total.clone(),
            }),
            Self::LicenseAssigned { user } => Some(format!("To {user}")),
            Self::LicenseRemoved { user } => Some(format!("From {user}")),
            Self::QuantityChanged { before, after } => Some(format!("From {before} to {after}")),
            _ => None,
        }
    }
}
