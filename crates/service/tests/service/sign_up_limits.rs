//! What keeps sign-ups from being misused, and what is kept of them.

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
};

use chrono::TimeDelta;
use mandate_domain::Role;
use mandate_service::sign_up::{AdministratorForm, Step};
use mandate_store::Db;
use tokio::task::JoinSet;

use crate::{
    outcome::{changed, not_found, problem},
    selling::{as_it_is, send_trial},
    sign_in_help::sent,
    sign_up::{ADMINISTRATOR, COMPANY, HOME, begin, code, filled_in, view},
    state::{ADDRESS, MICROSECOND, PASSWORD, Sent, State},
};

on_both_engines!(
    one_network_begins_so_many_in_a_day,
    one_offer_begins_so_many_in_a_day,
    many_at_once_are_counted_too,
    beginning_again_goes_on,
    reading_changes_nothing,
    secrets_are_kept_as_hashes,
    the_outbox_keeps_no_code,
    a_code_works_for_fifteen_minutes,
    five_wrong_codes_end_it,
    many_tries_at_once_are_five,
    a_new_code_ends_the_one_before,
    codes_are_not_sent_without_end,
    passwords_are_not_hashed_without_end,
    nor_for_one_network,
    what_is_abandoned_is_forgotten_after_a_day,
    what_is_finished_leaves_only_what_was_made,
);

fn address(last: u8) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(198, 51, 100, last))
}

/// A code that was not sent.
fn other(code: &str) -> String {
    let number: u32 = code.parse().unwrap();
    format!("{:06}", (number + 1) % 1_000_000)
}

async fn up_to_the_code(state: &State, offer: &Sent) -> String {
    let secret = begin(state, offer).await;
    state.service.sign_up_company(&secret, COMPANY).await.unwrap();
    state.service.sign_up_administrator(&secret, ADMINISTRATOR).await.unwrap();
    secret
}

async fn one_network_begins_so_many_in_a_day(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let offers = [send_trial(&state, &ana, as_it_is).await, send_trial(&state, &ana, as_it_is).await];
    for number in 0..20 {
        begin(&state, &offers[number % 2]).await;
    }
    for offer in &offers {
        let said = changed(state.service.begin_sign_up(&offer.token, ADDRESS, None).await);
        assert!(said.contains("from your network") && said.contains("ask Fabrikam Partners"), "{said}");
    }
    state.service.begin_sign_up(&offers[0].token, address(1), None).await.unwrap();
    state.clock.turn(TimeDelta::days(1) - MICROSECOND);
    changed(state.service.begin_sign_up(&offers[0].token, ADDRESS, None).await);
    state.clock.turn(MICROSECOND);
    begin(&state, &offers[0]).await;
}

async fn one_offer_begins_so_many_in_a_day(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let (offer, another) = (send_trial(&state, &ana, as_it_is).await, send_trial(&state, &ana, as_it_is).await);
    for last in 0..20 {
        state.service.begin_sign_up(&offer.token, address(last), None).await.unwrap();
    }
    let said = changed(state.service.begin_sign_up(&offer.token, address(20), None).await);
    assert!(said.contains("with this offer"), "{said}");
    begin(&state, &another).await;
    state.clock.turn(TimeDelta::days(1));
    begin(&state, &offer).await;
}

async fn many_at_once_are_counted_too(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let offer = send_trial(&state, &ana, as_it_is).await;
    let mut tasks = JoinSet::new();
    for _ in 0..30 {
        let (state, token) = (Arc::clone(&state), offer.token.clone());
        tasks.spawn(async move { state.service.begin_sign_up(&token, ADDRESS, None).await.is_ok() });
    }
    assert_eq!(tasks.join_all().await.into_iter().filter(|begun| *begun).count(), 20);
    assert_eq!(state.count("SELECT count(*) FROM sign_ups").await, 20);
}

async fn beginning_again_goes_on(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let (offer, another) = (send_trial(&state, &ana, as_it_is).await, send_trial(&state, &ana, as_it_is).await);
    let secret = begin(&state, &offer).await;
    state.service.sign_up_company(&secret, COMPANY).await.unwrap();
    for _ in 0..30 {
        let again = state.service.begin_sign_up(&offer.token, ADDRESS, Some(&secret)).await.unwrap();
        assert_eq!(again, secret, "nothing is begun, nor counted");
    }
    for current in [None, Some("unknown")] {
        let new = state.service.begin_sign_up(&offer.token, ADDRESS, current).await.unwrap();
        assert_ne!(new, secret);
    }
    let new = state.service.begin_sign_up(&another.token, ADDRESS, Some(&secret)).await.unwrap();
    assert_eq!(view(&state, &new).await.step, Step::Company, "another offer is another beginning");
    assert_eq!(view(&state, &secret).await.step, Step::Administrator);
}

async fn reading_changes_nothing(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let offer = send_trial(&state, &ana, as_it_is).await;
    let secret = up_to_the_code(&state, &offer).await;
    let before = (state.mail().await, state.record(ana.company.id).await);
    for _ in 0..30 {
        assert_eq!(view(&state, &secret).await.step, Step::Code);
        state.service.prefix_available(&secret, "adventure").await.unwrap();
    }
    assert_eq!((state.mail().await, state.record(ana.company.id).await), before);
    assert_eq!(state.count("SELECT count(*) FROM sign_ups").await, 1);
}

/// All that is kept of sign-ups, as one text.
async fn kept(state: &State) -> String {
    let columns = "password_hash || ' ' || alternate_email || ' ' || display_name";
    let sql = match &state.db {
        Db::Sqlite { .. } => {
            format!("SELECT {columns} || ' ' || hex(token_hash) || ' ' || hex(code_hash) FROM sign_ups")
        }
        Db::Postgres(_) => format!(
            "SELECT {columns} || ' ' || encode(token_hash, 'hex') || ' ' || encode(code_hash, 'hex') FROM sign_ups"
        ),
    };
    let sql = sqlx::AssertSqlSafe(sql);
    match &state.db {
        Db::Sqlite { readers, .. } => sqlx::query_scalar(sql).fetch_one(readers).await.unwrap(),
        Db::Postgres(pool) => sqlx::query_scalar(sql).fetch_one(pool).await.unwrap(),
    }
}

fn hex(text: &str) -> String {
    let digits = text.bytes().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}

async fn secrets_are_kept_as_hashes(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let secret = up_to_the_code(&state, &send_trial(&state, &ana, as_it_is).await).await;
    let code = code(&state, HOME).await;
    let kept = kept(&state).await.to_lowercase();
    assert!(kept.starts_with("$argon2id$") && kept.contains(HOME), "{kept}");
    for plain in [PASSWORD, &secret.to_lowercase(), &hex(&secret), &hex(&code)] {
        assert!(!kept.contains(plain), "{kept}");
    }
}

async fn the_outbox_keeps_no_code(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let secret = up_to_the_code(&state, &send_trial(&state, &ana, as_it_is).await).await;
    let [waiting] = state.mail().await.try_into().unwrap();
    assert_eq!((waiting.to_address.as_str(), waiting.to_name.as_str(), waiting.body.as_str()), (HOME, "", ""));
    let mails = sent(&state).await;
    let [(to, mail)] = &mails[..] else { panic!("{mails:?}") };
    assert!(to == HOME && mail.contains("is your code") && mail.contains("https://mandate.test/sign-up/"), "{mail}");
    for typed in ["Adventure", "Amy", "Alberts"] {
        assert!(!mail.contains(typed), "what a stranger typed is mailed to nobody: {mail}");
    }
    assert_eq!(state.count("SELECT count(*) FROM outgoing_mail WHERE status = 'sent' AND body = ''").await, 1);
    // One that waited until it was of no use has no code.
    state.service.sign_up_send_code(&secret).await.unwrap();
    let other = AdministratorForm { alternate_email: "amy@other.example", ..ADMINISTRATOR };
    state.service.sign_up_administrator(&secret, other).await.unwrap();
    let mails = sent(&state).await;
    assert_eq!(mails.iter().map(|(to, _)| to.as_str()).collect::<Vec<_>>(), ["amy@other.example"]);
}

async fn a_code_works_for_fifteen_minutes(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let secret = up_to_the_code(&state, &send_trial(&state, &ana, as_it_is).await).await;
    let none = problem(state.service.sign_up_code(&secret, "123456").await);
    assert!(none.1.contains("No code works"), "it has not gone out");
    state.clock.turn(TimeDelta::minutes(30));
    let first = code(&state, HOME).await;
    for malformed in ["", "12345", "1234567", "12345a", "١٢٣٤٥٦"] {
        let (field, message) = problem(state.service.sign_up_code(&secret, malformed).await);
        assert_eq!((field.as_str(), message.as_str()), ("code", "The code has six digits"));
    }
    state.clock.turn(TimeDelta::minutes(15));
    assert!(problem(state.service.sign_up_code(&secret, &first).await).1.contains("No code works any more"));
    assert!(!view(&state, &secret).await.administrator.code_sent);
    state.service.sign_up_send_code(&secret).await.unwrap();
    assert!(view(&state, &secret).await.administrator.code_sent);
    let second = code(&state, HOME).await;
    state.clock.turn(TimeDelta::minutes(15) - MICROSECOND);
    state.service.sign_up_code(&secret, &format!(" {} {} ", &second[..3], &second[3..])).await.unwrap();
    assert_eq!(view(&state, &secret).await.step, Step::Review);
    state.service.sign_up_send_code(&secret).await.unwrap();
    assert!(sent(&state).await.is_empty(), "it is confirmed");
}

async fn five_wrong_codes_end_it(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let secret = up_to_the_code(&state, &send_trial(&state, &ana, as_it_is).await).await;
    let right = code(&state, HOME).await;
    for _ in 0..5 {
        let (field, message) = problem(state.service.sign_up_code(&secret, &other(&right)).await);
        assert_eq!((field.as_str(), message.contains("not the code")), ("code", true), "{message}");
    }
    assert!(problem(state.service.sign_up_code(&secret, &right).await).1.contains("No code works any more"));
    let seen = view(&state, &secret).await;
    assert_eq!((seen.step, seen.administrator.code_sent), (Step::Code, false));
    state.service.sign_up_send_code(&secret).await.unwrap();
    let right = code(&state, HOME).await;
    state.service.sign_up_code(&secret, &right).await.unwrap();
}

async fn many_tries_at_once_are_five(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let secret = up_to_the_code(&state, &send_trial(&state, &ana, as_it_is).await).await;
    let right = code(&state, HOME).await;
    let mut tasks = JoinSet::new();
    for _ in 0..30 {
        let (state, secret, wrong) = (Arc::clone(&state), secret.clone(), other(&right));
        tasks.spawn(async move { problem(state.service.sign_up_code(&secret, &wrong).await).1 });
    }
    let said = tasks.join_all().await;
    assert_eq!(said.iter().filter(|said| said.contains("not the code")).count(), 5);
}

async fn a_new_code_ends_the_one_before(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let secret = up_to_the_code(&state, &send_trial(&state, &ana, as_it_is).await).await;
    let first = code(&state, HOME).await;
    state.service.sign_up_send_code(&secret).await.unwrap();
    assert!(problem(state.service.sign_up_code(&secret, &first).await).1.contains("No code works"));
    let second = code(&state, HOME).await;
    assert!(problem(state.service.sign_up_code(&secret, &first).await).1.contains("not the code"));
    // Nor does a code count for another address.
    let other = AdministratorForm { alternate_email: "amy@other.example", password: "", ..ADMINISTRATOR };
    state.service.sign_up_administrator(&secret, other).await.unwrap();
    assert!(problem(state.service.sign_up_code(&secret, &second).await).1.contains("No code works"));
}

async fn codes_are_not_sent_without_end(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let offer = send_trial(&state, &ana, as_it_is).await;
    let secret = up_to_the_code(&state, &offer).await;
    for _ in 0..4 {
        state.service.sign_up_send_code(&secret).await.unwrap();
    }
    let (field, message) = problem(state.service.sign_up_send_code(&secret).await);
    assert_eq!((field.as_str(), message.contains("sent there already")), ("code", true), "{message}");
    // Another sign-up does not send more to the same address, and this one no more at all.
    let another = begin(&state, &offer).await;
    let upper = AdministratorForm { alternate_email: "AMY@home.example", ..ADMINISTRATOR };
    let (field, _) = problem(state.service.sign_up_administrator(&another, upper).await);
    assert_eq!(field, "alternate_email");
    state.clock.turn(TimeDelta::hours(1));
    let (_, message) = problem(state.service.sign_up_send_code(&secret).await);
    assert!(message.contains("tomorrow"), "{message}");
    state.service.sign_up_administrator(&another, upper).await.unwrap();
    assert_eq!(state.mail().await.len(), 6);
}

async fn what_is_abandoned_is_forgotten_after_a_day(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let offer = send_trial(&state, &ana, as_it_is).await;
    let secret = up_to_the_code(&state, &offer).await;
    code(&state, HOME).await;
    state.service.sign_up_send_code(&secret).await.unwrap();
    let holder = state.service.new_holder();
    let counts = async || {
        [
            state.count("SELECT count(*) FROM sign_ups").await,
            state.count("SELECT count(*) FROM sign_up_mail").await,
            state.count("SELECT count(*) FROM outgoing_mail").await,
            state.count("SELECT count(*) FROM sign_in_attempts WHERE key LIKE 'sign-up%'").await,
        ]
    };
    assert_eq!(counts().await, [1, 2, 2, 3]);
    state.clock.turn(TimeDelta::days(1) - MICROSECOND);
    state.service.tidy(holder).await.unwrap();
    assert_eq!(counts().await, [1, 2, 2, 0]);
    assert_eq!(view(&state, &secret).await.step, Step::Code);
    state.clock.turn(MICROSECOND);
    assert!(state.service.sign_up(&secret).await.unwrap().is_none(), "before any job has said so");
    not_found(state.service.sign_up_company(&secret, COMPANY).await);
    not_found(state.service.sign_up_code(&secret, "123456").await);
    state.service.tidy(holder).await.unwrap();
    assert_eq!(counts().await, [0, 0, 0, 0]);
    assert_eq!(state.count("SELECT count(*) FROM companies WHERE NOT is_demo").await, 0);
    // The offer is as it was.
    filled_in(&state, &offer, COMPANY).await;
}

async fn what_is_finished_leaves_only_what_was_made(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let secret = filled_in(&state, &send_trial(&state, &ana, as_it_is).await, COMPANY).await;
    state.service.sign_up_finish(&secret, &[], false, ADDRESS).await.unwrap();
    let forgotten = "SELECT count(*) FROM sign_ups WHERE password_hash IS NULL AND code_hash IS NULL";
    assert_eq!(state.count(forgotten).await, 1);
    state.clock.turn(TimeDelta::days(1));
    state.service.tidy(state.service.new_holder()).await.unwrap();
    assert_eq!(state.count("SELECT count(*) FROM sign_ups").await, 0);
    assert_eq!(state.count("SELECT count(*) FROM outgoing_mail").await, 3, "what was agreed is still to be sent");
    assert!(state.is_let_in(crate::sign_up::AMY, PASSWORD).await);
    assert_eq!(state.user(crate::sign_up::AMY).await.role, Some(Role::GlobalAdministrator));
}

async fn passwords_are_not_hashed_without_end(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let offer = send_trial(&state, &ana, as_it_is).await;
    let secret = up_to_the_code(&state, &offer).await;
    let choose = async |password| {
        state.service.sign_up_administrator(&secret, AdministratorForm { password, ..ADMINISTRATOR }).await
    };
    for _ in 1..20 {
        assert_eq!(problem(choose("litware").await).0, "password");
    }
    let (field, message) = problem(choose(PASSWORD).await);
    assert_eq!(
        (field.as_str(), message.as_str()),
        ("password", "Many passwords were tried already. Try again in an hour")
    );
    choose("").await.unwrap();
    state.clock.turn(TimeDelta::hours(1));
    choose(PASSWORD).await.unwrap();

    // Nor where nothing can come of it.
    state.service.withdraw_offer(&ana, offer.id).await.unwrap();
    assert!(choose("litware").await.is_err_and(|error| !matches!(error, mandate_service::Error::Invalid(_))));
}

async fn nor_for_one_network(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let offer = send_trial(&state, &ana, as_it_is).await;
    let weak = AdministratorForm { password: "litware", ..ADMINISTRATOR };
    let is_looked_at = async |secret: &str| {
        let (field, message) = problem(state.service.sign_up_administrator(secret, weak).await);
        assert_eq!(field, "password");
        message != "Many passwords were tried already. Try again in an hour"
    };
    for _ in 0..3 {
        let secret = begin(&state, &offer).await;
        for _ in 0..20 {
            assert!(is_looked_at(&secret).await);
        }
        for _ in 0..5 {
            assert!(!is_looked_at(&secret).await, "and it is not counted for the others");
        }
    }
    let fourth = begin(&state, &offer).await;
    assert!(!is_looked_at(&fourth).await);
    let elsewhere = state.service.begin_sign_up(&offer.token, address(1), None).await.unwrap();
    assert!(is_looked_at(&elsewhere).await);
    state.clock.turn(TimeDelta::hours(1));
    assert!(is_looked_at(&fourth).await);
}
