//! Everybody who can act, everything that can be done, and everybody whom it can be done to.

use mandate_domain::{Action, Actor, Authority, CompanyId, DelegatedAdministration, Role, RoleSet, Subject, UserId};
use uuid::Uuid;

pub const ROLES: [Option<Role>; 7] = [
    None,
    Some(Role::DirectoryReader),
    Some(Role::PasswordAdministrator),
    Some(Role::UserAdministrator),
    Some(Role::DomainAdministrator),
    Some(Role::GlobalAdministrator),
    Some(Role::LicenseAdministrator),
];

pub const SELF: UserId = UserId(Uuid::from_u128(1));
pub const OTHER: UserId = UserId(Uuid::from_u128(2));

pub fn actor(company_is_partner: bool, role: Option<Role>, delegation: DelegatedAdministration) -> Actor {
    let company = CompanyId(Uuid::from_u128(3));
    Actor { user: SELF, company, company_is_partner, role, delegation, must_change_password: false }
}

pub fn actors() -> impl Iterator<Item = Actor> {
    [false, true].into_iter().flat_map(|partner| {
        ROLES
            .into_iter()
            .flat_map(move |role| DelegatedAdministration::ALL.map(|setting| actor(partner, role, setting)))
    })
}

/// Every set of roles that a grant can hold.
pub fn grants() -> impl Iterator<Item = Authority> {
    (1..1 << Role::ALL.len()).map(|bits| Authority::Grant(RoleSet::from_bits(bits).unwrap()))
}

pub fn authorities() -> impl Iterator<Item = Authority> {
    std::iter::once(Authority::Own).chain(grants())
}

/// Everybody by whom an action can be tried by some right.
pub fn everybody() -> impl Iterator<Item = (Actor, Authority)> {
    actors().flat_map(|actor| authorities().map(move |authority| (actor, authority)))
}

pub fn subject(role: Option<Role>, delegation: DelegatedAdministration) -> Subject {
    Subject { user: OTHER, role, delegation }
}

pub fn subjects() -> impl Iterator<Item = Subject> {
    ROLES.into_iter().flat_map(|role| DelegatedAdministration::ALL.map(|setting| subject(role, setting)))
}

/// What is done to one's own account or another's.
pub fn changes_to(subject: Subject) -> impl Iterator<Item = Action> {
    let updates = ROLES.map(|role_after| Action::UpdateUser { subject, role_after });
    [Action::ResetPassword(subject), Action::BlockUser(subject)].into_iter().chain(updates)
}

pub fn actions() -> impl Iterator<Item = Action> {
    [
        Action::ReadUsers,
        Action::ReadUser(SELF),
        Action::ReadUser(OTHER),
        Action::UpdateOwnProfile(SELF),
        Action::UpdateOwnProfile(OTHER),
        Action::ReadDomains,
        Action::ManageDomains,
        Action::ReadActivity,
        Action::ReadOwnActivity,
        Action::ManageOffers,
        Action::DecideConsent,
        Action::ManageRelationships,
        Action::AssignDelegation,
        Action::ReadSubscriptions,
        Action::AssignLicense,
        Action::ManageSubscriptions,
    ]
    .into_iter()
    .chain(ROLES.map(|role| Action::CreateUser { role }))
    .chain(subjects().flat_map(changes_to))
}
