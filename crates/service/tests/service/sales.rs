//! Trial invitations and purchase offers, as a partner makes them.

use std::sync::Arc;

use chrono::TimeDelta;
use mandate_domain::{
    Addressee, ContentKind, Currency, Event, Money, OfferId, OfferStatus, Quantity, Refusal, Role, SubscriptionId,
    Term, TrialDays,
};
use mandate_service::{
    Principal, Result, catalog,
    consent::Consent,
    form::Problems,
    sales::{LineForm, MOST_LINES, NewPurchase, NewTrial, SaleForm},
};
use mandate_store::mail::Mail;

use crate::{
    outcome::{changed, not_found, problem, refused},
    selling::{
        BASIC, BUSINESS, Change, ENTERPRISE, PREMIUM, ROLES, as_it_is, delegating, new_purchase, new_trial, plan,
        plans, send_purchase, send_trial, started_trial,
    },
    state::{State, first_offers},
};

on_both_engines!(
    a_trial_as_it_is_read,
    a_purchase_as_it_is_read,
    what_is_wrong_stands_beside_its_field,
    what_is_wrong_with_lines,
    a_sum_that_is_too_large_is_refused,
    a_name_and_a_reference,
    a_sale_lives_as_any_offer,
    it_is_mailed_and_reminded_of,
    prices_stay_what_they_were_offered_for,
    what_the_catalog_lost_meanwhile_is_not_offered,
    who_may_sell,
    what_is_converted_is_ones_own_trial,
);

fn euros(minor: i64) -> Option<Money> {
    Money::new(minor, Currency::parse("EUR").unwrap()).ok()
}

fn fields(problems: Problems) -> Vec<String> {
    problems.0.into_iter().map(|problem| problem.field).collect()
}

async fn a_trial_as_it_is_read(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let sent = send_trial(&state, &ana, |form| {
        delegating(form);
        form.partner_reference = " PO 17 ";
        form.message = "As agreed";
    })
    .await;
    let view = state.service.offer(&ana, sent.id).await.unwrap();
    assert_eq!((view.offer.content, view.status), (ContentKind::Trial, OfferStatus::Open));
    assert_eq!(view.offer.roles.iter().collect::<Vec<_>>(), ROLES);
    assert_eq!((view.offer.days.get(), view.offer.single_use), (90, true));
    assert_eq!(view.offer.link_ends_at, state.now() + TimeDelta::days(30));
    assert_eq!(view.order, None);
    let sale = view.sale.unwrap();
    assert_eq!((sale.kind, sale.trial_days, sale.total), (ContentKind::Trial, TrialDays::new(30).ok(), None));
    assert_eq!(sale.country.map(mandate_domain::Country::code), Some("US"));
    assert_eq!(sale.partner_reference.as_deref(), Some("PO 17"));
    let [line] = &sale.lines[..] else { panic!("{sale:?}") };
    assert_eq!((line.plan.full_name().as_str(), line.quantity.get()), ("Device Management Basic", 25));
    assert_eq!((line.term, line.unit, line.total), (None, None, None));

    let without = send_trial(&state, &ana, as_it_is).await;
    let view = state.service.offer(&ana, without.id).await.unwrap();
    assert!(view.offer.roles.is_empty(), "no delegated administration is asked for");
    let plain = state.offer(&ana, "Plain", &[Role::DirectoryReader]).await;
    let view = state.service.offer(&ana, plain.id).await.unwrap();
    assert_eq!((view.offer.content, view.sale, view.order), (ContentKind::Delegation, None, None));
}

async fn a_purchase_as_it_is_read(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let sent = send_purchase(&state, &ana, delegating).await;
    let sale = state.service.offer(&ana, sent.id).await.unwrap().sale.unwrap();
    assert_eq!((sale.kind, sale.trial_days, sale.country), (ContentKind::Purchase, None, None));
    let lines: Vec<_> = sale.lines.iter().map(|line| (line.quantity.get(), line.term, line.unit, line.total)).collect();
    assert_eq!(
        lines,
        [(10, Some(Term::Yearly), euros(11_700), euros(117_000)), (5, Some(Term::Monthly), euros(450), euros(2_250))]
    );
    assert_eq!(sale.total, euros(119_250));
}

async fn wrong(state: &State, partner: &Principal, change: Change) -> Vec<String> {
    fields(new_trial(state, partner, change).await.unwrap_err())
}

async fn what_is_wrong_stands_beside_its_field(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    assert_eq!(wrong(&state, &ana, |form| form.country = "XX").await, ["country"]);
    assert_eq!(wrong(&state, &ana, |form| form.name = LONG).await, ["name"]);
    assert_eq!(wrong(&state, &ana, |form| form.partner_reference = LONG).await, ["reference"]);
    assert_eq!(wrong(&state, &ana, |form| form.link_days = "91").await, ["link_days"]);
    assert_eq!(wrong(&state, &ana, |form| form.addressed_to = "nobody").await, ["addressed_to"]);
    assert_eq!(wrong(&state, &ana, |form| form.mail = true).await, ["addressee_email"]);
    assert_eq!(wrong(&state, &ana, |form| form.lines = &[]).await, ["plan"]);
    assert_eq!(
        wrong(&state, &ana, |form| (form.delegation, form.roles, form.days) = (true, &[], "731")).await,
        ["roles", "days"]
    );
    assert!(new_trial(&state, &ana, |form| form.days = "never").await.is_ok(), "none is asked for");

    let plans = plans(&state, &ana).await;
    let parse = |key: &str, quantity: &str, country: &str| {
        let id = plan(&plans, key).plan.id.to_string();
        let lines = [LineForm { plan: &id, quantity, term: "" }];
        let form = SaleForm { country, lines: &lines, link_days: "30", ..SaleForm::default() };
        NewTrial::parse(&form, &plans).map_err(|problems| problems.0)
    };
    assert!(parse(BASIC, " 300 ", "NZ").is_ok() && parse(ENTERPRISE, "10", "DE").is_ok());
    for quantity in ["0", "301", "-1", "1.5", "", "a"] {
        let problems = parse(BASIC, quantity, "US").unwrap_err();
        assert_eq!((problems[0].field.as_str(), problems.len()), ("quantity", 1));
        assert_eq!(problems[0].message, "Enter a number from 1 to 300", "{quantity}");
    }
    let problems = parse(ENTERPRISE, "10", "NZ").unwrap_err();
    assert_eq!(problems[0].field, "plan");
    assert!(problems[0].message.contains("cannot be chosen in New Zealand"), "{}", problems[0].message);
    let mut untried = plans.clone();
    for view in &mut untried {
        view.plan.trial = None;
    }
    let id = untried[0].plan.id.to_string();
    let lines = [LineForm { plan: &id, quantity: "5", term: "" }];
    let form = SaleForm { country: "US", lines: &lines, link_days: "30", ..SaleForm::default() };
    let problems = NewTrial::parse(&form, &untried).unwrap_err();
    assert!(problems.0[0].message.contains("has no trial"), "{problems:?}");
}

const LONG: &str = "A name that is longer than the fifty characters it can have";

async fn wrong_lines(state: &State, partner: &Principal, lines: &[(&str, &str, &str)]) -> Vec<String> {
    fields(new_purchase(state, partner, lines, None, as_it_is).await.unwrap_err())
}

async fn what_is_wrong_with_lines(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    for (lines, expected) in [
        (&[][..], &["lines"][..]),
        (&[(BASIC, "1", "monthly"); MOST_LINES + 1], &["lines"]),
        (&[(BASIC, "1", "monthly"), (BASIC, "0", "weekly")], &["lines.1.term", "lines.1.quantity"]),
        (&[(BASIC, "1", "monthly"), (BASIC, "2", "monthly")], &["lines.1.plan"]),
        (&[(ENTERPRISE, "9", "yearly"), (ENTERPRISE, "10", "monthly")], &["lines.0.quantity", "lines.1.term"]),
    ] {
        assert_eq!(wrong_lines(&state, &ana, lines).await, expected, "{lines:?}");
    }
    let both = [(BASIC, "1", "monthly"), (BASIC, "1", "yearly")];
    assert_eq!(new_purchase(&state, &ana, &both, None, as_it_is).await.unwrap().lines.len(), 2);

    let problems = new_purchase(&state, &ana, &both, None, |form| form.currency = "").await.unwrap_err();
    assert_eq!(fields(problems), ["currency"]);
    let yen = new_purchase(&state, &ana, &both, None, |form| form.currency = "JPY").await.unwrap();
    assert_eq!(yen.lines[0].unit.to_string(), "JPY 750");
    let premium = [(PREMIUM, "1", "monthly")];
    let problems = new_purchase(&state, &ana, &premium, None, |form| form.currency = "JPY").await.unwrap_err();
    assert!(problems.0[0].message.contains("has no monthly price in JPY"), "{problems:?}");
    let problems = new_purchase(&state, &ana, &both, None, |form| form.converts = "that one").await.unwrap_err();
    assert_eq!(fields(problems), ["converts"]);
}

async fn a_sum_that_is_too_large_is_refused(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mut plans = plans(&state, &ana).await;
    let most = Money::new(Money::MOST, Currency::parse("EUR").unwrap()).unwrap();
    for view in &mut plans {
        for price in &mut view.prices {
            price.price = most;
        }
    }
    let (one, other) = (plan(&plans, BASIC).plan.id.to_string(), plan(&plans, PREMIUM).plan.id.to_string());
    let line = |plan, quantity| LineForm { plan, quantity, term: "monthly" };
    let parse = |lines: &[LineForm]| {
        let form = SaleForm { currency: "EUR", lines, link_days: "30", ..SaleForm::default() };
        NewPurchase::parse(&form, &plans)
    };
    assert!(parse(&[line(&one, "1")]).is_ok());
    for lines in [&[line(&one, "2")][..], &[line(&one, "300")], &[line(&one, "1"), line(&other, "1")]] {
        let problems = parse(lines).unwrap_err();
        assert!(problems.0[0].message.contains("too large"), "{problems:?}");
        assert_eq!(fields(problems), ["lines"]);
    }
}

async fn a_name_and_a_reference(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let (trial, purchase) = (send_trial(&state, &ana, as_it_is).await, send_purchase(&state, &ana, as_it_is).await);
    let view = state.service.offer(&ana, trial.id).await.unwrap();
    let reference = view.sale.unwrap().reference;
    assert_eq!(view.offer.name, format!("Device Management Basic trial, {reference}"));
    assert!(reference.starts_with("T-") && reference.len() == 8, "{reference}");
    for typed in [reference.clone(), reference.to_lowercase(), format!(" {} {} ", &reference[..4], &reference[4..])] {
        assert_eq!(state.service.find_offer(&ana, &typed).await.unwrap(), trial.id, "{typed}");
    }
    let view = state.service.offer(&ana, purchase.id).await.unwrap();
    let reference = view.sale.unwrap().reference;
    assert!(reference.starts_with("P-") && view.offer.name.ends_with(&format!(" purchase, {reference}")));
    assert_eq!(state.service.find_offer(&ana, &reference).await.unwrap(), purchase.id);
    let pia = state.who("pia@tailspin.example").await;
    assert_eq!(problem(state.service.find_offer(&pia, &reference).await).0, "find", "it is another partner's");
    for unknown in ["", "P-", "Managed IT"] {
        assert_eq!(problem(state.service.find_offer(&ana, unknown).await).0, "find");
    }

    let named = new_trial(&state, &ana, |form| form.name = "Try it").await.unwrap();
    let id = state.service.create_trial(&ana, &named).await.unwrap();
    assert_eq!(state.service.offer(&ana, id).await.unwrap().offer.name, "Try it");
    let (field, message) = problem(state.service.create_trial(&ana, &named).await);
    assert_eq!((field.as_str(), message.contains("of this name")), ("name", true));
}

async fn a_sale_lives_as_any_offer(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let nora = state.who("nora@northwind.example").await;
    let trial = send_trial(&state, &ana, as_it_is).await;
    let purchase = send_purchase(&state, &ana, |form| form.addressed_to = "contoso.example").await;
    assert_eq!(state.recorded(ana.company.id, |event| *event == Event::OfferCreated).await, 2);
    let listed = state.service.overview(&ana, "", &crate::state::first_page(10), &first_offers(10)).await.unwrap();
    let listed: Vec<_> =
        listed.offers.rows.iter().map(|(answered, status)| (answered.offer.content, *status)).collect();
    assert_eq!(listed.len(), 2);
    assert!(listed.iter().all(|(content, status)| content.is_sale() && *status == OfferStatus::Open));

    state.service.renew_offer_url(&ana, trial.id).await.unwrap();
    assert!(matches!(state.service.consent(Some(&mia), &trial.token).await.unwrap(), Consent::Unknown));
    not_found(state.service.accept_sale(&mia, &trial.token, &[], false).await);
    not_found(state.service.sale_total(&trial.token, &[]).await);
    let token = state.token(&ana, trial.id).await;
    state.service.withdraw_offer(&ana, trial.id).await.unwrap();
    assert!(changed(state.service.accept_sale(&mia, &token, &[], false).await).contains("was withdrawn"));
    assert!(changed(state.service.sale_total(&token, &[]).await).contains("was withdrawn"));

    let addressed = state.service.offer(&ana, purchase.id).await.unwrap().offer.addressed_to;
    assert_eq!(addressed, Addressee::from_key("contoso.example"));
    assert!(matches!(state.service.consent(Some(&nora), &purchase.token).await.unwrap(), Consent::Elsewhere { .. }));
    let said = changed(state.service.accept_sale(&nora, &purchase.token, &[], false).await);
    assert!(said.contains("meant for another company"), "{said}");
    state.clock.turn(TimeDelta::days(30));
    assert!(changed(state.service.accept_sale(&mia, &purchase.token, &[], false).await).contains("has expired"));
    for table in ["SELECT count(*) FROM orders", "SELECT count(*) FROM subscriptions", "SELECT count(*) FROM decisions"]
    {
        assert_eq!(state.count(table).await, 0);
    }
}

async fn it_is_mailed_and_reminded_of(state: Arc<State>) {
    const TO: &str = "mia@contoso.example";
    let ana = state.who("ana@fabrikam.example").await;
    let mail = |form: &mut SaleForm<'_>| {
        delegating(form);
        (form.email, form.mail, form.message) = (TO, true, "As agreed");
    };
    let trial = send_trial(&state, &ana, mail).await;
    let without = |form: &mut SaleForm<'_>| (form.email, form.mail) = (TO, true);
    let purchase = send_purchase(&state, &ana, without).await;
    let mails = state.mail().await;
    let of = |subject: &str| -> &Mail { mails.iter().find(|mail| mail.subject == subject).expect("a mail") };
    let invitation = of("Fabrikam Partners invites you to try Device Management Basic");
    assert_eq!(invitation.to_address, TO);
    for part in [
        "> As agreed",
        "for 30 days, at no charge",
        "- 25 licenses of Device Management Basic\n",
        "look after your company’s account for 90 days",
        Role::LicenseAdministrator.can(),
        "all else is the same with it or without",
        "start as a new company",
        &format!("https://mandate.test/o/{}\n", trial.token),
        "https://mandate.test/stop/",
    ] {
        assert!(invitation.body.contains(part), "{part}: {}", invitation.body);
    }
    let offer = of("Fabrikam Partners offers you Office Suite Business and 1 more");
    for part in [
        "- 10 licenses of Office Suite Business, each EUR 117.00 per year: EUR 1170.00\n",
        "- 5 licenses of Device Management Basic, each EUR 4.50 per month: EUR 22.50\n",
        "\nTotal: EUR 1192.50\n",
        &format!("https://mandate.test/o/{}\n", purchase.token),
    ] {
        assert!(offer.body.contains(part), "{part}: {}", offer.body);
    }
    assert!(!offer.body.contains("look after"), "{}", offer.body);
    assert_eq!(state.recorded(ana.company.id, |event| matches!(event, Event::OfferMailed { .. })).await, 2);

    state.clock.turn(TimeDelta::days(7));
    state.service.tidy(state.service.new_holder()).await.unwrap();
    let reminders: Vec<_> =
        state.mail().await.into_iter().map(|mail| mail.subject).filter(|it| it.starts_with("Reminder: ")).collect();
    assert_eq!(reminders.len(), 2, "{reminders:?}");
    assert!(reminders.contains(&"Reminder: Fabrikam Partners invites you to try Device Management Basic".to_owned()));
}

/// A catalog with one plan of those that the demo has, at another price and without a trial, or with none.
fn catalog_with(plan: bool) -> catalog::Catalog {
    let plan = if plan {
        "[[product.plan]]\nkey = \"office-suite-business\"\nname = \"Business\"\ndescription = \"Less\"\n\
         license = \"One person\"\nquantity = { min = 1, max = 5 }\nprices.yearly = { EUR = 99_900 }\n"
    } else {
        "[[product.plan]]\nkey = \"other\"\nname = \"Other\"\ndescription = \"Else\"\nlicense = \"One person\"\n\
         quantity = { min = 1, max = 5 }\nprices.yearly = { EUR = 1 }\n"
    };
    catalog::parse(&format!("[[product]]\nname = \"Office Suite\"\ndescription = \"Mail\"\n{plan}")).unwrap()
}

async fn prices_stay_what_they_were_offered_for(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let nora = state.who("nora@northwind.example").await;
    let (trial, purchase) = (send_trial(&state, &ana, as_it_is).await, send_purchase(&state, &ana, as_it_is).await);
    let before = state.service.offer(&ana, purchase.id).await.unwrap().sale.unwrap();
    state.service.import_catalog(&catalog_with(true)).await.unwrap();

    let after = state.service.offer(&ana, purchase.id).await.unwrap().sale.unwrap();
    assert_eq!((after.total, after.lines[0].unit), (before.total, before.lines[0].unit));
    assert!(after.lines[1].plan.bounds.contains(Quantity::new(5).unwrap()), "what is withdrawn can still be read");
    // More than the plan has now was promised, and can be taken as it was.
    let as_offered = crate::selling::quantities(&["10", "5"]);
    let accepted = state.service.accept_sale(&mia, &purchase.token, &as_offered, false).await.unwrap();
    let order = state.service.offer(&ana, purchase.id).await.unwrap().order.unwrap();
    assert_eq!((order.order.id, order.order.total), (accepted.order, before.total));
    state.service.accept_sale(&nora, &trial.token, &[], false).await.unwrap();
    let subscription = &crate::selling::begun(&state, &nora).await[0];
    assert_eq!(subscription.ends_at, state.now() + TimeDelta::days(30), "as long as it was offered for");
}

async fn what_the_catalog_lost_meanwhile_is_not_offered(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let trial = new_trial(&state, &ana, as_it_is).await.unwrap();
    let lines = [(BUSINESS, "4", "yearly")];
    let purchase = new_purchase(&state, &ana, &lines, None, as_it_is).await.unwrap();
    let more = new_purchase(&state, &ana, &[(BUSINESS, "6", "yearly")], None, as_it_is).await.unwrap();
    state.service.import_catalog(&catalog_with(true)).await.unwrap();
    let (field, message) = problem(state.service.create_trial(&ana, &trial).await);
    assert_eq!((field.as_str(), message.contains("no longer offered")), ("plan", true), "{message}");
    let (field, message) = problem(state.service.create_purchase(&ana, &purchase).await);
    assert_eq!((field.as_str(), message.contains("changed meanwhile")), ("lines.0.term", true), "{message}");
    assert_eq!(problem(state.service.create_purchase(&ana, &more).await).0, "lines.0.quantity");
    state.service.import_catalog(&catalog_with(false)).await.unwrap();
    let (field, message) = problem(state.service.create_purchase(&ana, &purchase).await);
    assert_eq!((field.as_str(), message.contains("no longer offered")), ("lines.0.plan", true), "{message}");
    assert_eq!(state.count("SELECT count(*) FROM offers").await, 0);
}

async fn who_may_sell(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let trial = new_trial(&state, &ana, as_it_is).await.unwrap();
    let purchase = new_purchase(&state, &ana, &[(BASIC, "1", "monthly")], None, as_it_is).await.unwrap();
    for who in [mia, state.who("leo@fabrikam.example").await, state.who("kim@fabrikam.example").await] {
        refused(state.service.create_trial(&who, &trial).await, Refusal::Forbidden);
        refused(state.service.create_purchase(&who, &purchase).await, Refusal::Forbidden);
        refused(state.service.find_offer(&who, "T-AAAAAA").await, Refusal::Forbidden);
    }
    let pia = state.who("pia@tailspin.example").await;
    let id = state.service.create_trial(&ana, &trial).await.unwrap();
    not_found(state.service.offer(&pia, id).await);
    not_found(state.service.withdraw_offer(&pia, id).await);
}

async fn convert(state: &State, partner: &Principal, plan: &str, trial: SubscriptionId) -> Result<OfferId> {
    let new = new_purchase(state, partner, &[(plan, "30", "yearly")], Some(trial), as_it_is).await.unwrap();
    state.service.create_purchase(partner, &new).await
}

async fn what_is_converted_is_ones_own_trial(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let pia = state.who("pia@tailspin.example").await;
    let trial = started_trial(&state, &ana, &mia).await;
    assert_eq!(problem(convert(&state, &pia, BASIC, trial.id).await).0, "converts");
    assert_eq!(problem(convert(&state, &ana, BASIC, SubscriptionId(state.unknown_id())).await).0, "converts");
    let (field, message) = problem(convert(&state, &ana, PREMIUM, trial.id).await);
    assert_eq!((field.as_str(), message.contains("Offer Device Management Basic")), ("lines.0.plan", true));
    let offer = convert(&state, &ana, BASIC, trial.id).await.unwrap();
    let sale = state.service.offer(&ana, offer).await.unwrap().sale.unwrap();
    assert_eq!(sale.converts, Some(trial.id));

    // What was bought is no trial.
    let token = state.token(&ana, offer).await;
    state.service.accept_sale(&mia, &token, &[], false).await.unwrap();
    let mut all = crate::selling::begun(&state, &mia).await;
    all.retain(|subscription| subscription.id != trial.id);
    let bought = all.pop().unwrap();
    for id in [trial.id, bought.id] {
        assert_eq!(problem(convert(&state, &ana, BASIC, id).await).0, "converts");
    }
}
