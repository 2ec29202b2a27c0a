//! What is true in Mandate: companies, users, offers, grants, roles and domains, and the rules between them.
//!
//! No input or output happens here, and no clock or randomness is read, so that every rule can be tested as a
//! function, and the browser runs the same parsers as the server.

mod activity;
mod addressee;
mod company;
mod consent;
mod days;
mod delegation;
mod domain_check;
mod domain_name;
mod email;
mod grant;
mod id;
mod locale;
mod offer;
mod password;
mod permission;
mod permits;
mod role;
mod search;
mod text;
mod user_name;

pub use activity::Event;
pub use addressee::Addressee;
pub use company::DomainPrefix;
pub use consent::{Difference, difference};
pub use days::{DayCount, DayCountError, GrantDays, LinkDays, days_from};
pub use delegation::DelegatedAdministration;
pub use domain_check::{PENDING_DAYS, next_check};
pub use domain_name::{DomainName, DomainNameError};
pub use email::{EmailAddress, EmailAddressError};
pub use grant::{GrantState, GrantStatus};
pub use id::{BatchId, CompanyId, DecisionId, DomainId, GrantId, OfferId, TemplateId, UserId};
pub use locale::{Locale, UnknownLocale};
pub use offer::{OfferAnswer, OfferState, OfferStatus};
pub use password::{MAX_PASSWORD, MIN_PASSWORD, PasswordLengthError, check_password_length};
pub use permission::{Permission, PermissionSet};
pub use permits::{Action, Actor, Authority, Refusal, Subject, effective_permissions, permits};
pub use role::{Role, RoleSet, UnknownRole};
pub use search::{search_prefixes, search_terms, sort_key};
pub use text::{DeclineReason, DisplayName, Line, OfferMessage, OfferName, PersonName, TextError};
pub use user_name::{LocalPart, UserName, UserNameError};
