//! What a partner's people may do in a customer's company, and until when.

use std::sync::Arc;

use chrono::TimeDelta;
use mandate_domain::{
    Action, CompanyId, DelegatedAdministration, DisplayName, DomainName, LocalPart, PermissionSet, Refusal, Role,
};
use mandate_service::{
    Principal, Result,
    users::{NewUser, UserChange},
};
use mandate_store::users::{Sort, User};

use crate::{
    outcome::{not_found, refused},
    state::{MICROSECOND, PASSWORD, State, first_page},
};

on_both_engines!(
    the_grants_roles_are_the_most,
    limited_reads_and_resets,
    without_delegation_nothing,
    full_does_all_that_the_grant_holds,
    a_setting_holds_from_the_next_request,
    a_grant_past_its_end_counts_as_ended,
    a_stranger_sees_nothing,
    what_only_the_companys_own_people_do,
    changing_says_when_the_grant_was_last_used,
);

/// How each of the use cases that can be done on behalf ended.
struct Tried {
    read: Vec<Result<()>>,
    reset: Result<()>,
    users: Vec<Result<()>>,
    domains: Vec<Result<()>>,
}

impl Tried {
    fn all(self) -> impl Iterator<Item = Result<()>> {
        self.read.into_iter().chain([self.reset]).chain(self.users).chain(self.domains)
    }
}

async fn try_all(state: &State, who: &Principal, customer: CompanyId, tom: &User) -> Tried {
    let service = &state.service;
    let new = NewUser {
        first_name: None,
        last_name: None,
        display_name: DisplayName::parse("Eve").unwrap(),
        local_part: LocalPart::parse(&format!("n{}", state.unknown_id().simple())).unwrap(),
        domain: tom.domain_id,
        alternate_email: None,
        role: None,
    };
    let change = UserChange::parse("", "", &tom.display_name, "", "", "").unwrap();
    let name = DomainName::parse(&format!("n{}.example", state.unknown_id().simple())).unwrap();
    let added = service.add_domain(who, customer, &name).await;
    let mut domains = vec![];
    if let Ok(id) = added {
        domains.push(service.verify_domain(who, customer, id).await.map(drop));
        domains.push(service.remove_domain(who, customer, id).await);
    }
    domains.push(added.map(drop));
    Tried {
        read: vec![
            service.users(who, customer, Sort::Name, "", &first_page(10)).await.map(drop),
            service.user(who, customer, tom.id).await.map(drop),
            service.domains(who, customer).await.map(drop),
            service.domain(who, customer, tom.domain_id).await.map(drop),
            service.activity(who, customer, None, 10).await.map(drop),
        ],
        reset: service.reset_password(who, customer, tom.id).await.map(drop),
        users: vec![
            service.new_user_choices(who, customer).await.map(drop),
            service.add_user(who, customer, &new).await.map(drop),
            service.change_user(who, customer, tom.id, &change).await,
            service.set_blocked(who, customer, tom.id, false).await,
        ],
        domains,
    }
}

fn assert_done(results: impl IntoIterator<Item = Result<()>>) {
    for result in results {
        result.unwrap();
    }
}

fn assert_refused(results: impl IntoIterator<Item = Result<()>>, why: Refusal) {
    for result in results {
        refused(result, why);
    }
}

async fn the_grants_roles_are_the_most(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let tom = state.user("tom@contoso.example").await;
    for (role, reset, users, domains) in [
        (Role::DirectoryReader, false, false, false),
        (Role::PasswordAdministrator, true, false, false),
        (Role::UserAdministrator, true, true, false),
        (Role::DomainAdministrator, false, false, true),
    ] {
        state.grant(&ana, &mia, &[role]).await;
        let tried = try_all(&state, &ana, mia.company.id, &tom).await;
        assert_done(tried.read);
        for (results, permitted) in [(vec![tried.reset], reset), (tried.users, users), (tried.domains, domains)] {
            if permitted { assert_done(results) } else { assert_refused(results, Refusal::Forbidden) }
        }
    }
}

async fn limited_reads_and_resets(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let leo = state.who("leo@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let tom = state.user("tom@contoso.example").await;
    state.grant(&ana, &mia, &Role::OFFERED).await;
    let tried = try_all(&state, &leo, mia.company.id, &tom).await;
    assert_done(tried.read);
    tried.reset.unwrap();
    assert_refused(tried.users, Refusal::Forbidden);
    assert_refused(tried.domains, Refusal::Forbidden);
    let reader = state.insert_user(&tom, "reader", Some(Role::DirectoryReader), DelegatedAdministration::No).await;
    refused(state.service.reset_password(&leo, mia.company.id, reader.id).await, Refusal::Ladder);

    // Where the grant has no password role, limited administration adds none.
    state.grant(&ana, &mia, &[Role::DomainAdministrator]).await;
    let tried = try_all(&state, &leo, mia.company.id, &tom).await;
    assert_done(tried.read);
    refused(tried.reset, Refusal::Forbidden);
}

async fn without_delegation_nothing(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let tom = state.user("tom@contoso.example").await;
    state.grant(&ana, &mia, &Role::ALL).await;
    let global = Some(Role::GlobalAdministrator);
    let gus = state.colleague(&ana, "gus", global, DelegatedAdministration::No).await;
    for who in [&state.who("kim@fabrikam.example").await, &gus] {
        refused(state.service.place(who, mia.company.id).await, Refusal::NotDelegated);
        assert_refused(try_all(&state, who, mia.company.id, &tom).await.all(), Refusal::NotDelegated);
    }
}

async fn full_does_all_that_the_grant_holds(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let flo = state.colleague(&ana, "flo", None, DelegatedAdministration::Full).await;
    let mia = state.who("mia@contoso.example").await;
    let tom = state.user("tom@contoso.example").await;
    state.grant(&ana, &mia, &Role::OFFERED).await;
    for who in [&ana, &flo] {
        assert_done(try_all(&state, who, mia.company.id, &tom).await.all());
        let place = state.service.place(who, mia.company.id).await.unwrap();
        assert_eq!(place.company.name, "Contoso");
        let offered = Role::OFFERED.iter().fold(PermissionSet::NONE, |all, role| all.union(role.permissions()));
        assert_eq!(place.permissions(), offered);
    }
}

async fn a_setting_holds_from_the_next_request(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let tom = state.user("tom@contoso.example").await;
    state.grant(&ana, &mia, &Role::OFFERED).await;
    let session = state.sign_in("kim@fabrikam.example", PASSWORD).await;
    let kim = state.holder(&session).await.user.id;
    let next = async || try_all(&state, &state.holder(&session).await, mia.company.id, &tom).await;

    assert_refused(next().await.all(), Refusal::NotDelegated);
    state.service.assign_delegation(&ana, kim, DelegatedAdministration::Full).await.unwrap();
    assert_done(next().await.all());
    state.service.assign_delegation(&ana, kim, DelegatedAdministration::Limited).await.unwrap();
    assert_refused(next().await.users, Refusal::Forbidden);
    state.service.assign_delegation(&ana, kim, DelegatedAdministration::No).await.unwrap();
    assert_refused(next().await.all(), Refusal::NotDelegated);
}

async fn a_grant_past_its_end_counts_as_ended(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let tom = state.user("tom@contoso.example").await;
    state.grant(&ana, &mia, &Role::OFFERED).await;
    let end = state.grants(mia.company.id).await.0[0].ends_at;
    assert_eq!(end, state.now() + TimeDelta::days(365));
    state.clock.turn_to(end - MICROSECOND);
    assert_done(try_all(&state, &ana, mia.company.id, &tom).await.all());
    assert_eq!(state.customers(&ana, "").await, ["Contoso"]);
    state.clock.turn_to(end);
    for result in try_all(&state, &ana, mia.company.id, &tom).await.all() {
        not_found(result);
    }
    assert!(state.customers(&ana, "").await.is_empty());
}

async fn a_stranger_sees_nothing(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let tom = state.user("tom@contoso.example").await;
    state.grant(&ana, &mia, &Role::OFFERED).await;
    for stranger in ["pia@tailspin.example", "nora@northwind.example"] {
        let stranger = state.who(stranger).await;
        for customer in [mia.company.id, CompanyId(state.unknown_id())] {
            not_found(state.service.place(&stranger, customer).await);
            for result in try_all(&state, &stranger, customer, &tom).await.all() {
                not_found(result);
            }
        }
    }
    // The grant is the partner's, not the customer's: it does not work backward.
    not_found(state.service.place(&mia, ana.company.id).await);
    // By the grant for one customer, another's people are not there.
    let nora = state.user("nora@northwind.example").await;
    not_found(state.service.user(&ana, mia.company.id, nora.id).await);
    not_found(state.service.reset_password(&ana, mia.company.id, nora.id).await);
    not_found(state.service.set_blocked(&ana, mia.company.id, nora.id, true).await);
    not_found(state.service.domain(&ana, mia.company.id, nora.domain_id).await);
    not_found(state.service.remove_domain(&ana, mia.company.id, nora.domain_id).await);
    not_found(state.service.verify_domain(&ana, mia.company.id, nora.domain_id).await);
}

async fn what_only_the_companys_own_people_do(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let pia = state.who("pia@tailspin.example").await;
    state.grant(&ana, &pia, &Role::ALL).await;
    let place = state.service.place(&ana, pia.company.id).await.unwrap();
    for action in [Action::ManageOffers, Action::DecideConsent, Action::ManageRelationships, Action::AssignDelegation] {
        refused(place.permits(action), Refusal::CompanyOnly);
    }
    // Their use cases take no company but the own one.
    not_found(state.service.assign_delegation(&ana, pia.user.id, DelegatedAdministration::No).await);
}

async fn changing_says_when_the_grant_was_last_used(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let tom = state.user("tom@contoso.example").await.id;
    state.grant(&ana, &mia, &Role::OFFERED).await;
    state.clock.turn(TimeDelta::hours(1));
    state.service.user(&ana, mia.company.id, tom).await.unwrap();
    assert_eq!(state.grants(mia.company.id).await.0[0].last_used_at, None, "reading changes nothing");
    state.service.reset_password(&ana, mia.company.id, tom).await.unwrap();
    assert_eq!(state.grants(mia.company.id).await.0[0].last_used_at, Some(state.now()));
}
