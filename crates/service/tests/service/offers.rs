//! What a partner sends, and who may.

use std::sync::Arc;

use chrono::TimeDelta;
use mandate_domain::{DelegatedAdministration, Event, OfferId, OfferStatus, Refusal, Role};
use mandate_service::offers::{NewOffer, OfferForm, TermsForm};
use tokio::task::JoinSet;

use crate::{
    outcome::{changed, not_found, problem, refused},
    state::{MICROSECOND, State, new_offer},
};

on_both_engines!(
    an_offer_is_made_and_shown,
    each_field_is_checked,
    a_name_is_used_once_in_a_partner_whatever_its_case,
    a_new_url_ends_the_old_one,
    of_two_new_urls_at_once_one_is_made,
    withdrawing_twice_changes_nothing_more,
    a_link_ends_at_its_end,
    who_may,
    another_partners_offer_is_not_there,
);

async fn an_offer_is_made_and_shown(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let sent = state.offer(&ana, "Managed IT", &[Role::UserAdministrator, Role::DirectoryReader]).await;
    let view = state.service.offer(&ana, sent.id).await.unwrap();
    assert_eq!(view.offer.name, "Managed IT");
    assert_eq!(view.offer.roles.iter().collect::<Vec<_>>(), [Role::DirectoryReader, Role::UserAdministrator]);
    assert_eq!(view.offer.days.get(), 365);
    assert_eq!(view.offer.link_ends_at, state.now() + TimeDelta::days(90));
    assert_eq!((view.status, view.created_by.as_str()), (OfferStatus::Open, "Ana Ruiz"));
    assert_eq!((view.authorized, view.declined, view.answers.len()), (0, 0, 0));
    state.clock.turn(TimeDelta::days(60));
    assert_eq!(state.token(&ana, sent.id).await, sent.token, "the URL is there on any day");
    let record = state.record(ana.company.id).await;
    assert_eq!(
        (record.len(), &record[0].event, record[0].object_name.as_str()),
        (1, &Event::OfferCreated, "Managed IT")
    );
}

async fn each_field_is_checked(_: Arc<State>) {
    let all = ["directory_reader".to_owned(), "user_administrator".to_owned()];
    let good = OfferForm {
        name: "Managed IT",
        terms: TermsForm { roles: &all, days: "365", link_days: "90", uses: "any", message: "" },
        addressed_to: "",
        email: "",
        mail: false,
    };
    let with = |change: &dyn Fn(&mut OfferForm)| {
        let mut form = good;
        change(&mut form);
        let problems = NewOffer::parse(&form).err().map(|problems| problems.0).unwrap_or_default();
        problems.into_iter().map(|problem| problem.field).collect::<Vec<_>>()
    };
    let none: [&str; 0] = [];
    for (days, link_days) in [("1", "1"), ("730", "90")] {
        assert_eq!(with(&|form| (form.terms.days, form.terms.link_days) = (days, link_days)), none);
    }
    assert_eq!(with(&|form| form.terms.uses = "one"), none);
    assert_eq!(with(&|form| form.addressed_to = " https://Contoso.example/ "), none);
    assert_eq!(with(&|form| (form.email, form.mail) = ("mia@contoso.example", true)), none);

    let long = "x".repeat(51);
    for name in ["", "  ", &long, "a\nb"] {
        let mut form = good;
        form.name = name;
        assert_eq!(NewOffer::parse(&form).unwrap_err().0[0].field, "name", "{name:?}");
    }
    for roles in [[].as_slice(), &["global_administrator"], &["directory_reader", "root"]] {
        let roles: Vec<String> = roles.iter().map(|&role| role.to_owned()).collect();
        let mut form = good;
        form.terms.roles = &roles;
        assert_eq!(NewOffer::parse(&form).unwrap_err().0[0].field, "roles", "{roles:?}");
    }
    for days in ["0", "731", "-1", "", "a year"] {
        assert_eq!(with(&|form| form.terms.days = days), ["days"], "{days:?}");
    }
    for days in ["0", "91", "", "1.5"] {
        assert_eq!(with(&|form| form.terms.link_days = days), ["link_days"], "{days:?}");
    }
    assert_eq!(with(&|form| form.terms.uses = "some"), ["uses"]);
    for addressee in ["contoso", "co.uk", "mia@", "mia@contoso", "192.0.2.1"] {
        assert_eq!(with(&|form| form.addressed_to = addressee), ["addressed_to"], "{addressee:?}");
    }
    assert_eq!(with(&|form| form.email = "mia"), ["addressee_email"]);
    assert_eq!(with(&|form| form.mail = true), ["addressee_email"], "mailed to nobody");
    let long = "x".repeat(1_001);
    let mut form = good;
    form.terms.message = &long;
    assert_eq!(NewOffer::parse(&form).unwrap_err().0[0].field, "message");
    let all_wrong: Vec<_> = NewOffer::parse(&OfferForm::default()).unwrap_err().0;
    let fields: Vec<_> = all_wrong.iter().map(|problem| problem.field.as_str()).collect();
    assert_eq!(fields, ["name", "roles", "days", "link_days"]);
}

async fn a_name_is_used_once_in_a_partner_whatever_its_case(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let pia = state.who("pia@tailspin.example").await;
    let roles = [Role::DirectoryReader];
    let first = state.offer(&ana, "Überall IT", &roles).await;
    for name in ["Überall IT", "ÜBERALL it", " überall IT "] {
        let (field, _) = problem(state.service.create_offer(&ana, &new_offer(name, &roles)).await);
        assert_eq!(field, "name");
    }
    state.service.withdraw_offer(&ana, first.id).await.unwrap();
    problem(state.service.create_offer(&ana, &new_offer("überall it", &roles)).await);
    state.offer(&pia, "Überall IT", &roles).await;

    let mut tasks = JoinSet::new();
    for _ in 0..10 {
        let (state, ana) = (Arc::clone(&state), ana.clone());
        tasks.spawn(async move { state.service.create_offer(&ana, &new_offer("At once", &roles)).await });
    }
    let (made, taken): (Vec<_>, Vec<_>) = tasks.join_all().await.into_iter().partition(Result::is_ok);
    assert_eq!((made.len(), taken.len()), (1, 9));
    for result in taken {
        assert_eq!(problem(result).0, "name");
    }
}

async fn a_new_url_ends_the_old_one(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let sent = state.offer(&ana, "Managed IT", &[Role::DirectoryReader]).await;
    assert_eq!(state.service.resolve_offer_url(&sent.token).await.unwrap(), Some(sent.id));
    state.service.renew_offer_url(&ana, sent.id).await.unwrap();
    let renewed = state.token(&ana, sent.id).await;
    assert_ne!(renewed, sent.token);
    assert_eq!(state.service.resolve_offer_url(&sent.token).await.unwrap(), None);
    assert_eq!(state.service.resolve_offer_url(&renewed).await.unwrap(), Some(sent.id));
    not_found(state.service.authorize(&mia, &sent.token).await);
    not_found(state.service.decline(&mia, &sent.token, None).await);
    state.service.authorize(&mia, &renewed).await.unwrap();
}

async fn of_two_new_urls_at_once_one_is_made(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let sent = state.offer(&ana, "Managed IT", &[Role::DirectoryReader]).await;
    let renew = || {
        let (state, ana) = (Arc::clone(&state), ana.clone());
        tokio::spawn(async move { state.service.renew_offer_url(&ana, sent.id).await })
    };
    let tasks = [renew(), renew(), renew()];
    let mut made = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(()) => made += 1,
            refused => assert!(changed(refused).contains("at the same moment")),
        }
    }
    // One after the other, each makes one; at the same moment, one of them does.
    let generation = state.service.offer(&ana, sent.id).await.unwrap().offer.generation;
    assert_eq!(generation, 1 + made);
    let renewed = state.recorded(ana.company.id, |event| *event == Event::OfferUrlRenewed).await;
    assert_eq!(i64::try_from(renewed).unwrap(), made);
}

async fn withdrawing_twice_changes_nothing_more(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let sent = state.offer(&ana, "Managed IT", &[Role::DirectoryReader]).await;
    state.service.authorize(&mia, &sent.token).await.unwrap();
    state.service.withdraw_offer(&ana, sent.id).await.unwrap();
    state.service.withdraw_offer(&ana, sent.id).await.unwrap();
    assert_eq!(state.recorded(ana.company.id, |event| *event == Event::OfferWithdrawn).await, 1);
    let view = state.service.offer(&ana, sent.id).await.unwrap();
    assert_eq!((view.status, view.url), (OfferStatus::Withdrawn, None));
    assert!(changed(state.service.renew_offer_url(&ana, sent.id).await).contains("withdrawn"));
    assert_eq!(state.grants(mia.company.id).await.0.len(), 1, "what was authorized stays");
    assert_eq!((view.authorized, view.answers.len()), (1, 1));
}

async fn a_link_ends_at_its_end(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let sent = state.offer(&ana, "Managed IT", &[Role::DirectoryReader]).await;
    let end = state.service.offer(&ana, sent.id).await.unwrap().offer.link_ends_at;
    state.clock.turn_to(end - MICROSECOND);
    assert_eq!(state.service.offer(&ana, sent.id).await.unwrap().status, OfferStatus::Open);
    state.service.renew_offer_url(&ana, sent.id).await.unwrap();
    state.clock.turn_to(end);
    let view = state.service.offer(&ana, sent.id).await.unwrap();
    assert_eq!((view.status, view.url), (OfferStatus::Expired, None));
    assert!(changed(state.service.renew_offer_url(&ana, sent.id).await).contains("expired"));
}

async fn who_may(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let sent = state.offer(&ana, "Managed IT", &[Role::DirectoryReader]).await;
    let administrator = Some(Role::UserAdministrator);
    for who in [
        state.who("leo@fabrikam.example").await,
        state.who("kim@fabrikam.example").await,
        state.colleague(&ana, "uma", administrator, DelegatedAdministration::Limited).await,
        state.who("mia@contoso.example").await,
    ] {
        let name = &who.user.user_name;
        let new = new_offer(&format!("By {}", who.user.display_name), &[Role::DirectoryReader]);
        for result in [
            state.service.create_offer(&who, &new).await.map(drop),
            state.service.offer(&who, sent.id).await.map(drop),
            state.service.renew_offer_url(&who, sent.id).await,
            state.service.withdraw_offer(&who, sent.id).await,
            state.service.resend_offer(&who, sent.id).await,
        ] {
            assert!(result.is_err(), "{name}");
            refused(result, Refusal::Forbidden);
        }
    }
    let full = state.colleague(&ana, "flo", None, DelegatedAdministration::Full).await;
    state.offer(&full, "By Flo", &[Role::DirectoryReader]).await;
    state.service.withdraw_offer(&full, sent.id).await.unwrap();
}

async fn another_partners_offer_is_not_there(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let pia = state.who("pia@tailspin.example").await;
    let sent = state.offer(&ana, "Managed IT", &[Role::DirectoryReader]).await;
    for id in [sent.id, OfferId(state.unknown_id())] {
        not_found(state.service.offer(&pia, id).await);
        not_found(state.service.renew_offer_url(&pia, id).await);
        not_found(state.service.withdraw_offer(&pia, id).await);
        not_found(state.service.resend_offer(&pia, id).await);
    }
    assert_eq!(state.service.offer(&ana, sent.id).await.unwrap().status, OfferStatus::Open);
}
