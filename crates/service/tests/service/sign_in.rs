//! Signing in, sessions, and one's own password.

use std::{net::IpAddr, sync::Arc, time::Duration};

use chrono::TimeDelta;
use mandate_domain::{DelegatedAdministration, DomainPrefix, Line, LocalPart, Locale, Refusal, Role};
use mandate_service::{companies::NewCompany, profile::ProfileChange, sign_in::SignIn};
use mandate_store::sign_in_attempts;

use crate::{
    outcome::{changed, problem, refused},
    state::{ADDRESS, MICROSECOND, NEW_PASSWORD, PASSWORD, State},
};

on_both_engines!(
    whoever_is_not_let_in_gets_one_answer,
    case_makes_no_difference_and_a_session_knows_its_holder,
    attempts_are_slowed_per_name_and_forgotten,
    attempts_are_slowed_per_address_and_forgotten,
    attempts_at_once_are_each_one_more,
    a_session_ends_at_its_end,
    a_session_ends_unused,
    signing_out_ends_one_session,
    blocking_ends_sessions,
    changing_the_password_ends_other_sessions,
    a_reset_ends_sessions,
    a_hash_of_other_parameters_is_made_anew,
    a_temporary_password_is_changed_first,
    a_password_changed_meanwhile_is_not_changed_again,
    own_profile,
);

/// How many attempts count as failed: what another one now would be told, without it being counted.
async fn failures(state: &State, key: &str) -> i64 {
    let (now, since) = (state.now(), state.now() - TimeDelta::minutes(15));
    let mut transaction = state.db.begin().await.unwrap();
    sign_in_attempts::count(&mut transaction, key, now, since).await.unwrap()
}

async fn whoever_is_not_let_in_gets_one_answer(state: Arc<State>) {
    let mia = state.who("mia@contoso.example").await;
    let tom = state.user("tom@contoso.example").await;
    state.service.set_blocked(&mia, mia.company.id, tom.id, true).await.unwrap();
    let new = NewCompany {
        name: Line::parse("Adventure Works").unwrap(),
        domain_prefix: DomainPrefix::parse("adventure").unwrap(),
        is_partner: false,
        contact_address: None,
        phone: None,
        support_email: None,
        administrator: LocalPart::parse("amy").unwrap(),
    };
    state.service.create_company(&new).await.unwrap();
    let sessions = state.count("SELECT count(*) FROM sessions").await;
    for (user_name, password) in [
        ("nobody@contoso.example", PASSWORD),
        ("not a user name", PASSWORD),
        ("", ""),
        ("mia@contoso.example", "wrong horse battery staple"),
        ("mia@contoso.example", &"correct".repeat(50)),
        ("tom@contoso.example", PASSWORD),
        ("amy@adventure.mandate.example", ""),
    ] {
        let outcome = state.service.sign_in(user_name, password.to_owned(), ADDRESS).await;
        assert!(matches!(outcome, Ok(SignIn::Refused)), "{user_name}: {outcome:?}");
    }
    assert_eq!(state.count("SELECT count(*) FROM sessions").await, sessions);
}

async fn case_makes_no_difference_and_a_session_knows_its_holder(state: Arc<State>) {
    let ana = state.who(" Ana@FABRIKAM.example").await;
    assert_eq!(ana.user.display_name, "Ana Ruiz");
    assert_eq!(ana.company.name, "Fabrikam Partners");
    assert_eq!(ana.user.last_sign_in_at, Some(state.now()));
    assert!(state.has_ended("no token of anybody").await);
    assert!(state.has_ended("").await);
}

async fn attempts_are_slowed_per_name_and_forgotten(state: Arc<State>) {
    let key = "name:mia@contoso.example";
    for count in 1..=5 {
        assert!(!state.is_let_in("MIA@contoso.example", "wrong").await);
        assert_eq!(failures(&state, key).await, count);
    }
    let start = std::time::Instant::now();
    assert!(state.is_let_in("mia@contoso.example", PASSWORD).await, "a stranger must not lock a person out");
    assert!(start.elapsed() >= Duration::from_millis(250), "{:?}", start.elapsed());
    assert_eq!(failures(&state, key).await, 0, "the right password forgets them");

    assert!(!state.is_let_in("mia@contoso.example", "wrong").await);
    assert!(!state.is_let_in("mia@contoso.example", "wrong").await);
    state.clock.turn(TimeDelta::minutes(15) - MICROSECOND);
    assert_eq!(failures(&state, key).await, 2);
    state.clock.turn(MICROSECOND);
    assert_eq!(failures(&state, key).await, 0);
    assert!(!state.is_let_in("mia@contoso.example", "wrong").await);
    assert_eq!(failures(&state, key).await, 1, "the count begins anew");
}

async fn attempts_are_slowed_per_address_and_forgotten(state: Arc<State>) {
    for n in 0..50 {
        assert!(!state.is_let_in(&format!("nobody{n}@contoso.example"), "wrong").await);
    }
    let slowed = async |address: IpAddr| {
        let start = std::time::Instant::now();
        let outcome = state.service.sign_in("mia@contoso.example", PASSWORD.to_owned(), address).await;
        assert!(matches!(outcome, Ok(SignIn::Done { .. })), "a stranger must not lock a person out: {outcome:?}");
        start.elapsed() >= Duration::from_millis(250)
    };
    assert!(slowed(ADDRESS).await);
    assert_eq!(failures(&state, "address:192.0.2.7").await, 50, "the right password does not forget an address");
    state.clock.turn(TimeDelta::minutes(15));
    assert_eq!(failures(&state, "address:192.0.2.7").await, 0);
}

async fn attempts_at_once_are_each_one_more(state: Arc<State>) {
    let start = std::time::Instant::now();
    let attempts = (0..8).map(|_| {
        let state = Arc::clone(&state);
        tokio::spawn(async move {
            assert!(!state.is_let_in("mia@contoso.example", "wrong").await);
            start.elapsed()
        })
    });
    let mut took = Vec::new();
    for attempt in attempts.collect::<Vec<_>>() {
        took.push(attempt.await.unwrap());
    }
    assert!(took.into_iter().max() >= Some(Duration::from_secs(1)), "the eighth was slowed by the seven before");
    assert_eq!(failures(&state, "name:mia@contoso.example").await, 8);
}

async fn a_session_ends_at_its_end(state: Arc<State>) {
    let token = state.sign_in("mia@contoso.example", PASSWORD).await;
    let start = state.now();
    for hours in (11..14 * 24).step_by(11) {
        state.clock.turn_to(start + TimeDelta::hours(hours));
        assert!(!state.has_ended(&token).await, "after {hours} hours");
    }
    state.clock.turn_to(start + TimeDelta::days(14) - MICROSECOND);
    assert!(!state.has_ended(&token).await);
    state.clock.turn(MICROSECOND);
    assert!(state.has_ended(&token).await);
}

async fn a_session_ends_unused(state: Arc<State>) {
    let token = state.sign_in("mia@contoso.example", PASSWORD).await;
    state.clock.turn(TimeDelta::hours(12) - MICROSECOND);
    assert!(!state.has_ended(&token).await, "using it begins the time anew");
    state.clock.turn(TimeDelta::hours(12) - MICROSECOND);
    assert!(!state.has_ended(&token).await);
    state.clock.turn(TimeDelta::hours(12));
    assert!(state.has_ended(&token).await);
}

async fn signing_out_ends_one_session(state: Arc<State>) {
    let here = state.sign_in("mia@contoso.example", PASSWORD).await;
    let there = state.sign_in("mia@contoso.example", PASSWORD).await;
    let mia = state.holder(&here).await;
    state.service.sign_out(&mia).await.unwrap();
    state.service.sign_out(&mia).await.unwrap();
    assert!(state.has_ended(&here).await);
    assert!(!state.has_ended(&there).await);
}

async fn blocking_ends_sessions(state: Arc<State>) {
    let mia = state.who("mia@contoso.example").await;
    let token = state.sign_in("tom@contoso.example", PASSWORD).await;
    let tom = state.holder(&token).await.user.id;
    state.service.set_blocked(&mia, mia.company.id, tom, true).await.unwrap();
    assert!(state.has_ended(&token).await);
    assert!(!state.is_let_in("tom@contoso.example", PASSWORD).await);
    state.service.set_blocked(&mia, mia.company.id, tom, false).await.unwrap();
    assert!(state.has_ended(&token).await, "what ended does not come back");
    assert!(state.is_let_in("tom@contoso.example", PASSWORD).await);
}

async fn changing_the_password_ends_other_sessions(state: Arc<State>) {
    let here = state.sign_in("mia@contoso.example", PASSWORD).await;
    let there = state.sign_in("mia@contoso.example", PASSWORD).await;
    let mia = state.holder(&here).await;
    let change = |current: Option<&str>, new: &str| {
        let (service, mia) = (state.service.clone(), mia.clone());
        let (current, new) = (current.map(str::to_owned), new.to_owned());
        async move { service.change_password(&mia, current, new).await }
    };
    for current in [None, Some("wrong")] {
        let (field, _) = problem(change(current, NEW_PASSWORD).await);
        assert_eq!(field, "current_password");
    }
    assert_eq!(failures(&state, "name:mia@contoso.example").await, 2, "guesses count");
    for weak in ["short", "Contoso-Lindqvist", &"x".repeat(257), PASSWORD] {
        let (field, _) = problem(change(Some(PASSWORD), weak).await);
        assert_eq!(field, "new_password", "{weak}");
    }
    assert!(!state.has_ended(&there).await);
    change(Some(PASSWORD), NEW_PASSWORD).await.unwrap();
    assert!(!state.has_ended(&here).await);
    assert!(state.has_ended(&there).await);
    assert!(!state.is_let_in("mia@contoso.example", PASSWORD).await);
    assert!(state.is_let_in("mia@contoso.example", NEW_PASSWORD).await);
}

async fn a_reset_ends_sessions(state: Arc<State>) {
    let mia = state.who("mia@contoso.example").await;
    let token = state.sign_in("tom@contoso.example", PASSWORD).await;
    let tom = state.holder(&token).await.user.id;
    let reset = state.service.reset_password(&mia, mia.company.id, tom).await.unwrap();
    assert!(state.has_ended(&token).await);
    assert!(!state.is_let_in("tom@contoso.example", PASSWORD).await);
    assert!(state.is_let_in("tom@contoso.example", &reset.password).await);
}

async fn a_hash_of_other_parameters_is_made_anew(state: Arc<State>) {
    let before = state.user("mia@contoso.example").await.password_hash.unwrap();
    let dearer = state.with_passes(2);
    let refused = dearer.sign_in("mia@contoso.example", "wrong".to_owned(), ADDRESS).await.unwrap();
    assert!(matches!(refused, SignIn::Refused));
    assert_eq!(state.user("mia@contoso.example").await.password_hash.unwrap(), before);

    let done = dearer.sign_in("mia@contoso.example", PASSWORD.to_owned(), ADDRESS).await.unwrap();
    assert!(matches!(done, SignIn::Done { must_change_password: false, .. }));
    let after = state.user("mia@contoso.example").await.password_hash.unwrap();
    assert!(before.contains("t=1") && after.contains("t=2"), "{before} {after}");
    dearer.sign_in("mia@contoso.example", PASSWORD.to_owned(), ADDRESS).await.unwrap();
    assert_eq!(state.user("mia@contoso.example").await.password_hash.unwrap(), after);
}

async fn a_temporary_password_is_changed_first(state: Arc<State>) {
    let mia = state.who("mia@contoso.example").await;
    let tom = state.user("tom@contoso.example").await.id;
    let reset = state.service.reset_password(&mia, mia.company.id, tom).await.unwrap();
    let outcome = state.service.sign_in(&reset.user_name, reset.password.clone(), ADDRESS).await.unwrap();
    let SignIn::Done { token, must_change_password: true, .. } = outcome else { panic!("{outcome:?}") };
    let tom = state.holder(token.text()).await;
    refused(state.service.user(&tom, tom.company.id, tom.user.id).await, Refusal::MustChangePassword);

    // Who signed in with it has just shown it.
    let (field, _) = problem(state.service.change_password(&tom, None, reset.password.clone()).await);
    assert_eq!(field, "new_password");
    state.service.change_password(&tom, None, NEW_PASSWORD.to_owned()).await.unwrap();
    let tom = state.holder(token.text()).await;
    assert!(!tom.user.must_change_password);
    assert_eq!(tom.user.password_set_by, None);
    state.service.user(&tom, tom.company.id, tom.user.id).await.unwrap();
    assert!(!state.is_let_in(&reset.user_name, &reset.password).await);
}

async fn a_password_changed_meanwhile_is_not_changed_again(state: Arc<State>) {
    let mia = state.who("mia@contoso.example").await;
    let tom = state.who("tom@contoso.example").await;
    state.service.reset_password(&mia, mia.company.id, tom.user.id).await.unwrap();
    let again = state.service.change_password(&tom, Some(PASSWORD.to_owned()), NEW_PASSWORD.to_owned()).await;
    assert!(changed(again).contains("Sign in again"));
    assert!(!state.is_let_in("tom@contoso.example", NEW_PASSWORD).await);
}

async fn own_profile(state: Arc<State>) {
    let mia = state.who("mia@contoso.example").await;
    let auditor = state.colleague(&mia, "una", Some(Role::DirectoryReader), DelegatedAdministration::No).await;
    let change = ProfileChange::parse(" Una Obi ", "de").unwrap();
    state.service.change_own_profile(&auditor, &change).await.unwrap();
    let after = state.user("una@contoso.example").await;
    assert_eq!((after.display_name.as_str(), after.locale), ("Una Obi", Locale::De));
    assert_eq!(after.role, Some(Role::DirectoryReader));

    let problems = ProfileChange::parse("", "xx").unwrap_err().0;
    let fields: Vec<_> = problems.iter().map(|problem| problem.field.as_str()).collect();
    assert_eq!(fields, ["display_name", "locale"]);
}
