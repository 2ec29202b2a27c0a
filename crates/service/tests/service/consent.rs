//! What a customer answers to an offer.

use std::sync::Arc;

use chrono::TimeDelta;
use mandate_domain::{
    DeclineReason, DelegatedAdministration, Event, GrantId, GrantState, GrantStatus, OfferStatus, Refusal, Role,
};
use mandate_service::{
    Principal,
    consent::{Consent, OpenConsent, Reader},
};
use mandate_store::decisions::Outcome;
use tokio::task::JoinSet;

use crate::{
    outcome::{changed, not_found, refused},
    state::{MICROSECOND, State},
};

on_both_engines!(
    who_reads_it,
    the_link_over_time,
    unknown_damaged_and_replaced_links_answer_alike,
    reading_changes_nothing,
    authorizing,
    authorizing_twice_gives_one_grant,
    fifty_tasks_by_two_administrators_give_one_grant,
    declining_with_a_reason_and_thinking_again,
    declining_after_authorizing_is_refused,
    one_authorizes_while_another_declines,
    a_second_offer_replaces_the_grant,
    a_grant_past_its_end_is_not_replaced,
    two_offers_at_the_same_moment_give_one_live_grant,
    an_offer_that_is_over_is_not_answered,
    who_may_not,
    any_number_of_customers_may_use_one_offer,
    a_blocked_sender_gets_no_mail,
);

async fn open(state: &State, who: Option<&Principal>, token: &str) -> OpenConsent {
    match state.service.consent(who, token).await.unwrap() {
        Consent::Open(open) => *open,
        other => panic!("{other:?}"),
    }
}

async fn reader(state: &State, who: &Principal, token: &str) -> Reader {
    open(state, Some(who), token).await.reader
}

fn authorized(event: &Event) -> bool {
    matches!(event, Event::OfferAuthorized { .. })
}

fn declined(event: &Event) -> bool {
    matches!(event, Event::OfferDeclined { .. })
}

async fn who_reads_it(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let kim = state.who("kim@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let tom = state.who("tom@contoso.example").await;
    let nora = state.who("nora@northwind.example").await;
    let pia = state.who("pia@tailspin.example").await;
    let sent = state.offer(&ana, "Managed IT", &[Role::DirectoryReader]).await;

    let shown = open(&state, None, &sent.token).await;
    assert!(matches!(shown.reader, Reader::SignedOut));
    assert_eq!((shown.partner.name.as_str(), shown.sender.as_str()), ("Fabrikam Partners", "Ana Ruiz"));
    assert_eq!(shown.partner.domain.as_deref(), Some("fabrikam.example"));
    assert_eq!((shown.starts_at, shown.ends_at), (state.now(), state.now() + TimeDelta::days(365)));
    for own in [&ana, &kim] {
        assert!(matches!(reader(&state, own, &sent.token).await, Reader::Partner));
    }
    for outside in [&mia, &nora, &pia] {
        let seen = reader(&state, outside, &sent.token).await;
        assert!(matches!(seen, Reader::MayDecide { standing: None, declined: None }), "{seen:?}");
    }
    state.insert_user(&mia.user, "ada", Some(Role::GlobalAdministrator), DelegatedAdministration::No).await;
    let blocked =
        state.insert_user(&mia.user, "bo", Some(Role::GlobalAdministrator), DelegatedAdministration::No).await;
    state.service.set_blocked(&mia, mia.company.id, blocked.id, true).await.unwrap();
    let Reader::MayNotDecide { administrators } = reader(&state, &tom, &sent.token).await else { panic!() };
    assert_eq!(administrators, ["ADA Test", "Mia Lindqvist"]);

    state.service.decline(&mia, &sent.token, None).await.unwrap();
    let Reader::MayDecide { standing: None, declined: Some(decision) } = reader(&state, &mia, &sent.token).await else {
        panic!()
    };
    assert_eq!((decision.outcome, decision.decided_by), (Outcome::Declined, mia.user.id));

    let given = state.service.authorize(&mia, &sent.token).await.unwrap();
    let Reader::Authorized { grant, status } = reader(&state, &mia, &sent.token).await else { panic!() };
    assert_eq!((grant.id, status), (given, GrantStatus::Active));
    assert!(matches!(reader(&state, &tom, &sent.token).await, Reader::MayNotDecide { .. }));
    let other = reader(&state, &nora, &sent.token).await;
    assert!(matches!(other, Reader::MayDecide { standing: None, declined: None }), "one company's answer is its own");
}

async fn the_link_over_time(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let nora = state.who("nora@northwind.example").await;
    let sent = state.offer(&ana, "Managed IT", &[Role::DirectoryReader]).await;
    state.service.authorize(&mia, &sent.token).await.unwrap();
    let shown = open(&state, None, &sent.token).await;
    let status = async |who: Option<&Principal>| match state.service.consent(who, &sent.token).await.unwrap() {
        Consent::Over { status, partner } => {
            assert_eq!(partner.name, "Fabrikam Partners");
            status
        }
        Consent::Open(_) => OfferStatus::Open,
        Consent::Unknown | Consent::Elsewhere { .. } => panic!("the token is known, and the offer for anybody"),
    };
    state.clock.turn_to(shown.offer.link_ends_at - MICROSECOND);
    assert_eq!(status(None).await, OfferStatus::Open);
    assert_eq!(status(Some(&nora)).await, OfferStatus::Open);
    state.clock.turn(MICROSECOND);
    assert_eq!(status(None).await, OfferStatus::Expired);
    assert_eq!(status(Some(&nora)).await, OfferStatus::Expired);
    assert_eq!(status(Some(&ana)).await, OfferStatus::Expired);

    // What was authorized can still be read there.
    let seen = reader(&state, &mia, &sent.token).await;
    assert!(matches!(seen, Reader::Authorized { status: GrantStatus::Active, .. }), "{seen:?}");
    state.clock.turn_to(shown.ends_at - MICROSECOND);
    let seen = reader(&state, &mia, &sent.token).await;
    assert!(matches!(seen, Reader::Authorized { status: GrantStatus::Active, .. }), "{seen:?}");
    state.clock.turn(MICROSECOND);
    let seen = reader(&state, &mia, &sent.token).await;
    assert!(matches!(seen, Reader::Authorized { status: GrantStatus::Expired, .. }), "{seen:?}");

    state.service.withdraw_offer(&ana, sent.id).await.unwrap();
    assert_eq!(status(None).await, OfferStatus::Withdrawn);
    assert_eq!(status(Some(&nora)).await, OfferStatus::Withdrawn);
}

async fn unknown_damaged_and_replaced_links_answer_alike(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let sent = state.offer(&ana, "Managed IT", &[Role::DirectoryReader]).await;
    let other = state.offer(&ana, "Another", &[Role::DirectoryReader]).await;
    state.service.renew_offer_url(&ana, sent.id).await.unwrap();
    let mixed = format!("{}{}", &other.token[..32], &sent.token[32..]);
    for token in ["", "unknown", &sent.token, &other.token[..63], &mixed] {
        for who in [None, Some(&mia)] {
            let seen = state.service.consent(who, token).await.unwrap();
            assert!(matches!(seen, Consent::Unknown), "{seen:?}");
        }
        assert_eq!(state.service.resolve_offer_url(token).await.unwrap(), None);
        not_found(state.service.authorize(&mia, token).await);
        not_found(state.service.decline(&mia, token, None).await);
    }
}

async fn reading_changes_nothing(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let sent = state.offer(&ana, "Managed IT", &[Role::DirectoryReader]).await;
    let before = state.record(ana.company.id).await;
    for _ in 0..100 {
        open(&state, None, &sent.token).await;
        state.service.resolve_offer_url(&sent.token).await.unwrap();
    }
    assert_eq!(state.record(ana.company.id).await, before);
    assert_eq!(state.count("SELECT count(*) FROM decisions").await, 0);
    assert!(state.mail().await.is_empty());
}

async fn authorizing(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let sent = state.offer(&ana, "Managed IT", &[Role::DirectoryReader, Role::DomainAdministrator]).await;
    let given = state.service.authorize(&mia, &sent.token).await.unwrap();

    let (live, ended) = state.grants(mia.company.id).await;
    assert_eq!((live.len(), ended.len()), (1, 0));
    assert_eq!((live[0].id, live[0].partner_id, live[0].customer_id), (given, ana.company.id, mia.company.id));
    assert_eq!(live[0].roles.iter().collect::<Vec<_>>(), [Role::DirectoryReader, Role::DomainAdministrator]);
    assert_eq!((live[0].starts_at, live[0].ends_at), (state.now(), state.now() + TimeDelta::days(365)));

    for company in [ana.company.id, mia.company.id] {
        let record = state.record(company).await;
        assert!(authorized(&record[0].event));
        assert_eq!(record[0].object_name, "Managed IT");
        let person = record[0].person.as_ref().unwrap();
        assert_eq!((person.display_name.as_str(), person.company_name.as_str()), ("Mia Lindqvist", "Contoso"));
    }
    let mail = state.mail().await;
    let mut to: Vec<_> = mail.iter().map(|mail| mail.to_address.as_str()).collect();
    to.sort_unstable();
    assert_eq!(to, ["ana@fabrikam.example", "support@fabrikam.example"]);
    for message in &mail {
        assert_eq!(message.subject, "Contoso authorized Fabrikam Partners");
        assert!(
            message.body.contains("Mia Lindqvist of Contoso authorized your offer “Managed IT”"),
            "{}",
            message.body
        );
    }
    assert_eq!(state.customers(&ana, "conto").await, ["Contoso"]);
    let view = state.service.offer(&ana, sent.id).await.unwrap();
    assert_eq!((view.authorized, view.declined, view.answers[0].company_name.as_str()), (1, 0, "Contoso"));
}

/// One grant, one decision, one pair of activity entries, one mail to each.
async fn assert_authorized_once(state: &State, partner: &Principal, customer: &Principal, given: &[GrantId]) {
    let (live, ended) = state.grants(customer.company.id).await;
    assert_eq!((live.len(), ended.len()), (1, 0));
    assert!(given.iter().all(|id| *id == live[0].id), "each who asked is given the one grant");
    assert_eq!(state.count("SELECT count(*) FROM decisions").await, 1);
    assert_eq!(state.count("SELECT count(*) FROM grants").await, 1);
    assert_eq!(state.recorded(partner.company.id, authorized).await, 1);
    assert_eq!(state.recorded(customer.company.id, authorized).await, 1);
    assert_eq!(state.mail().await.len(), 2);
}

async fn authorizing_twice_gives_one_grant(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let ada = state.colleague(&mia, "ada", Some(Role::GlobalAdministrator), DelegatedAdministration::No).await;
    let sent = state.offer(&ana, "Managed IT", &[Role::DirectoryReader]).await;
    let first = state.service.authorize(&mia, &sent.token).await.unwrap();
    state.clock.turn(TimeDelta::days(1));
    let second = state.service.authorize(&mia, &sent.token).await.unwrap();
    let third = state.service.authorize(&ada, &sent.token).await.unwrap();
    state.service.withdraw_offer(&ana, sent.id).await.unwrap();
    let fourth = state.service.authorize(&mia, &sent.token).await.unwrap();
    assert_authorized_once(&state, &ana, &mia, &[first, second, third, fourth]).await;
}

async fn fifty_tasks_by_two_administrators_give_one_grant(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let ada = state.colleague(&mia, "ada", Some(Role::GlobalAdministrator), DelegatedAdministration::No).await;
    let sent = state.offer(&ana, "Managed IT", &[Role::DirectoryReader]).await;
    let mut tasks = JoinSet::new();
    for n in 0..50 {
        let state = Arc::clone(&state);
        let who = if n % 2 == 0 { mia.clone() } else { ada.clone() };
        let token = sent.token.clone();
        tasks.spawn(async move { state.service.authorize(&who, &token).await.unwrap() });
    }
    let given = tasks.join_all().await;
    assert_authorized_once(&state, &ana, &mia, &given).await;
}

async fn declining_with_a_reason_and_thinking_again(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let sent = state.offer(&ana, "Managed IT", &[Role::DirectoryReader]).await;
    let reason = DeclineReason::parse("Too much\nfor us").unwrap();
    for _ in 0..3 {
        state.service.decline(&mia, &sent.token, Some(&reason)).await.unwrap();
    }
    assert_eq!(state.recorded(ana.company.id, declined).await, 1, "the same answer again changes nothing");
    assert_eq!(state.recorded(mia.company.id, declined).await, 1);
    let mail = state.mail().await;
    assert_eq!(mail.len(), 2);
    assert!(mail.iter().all(|mail| mail.subject == "Contoso declined Fabrikam Partners"));
    assert!(mail[0].body.contains("> Too much\n> for us"), "{}", mail[0].body);
    let view = state.service.offer(&ana, sent.id).await.unwrap();
    assert_eq!((view.authorized, view.declined), (0, 1));
    assert_eq!(view.answers[0].reason.as_deref(), Some("Too much\nfor us"));
    assert!(state.grants(mia.company.id).await.0.is_empty());

    state.service.decline(&mia, &sent.token, None).await.unwrap();
    let Event::OfferDeclined { reason: None } = &state.record(mia.company.id).await[0].event else { panic!() };
    let given = state.service.authorize(&mia, &sent.token).await.unwrap();
    assert_eq!(state.grants(mia.company.id).await.0[0].id, given);
    let view = state.service.offer(&ana, sent.id).await.unwrap();
    assert_eq!((view.authorized, view.declined, &view.answers[0].reason), (1, 0, &None));
    assert_eq!(state.count("SELECT count(*) FROM decisions").await, 1);
}

async fn declining_after_authorizing_is_refused(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let sent = state.offer(&ana, "Managed IT", &[Role::DirectoryReader]).await;
    state.service.authorize(&mia, &sent.token).await.unwrap();
    let message = changed(state.service.decline(&mia, &sent.token, None).await);
    assert!(message.contains("remove the partner"), "{message}");
    assert_eq!(state.grants(mia.company.id).await.0.len(), 1);
    assert_eq!(state.recorded(mia.company.id, declined).await, 0);
}

async fn one_authorizes_while_another_declines(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let ada = state.colleague(&mia, "ada", Some(Role::GlobalAdministrator), DelegatedAdministration::No).await;
    for round in 0..10 {
        let sent = state.offer(&ana, &format!("Offer {round}"), &[Role::DirectoryReader]).await;
        let (given, answer) =
            tokio::join!(state.service.authorize(&mia, &sent.token), state.service.decline(&ada, &sent.token, None));
        // In either order the authorization stands: it may follow a decline, and no decline may follow it.
        let given = given.unwrap();
        if answer.is_err() {
            assert!(changed(answer).contains("has authorized"));
        }
        let live = state.grants(mia.company.id).await.0;
        assert_eq!((live.len(), live[0].id), (1, given));
        let view = state.service.offer(&ana, sent.id).await.unwrap();
        assert_eq!((view.authorized, view.declined), (1, 0));
    }
}

async fn a_second_offer_replaces_the_grant(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let first = state.grant(&ana, &mia, &[Role::DirectoryReader, Role::UserAdministrator]).await;
    let ends_before = state.now() + TimeDelta::days(365);
    state.clock.turn(TimeDelta::days(10));
    let sent = state.offer(&ana, "More", &[Role::UserAdministrator, Role::DomainAdministrator]).await;
    let Reader::MayDecide { standing: Some(difference), .. } = reader(&state, &mia, &sent.token).await else {
        panic!("the difference to the standing grant is shown")
    };
    assert_eq!(difference.added, [Role::DomainAdministrator]);
    assert_eq!(difference.kept, [Role::UserAdministrator]);
    assert_eq!(difference.removed, [Role::DirectoryReader]);
    assert_eq!((difference.ends_before, difference.ends_after), (ends_before, state.now() + TimeDelta::days(365)));

    let second = state.service.authorize(&mia, &sent.token).await.unwrap();
    let (live, ended) = state.grants(mia.company.id).await;
    assert_eq!((live.len(), live[0].id), (1, second));
    assert_eq!((ended.len(), ended[0].id, ended[0].state), (1, first, GrantState::Replaced));
    assert_eq!((ended[0].ended_at, live[0].starts_at), (Some(state.now()), state.now()));
    for company in [ana.company.id, mia.company.id] {
        assert_eq!(state.recorded(company, |event| *event == Event::GrantReplaced).await, 1);
    }
    assert_eq!(state.customers(&ana, "").await, ["Contoso"]);
}

async fn a_grant_past_its_end_is_not_replaced(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    state.grant(&ana, &mia, &[Role::DirectoryReader]).await;
    state.clock.turn(TimeDelta::days(365));
    let sent = state.offer(&ana, "Again", &[Role::DirectoryReader]).await;
    let seen = reader(&state, &mia, &sent.token).await;
    assert!(matches!(seen, Reader::MayDecide { standing: None, .. }), "{seen:?}");
    let second = state.service.authorize(&mia, &sent.token).await.unwrap();
    let (live, ended) = state.grants(mia.company.id).await;
    assert_eq!((live[0].id, ended[0].state), (second, GrantState::Expired));
    assert_eq!(state.recorded(mia.company.id, |event| *event == Event::GrantReplaced).await, 0);
}

async fn two_offers_at_the_same_moment_give_one_live_grant(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    for round in 0..10_u32 {
        let left = state.offer(&ana, &format!("Left {round}"), &[Role::DirectoryReader]).await;
        let right = state.offer(&ana, &format!("Right {round}"), &[Role::UserAdministrator]).await;
        let (left, right) =
            tokio::join!(state.service.authorize(&mia, &left.token), state.service.authorize(&mia, &right.token));
        let both = [left.unwrap(), right.unwrap()];
        let (live, ended) = state.grants(mia.company.id).await;
        assert_eq!((live.len(), ended.len()), (1, 1 + 2 * round as usize));
        assert!(both.contains(&live[0].id));
        let replaced = state.recorded(mia.company.id, |event| *event == Event::GrantReplaced).await;
        assert_eq!(replaced, ended.len());
    }
}

async fn an_offer_that_is_over_is_not_answered(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let withdrawn = state.offer(&ana, "Withdrawn", &[Role::DirectoryReader]).await;
    let expired = state.offer(&ana, "Expired", &[Role::DirectoryReader]).await;
    let declined_before = state.offer(&ana, "Declined", &[Role::DirectoryReader]).await;
    state.service.decline(&mia, &declined_before.token, None).await.unwrap();
    state.service.withdraw_offer(&ana, withdrawn.id).await.unwrap();
    let record = state.record(mia.company.id).await;
    for (sent, word) in [(withdrawn, "was withdrawn"), (expired, "has expired"), (declined_before, "has expired")] {
        if word == "has expired" {
            state.clock.turn(TimeDelta::days(90));
        }
        let message = changed(state.service.authorize(&mia, &sent.token).await);
        assert!(message.contains(word) && message.contains("Ask Fabrikam Partners"), "{message}");
        let reason = DeclineReason::parse("No").unwrap();
        assert!(changed(state.service.decline(&mia, &sent.token, Some(&reason)).await).contains(word));
    }
    assert_eq!(state.record(mia.company.id).await, record);
    assert_eq!(state.count("SELECT count(*) FROM grants").await, 0);
}

async fn who_may_not(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let sent = state.offer(&ana, "Managed IT", &[Role::DirectoryReader]).await;
    for (local, role) in
        [("amy", None), ("uma", Some(Role::UserAdministrator)), ("dan", Some(Role::DomainAdministrator))]
    {
        let who = state.colleague(&mia, local, role, DelegatedAdministration::No).await;
        refused(state.service.authorize(&who, &sent.token).await, Refusal::Forbidden);
        refused(state.service.decline(&who, &sent.token, None).await, Refusal::Forbidden);
    }
    for result in [
        state.service.authorize(&ana, &sent.token).await.map(drop),
        state.service.decline(&ana, &sent.token, None).await,
    ] {
        assert!(changed(result).contains("own company’s offer"));
    }
    assert_eq!(state.count("SELECT count(*) FROM decisions").await, 0);
}

async fn any_number_of_customers_may_use_one_offer(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let sent = state.offer(&ana, "Managed IT", &[Role::DirectoryReader]).await;
    for user_name in ["mia@contoso.example", "nora@northwind.example", "pia@tailspin.example"] {
        let customer = state.who(user_name).await;
        state.service.authorize(&customer, &sent.token).await.unwrap();
        assert_eq!(state.grants(customer.company.id).await.0.len(), 1);
    }
    assert_eq!(state.service.offer(&ana, sent.id).await.unwrap().authorized, 3);
    assert_eq!(state.customers(&ana, "").await.len(), 3);
}

async fn a_blocked_sender_gets_no_mail(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let flo = state.colleague(&ana, "flo", None, DelegatedAdministration::Full).await;
    let sent = state.offer(&flo, "Managed IT", &[Role::DirectoryReader]).await;
    state.service.set_blocked(&ana, ana.company.id, flo.user.id, true).await.unwrap();
    state.service.authorize(&mia, &sent.token).await.unwrap();
    let to: Vec<_> = state.mail().await.into_iter().map(|mail| mail.to_address).collect();
    assert_eq!(to, ["support@fabrikam.example"]);
}
