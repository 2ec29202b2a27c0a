//! What becomes of subscriptions by themselves.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use mandate_domain::{Event, SubscriptionId, SubscriptionState, SubscriptionStatus, Term};
use mandate_store::{
    StoreError, leases,
    subscriptions::{self, Subscription},
    transaction,
};
use tokio::task::JoinSet;

use crate::{
    state::{MICROSECOND, State},
    subscriptions::{BUSINESS, bought, converted, mind, row, status, trial},
};

on_both_engines!(
    a_trials_end_is_told_in_time_each_time_once,
    after_days_without_a_server_the_last_says_it_all,
    of_a_trial_that_ended_meanwhile_both_sides_are_told_once,
    a_short_trial_is_not_told_to_end_when_it_begins,
    what_was_bought_instead_is_not_told_to_end,
    of_two_servers_one_does_it,
    without_the_lease_it_is_still_done_once,
    terms_follow_the_calendar,
    each_term_that_was_missed_is_told,
    many_are_done_in_one_run,
    those_that_cannot_be_read_hold_up_no_other,
    of_a_plan_that_is_withdrawn_no_purchase_is_suggested,
);

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// Who was told that a trial ends, in which words.
async fn told(state: &State) -> Vec<(String, String)> {
    let mail = state.mail().await.into_iter();
    let mail = mail.filter(|mail| mail.subject.contains("rial of ") && mail.subject.contains(" end"));
    let mut told: Vec<_> = mail.map(|mail| (mail.to_address, mail.subject)).collect();
    told.sort_unstable();
    told
}

/// The three mails of one notice.
fn notice(ends: &str) -> [(String, String); 3] {
    let theirs = format!("Contoso’s trial of Office Suite Business {ends}");
    let own = format!("Your trial of Office Suite Business {ends}");
    [
        ("ana@fabrikam.example".to_owned(), theirs.clone()),
        ("mia@contoso.example".to_owned(), own),
        ("support@fabrikam.example".to_owned(), theirs),
    ]
}

fn sorted(notices: &[&str]) -> Vec<(String, String)> {
    let mut all: Vec<_> = notices.iter().flat_map(|ends| notice(ends)).collect();
    all.sort_unstable();
    all
}

/// Ended, as both records say.
async fn ended(state: &State) -> [usize; 2] {
    let mut counts = [0; 2];
    for (count, user_name) in counts.iter_mut().zip(["mia@contoso.example", "ana@fabrikam.example"]) {
        let company = state.user(user_name).await.company_id;
        *count = state.recorded(company, |event| *event == Event::SubscriptionExpired).await;
    }
    counts
}

async fn a_trials_end_is_told_in_time_each_time_once(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let of = trial(&state, &ana, &mia, BUSINESS, 20).await;
    state.service.assign_licenses(&mia, mia.company.id, of.id, &[mia.user.id]).await.unwrap();
    assert_eq!(of.ends_at, at("2026-04-01T09:30:00Z"));
    let mut so_far: Vec<&str> = Vec::new();
    // Days are counted in UTC, whatever the hour.
    for (day, ends) in [("03-25", "ends in 7 days"), ("03-31", "ends tomorrow"), ("04-01", "ends today")] {
        let day = at(&format!("2026-{day}T00:00:00Z"));
        state.clock.turn_to(day - MICROSECOND);
        mind(&state).await;
        assert_eq!(told(&state).await, sorted(&so_far), "before {day}");
        so_far.push(ends);
        for hours in [0, 1, 8] {
            state.clock.turn_to(day + TimeDelta::hours(hours));
            mind(&state).await;
            assert_eq!(told(&state).await, sorted(&so_far), "{day} and {hours} hours");
        }
    }
    assert_eq!(status(&state, &mia, of.id).await, SubscriptionStatus::Trial);
    let mail = state.mail().await;
    let own = mail.iter().find(|mail| mail.subject == "Your trial of Office Suite Business ends today").unwrap();
    assert!(own.body.contains("ends today, at Apr 1, 2026, 9:30 UTC."), "{}", own.body);
    assert!(own.body.contains("It has 20 licenses, and 1 of them assigned."), "{}", own.body);
    assert!(
        own.body.contains("ask Fabrikam Partners for a purchase offer (support@fabrikam.example, +1 206 555 0142)")
    );
    assert!(own.body.contains(&format!("https://mandate.test/subscriptions/{}", of.id)));
    let theirs = mail.iter().find(|mail| mail.subject.ends_with("ends today") && mail.subject.starts_with("Contoso"));
    assert!(theirs.unwrap().body.contains(&format!("https://mandate.test/partner/purchases/new?converts={}", of.id)));

    state.clock.turn_to(of.ends_at - MICROSECOND);
    mind(&state).await;
    assert_eq!(ended(&state).await, [0, 0]);
    state.clock.turn(MICROSECOND);
    for _ in 0..2 {
        mind(&state).await;
        assert_eq!(ended(&state).await, [1, 1]);
        state.clock.turn(TimeDelta::days(10));
    }
    assert_eq!(told(&state).await, sorted(&so_far), "the end was told on its day");
    let now = row(&state, &mia, of.id).await.subscription;
    assert_eq!((now.state, now.assigned), (SubscriptionState::Expired, 1), "a purchase would begin with it");
    for (user_name, object) in
        [("mia@contoso.example", "Office Suite Business"), ("ana@fabrikam.example", "Office Suite Business, Contoso")]
    {
        let company = state.user(user_name).await.company_id;
        let entry = &state.record(company).await[0];
        assert_eq!((&entry.person, entry.object_name.as_str()), (&None, object));
    }
}

async fn after_days_without_a_server_the_last_says_it_all(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let of = trial(&state, &ana, &mia, BUSINESS, 20).await;
    for (day, ends) in [("2026-03-29T12:00:00Z", "ends in 3 days"), ("2026-04-01T05:00:00Z", "ends today")] {
        let before = told(&state).await.len();
        state.clock.turn_to(at(day));
        for _ in 0..2 {
            mind(&state).await;
        }
        let told = told(&state).await;
        assert_eq!(told.len(), before + 3);
        assert!(notice(ends).iter().all(|mail| told.contains(mail)), "{told:?}");
    }
    assert_eq!(status(&state, &mia, of.id).await, SubscriptionStatus::Trial);
}

async fn of_a_trial_that_ended_meanwhile_both_sides_are_told_once(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let of = trial(&state, &ana, &mia, BUSINESS, 20).await;
    state.clock.turn_to(of.ends_at + TimeDelta::days(12));
    for _ in 0..3 {
        mind(&state).await;
        state.clock.turn(TimeDelta::days(1));
    }
    assert_eq!(told(&state).await, sorted(&["has ended"]));
    assert_eq!(ended(&state).await, [1, 1]);
    assert_eq!(status(&state, &mia, of.id).await, SubscriptionStatus::Expired);
}

/// A plan whose trial lasts so many days, instead of all others.
async fn offer_trial_of(state: &State, days: u16) {
    let text = format!(
        "[[product]]\nname = \"Office Suite\"\ndescription = \"All\"\n[[product.plan]]\nkey = \"{BUSINESS}\"\n\
         name = \"Business\"\ndescription = \"All\"\nlicense = \"One person\"\n\
         trial = {{ days = {days}, licenses = 5 }}\nquantity = {{ min = 1, max = 300 }}\n\
         prices.yearly = {{ EUR = 300 }}\n"
    );
    state.service.import_catalog(&mandate_service::catalog::parse(&text).unwrap()).await.unwrap();
}

async fn a_short_trial_is_not_told_to_end_when_it_begins(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    for (days, notices) in [
        (1, vec!["ends today"]),
        (2, vec!["ends tomorrow", "ends today"]),
        (7, vec!["ends tomorrow", "ends today"]),
        (8, vec!["ends in 7 days", "ends tomorrow", "ends today"]),
    ] {
        offer_trial_of(&state, days).await;
        let before = told(&state).await;
        let of = trial(&state, &ana, &mia, BUSINESS, 5).await;
        while state.now() < of.ends_at {
            mind(&state).await;
            state.clock.turn(TimeDelta::hours(6));
        }
        mind(&state).await;
        let mut expected = before;
        expected.extend(sorted(&notices));
        expected.sort_unstable();
        assert_eq!(told(&state).await, expected, "a trial of {days} days");
        assert_eq!(status(&state, &mia, of.id).await, SubscriptionStatus::Expired);
    }
}

async fn what_was_bought_instead_is_not_told_to_end(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let of = trial(&state, &ana, &mia, BUSINESS, 20).await;
    state.clock.turn_to(of.ends_at - TimeDelta::days(6));
    mind(&state).await;
    assert_eq!(told(&state).await, sorted(&["ends in 6 days"]));
    let paid = converted(&state, &ana, &mia, &of).await;
    state.clock.turn_to(of.ends_at + TimeDelta::days(1));
    mind(&state).await;
    assert_eq!(told(&state).await, sorted(&["ends in 6 days"]));
    assert_eq!(ended(&state).await, [0, 0]);
    assert_eq!(status(&state, &mia, of.id).await, SubscriptionStatus::Converted);
    assert_eq!(status(&state, &mia, paid.id).await, SubscriptionStatus::Active);
}

async fn of_two_servers_one_does_it(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let of = trial(&state, &ana, &mia, BUSINESS, 20).await;
    let renewed = bought(&state, &ana, &mia, "device-management-basic", 5, Term::Monthly).await;
    let (first, second) = (state.service.new_holder(), state.service.new_holder());
    state.clock.turn_to(renewed.ends_at.max(of.ends_at));
    let (left, right) = tokio::join!(state.service.mind_subscriptions(first), state.service.mind_subscriptions(second));
    left.unwrap();
    right.unwrap();
    // When the lease passes on, nothing is done again.
    state.clock.turn(TimeDelta::minutes(5));
    state.service.mind_subscriptions(second).await.unwrap();
    assert_eq!(told(&state).await, sorted(&["has ended"]));
    assert_eq!(ended(&state).await, [1, 1]);
    assert_eq!(state.recorded(mia.company.id, |event| *event == Event::SubscriptionRenewed).await, 1);

    // One holds the lease until it gives it back.
    let later = trial(&state, &ana, &mia, "device-management-premium", 5).await;
    state.clock.turn_to(later.ends_at);
    state.service.mind_subscriptions(first).await.unwrap();
    assert_eq!(ended(&state).await, [2, 2]);
    let last = trial(&state, &ana, &mia, "device-management-premium", 5).await;
    state.clock.turn_to(last.ends_at - TimeDelta::minutes(1));
    state.service.mind_subscriptions(first).await.unwrap();
    state.clock.turn_to(last.ends_at);
    state.service.mind_subscriptions(second).await.unwrap();
    assert_eq!(ended(&state).await, [2, 2], "another holds it");
    state.service.give_back_leases(first).await.unwrap();
    state.service.mind_subscriptions(second).await.unwrap();
    assert_eq!(ended(&state).await, [3, 3]);
}

async fn terms_follow_the_calendar(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    state.clock.turn_to(at("2028-01-31T22:15:00Z"));
    let monthly = bought(&state, &ana, &mia, BUSINESS, 5, Term::Monthly).await;
    state.clock.turn_to(at("2028-02-29T10:00:00Z"));
    let yearly = bought(&state, &ana, &mia, "device-management-basic", 5, Term::Yearly).await;
    let ends = async |id| row(&state, &mia, id).await.subscription.ends_at;
    assert_eq!(ends(monthly.id).await, at("2028-02-29T22:15:00Z"), "February is shorter");
    assert_eq!(ends(yearly.id).await, at("2029-02-28T10:00:00Z"));
    for next in ["2028-03-31T22:15:00Z", "2028-04-30T22:15:00Z", "2028-05-31T22:15:00Z"] {
        state.clock.turn_to(ends(monthly.id).await - MICROSECOND);
        mind(&state).await;
        assert_eq!(ends(monthly.id).await, state.now() + MICROSECOND, "not yet");
        state.clock.turn(MICROSECOND);
        for _ in 0..2 {
            mind(&state).await;
        }
        assert_eq!(ends(monthly.id).await, at(next));
        assert_eq!(status(&state, &mia, monthly.id).await, SubscriptionStatus::Active);
    }
    assert_eq!(state.recorded(ana.company.id, |event| *event == Event::SubscriptionRenewed).await, 3);
    state.clock.turn_to(at("2029-02-28T10:00:00Z"));
    mind(&state).await;
    assert_eq!(ends(yearly.id).await, at("2030-02-28T10:00:00Z"));
    assert_eq!(row(&state, &mia, monthly.id).await.subscription.starts_at, monthly.starts_at);
}

async fn each_term_that_was_missed_is_told(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let of = bought(&state, &ana, &mia, BUSINESS, 5, Term::Monthly).await;
    state.clock.turn_to(at("2026-06-15T00:00:00Z"));
    assert_eq!(status(&state, &mia, of.id).await, SubscriptionStatus::Active);
    for _ in 0..2 {
        mind(&state).await;
    }
    // Begun on April 2, May 2 and June 2.
    for company in [mia.company.id, ana.company.id] {
        assert_eq!(state.recorded(company, |event| *event == Event::SubscriptionRenewed).await, 3);
    }
    assert_eq!(row(&state, &mia, of.id).await.subscription.ends_at, at("2026-07-02T09:30:00Z"));
}

/// Further ones as it is.
pub async fn copies(state: &State, of: &Subscription, number: usize) {
    for _ in 0..number {
        let copy = Subscription { id: SubscriptionId(state.unknown_id()), ..of.clone() };
        transaction!(state.db, StoreError, |conn| { subscriptions::insert(conn, &copy).await }).unwrap();
    }
}

/// As where a server was held up for longer than its lease lasted.
async fn without_the_lease_it_is_still_done_once(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let tried = trial(&state, &ana, &mia, BUSINESS, 20).await;
    copies(&state, &tried, 9).await;
    let paid = bought(&state, &ana, &mia, "device-management-basic", 5, Term::Monthly).await;
    copies(&state, &paid, 9).await;
    state.clock.turn_to(paid.ends_at.max(tried.ends_at));
    let mut tasks = JoinSet::new();
    for _ in 0..4 {
        let state = Arc::clone(&state);
        tasks.spawn(async move {
            for _ in 0..10 {
                state.service.mind_subscriptions(state.service.new_holder()).await.unwrap();
            }
        });
    }
    let thief = Arc::clone(&state);
    tasks.spawn(async move {
        let (id, late) = (thief.unknown_id(), thief.now() + TimeDelta::days(1));
        for _ in 0..100 {
            // Whoever asks next has it, while its holder is still at work.
            let taken = transaction!(thief.db, StoreError, |conn| {
                leases::take(conn, "subscriptions", id, late, DateTime::UNIX_EPOCH).await
            });
            assert!(taken.unwrap());
        }
    });
    tasks.join_all().await;
    mind(&state).await;
    assert_eq!(told(&state).await.len(), 10 * 3);
    assert_eq!(ended(&state).await, [10, 10]);
    assert_eq!(state.recorded(mia.company.id, |event| *event == Event::SubscriptionRenewed).await, 10);
}

async fn many_are_done_in_one_run(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let of = bought(&state, &ana, &mia, BUSINESS, 5, Term::Monthly).await;
    // More than one batch of them, as they were after days without a server.
    copies(&state, &of, 130).await;
    state.clock.turn_to(of.ends_at);
    mind(&state).await;
    assert_eq!(state.recorded(mia.company.id, |event| *event == Event::SubscriptionRenewed).await, 131);
}

async fn those_that_cannot_be_read_hold_up_no_other(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    // More than a batch of them, which are due first.
    let unread = bought(&state, &ana, &mia, "device-management-basic", 5, Term::Monthly).await;
    copies(&state, &unread, 130).await;
    state.clock.turn(TimeDelta::minutes(1));
    let of = bought(&state, &ana, &mia, BUSINESS, 5, Term::Monthly).await;
    state.execute("UPDATE plans SET countries = 'nowhere' WHERE key = 'device-management-basic'").await;
    state.clock.turn_to(of.ends_at);
    let run = async || state.service.mind_subscriptions(state.service.new_holder()).await;
    let renewed = async || state.recorded(mia.company.id, |event| *event == Event::SubscriptionRenewed).await;
    assert!(run().await.is_err(), "it is told");
    assert_eq!(renewed().await, 1);
    state.execute("UPDATE plans SET countries = '' WHERE key = 'device-management-basic'").await;
    state.clock.turn(TimeDelta::minutes(10));
    run().await.unwrap();
    assert_eq!(renewed().await, 1 + 131);
}

async fn of_a_plan_that_is_withdrawn_no_purchase_is_suggested(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let of = trial(&state, &ana, &mia, BUSINESS, 20).await;
    state.execute("UPDATE plans SET is_offered = FALSE WHERE key = 'office-suite-business'").await;
    state.clock.turn_to(of.ends_at - TimeDelta::days(1));
    mind(&state).await;
    assert_eq!(told(&state).await, sorted(&["ends tomorrow"]));
    for mail in state.mail().await.iter().filter(|mail| mail.subject.ends_with("ends tomorrow")) {
        assert!(!mail.body.contains("purchase offer") && !mail.body.contains("converts="), "{}", mail.body);
        let is_theirs = mail.subject.starts_with("Contoso");
        assert_eq!(mail.body.contains("it cannot be turned into a purchase"), is_theirs, "{}", mail.body);
    }
}
