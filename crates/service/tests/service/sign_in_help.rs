//! Help for who cannot sign in.

use std::{net::IpAddr, path::Path, sync::Arc};

use chrono::TimeDelta;
use mandate_domain::{DelegatedAdministration, EmailAddress, Event, Role};
use mandate_service::{
    Principal,
    account::EmailChange,
    mail::{Mailbox, Mailer},
    users::{NewUser, NewUserFields, UserChange},
};

use crate::{
    outcome::{changed, problem, refused},
    state::{ADDRESS, MICROSECOND, NEW_PASSWORD, PASSWORD, State},
};

on_both_engines!(
    a_link_goes_to_a_confirmed_address,
    the_outbox_keeps_no_secret,
    without_a_confirmed_address_administrators_are_told,
    nobody_is_told_of_nobody,
    one_mail_in_ten_minutes,
    a_network_asks_about_so_many,
    of_many_at_once_one_mail_comes,
    a_link_ends_after_an_hour,
    what_changed_meanwhile_stops_the_link,
    what_somebody_else_set_is_not_confirmed,
    a_reset_takes_the_confirmation_away,
    a_code_confirms_an_address,
    a_code_ends,
    five_wrong_codes_end_it,
    many_tries_at_once_are_five,
    codes_are_not_sent_without_end,
    an_older_session_shows_the_password,
    sessions_are_ended_by_their_holder,
);

const TOM: &str = "tom@contoso.example";
const HOME: &str = "tom@home.example";

fn from() -> Mailbox {
    "Mandate <no-reply@mandate.example>".parse().unwrap()
}

fn address(text: &str) -> EmailAddress {
    EmailAddress::parse(text).unwrap()
}

/// Sends what waits, and gives the messages: to whom, and the whole of each.
pub async fn sent(state: &State) -> Vec<(String, String)> {
    let folder = tempfile::tempdir().unwrap();
    let mailer = Mailer::Folder(folder.path().to_owned());
    let holder = state.service.new_holder();
    // What is taken up leaves mail.
    for _ in 0..2 {
        state.service.send_mail(holder, &mailer, &from()).await.unwrap();
    }
    state.service.give_back_leases(holder).await.unwrap();
    read(folder.path())
}

fn read(folder: &Path) -> Vec<(String, String)> {
    let mut mails: Vec<(String, String)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let text = std::fs::read_to_string(entry.unwrap().path()).unwrap().replace("=\r\n", "");
            let to = text.lines().find_map(|line| line.strip_prefix("To: ")).unwrap();
            let to = to.rsplit('<').next().unwrap().trim_end_matches('>').to_owned();
            (to, text)
        })
        .collect();
    mails.sort();
    mails
}

pub fn code_in(mail: &str) -> String {
    let (before, _) = mail.split_once(" is your code").unwrap();
    before[before.len() - 6..].to_owned()
}

fn token_in(mail: &str) -> String {
    let (_, after) = mail.split_once("https://mandate.test/l/").expect("a link");
    after.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect()
}

/// Gives a person an alternate e-mail, through the code that is sent there.
async fn confirm(state: &State, who: &Principal, at: &str) {
    let change = state.service.change_alternate_email(who, Some(&address(at)), None).await.unwrap();
    assert_eq!(change, EmailChange::CodeSent);
    let mails = sent(state).await;
    let (_, mail) = mails.iter().find(|(to, _)| to == at).expect("a code");
    state.service.confirm_alternate_email(who, &code_in(mail)).await.unwrap();
    sent(state).await;
}

async fn ask(state: &State, user_name: &str) {
    state.service.ask_sign_in_help(user_name, ADDRESS).await.unwrap();
}

async fn a_link_goes_to_a_confirmed_address(state: Arc<State>) {
    let tom = state.who(TOM).await;
    confirm(&state, &tom, HOME).await;
    ask(&state, " Tom@CONTOSO.example ").await;
    let mails = sent(&state).await;
    let [(to, mail)] = &mails[..] else { panic!("{mails:?}") };
    assert_eq!(to, HOME);
    let token = token_in(mail);
    assert!(state.service.one_time_link(&token).await.unwrap().is_some());
    assert!(state.service.set_password_by_link(&token, NEW_PASSWORD.to_owned()).await.unwrap());
    assert!(!state.service.set_password_by_link(&token, PASSWORD.to_owned()).await.unwrap());
    assert!(state.is_let_in(TOM, NEW_PASSWORD).await);
    assert!(!state.is_let_in(TOM, PASSWORD).await);
    assert_eq!(state.recorded(tom.company.id, |event| *event == Event::SignInHelpAsked).await, 1);
    assert!(state.user(TOM).await.alternate_email_confirmed, "the person chose it themselves");
}

async fn the_outbox_keeps_no_secret(state: Arc<State>) {
    let tom = state.who(TOM).await;
    state.service.change_alternate_email(&tom, Some(&address(HOME)), None).await.unwrap();
    for mail in state.mail().await {
        assert_eq!(mail.body, "");
    }
    sent(&state).await;
    assert_eq!(state.count("SELECT count(*) FROM outgoing_mail WHERE status = 'sent' AND body = ''").await, 1);
}

async fn without_a_confirmed_address_administrators_are_told(state: Arc<State>) {
    let mia = state.who("mia@contoso.example").await;
    state.insert_user(&mia.user, "zed", Some(Role::GlobalAdministrator), DelegatedAdministration::No).await;
    ask(&state, TOM).await;
    let mails = sent(&state).await;
    let to: Vec<&str> = mails.iter().map(|(to, _)| to.as_str()).collect();
    assert_eq!(to, ["mia@contoso.example", "zed@contoso.example"]);
    let tom = state.user(TOM).await;
    assert!(mails[0].1.contains(&format!("https://mandate.test/users/{}", tom.id)), "{}", mails[0].1);
    assert!(!mails[0].1.contains("/l/"));
    assert_eq!(state.count("SELECT count(*) FROM one_time_links").await, 0);

    // An administrator is not told of themselves, who cannot read it in Mandate anyway.
    ask(&state, "zed@contoso.example").await;
    let mails = sent(&state).await;
    let to: Vec<&str> = mails.iter().map(|(to, _)| to.as_str()).collect();
    assert_eq!(to, ["mia@contoso.example"]);
}

async fn nobody_is_told_of_nobody(state: Arc<State>) {
    let mia = state.who("mia@contoso.example").await;
    let tom = state.user(TOM).await;
    state.service.set_blocked(&mia, mia.company.id, tom.id, true).await.unwrap();
    for name in [TOM, "nobody@contoso.example", "nobody@nowhere.example"] {
        ask(&state, name).await;
    }
    assert_eq!(state.count("SELECT count(*) FROM sign_in_help").await, 3, "each is kept as the others are");
    assert!(sent(&state).await.is_empty());
    assert_eq!(state.count("SELECT count(*) FROM sign_in_help WHERE is_waiting").await, 0);
    for wrong in ["", "tom", "tom@", "a b@contoso.example"] {
        let (field, _) = problem(state.service.ask_sign_in_help(wrong, ADDRESS).await);
        assert_eq!(field, "user_name", "{wrong}");
    }
    let holder = state.service.new_holder();
    state.clock.turn(TimeDelta::hours(1));
    state.service.tidy(holder).await.unwrap();
    assert_eq!(state.count("SELECT count(*) FROM sign_in_help").await, 0);
}

async fn one_mail_in_ten_minutes(state: Arc<State>) {
    ask(&state, TOM).await;
    assert_eq!(sent(&state).await.len(), 1);
    ask(&state, TOM).await;
    state.clock.turn(TimeDelta::minutes(10) - MICROSECOND);
    ask(&state, TOM).await;
    assert!(sent(&state).await.is_empty());
    state.clock.turn(MICROSECOND);
    ask(&state, TOM).await;
    assert_eq!(sent(&state).await.len(), 1, "asking meanwhile does not put it off");
}

async fn a_network_asks_about_so_many(state: Arc<State>) {
    for n in 0..20 {
        ask(&state, &format!("nobody{n}@contoso.example")).await;
    }
    let sentence = changed(state.service.ask_sign_in_help(TOM, ADDRESS).await);
    assert!(sentence.contains("Try again in 10 minutes"), "{sentence}");
    let elsewhere: IpAddr = "192.0.2.8".parse().unwrap();
    state.service.ask_sign_in_help(TOM, elsewhere).await.unwrap();
    assert_eq!(sent(&state).await.len(), 1);
    state.clock.turn(TimeDelta::minutes(10));
    ask(&state, TOM).await;
    assert_eq!(sent(&state).await.len(), 1);
}

async fn of_many_at_once_one_mail_comes(state: Arc<State>) {
    let tasks = (0..8).map(|_| {
        let state = Arc::clone(&state);
        tokio::spawn(async move { ask(&state, TOM).await })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let mailer = Mailer::Folder(folder.path().to_owned());
    let (first, second) = (state.service.new_holder(), state.service.new_holder());
    for _ in 0..2 {
        let sender = from();
        let (left, right) = tokio::join!(
            state.service.send_mail(first, &mailer, &sender),
            state.service.send_mail(second, &mailer, &sender)
        );
        left.unwrap();
        right.unwrap();
    }
    assert_eq!(read(folder.path()).len(), 1);
}

async fn a_link_ends_after_an_hour(state: Arc<State>) {
    let tom = state.who(TOM).await;
    confirm(&state, &tom, HOME).await;
    ask(&state, TOM).await;
    // The hour begins when it is sent, not when it was asked for.
    state.clock.turn(TimeDelta::minutes(30));
    let token = token_in(&sent(&state).await[0].1);
    state.clock.turn(TimeDelta::hours(1) - MICROSECOND);
    assert!(state.service.one_time_link(&token).await.unwrap().is_some());
    state.clock.turn(MICROSECOND);
    assert!(state.service.one_time_link(&token).await.unwrap().is_none());
    assert!(!state.service.set_password_by_link(&token, NEW_PASSWORD.to_owned()).await.unwrap());
}

async fn what_changed_meanwhile_stops_the_link(state: Arc<State>) {
    let mia = state.who("mia@contoso.example").await;
    let tom = state.who(TOM).await;
    confirm(&state, &tom, HOME).await;
    ask(&state, TOM).await;
    // Taken up, but not yet sent: the mail server is away.
    let folder = tempfile::tempdir().unwrap();
    let taken = folder.path().join("taken");
    std::fs::write(&taken, "").unwrap();
    let holder = state.service.new_holder();
    for _ in 0..2 {
        state.service.send_mail(holder, &Mailer::Folder(taken.clone()), &from()).await.unwrap();
    }
    state.service.give_back_leases(holder).await.unwrap();
    state.clock.turn(TimeDelta::minutes(10));
    state.service.set_blocked(&mia, mia.company.id, tom.user.id, true).await.unwrap();
    assert!(sent(&state).await.is_empty());
    assert_eq!(state.count("SELECT count(*) FROM outgoing_mail WHERE status = 'failed'").await, 1);
}

async fn what_somebody_else_set_is_not_confirmed(state: Arc<State>) {
    let (ana, mia) = (state.who("ana@fabrikam.example").await, state.who("mia@contoso.example").await);
    state.grant(&ana, &mia, &[Role::UserAdministrator]).await;
    sent(&state).await;
    let domain = mia.user.domain_id.to_string();
    let fields = NewUserFields {
        first_name: "",
        last_name: "",
        display_name: "Eve",
        user_name: "eve",
        domain: &domain,
        alternate_email: "ana@evil.example",
        role: "",
    };
    state.service.add_user(&ana, mia.company.id, &NewUser::parse(fields).unwrap()).await.unwrap();
    let eve = state.user("eve@contoso.example").await;
    assert!(!eve.alternate_email_confirmed);
    assert_eq!(eve.alternate_email_set_by.as_deref(), Some("Ana Ruiz of Fabrikam Partners"));
    ask(&state, "eve@contoso.example").await;
    let mails = sent(&state).await;
    assert!(mails.iter().all(|(to, mail)| to == "mia@contoso.example" && !mail.contains("/l/")), "{mails:?}");

    // Nor is one that the person confirmed before somebody else changed it.
    let tom = state.who(TOM).await;
    confirm(&state, &tom, HOME).await;
    let change = UserChange::parse("", "", "Tom Okafor", "ana@evil.example", "", "").unwrap();
    state.service.change_user(&ana, mia.company.id, tom.user.id, &change).await.unwrap();
    assert!(!state.user(TOM).await.alternate_email_confirmed);
    ask(&state, TOM).await;
    let mails = sent(&state).await;
    assert!(mails.iter().all(|(to, _)| to == "mia@contoso.example"), "{mails:?}");
    // The same address left alone stays as it was.
    let tom = state.who(TOM).await;
    confirm(&state, &tom, HOME).await;
    let change = UserChange::parse("Tom", "", "Tom Okafor", HOME, "", "").unwrap();
    state.service.change_user(&mia, mia.company.id, tom.user.id, &change).await.unwrap();
    assert!(state.user(TOM).await.alternate_email_confirmed);
}

async fn a_reset_takes_the_confirmation_away(state: Arc<State>) {
    let (mia, tom) = (state.who("mia@contoso.example").await, state.who(TOM).await);
    confirm(&state, &tom, HOME).await;
    ask(&state, TOM).await;
    let token = token_in(&sent(&state).await[0].1);
    state.service.change_alternate_email(&tom, Some(&address("other@home.example")), None).await.unwrap();
    state.service.reset_password(&mia, mia.company.id, tom.user.id).await.unwrap();
    assert!(!state.service.set_password_by_link(&token, NEW_PASSWORD.to_owned()).await.unwrap());
    let after = state.user(TOM).await;
    assert_eq!((after.alternate_email.as_deref(), after.alternate_email_confirmed), (Some(HOME), false));
    assert_eq!(state.count("SELECT count(*) FROM email_confirmations").await, 0);
    state.clock.turn(TimeDelta::minutes(10));
    ask(&state, TOM).await;
    let mails = sent(&state).await;
    assert_eq!(mails.len(), 1, "the code that waited is not sent: {mails:?}");
    assert_eq!(mails[0].0, "mia@contoso.example");
}

async fn a_code_confirms_an_address(state: Arc<State>) {
    let tom = state.who(TOM).await;
    confirm(&state, &tom, HOME).await;
    let other = address("tom@other.example");
    state.service.change_alternate_email(&tom, Some(&other), None).await.unwrap();
    assert_eq!(state.user(TOM).await.alternate_email.as_deref(), Some(HOME), "until confirmed the old one stays");
    let mails = sent(&state).await;
    assert_eq!((mails.len(), mails[0].0.as_str()), (1, "tom@other.example"));
    let code = code_in(&mails[0].1);
    for wrong in ["", "12345", "1234567", "abcdef"] {
        assert_eq!(problem(state.service.confirm_alternate_email(&tom, wrong).await).0, "code");
    }
    // Nobody else’s code.
    let mia = state.who("mia@contoso.example").await;
    assert_eq!(problem(state.service.confirm_alternate_email(&mia, &code).await).0, "code");
    let spaced = format!(" {} {} ", &code[..3], &code[3..]);
    state.service.confirm_alternate_email(&tom, &spaced).await.unwrap();
    let after = state.user(TOM).await;
    assert!(after.alternate_email_confirmed && after.alternate_email.as_deref() == Some("tom@other.example"));
    let told = sent(&state).await;
    assert_eq!((told.len(), told[0].0.as_str()), (1, HOME), "the one before is told");
    assert_eq!(problem(state.service.confirm_alternate_email(&tom, &code).await).0, "code", "once");

    let tom = state.who(TOM).await;
    let kept = state.service.change_alternate_email(&tom, Some(&other), None).await.unwrap();
    assert_eq!(kept, EmailChange::Kept);
    assert_eq!(state.service.change_alternate_email(&tom, None, None).await.unwrap(), EmailChange::Removed);
    let after = state.user(TOM).await;
    assert_eq!((after.alternate_email, after.alternate_email_confirmed), (None, false));
    assert_eq!(sent(&state).await[0].0, "tom@other.example");
}

/// The code that was sent to an address that Tom wants.
async fn code_for(state: &State, tom: &Principal) -> String {
    state.service.change_alternate_email(tom, Some(&address(HOME)), None).await.unwrap();
    code_in(&sent(state).await[0].1)
}

async fn a_code_ends(state: Arc<State>) {
    let tom = state.who(TOM).await;
    let first = code_for(&state, &tom).await;
    state.clock.turn(TimeDelta::minutes(15) - MICROSECOND);
    assert!(state.service.account(&tom).await.unwrap().unconfirmed.unwrap().is_open);
    state.clock.turn(MICROSECOND);
    assert!(!state.service.account(&tom).await.unwrap().unconfirmed.unwrap().is_open);
    let (_, message) = problem(state.service.confirm_alternate_email(&tom, &first).await);
    assert!(message.contains("Send a new one"), "{message}");

    let tom = state.who(TOM).await;
    let second = code_for(&state, &tom).await;
    if first != second {
        assert_eq!(problem(state.service.confirm_alternate_email(&tom, &first).await).0, "code");
    }
    state.service.cancel_alternate_email(&tom).await.unwrap();
    assert_eq!(problem(state.service.confirm_alternate_email(&tom, &second).await).0, "code");
    assert_eq!(state.user(TOM).await.alternate_email, None);
}

fn other_than(code: &str) -> String {
    let digit = if code.starts_with('0') { '1' } else { '0' };
    format!("{digit}{}", &code[1..])
}

async fn five_wrong_codes_end_it(state: Arc<State>) {
    let tom = state.who(TOM).await;
    let code = code_for(&state, &tom).await;
    for _ in 0..5 {
        assert!(state.service.account(&tom).await.unwrap().unconfirmed.unwrap().is_open);
        assert_eq!(problem(state.service.confirm_alternate_email(&tom, &other_than(&code)).await).0, "code");
    }
    assert!(!state.service.account(&tom).await.unwrap().unconfirmed.unwrap().is_open);
    assert_eq!(problem(state.service.confirm_alternate_email(&tom, &code).await).0, "code");
    let code = code_for(&state, &tom).await;
    state.service.confirm_alternate_email(&tom, &code).await.unwrap();
}

async fn many_tries_at_once_are_five(state: Arc<State>) {
    let tom = state.who(TOM).await;
    let code = code_for(&state, &tom).await;
    let tasks = (0..12).map(|_| {
        let (state, tom, wrong) = (Arc::clone(&state), tom.clone(), other_than(&code));
        tokio::spawn(async move { problem(state.service.confirm_alternate_email(&tom, &wrong).await).1 })
    });
    let mut compared = 0;
    for task in tasks.collect::<Vec<_>>() {
        compared += usize::from(task.await.unwrap().contains("not the code"));
    }
    assert_eq!(compared, 5);

    let code = code_for(&state, &tom).await;
    let tasks = (0..4).map(|_| {
        let (state, tom, code) = (Arc::clone(&state), tom.clone(), code.clone());
        tokio::spawn(async move { state.service.confirm_alternate_email(&tom, &code).await.is_ok() })
    });
    let mut done = 0;
    for task in tasks.collect::<Vec<_>>() {
        done += usize::from(task.await.unwrap());
    }
    assert_eq!(done, 1);
    assert_eq!(state.recorded(tom.company.id, |event| *event == Event::AlternateEmailChanged).await, 1);
}

async fn codes_are_not_sent_without_end(state: Arc<State>) {
    let tom = state.who(TOM).await;
    for n in 0..5 {
        let at = address(&format!("stranger{n}@home.example"));
        state.service.change_alternate_email(&tom, Some(&at), None).await.unwrap();
    }
    let again = state.service.change_alternate_email(&tom, Some(&address(HOME)), None).await;
    assert_eq!(problem(again).0, "alternate_email");
    assert_eq!(sent(&state).await.len(), 1, "only the last one waits for its code");
    state.clock.turn(TimeDelta::hours(1));
    let tom = state.who(TOM).await;
    state.service.change_alternate_email(&tom, Some(&address(HOME)), None).await.unwrap();
}

async fn an_older_session_shows_the_password(state: Arc<State>) {
    let tom = state.who(TOM).await;
    state.clock.turn(TimeDelta::minutes(15) - MICROSECOND);
    assert!(!state.service.account(&tom).await.unwrap().asks_password);
    state.clock.turn(MICROSECOND);
    assert!(state.service.account(&tom).await.unwrap().asks_password);
    for current in [None, Some("wrong".to_owned())] {
        let refused = state.service.change_alternate_email(&tom, Some(&address(HOME)), current).await;
        assert_eq!(problem(refused).0, "current_password");
    }
    assert_eq!(state.count("SELECT count(*) FROM email_confirmations").await, 0);
    let shown = Some(PASSWORD.to_owned());
    state.service.change_alternate_email(&tom, Some(&address(HOME)), shown).await.unwrap();
}

async fn sessions_are_ended_by_their_holder(state: Arc<State>) {
    let (here, there) = (state.sign_in(TOM, PASSWORD).await, state.sign_in(TOM, PASSWORD).await);
    let elsewhere = mandate_service::sign_in::Whence {
        address: "2001:db8::7".parse().unwrap(),
        user_agent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0".to_owned(),
    };
    state.service.sign_in(TOM, PASSWORD.to_owned(), elsewhere).await.unwrap();
    let tom = state.holder(&here).await;
    let sessions = state.service.account(&tom).await.unwrap().sessions;
    assert_eq!(sessions.len(), 3);
    let places: Vec<_> =
        sessions.iter().map(|session| (session.address.as_deref(), session.browser.as_deref())).collect();
    assert!(places.contains(&(Some("2001:db8::7"), Some("Firefox on Linux"))), "{places:?}");
    assert!(places.contains(&(Some("192.0.2.7"), None)), "{places:?}");

    let mia = state.who("mia@contoso.example").await;
    let theirs = state.holder(&there).await.session;
    state.service.end_session(&mia, &theirs).await.unwrap();
    assert!(!state.has_ended(&there).await, "another’s is as none");
    state.service.end_session(&tom, &theirs).await.unwrap();
    assert!(state.has_ended(&there).await && !state.has_ended(&here).await);

    state.service.sign_out_everywhere(&tom).await.unwrap();
    assert!(state.has_ended(&here).await);
    assert_eq!(state.count("SELECT count(*) FROM sessions").await, 1, "Mia's");

    // Nothing of it is open to who has yet to choose a password.
    let reset = state.service.reset_password(&mia, mia.company.id, tom.user.id).await.unwrap();
    let tom = state.holder(&state.sign_in(TOM, &reset.password).await).await;
    let why = mandate_domain::Refusal::MustChangePassword;
    refused(state.service.account(&tom).await, why);
    refused(state.service.change_alternate_email(&tom, Some(&address(HOME)), None).await, why);
    refused(state.service.confirm_alternate_email(&tom, "123456").await, why);
    refused(state.service.cancel_alternate_email(&tom).await, why);
    refused(state.service.end_session(&tom, &tom.session).await, why);
}
