//! What happens by itself.

use std::{path::Path, sync::Arc};

use chrono::TimeDelta;
use mandate_domain::{DomainPrefix, Event, GrantState, Line, LocalPart, Role};
use mandate_service::{
    companies::NewCompany,
    mail::{Mailbox, Mailer},
};
use mandate_store::{
    StoreError,
    mail::{self, Mail},
    transaction,
};

use crate::{
    outcome::not_found,
    state::{ADDRESS, MICROSECOND, PASSWORD, State},
};

on_both_engines!(
    mail_is_delivered_once_by_one_of_two_servers,
    the_lease_passes_on,
    mail_is_tried_again_for_a_day,
    mail_that_is_refused_for_good_is_not_tried_again,
    due_grants_are_ended_once,
    what_cannot_be_used_any_more_is_forgotten,
);

fn from() -> Mailbox {
    "Mandate <no-reply@mandate.example>".parse().unwrap()
}

fn written(folder: &Path) -> usize {
    std::fs::read_dir(folder).map_or(0, Iterator::count)
}

/// Leaves mail to be sent, all of it to one address.
async fn enqueue(state: &State, count: usize, to_address: &str) {
    for _ in 0..count {
        let message = Mail {
            id: state.unknown_id(),
            to_name: "Mia".to_owned(),
            to_address: to_address.to_owned(),
            subject: "A".to_owned(),
            body: "B".to_owned(),
            created_at: state.now(),
            attempts: 0,
        };
        transaction!(state.db, StoreError, |conn| { mail::enqueue(conn, &message).await }).unwrap();
    }
}

async fn mail_is_delivered_once_by_one_of_two_servers(state: Arc<State>) {
    let folder = tempfile::tempdir().unwrap();
    enqueue(&state, 20, "mia@contoso.example").await;
    let (first, second) = (state.service.new_holder(), state.service.new_holder());
    let mailer = Mailer::Folder(folder.path().join("mail"));
    let from = from();
    let send = |holder| state.service.send_mail(holder, &mailer, &from);
    let (left, right) = tokio::join!(send(first), send(second));
    let mut delivered = [left.unwrap(), right.unwrap()];
    delivered.sort_unstable();
    assert_eq!(delivered, [0, 20]);
    assert_eq!(written(&folder.path().join("mail")), 20);
    assert!(state.mail().await.is_empty());
    assert_eq!(send(first).await.unwrap() + send(second).await.unwrap(), 0);
}

async fn the_lease_passes_on(state: Arc<State>) {
    let folder = tempfile::tempdir().unwrap();
    let mailer = Mailer::Folder(folder.path().to_owned());
    let (first, second) = (state.service.new_holder(), state.service.new_holder());
    let send = async |holder| {
        enqueue(&state, 1, "mia@contoso.example").await;
        state.service.send_mail(holder, &mailer, &from()).await.unwrap()
    };
    assert_eq!(send(first).await, 1);
    assert_eq!(send(second).await, 0, "another holds it");
    assert_eq!(send(first).await, 2);
    state.clock.turn(TimeDelta::minutes(5) - MICROSECOND);
    assert_eq!(send(second).await, 0);
    state.clock.turn(MICROSECOND);
    assert_eq!(send(second).await, 2, "its holder has been away too long");
    assert_eq!(send(first).await, 0);
    state.service.give_back_leases(first).await.unwrap();
    assert_eq!(send(first).await, 0, "one gives back only what one holds");
    state.service.give_back_leases(second).await.unwrap();
    assert_eq!(send(first).await, 3);
    assert_eq!(written(folder.path()), 8);
}

async fn mail_is_tried_again_for_a_day(state: Arc<State>) {
    let folder = tempfile::tempdir().unwrap();
    let taken = folder.path().join("taken");
    std::fs::write(&taken, "").unwrap();
    let (broken, whole) = (Mailer::Folder(taken), Mailer::Folder(folder.path().join("mail")));
    let holder = state.service.new_holder();
    let send = async |mailer: &Mailer| state.service.send_mail(holder, mailer, &from()).await.unwrap();
    let attempts = async || state.mail().await.first().map(|mail| mail.attempts);

    enqueue(&state, 1, "mia@contoso.example").await;
    for (attempt, minutes) in [1, 2, 4, 8, 16, 32, 60, 60].into_iter().enumerate() {
        let attempt = i64::try_from(attempt).unwrap();
        assert_eq!(attempts().await, Some(attempt));
        send(&broken).await;
        assert_eq!(attempts().await, Some(attempt + 1));
        state.clock.turn(TimeDelta::minutes(minutes) - MICROSECOND);
        assert_eq!(send(&whole).await, 0, "not yet");
        state.clock.turn(MICROSECOND);
    }
    assert_eq!(send(&whole).await, 1);
    assert_eq!((attempts().await, written(&folder.path().join("mail"))), (None, 1));

    let start = state.now();
    enqueue(&state, 1, "mia@contoso.example").await;
    while attempts().await.is_some() {
        send(&broken).await;
        state.clock.turn(TimeDelta::minutes(1));
        assert!(state.now() <= start + TimeDelta::hours(25), "it ends");
    }
    assert!(state.now() > start + TimeDelta::hours(23));
    assert_eq!(state.count("SELECT count(*) FROM outgoing_mail WHERE status = 'failed' AND last_error <> ''").await, 1);
    state.clock.turn(TimeDelta::days(30));
    assert_eq!(send(&whole).await, 0);
}

async fn mail_that_is_refused_for_good_is_not_tried_again(state: Arc<State>) {
    let folder = tempfile::tempdir().unwrap();
    let mailer = Mailer::Folder(folder.path().to_owned());
    enqueue(&state, 1, "no address").await;
    enqueue(&state, 1, "mia@contoso.example").await;
    let holder = state.service.new_holder();
    assert_eq!(state.service.send_mail(holder, &mailer, &from()).await.unwrap(), 1, "one bad message stops no other");
    assert!(state.mail().await.is_empty());
    assert_eq!(state.count("SELECT count(*) FROM outgoing_mail WHERE status = 'failed'").await, 1);
}

async fn due_grants_are_ended_once(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let nora = state.who("nora@northwind.example").await;
    let grant = state.grant(&ana, &mia, &[Role::DirectoryReader]).await;
    state.clock.turn(TimeDelta::days(1));
    state.grant(&ana, &nora, &[Role::DirectoryReader]).await;
    let (first, second) = (state.service.new_holder(), state.service.new_holder());
    state.clock.turn(TimeDelta::days(364) - MICROSECOND);
    state.service.tidy(first).await.unwrap();
    assert_eq!(state.recorded(mia.company.id, |event| *event == Event::GrantEnded).await, 0);
    state.clock.turn(MICROSECOND);
    not_found(state.service.place(&ana, mia.company.id).await);
    let (left, right) = tokio::join!(state.service.tidy(first), state.service.tidy(second));
    left.unwrap();
    right.unwrap();
    state.clock.turn(TimeDelta::minutes(5));
    state.service.tidy(second).await.unwrap();

    let (live, ended) = state.grants(mia.company.id).await;
    assert!(live.is_empty());
    assert_eq!((ended[0].id, ended[0].state), (grant, GrantState::Expired));
    for company in [ana.company.id, mia.company.id] {
        assert_eq!(state.recorded(company, |event| *event == Event::GrantEnded).await, 1);
    }
    let entry = &state.record(mia.company.id).await[0];
    assert_eq!((&entry.person, entry.grant, entry.object_name.as_str()), (&None, Some(grant), "Fabrikam Partners"));
    assert_eq!(state.customers(&ana, "").await, ["Northwind Traders"]);
    let terms = "SELECT count(DISTINCT object_id) FROM search_terms WHERE kind = 'customer'";
    assert_eq!(state.count(terms).await, 1);
}

async fn what_cannot_be_used_any_more_is_forgotten(state: Arc<State>) {
    let folder = tempfile::tempdir().unwrap();
    let mailer = Mailer::Folder(folder.path().to_owned());
    let holder = state.service.new_holder();
    enqueue(&state, 1, "mia@contoso.example").await;
    state.service.send_mail(holder, &mailer, &from()).await.unwrap();
    enqueue(&state, 1, "mia@contoso.example").await;
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
    state.sign_in("mia@contoso.example", PASSWORD).await;
    state.service.sign_in("tom@contoso.example", "wrong".to_owned(), ADDRESS).await.unwrap();
    let counts = async || {
        [
            state.count("SELECT count(*) FROM sessions").await,
            state.count("SELECT count(*) FROM sign_in_attempts").await,
            state.count("SELECT count(*) FROM one_time_links").await,
            state.count("SELECT count(*) FROM outgoing_mail").await,
        ]
    };
    let after = async |by: TimeDelta| {
        state.clock.turn(by);
        state.service.tidy(holder).await.unwrap();
        counts().await
    };
    assert_eq!(counts().await, [1, 2, 1, 2]);
    assert_eq!(after(TimeDelta::hours(1) - MICROSECOND).await, [1, 2, 1, 2]);
    assert_eq!(after(MICROSECOND).await, [1, 0, 1, 2]);
    assert_eq!(after(TimeDelta::hours(11)).await, [0, 0, 1, 2]);
    assert_eq!(after(TimeDelta::days(7)).await, [0, 0, 0, 2]);
    assert_eq!(after(TimeDelta::days(30)).await, [0, 0, 0, 1], "what still waits is kept");
}
