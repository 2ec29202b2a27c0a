//! *No ladder*, through the use cases: each of them does what `permits` decides and refuses the rest, and some of it is
//! refused whatever else changes.

use std::sync::Arc;

use mandate_domain::{
    Action, Authority, CompanyId, DelegatedAdministration, DisplayName, LocalPart, Refusal, Role, Subject, permits,
};
use mandate_service::{
    Error, Principal, Result,
    users::{NewUser, UserChange},
};
use mandate_store::{
    StoreError, transaction,
    users::{self, User},
};

use crate::{outcome::refused, state::State};

on_both_engines!(in_the_own_company, in_the_own_company_of_a_partner, on_behalf, never_on_behalf);

use DelegatedAdministration::{Full, Limited, No};

const ROLES: [Option<Role>; 6] = [
    None,
    Some(Role::DirectoryReader),
    Some(Role::PasswordAdministrator),
    Some(Role::UserAdministrator),
    Some(Role::DomainAdministrator),
    Some(Role::GlobalAdministrator),
];

fn key(role: Option<Role>) -> &'static str {
    role.map(Role::key).unwrap_or_default()
}

fn new_user(local: &str, like: &User, role: Option<Role>) -> NewUser {
    NewUser {
        first_name: None,
        last_name: None,
        display_name: DisplayName::parse("New").unwrap(),
        local_part: LocalPart::parse(local).unwrap(),
        domain: like.domain_id,
        alternate_email: None,
        role,
    }
}

fn with_role(user: &User, role: Option<Role>) -> UserChange {
    UserChange::parse("", "", &user.display_name, "", key(user.role), key(role)).unwrap()
}

/// A person of each role and setting.
async fn people(state: &State, beside: &User, name: &str, settings: &[DelegatedAdministration]) -> Vec<User> {
    let mut people = Vec::new();
    for role in ROLES {
        for delegation in settings {
            let local = format!("{name}{}", people.len());
            people.push(state.insert_user(beside, &local, role, *delegation).await);
        }
    }
    people
}

#[track_caller]
fn same<T>(done: Result<T>, decided: Result<(), Refusal>, what: &str) {
    match (done, decided) {
        (Ok(_), Ok(())) => {}
        (Err(Error::Refused(refusal)), Err(why)) if refusal == why => {}
        (Ok(_), Err(why)) => panic!("{what} was done, and is refused as {why:?}"),
        (Err(error), decided) => panic!("{what} ended in {error:?}, and is decided as {decided:?}"),
    }
}

/// Everything that the actor can try with each role and on each subject.
async fn try_all(state: &State, actor: &Principal, authority: Authority, company: CompanyId, subjects: &[User]) {
    let decide = |action| permits(&actor.actor(), authority, action);
    let (by, service) = (format!("{:?} by {authority:?}", actor.user.role), &state.service);
    for role in ROLES {
        let local = format!("n{}", state.unknown_id().simple());
        let done = service.add_user(actor, company, &new_user(&local, &subjects[0], role)).await;
        same(done, decide(Action::CreateUser { role }), &format!("{by}: adding {role:?}"));
    }
    for user in subjects {
        let subject = Subject { user: user.id, role: user.role, delegation: user.delegation };
        let what = format!("{by}: {:?} with {:?}", user.role, user.delegation);
        let done = service.reset_password(actor, company, user.id).await;
        same(done, decide(Action::ResetPassword(subject)), &format!("{what}: resetting"));
        for blocked in [true, false] {
            let done = service.set_blocked(actor, company, user.id, blocked).await;
            same(done, decide(Action::BlockUser(subject)), &format!("{what}: blocking {blocked}"));
        }
        for role_after in ROLES {
            let done = service.change_user(actor, company, user.id, &with_role(user, role_after)).await;
            let decided = decide(Action::UpdateUser { subject, role_after });
            same(done, decided, &format!("{what}: making {role_after:?}"));
            if decided.is_ok() {
                transaction!(state.db, StoreError, |conn| { users::update_profile(conn, user).await }).unwrap();
            }
        }
    }
}

async fn in_the_own_company(state: Arc<State>) {
    let mia = state.user("mia@contoso.example").await;
    let subjects = people(&state, &mia, "subject", &[No]).await;
    for actor in people(&state, &mia, "actor", &[No]).await {
        let actor = state.who(&actor.user_name).await;
        try_all(&state, &actor, Authority::Own, mia.company_id, &subjects).await;
    }
}

async fn in_the_own_company_of_a_partner(state: Arc<State>) {
    let ana = state.user("ana@fabrikam.example").await;
    let subjects = people(&state, &ana, "subject", &[No, Limited]).await;
    for actor in people(&state, &ana, "actor", &[No, Full]).await {
        let actor = state.who(&actor.user_name).await;
        try_all(&state, &actor, Authority::Own, ana.company_id, &subjects).await;
    }
}

/// In a customer that is a partner too, whose people could climb on into its own customers.
async fn on_behalf(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let pia = state.who("pia@tailspin.example").await;
    let subjects = people(&state, &pia.user, "subject", &[No, Full]).await;
    let roles = Role::ALL.map(|role| vec![role]).into_iter().chain([Role::OFFERED.to_vec()]);
    for roles in roles {
        state.grant(&ana, &pia, &roles).await;
        let authority = Authority::Grant(roles.into_iter().collect());
        for user_name in ["ana@fabrikam.example", "leo@fabrikam.example", "kim@fabrikam.example"] {
            let actor = state.who(user_name).await;
            try_all(&state, &actor, authority, pia.company.id, &subjects).await;
        }
    }
}

async fn never_on_behalf(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let pia = state.who("pia@tailspin.example").await;
    state.grant(&ana, &pia, &Role::ALL).await;
    let (service, company) = (&state.service, pia.company.id);
    let plain = state.insert_user(&pia.user, "plain", None, No).await;
    let global = state.insert_user(&pia.user, "global", Some(Role::GlobalAdministrator), No).await;
    let limited = state.insert_user(&pia.user, "limited", None, Limited).await;
    let full = state.insert_user(&pia.user, "full", Some(Role::DirectoryReader), Full).await;
    for user in [&pia.user, &global, &limited, &full] {
        refused(service.reset_password(&ana, company, user.id).await, Refusal::CompanyOnly);
        refused(service.set_blocked(&ana, company, user.id, true).await, Refusal::CompanyOnly);
        refused(service.set_blocked(&ana, company, user.id, false).await, Refusal::CompanyOnly);
        refused(service.change_user(&ana, company, user.id, &with_role(user, None)).await, Refusal::CompanyOnly);
        let view = service.user(&ana, company, user.id).await.unwrap();
        assert!(!view.may_update && !view.may_reset_password && !view.may_block);
        assert!(!view.has_delegation && !view.may_assign_delegation);
        assert!(!view.roles.contains(&Role::GlobalAdministrator));
    }
    let global = Some(Role::GlobalAdministrator);
    refused(service.add_user(&ana, company, &new_user("eve", &pia.user, global)).await, Refusal::CompanyOnly);
    refused(service.change_user(&ana, company, plain.id, &with_role(&plain, global)).await, Refusal::CompanyOnly);
    // And all the rest is done.
    service.change_user(&ana, company, plain.id, &with_role(&plain, Some(Role::DomainAdministrator))).await.unwrap();
    service.reset_password(&ana, company, plain.id).await.unwrap();
    service.set_blocked(&ana, company, plain.id, true).await.unwrap();
}
