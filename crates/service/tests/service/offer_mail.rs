//! Offers that are mailed to whom they are for.

use std::sync::Arc;

use chrono::TimeDelta;
use mandate_domain::{EmailAddress, Event, OfferMessage, Role};
use mandate_service::offers::NewOffer;
use mandate_store::mail::Mail;
use tokio::task::JoinSet;

use crate::{
    outcome::{changed, not_found},
    state::{MICROSECOND, Sent, State, new_offer},
};

on_both_engines!(
    an_offer_is_mailed_on_request_alone,
    the_mail_has_the_url_and_never_the_code,
    it_is_mailed_again_up_to_a_bound,
    reminders_come_after_7_and_30_days_once_each,
    no_reminder_follows_an_answer_or_an_end,
    a_link_stops_all_mail_about_an_offer,
);

const TO: &str = "mia@contoso.example";

fn mailed(name: &str) -> NewOffer {
    NewOffer { email: EmailAddress::parse(TO).ok(), mail: true, ..new_offer(name, &[Role::DirectoryReader]) }
}

async fn to_mia(state: &State) -> Vec<Mail> {
    state.mail().await.into_iter().filter(|mail| mail.to_address == TO && mail.subject.contains("asks to")).collect()
}

fn stop_token(mail: &Mail) -> String {
    let (_, after) = mail.body.split_once("https://mandate.test/stop/").expect("a link that stops it");
    after.split_whitespace().next().unwrap().to_owned()
}

async fn an_offer_is_mailed_on_request_alone(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let quiet = state.send(&ana, &NewOffer { mail: false, ..mailed("Quiet") }).await;
    assert!(to_mia(&state).await.is_empty());
    let view = state.service.offer(&ana, quiet.id).await.unwrap();
    assert_eq!((view.offer.addressee_email.as_deref(), view.offer.mailings), (Some(TO), 0));
    state.clock.turn(TimeDelta::days(8));
    state.service.tidy(state.service.new_holder()).await.unwrap();
    assert!(to_mia(&state).await.is_empty(), "nobody is reminded of what was not mailed");

    state.service.resend_offer(&ana, quiet.id).await.unwrap();
    let loud = state.send(&ana, &mailed("Loud")).await;
    assert_eq!(to_mia(&state).await.len(), 2);
    assert_eq!(state.service.offer(&ana, loud.id).await.unwrap().offer.mailings, 1);
    let mailed = |event: &Event| *event == Event::OfferMailed { to: TO.to_owned() };
    assert_eq!(state.recorded(ana.company.id, mailed).await, 2);
    let without = state.offer(&ana, "Without", &[Role::DirectoryReader]).await;
    assert!(changed(state.service.resend_offer(&ana, without.id).await).contains("no address"));
}

async fn the_mail_has_the_url_and_never_the_code(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mut new = mailed("Managed IT");
    new.terms.message = OfferMessage::parse("Hello Mia,\nas agreed.").ok();
    let sent = state.send(&ana, &new).await;
    let mail = to_mia(&state).await.remove(0);
    assert_eq!(mail.subject, "Fabrikam Partners asks to be your delegated administrator");
    assert!(mail.body.contains(&format!("https://mandate.test/o/{}\n", sent.token)), "{}", mail.body);
    assert!(mail.body.contains("Ana Ruiz of Fabrikam Partners writes:\n\n> Hello Mia,\n> as agreed.\n"));
    let code = state.service.offer(&ana, sent.id).await.unwrap().code.unwrap();
    assert!(!mail.body.contains(&code) && !mail.subject.contains(&code));

    state.service.renew_offer_url(&ana, sent.id).await.unwrap();
    state.service.resend_offer(&ana, sent.id).await.unwrap();
    let renewed = state.token(&ana, sent.id).await;
    assert!(to_mia(&state).await.iter().any(|mail| mail.body.contains(&renewed)), "the URL that works now");
}

async fn it_is_mailed_again_up_to_a_bound(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let sent = state.send(&ana, &mailed("Managed IT")).await;
    for _ in 0..4 {
        state.service.resend_offer(&ana, sent.id).await.unwrap();
    }
    assert!(changed(state.service.resend_offer(&ana, sent.id).await).contains("5 times"));
    assert_eq!(to_mia(&state).await.len(), 5);
    state.service.withdraw_offer(&ana, sent.id).await.unwrap();
    assert!(changed(state.service.resend_offer(&ana, sent.id).await).contains("withdrawn"));
}

/// Two servers tidy at once, and each reminder goes out once.
async fn tidy(state: &Arc<State>) {
    // Longer than a lease, so that either can have it.
    state.clock.turn(TimeDelta::minutes(6));
    let mut tasks = JoinSet::new();
    for _ in 0..2 {
        let state = Arc::clone(state);
        tasks.spawn(async move { state.service.tidy(state.service.new_holder()).await.unwrap() });
    }
    tasks.join_all().await;
}

async fn reminders_come_after_7_and_30_days_once_each(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let start = state.now();
    let sent = state.send(&ana, &mailed("Managed IT")).await;
    let mut short = mailed("Short");
    short.terms.link_days = mandate_domain::LinkDays::new(7).unwrap();
    state.send(&ana, &short).await;
    let reminders = async || {
        let mail = to_mia(&state).await;
        mail.into_iter().filter(|mail| mail.subject.starts_with("Reminder: ")).collect::<Vec<_>>()
    };
    state.clock.turn_to(start + TimeDelta::days(7) - TimeDelta::minutes(6) - MICROSECOND);
    tidy(&state).await;
    assert!(reminders().await.is_empty());
    for (day, expected) in [(7, 1), (8, 1), (29, 1), (30, 2), (31, 2), (60, 2), (89, 2)] {
        state.clock.turn_to(start + TimeDelta::days(day));
        tidy(&state).await;
        tidy(&state).await;
        assert_eq!(reminders().await.len(), expected, "on day {day}");
    }
    let mail = reminders().await.remove(0);
    assert!(mail.body.contains(&sent.token));
    assert_eq!(state.service.offer(&ana, sent.id).await.unwrap().offer.reminders, 2);
}

async fn no_reminder_follows_an_answer_or_an_end(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let (mia, nora) = (state.who("mia@contoso.example").await, state.who("nora@northwind.example").await);
    let send = async |name: &str| state.send(&ana, &mailed(name)).await;
    let (authorized, declined, withdrawn): (Sent, Sent, Sent) =
        (send("Authorized").await, send("Declined").await, send("Withdrawn").await);
    state.service.authorize(&mia, &authorized.token).await.unwrap();
    state.service.decline(&nora, &declined.token, None).await.unwrap();
    state.service.withdraw_offer(&ana, withdrawn.id).await.unwrap();
    state.service.resend_offer(&ana, declined.id).await.unwrap();
    let before = to_mia(&state).await.len();
    state.clock.turn(TimeDelta::days(40));
    tidy(&state).await;
    assert_eq!(to_mia(&state).await.len(), before);
}

async fn a_link_stops_all_mail_about_an_offer(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let sent = state.send(&ana, &mailed("Managed IT")).await;
    let other = state.send(&ana, &mailed("Another")).await;
    let mail = to_mia(&state).await;
    let mail = mail.iter().find(|mail| mail.body.contains(&sent.token)).unwrap();
    let token = stop_token(mail);
    for wrong in ["", "x", &sent.token, &token[..63], &token.replace(&token[40..44], "AAAA")] {
        not_found(state.service.offer_mail_to_stop(wrong).await);
        not_found(state.service.stop_offer_mail(wrong).await);
    }
    let shown = state.service.offer_mail_to_stop(&token).await.unwrap();
    assert_eq!((shown.partner.name.as_str(), shown.is_stopped), ("Fabrikam Partners", false));
    state.service.stop_offer_mail(&token).await.unwrap();
    state.service.stop_offer_mail(&token).await.unwrap();
    assert!(state.service.offer_mail_to_stop(&token).await.unwrap().is_stopped);
    assert_eq!(state.recorded(ana.company.id, |event| *event == Event::OfferMailStopped).await, 1);
    assert!(changed(state.service.resend_offer(&ana, sent.id).await).contains("asked for no more mail"));
    assert!(state.service.resolve_offer_url(&sent.token).await.unwrap().is_some(), "the offer itself stays");

    // A link of a mail from before still stops it after a new URL.
    state.service.renew_offer_url(&ana, other.id).await.unwrap();
    let mail = to_mia(&state).await;
    let old = mail.iter().find(|mail| mail.body.contains(&other.token)).unwrap();
    state.service.stop_offer_mail(&stop_token(old)).await.unwrap();
    let before = to_mia(&state).await.len();
    state.clock.turn(TimeDelta::days(8));
    tidy(&state).await;
    assert_eq!(to_mia(&state).await.len(), before);
}
