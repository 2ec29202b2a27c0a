//! What is true in Mandate: companies, users, offers, grants, roles and domains, and the rules between them.
//!
//! No input or output happens here, and no clock or randomness is read, so that every rule can be tested as a
//! function, and the browser runs the same parsers as the server.

mod activity;
mod addressee;
mod catalog;
mod company;
mod consent;
mod country;
mod days;
mod delegation;
mod domain_check;
mod domain_name;
mod email;
mod grant;
mod id;
mod locale;
mod money;
mod offer;
mod password;
mod permission;
mod permits;
mod role;
mod sale;
mod search;
mod sign_up;
mod subscription;
mod text;
mod user_name;

pub use activity::Event;
pub use addressee::Addressee;
pub use catalog::{PlanKey, PlanKeyError, Quantity, QuantityBounds, QuantityError, Term, TrialDays, TrialTerms};
pub use company::DomainPrefix;
pub use consent::{Difference, difference};
pub use country::{Country, UnknownCountry};
pub use days::{DayCount, DayCountError, GrantDays, LinkDays, days_from};
pub use delegation::DelegatedAdministration;
pub use domain_check::{PENDING_DAYS, next_check};
pub use domain_name::{DomainName, DomainNameError};
pub use email::{EmailAddress, EmailAddressError};
pub use grant::{GrantState, GrantStatus};
pub use id::{
    BatchId, CompanyId, DecisionId, DomainId, GrantId, OfferId, OrderId, PlanId, SignUpId, SubscriptionId, TemplateId,
    UserId,
};
pub use locale::{Locale, UnknownLocale};
pub use money::{Currency, Money, MoneyError, UnknownCurrency};
pub use offer::{OfferAnswer, OfferState, OfferStatus};
pub use password::{MAX_PASSWORD, MIN_PASSWORD, PasswordLengthError, check_password_length};
pub use permission::{Permission, PermissionSet};
pub use permits::{Action, Actor, Authority, Refusal, Subject, effective_permissions, permits};
pub use role::{Role, RoleSet, UnknownRole};
pub use sale::{ContentKind, line_total, total};
pub use search::{search_prefixes, search_terms, sort_key};
pub use sign_up::SignUpStep;
pub use subscription::{
    SubscriptionKind, SubscriptionState, SubscriptionStatus, TRIAL_NOTICE_DAYS, trial_notice_bounds, trial_notices_due,
};
pub use text::{DeclineReason, DisplayName, Line, OfferMessage, OfferName, PersonName, Reference, TextError};
pub use user_name::{LocalPart, UserName, UserNameError};
