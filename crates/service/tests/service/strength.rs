//! How hard a password is to guess, told while it is typed.

use std::sync::Arc;

use chrono::TimeDelta;
use mandate_domain::{DomainPrefix, Line, LocalPart};
use mandate_service::{companies::NewCompany, passwords::strength};

use crate::state::{NEW_PASSWORD, State};

on_both_engines!(it_is_told_to_who_sets_a_password);

#[test]
fn what_is_said_of_a_password() {
    for (password, least, most, text) in [
        ("", 0, 1, "Use at least 12 characters."),
        ("q8#Lw2!zR5", 0, 1, "Use at least 12 characters."),
        (&*"x".repeat(257), 0, 1, "Use at most 256 characters."),
        ("passwordpassword", 0, 2, "This password is too easy to guess."),
        ("tom okafor contoso", 0, 0, "This password is too easy to guess. Leave out your name"),
        (NEW_PASSWORD, 3, 4, ""),
        ("velvet-harbor-41-quince-lantern", 4, 4, "Very hard to guess."),
    ] {
        let found = strength(password, &["tom@contoso.example", "Tom Okafor", "Contoso"]);
        assert!((least..=most).contains(&found.score), "{password}: {found:?}");
        assert!(found.text.starts_with(text), "{password}: {found:?}");
        assert!(!found.text.ends_with(' '), "{found:?}");
    }
}

async fn it_is_told_to_who_sets_a_password(state: Arc<State>) {
    let tom = state.who("tom@contoso.example").await;
    let found = state.service.password_strength(&tom, "tom okafor contoso".to_owned()).await.unwrap();
    assert_eq!(found.score, 0);

    let new = NewCompany {
        name: Line::parse("Adventure Works").unwrap(),
        domain_prefix: DomainPrefix::parse("adventure").unwrap(),
        is_partner: false,
        contact_address: None,
        phone: None,
        support_email: None,
        administrator: LocalPart::parse("amy").unwrap(),
    };
    let url = state.service.create_company(&new).await.unwrap();
    let token = url.rsplit('/').next().unwrap();
    let by_link = async || {
        let typed = "amy adventure works".to_owned();
        state.service.password_strength_by_link(token, typed).await.unwrap().map(Option::unwrap)
    };
    assert_eq!(by_link().await.unwrap().score, 0);
    assert!(state.service.one_time_link(token).await.unwrap().is_some(), "asking does not use it up");
    state.clock.turn(TimeDelta::days(7));
    assert!(by_link().await.is_none());
    assert!(state.service.password_strength_by_link("unknown", String::new()).await.unwrap().is_none());
}
