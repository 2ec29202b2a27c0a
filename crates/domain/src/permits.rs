use serde::{Deserialize, Serialize};

use crate::{CompanyId, DelegatedAdministration, Permission, PermissionSet, Role, RoleSet, UserId};

/// The person who acts, as the store knows them now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Actor {
    pub user: UserId,
    pub company: CompanyId,
    pub company_is_partner: bool,
    pub role: Option<Role>,
    pub delegation: DelegatedAdministration,
    /// A temporary password has to be changed before anything else works.
    pub must_change_password: bool,
}

/// By what right the actor acts in a company.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authority {
    /// It is their own.
    Own,
    /// The company gave their partner these roles, and the grant is live.
    Grant(RoleSet),
    /// None: the company is a stranger's.
    None,
}

/// The user to whom something is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject {
    pub user: UserId,
    pub role: Option<Role>,
    pub delegation: DelegatedAdministration,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    ReadUsers,
    ReadUser(UserId),
    CreateUser {
        role: Option<Role>,
    },
    UpdateUser {
        subject: Subject,
        role_after: Option<Role>,
    },
    UpdateOwnProfile(UserId),
    ResetPassword(Subject),
    BlockUser(Subject),
    ReadDomains,
    ManageDomains,
    ReadActivity,
    /// Read what one's own partner did in the company.
    ReadOwnActivity,
    ManageOffers,
    DecideConsent,
    ManageRelationships,
    AssignDelegation,
    ReadSubscriptions,
    /// Give a license to any of the company's people, or take it away: it makes nobody more than they are.
    AssignLicense,
    /// Cancel subscriptions and change how many licenses are bought.
    ManageSubscriptions,
}

/// Why an action is not permitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum Refusal {
    /// Answers exactly as what does not exist.
    #[error("there is no such thing here")]
    Unknown,
    #[error("you have not been given the right to do this")]
    Forbidden,
    #[error("your delegated administration setting is No")]
    NotDelegated,
    #[error("this person may do more than you")]
    Ladder,
    #[error("only the company's own people may do this")]
    CompanyOnly,
    #[error("your temporary password has to be changed first")]
    MustChangePassword,
}

/// What the actor may do in a company, before the person it is done to is looked at.
pub fn effective_permissions(actor: &Actor, authority: Authority) -> PermissionSet {
    match authority {
        Authority::Own => {
            let role = actor.role.map_or(PermissionSet::NONE, Role::permissions);
            if !actor.company_is_partner {
                return role.without(PermissionSet::of(&[Permission::OfferManage, Permission::DelegationAssign]));
            }
            if actor.delegation == DelegatedAdministration::Full {
                role.union(PermissionSet::of(&[Permission::OfferManage]))
            } else {
                role
            }
        }
        Authority::Grant(roles) => {
            roles.permissions().intersection(actor.delegation.ceiling()).without(Permission::COMPANY_ONLY)
        }
        Authority::None => PermissionSet::NONE,
    }
}

/// The one decision about who may do what. Every use case asks it, and nothing else decides.
pub fn permits(actor: &Actor, authority: Authority, action: Action) -> Result<(), Refusal> {
    if authority == Authority::None {
        return Err(Refusal::Unknown);
    }
    if actor.must_change_password {
        return Err(Refusal::MustChangePassword);
    }
    let own = authority == Authority::Own;
    let held = effective_permissions(actor, authority);
    if !own && held.is_empty() && actor.delegation == DelegatedAdministration::No {
        return Err(Refusal::NotDelegated);
    }
    let need = |permission| if held.contains(permission) { Ok(()) } else { Err(Refusal::Forbidden) };
    let company_only = |permission| if own { need(permission) } else { Err(Refusal::CompanyOnly) };

    match action {
        Action::ReadUser(user) | Action::UpdateOwnProfile(user) if own && user == actor.user => Ok(()),
        Action::ReadUsers | Action::ReadUser(_) => need(Permission::UserRead),
        Action::CreateUser { role } => {
            need(Permission::UserCreate)?;
            no_ladder(own, held, role)
        }
        Action::UpdateUser { subject, role_after } => {
            need(Permission::UserUpdate)?;
            within_reach(own, held, subject)?;
            no_ladder(own, held, role_after)
        }
        Action::UpdateOwnProfile(_) => Err(Refusal::Forbidden),
        Action::ResetPassword(subject) => {
            need(Permission::UserResetPassword)?;
            within_reach(own, held, subject)?;
            // A role's holder is reset only by one who may do everything there; the lesser roles say
            // "users without a role".
            if subject.role.is_some() && !holds_all_there_is(own, held) {
                return Err(Refusal::Ladder);
            }
            Ok(())
        }
        Action::BlockUser(subject) => {
            need(Permission::UserBlock)?;
            within_reach(own, held, subject)
        }
        Action::ReadDomains => need(Permission::DomainRead),
        Action::ManageDomains => need(Permission::DomainManage),
        Action::ReadOwnActivity if !own => need(Permission::UserRead),
        Action::ReadActivity | Action::ReadOwnActivity => need(Permission::ActivityRead),
        Action::ManageOffers => company_only(Permission::OfferManage),
        Action::DecideConsent => company_only(Permission::ConsentDecide),
        Action::ManageRelationships => company_only(Permission::RelationshipManage),
        Action::AssignDelegation => company_only(Permission::DelegationAssign),
        Action::ReadSubscriptions => need(Permission::SubscriptionRead),
        Action::AssignLicense => need(Permission::LicenseAssign),
        Action::ManageSubscriptions => company_only(Permission::SubscriptionManage),
    }
}

/// No one may make or become, through another's account, more than they are.
fn no_ladder(own: bool, held: PermissionSet, role: Option<Role>) -> Result<(), Refusal> {
    let Some(role) = role else { return Ok(()) };
    if role == Role::GlobalAdministrator && !holds_all_of_its_own(own, held) {
        return Err(if own { Refusal::Ladder } else { Refusal::CompanyOnly });
    }
    let reach = if own { own_reach(role.permissions()) } else { role.permissions() };
    if reach.is_subset_of(held) { Ok(()) } else { Err(Refusal::Ladder) }
}

/// The subject's present powers have to be within the actor's, the power to act in other companies among them:
/// else a partner of a partner climbs through.
fn within_reach(own: bool, held: PermissionSet, subject: Subject) -> Result<(), Refusal> {
    if subject.delegation != DelegatedAdministration::No {
        if !own {
            return Err(Refusal::CompanyOnly);
        }
        if !held.contains(Permission::DelegationAssign) {
            return Err(Refusal::Ladder);
        }
    }
    no_ladder(own, held, subject.role)
}

/// A customer's global administrator does not hold what only a partner can use, and is whole without it.
fn own_reach(permissions: PermissionSet) -> PermissionSet {
    permissions.without(PermissionSet::of(&[Permission::OfferManage, Permission::DelegationAssign]))
}

fn holds_all_of_its_own(own: bool, held: PermissionSet) -> bool {
    own && own_reach(PermissionSet::ALL).is_subset_of(held)
}

fn holds_all_there_is(own: bool, held: PermissionSet) -> bool {
    holds_all_of_its_own(own, held) || PermissionSet::ALL.without(Permission::COMPANY_ONLY).is_subset_of(held)
}
