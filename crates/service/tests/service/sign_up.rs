//! Companies that start with an offer.

use std::sync::Arc;

use chrono::TimeDelta;
use mandate_domain::{
    Country, DelegatedAdministration, DomainPrefix, Event, Line, LocalPart, OfferStatus, Role, SubscriptionKind,
};
use mandate_service::{
    Result,
    acceptance::Accepted,
    companies::NewCompany,
    consent::{Consent, Reader},
    sign_up::{AdministratorForm, CompanyForm, SignUpView, Step},
    users::Sort,
};
use tokio::task::JoinSet;

use crate::{
    outcome::{changed, not_found, problem},
    selling::{
        ROLES, as_it_is, begun, delegating, quantities, send_conversion, send_purchase, send_trial, started_trial,
    },
    sign_in_help::{code_in, sent},
    state::{ADDRESS, MICROSECOND, NEW_PASSWORD, PASSWORD, Sent, State, first_page},
};

on_both_engines!(
    a_trial_by_a_new_company_without_delegated_administration,
    a_trial_with_it,
    a_purchase_with_changed_quantities,
    each_step_is_kept,
    what_is_wrong_stands_beside_its_field,
    a_prefix_that_cannot_be_had,
    a_prefix_taken_meanwhile_leads_back_with_all_else_kept,
    a_country_where_it_is_not_offered,
    nothing_is_made_before_all_is_there,
    a_double_click_and_a_second_tab_make_one_company,
    a_retry_after_a_lost_answer_is_let_in_for_a_while,
    a_retry_lets_nobody_in_who_may_not,
    of_two_who_sign_up_with_one_offer_one_does,
    of_two_who_want_one_prefix_one_has_it,
    what_becomes_of_the_offer_meanwhile,
    what_is_meant_for_another_cannot_be_started_with,
);

pub const AMY: &str = "amy@adventure.mandate.example";
pub const HOME: &str = "amy@home.example";

pub const COMPANY: CompanyForm<'_> = CompanyForm { name: "Adventure Works", country: "US", domain_prefix: "adventure" };
pub const ADMINISTRATOR: AdministratorForm<'_> = AdministratorForm {
    first_name: "Amy",
    last_name: "Alberts",
    display_name: "",
    user_name: "Amy",
    alternate_email: HOME,
    password: PASSWORD,
};

pub async fn begin(state: &State, offer: &Sent) -> String {
    state.service.begin_sign_up(&offer.token, ADDRESS, None).await.unwrap()
}

pub async fn view(state: &State, secret: &str) -> SignUpView {
    state.service.sign_up(secret).await.unwrap().expect("a sign-up")
}

/// The code that was sent to an address last.
pub async fn code(state: &State, address: &str) -> String {
    let mails = sent(state).await;
    let (_, mail) =
        mails.iter().rev().find(|(to, mail)| to == address && mail.contains("is your code")).expect("a code");
    code_in(mail)
}

/// All steps but the last.
pub async fn filled_in(state: &State, offer: &Sent, company: CompanyForm<'_>) -> String {
    let secret = begin(state, offer).await;
    state.service.sign_up_company(&secret, company).await.unwrap();
    state.service.sign_up_administrator(&secret, ADMINISTRATOR).await.unwrap();
    let code = code(state, HOME).await;
    state.service.sign_up_code(&secret, &code).await.unwrap();
    assert_eq!(view(state, &secret).await.step, Step::Review);
    secret
}

async fn finish(state: &State, secret: &str, authorize: bool) -> Result<Accepted> {
    state.service.sign_up_finish(secret, &[], authorize, ADDRESS).await.map(|finished| finished.accepted)
}

async fn companies(state: &State) -> i64 {
    state.count("SELECT count(*) FROM companies WHERE NOT is_demo").await
}

async fn a_trial_by_a_new_company_without_delegated_administration(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let offer = send_trial(&state, &ana, delegating).await;
    let secret = filled_in(&state, &offer, COMPANY).await;
    let finished = state.service.sign_up_finish(&secret, &[], false, ADDRESS).await.unwrap();
    let amy = state.holder(finished.token.expect("a session").text()).await;
    assert_eq!((amy.user.user_name.as_str(), amy.user.role), (AMY, Some(Role::GlobalAdministrator)));
    assert_eq!((amy.user.display_name.as_str(), amy.user.first_name.as_deref()), ("Amy Alberts", Some("Amy")));
    assert_eq!((amy.user.alternate_email.as_deref(), amy.user.alternate_email_confirmed), (Some(HOME), true));
    assert_eq!((amy.user.must_change_password, amy.user.delegation), (false, DelegatedAdministration::No));
    assert_eq!((amy.user.password_set_by, amy.user.password_set_by_partner), (None, None));
    assert_eq!((amy.company.name.as_str(), amy.company.is_partner), ("Adventure Works", false));
    assert_eq!(amy.company.domain.as_deref(), Some("adventure.mandate.example"));
    assert!(state.is_let_in(AMY, PASSWORD).await);
    assert_eq!(state.count("SELECT count(*) FROM companies WHERE country = 'US'").await, 1);

    let [subscription] = begun(&state, &amy).await.try_into().unwrap();
    assert_eq!((subscription.kind, subscription.quantity.get()), (SubscriptionKind::Trial, 25));
    assert_eq!((subscription.order_id, finished.accepted.grant), (finished.accepted.order, None));
    assert!(state.grants(amy.company.id).await.0.is_empty());
    assert!(state.customers(&ana, "").await.is_empty());
    let kinds: Vec<_> =
        state.record(amy.company.id).await.into_iter().map(|entry| (entry.event, entry.person)).collect();
    let [(started, _), (created, Some(person))] = &kinds[..] else { panic!("{kinds:?}") };
    assert!(matches!(started, Event::TrialStarted { .. }) && *created == Event::CompanyCreated);
    assert_eq!((person.user_name.as_str(), person.company_name.as_str()), (AMY, "Adventure Works"));
    assert_eq!(state.recorded(ana.company.id, |event| matches!(event, Event::TrialStarted { .. })).await, 1);
    let mut mail: Vec<_> = state.mail().await.into_iter().map(|mail| (mail.to_address, mail.body)).collect();
    mail.sort();
    let [to_amy, to_ana, to_support] = &mail[..] else { panic!("{mail:?}") };
    assert_eq!(
        (to_amy.0.as_str(), to_ana.0.as_str(), to_support.0.as_str()),
        (HOME, "ana@fabrikam.example", "support@fabrikam.example")
    );
    assert!(to_amy.1.contains(&format!("sign in as {AMY}")), "{}", to_amy.1);
    assert!(to_ana.1.contains("Amy Alberts of Adventure Works (adventure.mandate.example)"), "{}", to_ana.1);
    assert_eq!(state.service.offer(&ana, offer.id).await.unwrap().status, OfferStatus::UsedUp);

    // What it was begun with says what was made, and opens to its administrator.
    let seen = view(&state, &secret).await;
    let made = seen.finished.unwrap();
    assert_eq!((seen.step, made.user_name.as_str(), made.order), (Step::Done, AMY, finished.accepted.order));
    let Consent::Open(open) = state.service.consent(Some(&amy), &offer.token).await.unwrap() else { panic!() };
    assert!(matches!(open.reader, Reader::Ordered { grant: None, .. }));
}

async fn a_trial_with_it(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let offer = send_trial(&state, &ana, delegating).await;
    let secret = filled_in(&state, &offer, COMPANY).await;
    let accepted = finish(&state, &secret, true).await.unwrap();
    let amy = state.who(AMY).await;
    let (live, _) = state.grants(amy.company.id).await;
    assert_eq!((Some(live[0].id), live[0].ends_at), (accepted.grant, state.now() + TimeDelta::days(90)));
    assert_eq!(live[0].roles.iter().collect::<Vec<_>>(), ROLES);
    assert_eq!(state.customers(&ana, "adventure").await, ["Adventure Works"]);
    let page = first_page(10);
    let users = state.service.users(&ana, amy.company.id, Sort::Name, "amy", &page).await.unwrap();
    assert_eq!(users.users.rows.len(), 1, "from the first day");
}

async fn a_purchase_with_changed_quantities(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let offer = send_purchase(&state, &ana, as_it_is).await;
    let secret = filled_in(&state, &offer, COMPANY).await;
    let wrong = quantities(&["10", "301"]);
    let refused = state.service.sign_up_finish(&secret, &wrong, false, ADDRESS).await;
    assert_eq!(problem(refused).0, "quantity.1");
    assert_eq!((companies(&state).await, view(&state, &secret).await.step), (0, Step::Review));
    let wanted = quantities(&["20", "1"]);
    state.service.sign_up_finish(&secret, &wanted, false, ADDRESS).await.unwrap();
    let order = state.service.offer(&ana, offer.id).await.unwrap().order.unwrap();
    assert_eq!(order.order.total.map(|total| total.to_string()).as_deref(), Some("EUR 2344.50"));
}

async fn each_step_is_kept(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let offer = send_trial(&state, &ana, delegating).await;
    let secret = begin(&state, &offer).await;
    let seen = view(&state, &secret).await;
    assert_eq!((seen.step, seen.finished, seen.platform_domain.as_str()), (Step::Company, None, "mandate.example"));
    assert_eq!(seen.company.country, Country::parse("US").ok(), "that of the trial, at first");
    let Consent::Open(open) = &seen.consent else { panic!() };
    assert!(matches!(open.reader, Reader::SignedOut) && open.sale.is_some());
    assert_eq!(open.offer.roles.iter().collect::<Vec<_>>(), ROLES);

    let company = CompanyForm { name: " Adventure Works ", country: "CA", domain_prefix: " Adventure " };
    state.service.sign_up_company(&secret, company).await.unwrap();
    let seen = view(&state, &secret).await;
    assert_eq!((seen.step, seen.company.name.as_str()), (Step::Administrator, "Adventure Works"));
    assert_eq!((seen.company.country, seen.company.domain_prefix.as_str()), (Country::parse("CA").ok(), "adventure"));
    assert!(!seen.administrator.has_password && !seen.administrator.code_sent);

    state.service.sign_up_administrator(&secret, ADMINISTRATOR).await.unwrap();
    let seen = view(&state, &secret).await;
    assert_eq!((seen.step, seen.administrator.user_name.as_str()), (Step::Code, "amy"));
    assert!(seen.administrator.has_password && seen.administrator.code_sent && !seen.administrator.email_confirmed);
    let code = code(&state, HOME).await;
    state.service.sign_up_code(&secret, &code).await.unwrap();
    assert_eq!(view(&state, &secret).await.step, Step::Review);

    // Back to each step, and what is not changed stays: neither a password nor a code is asked for again.
    let renamed = CompanyForm { name: "Adventure Works Cycles", ..COMPANY };
    state.service.sign_up_company(&secret, renamed).await.unwrap();
    let again = AdministratorForm { display_name: "Amy A", password: "", ..ADMINISTRATOR };
    state.service.sign_up_administrator(&secret, again).await.unwrap();
    assert!(sent(&state).await.is_empty());
    let seen = view(&state, &secret).await;
    assert_eq!((seen.step, seen.company.name.as_str()), (Step::Review, "Adventure Works Cycles"));
    assert_eq!((seen.administrator.display_name.as_str(), seen.administrator.last_name.as_str()), ("Amy A", "Alberts"));

    // Another address has to be confirmed, and another password counts.
    let other = AdministratorForm { alternate_email: "amy@other.example", password: NEW_PASSWORD, ..ADMINISTRATOR };
    state.service.sign_up_administrator(&secret, other).await.unwrap();
    assert_eq!(view(&state, &secret).await.step, Step::Code);
    let code = self::code(&state, "amy@other.example").await;
    state.service.sign_up_code(&secret, &code).await.unwrap();
    state.service.sign_up_code(&secret, &code).await.unwrap();
    finish(&state, &secret, false).await.unwrap();
    assert!(state.is_let_in(AMY, NEW_PASSWORD).await && !state.is_let_in(AMY, PASSWORD).await);
}

async fn what_is_wrong_stands_beside_its_field(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let offer = send_trial(&state, &ana, as_it_is).await;
    let secret = begin(&state, &offer).await;
    for (company, field) in [
        (CompanyForm { name: " ", ..COMPANY }, "company_name"),
        (CompanyForm { name: "a\u{202e}b", ..COMPANY }, "company_name"),
        (CompanyForm { country: "", ..COMPANY }, "country"),
        (CompanyForm { domain_prefix: "a", ..COMPANY }, "domain_prefix"),
        (CompanyForm { domain_prefix: "a.b", ..COMPANY }, "domain_prefix"),
        (CompanyForm { domain_prefix: "-ab", ..COMPANY }, "domain_prefix"),
    ] {
        assert_eq!(problem(state.service.sign_up_company(&secret, company).await).0, field, "{company:?}");
    }
    state.service.sign_up_company(&secret, COMPANY).await.unwrap();
    let long = "a".repeat(61);
    for (administrator, field) in [
        (AdministratorForm { first_name: &long, display_name: "Amy", ..ADMINISTRATOR }, "first_name"),
        (AdministratorForm { last_name: &long, display_name: "Amy", ..ADMINISTRATOR }, "last_name"),
        (AdministratorForm { first_name: "", last_name: "", ..ADMINISTRATOR }, "display_name"),
        (AdministratorForm { user_name: "amy@home.example", ..ADMINISTRATOR }, "user_name"),
        (AdministratorForm { alternate_email: "", ..ADMINISTRATOR }, "alternate_email"),
        (AdministratorForm { alternate_email: "amy", ..ADMINISTRATOR }, "alternate_email"),
        (AdministratorForm { password: "", ..ADMINISTRATOR }, "password"),
        (AdministratorForm { password: "short", ..ADMINISTRATOR }, "password"),
        (AdministratorForm { password: "adventure works amy", ..ADMINISTRATOR }, "password"),
    ] {
        let refused = state.service.sign_up_administrator(&secret, administrator).await;
        assert_eq!(problem(refused).0, field, "{administrator:?}");
    }
    assert_eq!(view(&state, &secret).await.step, Step::Administrator, "nothing of it is kept");
    assert!(state.mail().await.is_empty());
    let strength = state.service.password_strength_in_sign_up(&secret, "adventure works".to_owned()).await.unwrap();
    assert!(strength.flatten().is_none_or(|strength| strength.score < 3));

    for unknown in ["", "unknown", &secret.to_uppercase()] {
        assert!(state.service.sign_up(unknown).await.unwrap().is_none());
        not_found(state.service.prefix_available(unknown, "adventure").await);
        not_found(state.service.sign_up_company(unknown, COMPANY).await);
        not_found(state.service.sign_up_administrator(unknown, ADMINISTRATOR).await);
        not_found(state.service.sign_up_send_code(unknown).await);
        not_found(state.service.sign_up_code(unknown, "123456").await);
        not_found(finish(&state, unknown, false).await);
        assert!(state.service.password_strength_in_sign_up(unknown, String::new()).await.unwrap().is_none());
    }
}

async fn a_prefix_that_cannot_be_had(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let secret = begin(&state, &send_trial(&state, &ana, as_it_is).await).await;
    let free = state.service.prefix_available(&secret, " Adventure ").await.unwrap();
    assert_eq!(free.as_str(), "adventure.mandate.example");
    for (prefix, word) in [
        ("contoso", "is taken"),
        ("CONTOSO", "is taken"),
        ("www", "is reserved"),
        ("Admin", "is reserved"),
        ("xn--80ak6aa92e", "is reserved"),
    ] {
        let (field, message) = problem(state.service.prefix_available(&secret, prefix).await);
        assert_eq!((field.as_str(), message.contains(word)), ("domain_prefix", true), "{message}");
        let company = CompanyForm { domain_prefix: prefix, ..COMPANY };
        assert_eq!(problem(state.service.sign_up_company(&secret, company).await).1, message);
    }
}

async fn adventure(state: &State) {
    let new = NewCompany {
        name: Line::parse("Another").unwrap(),
        domain_prefix: DomainPrefix::parse("adventure").unwrap(),
        is_partner: false,
        contact_address: None,
        phone: None,
        support_email: None,
        administrator: LocalPart::parse("amy").unwrap(),
    };
    state.service.create_company(&new).await.unwrap();
}

async fn a_prefix_taken_meanwhile_leads_back_with_all_else_kept(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let offer = send_trial(&state, &ana, delegating).await;
    let secret = filled_in(&state, &offer, COMPANY).await;
    adventure(&state).await;
    let (field, message) = problem(finish(&state, &secret, true).await);
    assert_eq!((field.as_str(), message.contains("is taken")), ("domain_prefix", true), "{message}");
    assert_eq!(companies(&state).await, 1, "the other one alone");
    assert_eq!(state.count("SELECT count(*) FROM orders").await, 0);

    let seen = view(&state, &secret).await;
    assert_eq!((seen.step, seen.company.prefix_problem), (Step::Company, Some(message)));
    assert_eq!((seen.company.name.as_str(), seen.company.domain_prefix.as_str()), ("Adventure Works", "adventure"));
    assert!(seen.administrator.email_confirmed && seen.administrator.has_password);
    let company = CompanyForm { domain_prefix: "adventure2", ..COMPANY };
    state.service.sign_up_company(&secret, company).await.unwrap();
    assert_eq!(view(&state, &secret).await.step, Step::Review, "nothing else is asked for again");
    finish(&state, &secret, true).await.unwrap();
    assert!(state.is_let_in("amy@adventure2.mandate.example", PASSWORD).await);
}

async fn a_country_where_it_is_not_offered(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let lines = [(crate::selling::ENTERPRISE, "10", "yearly")];
    let new = crate::selling::new_purchase(&state, &ana, &lines, None, as_it_is).await.unwrap();
    let id = state.service.create_purchase(&ana, &new).await.unwrap();
    let secret = begin(&state, &Sent { id, token: state.token(&ana, id).await }).await;
    let (field, message) =
        problem(state.service.sign_up_company(&secret, CompanyForm { country: "NZ", ..COMPANY }).await);
    assert_eq!(
        (field.as_str(), message.as_str()),
        ("country", "Office Suite Enterprise is not offered in New Zealand")
    );
    state.service.sign_up_company(&secret, CompanyForm { country: "FR", ..COMPANY }).await.unwrap();
}

async fn nothing_is_made_before_all_is_there(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let secret = begin(&state, &send_trial(&state, &ana, as_it_is).await).await;
    assert!(changed(finish(&state, &secret, true).await).contains("is missing"));
    not_found(state.service.sign_up_send_code(&secret).await);
    state.service.sign_up_company(&secret, COMPANY).await.unwrap();
    assert!(changed(finish(&state, &secret, true).await).contains("is missing"));
    state.service.sign_up_administrator(&secret, ADMINISTRATOR).await.unwrap();
    assert!(changed(finish(&state, &secret, true).await).contains("is missing"), "the address is not confirmed");
    assert_eq!(companies(&state).await, 0);
}

async fn a_double_click_and_a_second_tab_make_one_company(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let offer = send_purchase(&state, &ana, delegating).await;
    let secret = filled_in(&state, &offer, COMPANY).await;
    let mut tasks = JoinSet::new();
    for number in 0..50 {
        let (state, secret) = (Arc::clone(&state), secret.clone());
        tasks.spawn(async move {
            // The tabs do not agree in everything.
            let finished = state.service.sign_up_finish(&secret, &[], number % 2 == 0, ADDRESS).await.unwrap();
            let token = finished.token.expect("a session").text().to_owned();
            (finished.accepted, state.holder(&token).await.user.user_name)
        });
    }
    let mut finished = tasks.join_all().await;
    finished.dedup();
    assert_eq!(finished.len(), 1);
    assert_eq!(finished[0].1, AMY);
    assert_eq!((companies(&state).await, state.count("SELECT count(*) FROM orders").await), (1, 1));
    assert_eq!(state.count("SELECT count(*) FROM subscriptions").await, 2);
    let amy = state.who(AMY).await;
    assert_eq!(state.recorded(amy.company.id, |event| *event == Event::CompanyCreated).await, 1);
    let said = changed(state.service.sign_up_company(&secret, COMPANY).await);
    assert!(said.contains("there already"), "{said}");
}

async fn a_retry_after_a_lost_answer_is_let_in_for_a_while(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let offer = send_trial(&state, &ana, delegating).await;
    let secret = filled_in(&state, &offer, COMPANY).await;
    let first = finish(&state, &secret, true).await.unwrap();
    state.clock.turn(TimeDelta::minutes(15) - MICROSECOND);
    let retried = state.service.sign_up_finish(&secret, &[], false, ADDRESS).await.unwrap();
    assert_eq!(retried.accepted, first);
    assert_eq!(state.holder(retried.token.unwrap().text()).await.user.user_name, AMY);
    state.clock.turn(MICROSECOND);
    let later = state.service.sign_up_finish(&secret, &[], false, ADDRESS).await.unwrap();
    assert_eq!((later.accepted, later.token.is_none()), (first, true), "told, and not let in");
    assert_eq!(companies(&state).await, 1);
    state.clock.turn(TimeDelta::hours(24));
    not_found(finish(&state, &secret, false).await);
}

async fn a_retry_lets_nobody_in_who_may_not(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let offer = send_trial(&state, &ana, delegating).await;
    let secret = filled_in(&state, &offer, COMPANY).await;
    finish(&state, &secret, true).await.unwrap();
    let is_let_in = async || {
        let finished = state.service.sign_up_finish(&secret, &[], false, ADDRESS).await.unwrap();
        finished.token.is_some()
    };
    assert!(is_let_in().await);
    let amy = state.who(AMY).await;
    let bob = state.colleague(&amy, "bob", Some(Role::GlobalAdministrator), DelegatedAdministration::No).await;
    state.service.set_blocked(&bob, amy.company.id, amy.user.id, true).await.unwrap();
    assert!(!is_let_in().await);
    state.service.set_blocked(&bob, amy.company.id, amy.user.id, false).await.unwrap();
    assert!(is_let_in().await);
    state.clock.turn(TimeDelta::minutes(1));
    state.service.reset_password(&bob, amy.company.id, amy.user.id).await.unwrap();
    assert!(!is_let_in().await, "it may be in other hands");
}

async fn of_two_who_sign_up_with_one_offer_one_does(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let offer = send_trial(&state, &ana, delegating).await;
    let one = filled_in(&state, &offer, COMPANY).await;
    let other = filled_in(&state, &offer, CompanyForm { domain_prefix: "bikes", ..COMPANY }).await;
    let (left, right) = tokio::join!(finish(&state, &one, true), finish(&state, &other, true));
    let (done, refused): (Vec<_>, Vec<_>) = [left, right].into_iter().partition(Result::is_ok);
    assert_eq!((done.len(), companies(&state).await), (1, 1));
    for result in refused {
        assert!(changed(result).contains("another has used it"));
    }
    let steps = [view(&state, &one).await.step, view(&state, &other).await.step];
    assert!(steps.contains(&Step::Done) && steps.contains(&Step::Review), "{steps:?}");
}

async fn of_two_who_want_one_prefix_one_has_it(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mut secrets = Vec::new();
    for _ in 0..5 {
        secrets.push(filled_in(&state, &send_trial(&state, &ana, as_it_is).await, COMPANY).await);
    }
    let mut tasks = JoinSet::new();
    for secret in secrets {
        let state = Arc::clone(&state);
        tasks.spawn(async move { finish(&state, &secret, false).await });
    }
    let (done, refused): (Vec<_>, Vec<_>) = tasks.join_all().await.into_iter().partition(Result::is_ok);
    assert_eq!((done.len(), companies(&state).await), (1, 1));
    for result in refused {
        assert_eq!(problem(result).0, "domain_prefix");
    }
    assert_eq!(state.count("SELECT count(*) FROM orders").await, 1);
}

async fn what_becomes_of_the_offer_meanwhile(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;

    let withdrawn = send_trial(&state, &ana, as_it_is).await;
    let secret = begin(&state, &withdrawn).await;
    state.service.withdraw_offer(&ana, withdrawn.id).await.unwrap();
    assert!(matches!(view(&state, &secret).await.consent, Consent::Over { status: OfferStatus::Withdrawn, .. }));
    assert!(changed(state.service.sign_up_company(&secret, COMPANY).await).contains("was withdrawn"));
    assert!(changed(finish(&state, &secret, false).await).contains("was withdrawn"));
    assert!(changed(state.service.begin_sign_up(&withdrawn.token, ADDRESS, None).await).contains("was withdrawn"));

    let used = send_trial(&state, &ana, as_it_is).await;
    let secret = begin(&state, &used).await;
    state.service.accept_sale(&mia, &used.token, &[], false).await.unwrap();
    assert!(matches!(view(&state, &secret).await.consent, Consent::Over { status: OfferStatus::UsedUp, .. }));
    assert!(changed(finish(&state, &secret, false).await).contains("another has used it"));

    // A new URL ends what was begun with the old one.
    let renewed = send_trial(&state, &ana, as_it_is).await;
    let secret = begin(&state, &renewed).await;
    state.service.renew_offer_url(&ana, renewed.id).await.unwrap();
    assert!(matches!(view(&state, &secret).await.consent, Consent::Unknown));
    assert!(changed(state.service.sign_up_company(&secret, COMPANY).await).contains("new URL"));
    assert!(changed(finish(&state, &secret, false).await).contains("new URL"));
    not_found(state.service.begin_sign_up(&renewed.token, ADDRESS, None).await);
    let token = state.token(&ana, renewed.id).await;
    let again = state.service.begin_sign_up(&token, ADDRESS, Some(&secret)).await.unwrap();
    assert_ne!(again, secret);

    // A decline by one company can be changed, so the offer is still there for another.
    let declined = send_trial(&state, &ana, as_it_is).await;
    state.service.decline(&mia, &declined.token, None).await.unwrap();
    let secret = filled_in(&state, &declined, COMPANY).await;
    finish(&state, &secret, false).await.unwrap();
    assert_eq!(companies(&state).await, 1);
}

async fn what_is_meant_for_another_cannot_be_started_with(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let trial = started_trial(&state, &ana, &mia).await;
    let plain = state.offer(&ana, "Plain", &[Role::DirectoryReader]).await;
    let addressed = send_trial(&state, &ana, |form| form.addressed_to = "contoso.example").await;
    let converting = send_conversion(&state, &ana, trial.id, "5").await;
    for offer in [&plain, &addressed, &converting] {
        let said = changed(state.service.begin_sign_up(&offer.token, ADDRESS, None).await);
        assert!(said.contains("Sign in with that") && !said.contains("Contoso"), "{said}");
    }
    not_found(state.service.begin_sign_up("unknown", ADDRESS, None).await);
    assert_eq!(state.count("SELECT count(*) FROM sign_ups").await, 0);
}
