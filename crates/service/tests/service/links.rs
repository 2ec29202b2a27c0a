//! Companies made by the operator, and the links with which their first administrators set a password.

use std::sync::Arc;

use chrono::TimeDelta;
use mandate_domain::{DelegatedAdministration, DomainPrefix, Line, LocalPart, Role};
use mandate_service::{companies::NewCompany, demo};
use tokio::task::JoinSet;

use crate::{
    outcome::{changed, problem},
    state::{MICROSECOND, NEW_PASSWORD, PASSWORD, State},
};

on_both_engines!(
    a_link_sets_a_password_once,
    a_link_ends_at_its_end,
    of_many_at_once_one_sets_it,
    a_link_ends_with_a_reset_and_a_block,
    a_prefix_is_taken_once,
    the_demo_refuses_foreign_companies,
    the_demo_keeps_what_is_there,
);

fn adventure_works(is_partner: bool) -> NewCompany {
    NewCompany {
        name: Line::parse("Adventure Works").unwrap(),
        domain_prefix: DomainPrefix::parse("adventure").unwrap(),
        is_partner,
        contact_address: None,
        phone: None,
        support_email: None,
        administrator: LocalPart::parse("amy").unwrap(),
    }
}

const AMY: &str = "amy@adventure.mandate.example";

/// The token of the link that a new company's administrator gets.
async fn link(state: &State, is_partner: bool) -> String {
    let url = state.service.create_company(&adventure_works(is_partner)).await.unwrap();
    url.strip_prefix("https://mandate.test/l/").expect("the public URL").to_owned()
}

async fn a_link_sets_a_password_once(state: Arc<State>) {
    let token = link(&state, true).await;
    let of = Some((AMY.to_owned(), "Adventure Works".to_owned()));
    for _ in 0..3 {
        assert_eq!(state.service.one_time_link(&token).await.unwrap(), of, "reading it does not use it up");
    }
    let (field, _) = problem(state.service.set_password_by_link(&token, "adventure".to_owned()).await);
    assert_eq!(field, "new_password");
    assert!(state.service.set_password_by_link(&token, PASSWORD.to_owned()).await.unwrap());
    assert!(!state.service.set_password_by_link(&token, NEW_PASSWORD.to_owned()).await.unwrap());
    assert_eq!(state.service.one_time_link(&token).await.unwrap(), None);

    let amy = state.who(AMY).await;
    assert_eq!(amy.user.role, Some(Role::GlobalAdministrator));
    assert_eq!(amy.user.delegation, DelegatedAdministration::Full);
    assert!(amy.company.is_partner && !amy.user.must_change_password);
    assert_eq!(state.record(amy.company.id).await.len(), 2, "made, and the password set");

    for unknown in ["", "unknown", &token.to_uppercase()] {
        assert_eq!(state.service.one_time_link(unknown).await.unwrap(), None);
        assert!(!state.service.set_password_by_link(unknown, PASSWORD.to_owned()).await.unwrap());
    }
}

async fn a_link_ends_at_its_end(state: Arc<State>) {
    let token = link(&state, false).await;
    state.clock.turn(TimeDelta::days(7) - MICROSECOND);
    assert!(state.service.one_time_link(&token).await.unwrap().is_some());
    state.clock.turn(MICROSECOND);
    assert_eq!(state.service.one_time_link(&token).await.unwrap(), None);
    assert!(!state.service.set_password_by_link(&token, PASSWORD.to_owned()).await.unwrap());
    assert!(!state.is_let_in(AMY, PASSWORD).await);
}

async fn of_many_at_once_one_sets_it(state: Arc<State>) {
    let token = link(&state, false).await;
    let mut tasks = JoinSet::new();
    for n in 0..10 {
        let (state, token) = (Arc::clone(&state), token.clone());
        let password = format!("{NEW_PASSWORD} {n}");
        tasks.spawn(async move {
            let done = state.service.set_password_by_link(&token, password.clone()).await.unwrap();
            done.then_some(password)
        });
    }
    let set: Vec<String> = tasks.join_all().await.into_iter().flatten().collect();
    assert_eq!(set.len(), 1);
    assert!(state.is_let_in(AMY, &set[0]).await);
}

async fn a_link_ends_with_a_reset_and_a_block(state: Arc<State>) {
    let token = link(&state, false).await;
    let amy = state.user(AMY).await;
    let bob = state.insert_user(&amy, "bob", Some(Role::GlobalAdministrator), DelegatedAdministration::No).await;
    let bob = state.who(&bob.user_name).await;

    state.service.set_blocked(&bob, bob.company.id, amy.id, true).await.unwrap();
    assert_eq!(state.service.one_time_link(&token).await.unwrap(), None);
    assert!(!state.service.set_password_by_link(&token, PASSWORD.to_owned()).await.unwrap());
    state.service.set_blocked(&bob, bob.company.id, amy.id, false).await.unwrap();
    assert!(state.service.one_time_link(&token).await.unwrap().is_some());

    state.service.reset_password(&bob, bob.company.id, amy.id).await.unwrap();
    assert_eq!(state.service.one_time_link(&token).await.unwrap(), None);
    assert!(!state.service.set_password_by_link(&token, PASSWORD.to_owned()).await.unwrap());
}

async fn a_prefix_is_taken_once(state: Arc<State>) {
    let mut tasks = JoinSet::new();
    for _ in 0..5 {
        let state = Arc::clone(&state);
        tasks.spawn(async move { state.service.create_company(&adventure_works(false)).await });
    }
    let (made, refused): (Vec<_>, Vec<_>) = tasks.join_all().await.into_iter().partition(Result::is_ok);
    assert_eq!(made.len(), 1);
    for result in refused {
        let (field, message) = problem(result);
        assert_eq!((field.as_str(), message.as_str()), ("domain_prefix", "adventure.mandate.example is taken"));
    }
    let demo = NewCompany { domain_prefix: DomainPrefix::parse("Contoso").unwrap(), ..adventure_works(false) };
    problem(state.service.create_company(&demo).await);
    assert_eq!(state.count("SELECT count(*) FROM companies").await, 5);
}

async fn the_demo_refuses_foreign_companies(state: Arc<State>) {
    link(&state, false).await;
    let message = changed(state.service.prepare_demo(NEW_PASSWORD).await);
    assert!(message.contains("companies that the demo did not make"), "{message}");
    assert!(state.is_let_in("mia@contoso.example", PASSWORD).await, "nothing was changed");
}

async fn the_demo_keeps_what_is_there(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    assert_eq!(state.count("SELECT count(*) FROM offers").await, 0);
    state.grant(&ana, &mia, &[Role::DirectoryReader]).await;
    state.service.prepare_demo(NEW_PASSWORD).await.unwrap();
    assert_eq!(state.count("SELECT count(*) FROM companies").await, 4);
    assert_eq!(state.grants(mia.company.id).await.0.len(), 1);
    for person in demo::PEOPLE {
        let token = state.sign_in(person.user_name, NEW_PASSWORD).await;
        assert!(!state.holder(&token).await.user.must_change_password, "{}", person.user_name);
    }
}
