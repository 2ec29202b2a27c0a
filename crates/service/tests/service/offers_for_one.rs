//! Offers for one company: used once, and by whom they are meant for.

use std::sync::Arc;

use chrono::TimeDelta;
use mandate_domain::{Addressee, Event, OfferStatus, Role};
use mandate_service::{
    Principal,
    consent::{Consent, Reader},
    offers::NewOffer,
    overview::{OfferList, OfferSort},
};
use tokio::task::JoinSet;

use crate::{
    outcome::{changed, not_found},
    state::{MICROSECOND, Sent, State, first_offers, first_page, new_offer},
};

on_both_engines!(
    the_second_company_reads_that_it_is_used_up,
    of_two_companies_at_the_same_moment_one_uses_it_up,
    an_addressed_offer_is_for_its_company_alone,
    whose_a_domain_is_is_asked_when_it_is_answered,
    an_address_that_is_nobodys_is_not_told,
    a_decline_uses_nothing_up,
    what_an_offer_is_over_its_life,
    a_code_is_of_one_url,
    the_list_by_status_and_order,
    a_file_of_what_is_listed,
);

fn for_one(name: &str) -> NewOffer {
    let mut new = new_offer(name, &[Role::DirectoryReader]);
    new.terms.single_use = true;
    new
}

fn addressed(name: &str, to: &str) -> NewOffer {
    NewOffer { addressed_to: Addressee::from_key(to), ..new_offer(name, &[Role::DirectoryReader]) }
}

async fn status(state: &State, partner: &Principal, sent: &Sent) -> OfferStatus {
    state.service.offer(partner, sent.id).await.unwrap().status
}

async fn is_elsewhere(state: &State, who: &Principal, token: &str) -> bool {
    matches!(state.service.consent(Some(who), token).await.unwrap(), Consent::Elsewhere { .. })
}

async fn the_second_company_reads_that_it_is_used_up(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let nora = state.who("nora@northwind.example").await;
    let sent = state.send(&ana, &for_one("For one")).await;
    state.clock.turn(TimeDelta::days(1));
    let given = state.service.authorize(&mia, &sent.token).await.unwrap();
    assert_eq!(state.service.authorize(&mia, &sent.token).await.unwrap(), given, "who used it is given it again");
    let said = changed(state.service.authorize(&nora, &sent.token).await);
    assert!(said.contains("another has used it") && said.contains("Fabrikam Partners"), "{said}");
    assert!(changed(state.service.decline(&nora, &sent.token, None).await).contains("another has used it"));
    assert!(!said.contains("Contoso"));
    for who in [None, Some(&nora), Some(&ana)] {
        let seen = state.service.consent(who, &sent.token).await.unwrap();
        assert!(matches!(seen, Consent::Over { status: OfferStatus::UsedUp, .. }), "{seen:?}");
    }
    let Consent::Open(open) = state.service.consent(Some(&mia), &sent.token).await.unwrap() else { panic!() };
    assert!(matches!(open.reader, Reader::Authorized { .. }), "what was authorized can be read there");
    assert!(state.grants(nora.company.id).await.0.is_empty());
    assert_eq!(state.count("SELECT count(*) FROM decisions").await, 1);

    let view = state.service.offer(&ana, sent.id).await.unwrap();
    assert_eq!((view.status, view.url, view.code), (OfferStatus::UsedUp, None, None));
    assert!(changed(state.service.renew_offer_url(&ana, sent.id).await).contains("used up"));
    assert!(changed(state.service.withdraw_offer(&ana, sent.id).await).contains("nothing left"));
    assert_eq!(status(&state, &ana, &sent).await, OfferStatus::UsedUp);
}

async fn of_two_companies_at_the_same_moment_one_uses_it_up(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let (mia, nora) = (state.who("mia@contoso.example").await, state.who("nora@northwind.example").await);
    for round in 0..5 {
        let sent = state.send(&ana, &for_one(&format!("Offer {round}"))).await;
        let mut tasks = JoinSet::new();
        for number in 0..20 {
            let who = if number % 2 == 0 { mia.clone() } else { nora.clone() };
            let (state, token) = (Arc::clone(&state), sent.token.clone());
            tasks.spawn(async move {
                let given = state.service.authorize(&who, &token).await;
                (who.company.name, given)
            });
        }
        let mut customers = Vec::new();
        for (company, given) in tasks.join_all().await {
            match given {
                Ok(grant) => customers.push((company, grant)),
                refused => assert!(changed(refused).contains("another has used it")),
            }
        }
        customers.dedup();
        customers.sort();
        customers.dedup();
        assert_eq!(customers.len(), 1, "{customers:?}");
        let view = state.service.offer(&ana, sent.id).await.unwrap();
        assert_eq!((view.status, view.authorized), (OfferStatus::UsedUp, 1));
    }
    assert_eq!(state.count("SELECT count(*) FROM decisions").await, 5);
    assert_eq!(state.count("SELECT count(*) FROM grants").await, 5);
}

async fn an_addressed_offer_is_for_its_company_alone(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let (mia, tom) = (state.who("mia@contoso.example").await, state.who("tom@contoso.example").await);
    let nora = state.who("nora@northwind.example").await;
    for to in ["contoso.example", "tom@contoso.example", "contoso.mandate.example"] {
        let sent = state.send(&ana, &addressed(to, to)).await;
        assert!(matches!(state.service.consent(None, &sent.token).await.unwrap(), Consent::Open(_)));
        let Consent::Open(open) = state.service.consent(Some(&ana), &sent.token).await.unwrap() else { panic!() };
        assert!(matches!(open.reader, Reader::Partner));
        let Consent::Open(open) = state.service.consent(Some(&tom), &sent.token).await.unwrap() else { panic!() };
        assert!(matches!(open.reader, Reader::MayNotDecide { .. }), "the company is meant, not the person");
        assert!(is_elsewhere(&state, &nora, &sent.token).await);
        for refused in [
            state.service.authorize(&nora, &sent.token).await.map(drop),
            state.service.decline(&nora, &sent.token, None).await,
        ] {
            let said = changed(refused);
            assert!(said.contains("meant for another company") && said.contains("Fabrikam"), "{said}");
            assert!(!said.to_lowercase().contains("contoso"), "which one is not said: {said}");
        }
        assert_eq!(state.count("SELECT count(*) FROM decisions WHERE outcome = 'declined'").await, 0);
        state.service.authorize(&mia, &sent.token).await.unwrap();
        assert_eq!(status(&state, &ana, &sent).await, OfferStatus::UsedUp);
        assert!(is_elsewhere(&state, &nora, &sent.token).await, "and not that it is used up");
    }
}

async fn whose_a_domain_is_is_asked_when_it_is_answered(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let sent = state.send(&ana, &addressed("Later", "contoso-later.example")).await;
    assert!(is_elsewhere(&state, &mia, &sent.token).await);
    let domain = "contoso-later.example".parse_domain();
    let added = state.service.add_domain(&mia, mia.company.id, &domain).await.unwrap();
    assert!(is_elsewhere(&state, &mia, &sent.token).await, "a claim is no proof");
    let value = state.service.domain(&mia, mia.company.id, added).await.unwrap().record.value;
    *state.dns.lock().unwrap() = crate::state::DnsAnswer::Texts(vec![value]);
    state.service.verify_domain(&mia, mia.company.id, added).await.unwrap();
    state.service.authorize(&mia, &sent.token).await.unwrap();
}

trait ParseDomain {
    fn parse_domain(&self) -> mandate_domain::DomainName;
}

impl ParseDomain for str {
    fn parse_domain(&self) -> mandate_domain::DomainName {
        mandate_domain::DomainName::parse(self).unwrap()
    }
}

async fn an_address_that_is_nobodys_is_not_told(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let mut seen = Vec::new();
    for to in ["contoso.example", "nobody.example", "mia@contoso.example", "eve@contoso.example"] {
        let sent = state.send(&ana, &addressed(to, to)).await;
        let view = state.service.offer(&ana, sent.id).await.unwrap();
        assert_eq!(view.whom, to);
        seen.push((view.status, view.authorized, view.declined, view.url.is_some()));
        assert_eq!(is_elsewhere(&state, &mia, &sent.token).await, !to.contains("contoso") || to.contains("eve"));
    }
    assert!(seen.iter().all(|view| *view == seen[0]), "the partner cannot tell one from another");
}

async fn a_decline_uses_nothing_up(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let (mia, nora) = (state.who("mia@contoso.example").await, state.who("nora@northwind.example").await);
    let sent = state.send(&ana, &for_one("For one")).await;
    state.service.decline(&mia, &sent.token, None).await.unwrap();
    assert_eq!(status(&state, &ana, &sent).await, OfferStatus::Declined);
    assert!(state.service.offer(&ana, sent.id).await.unwrap().url.is_some());
    state.service.renew_offer_url(&ana, sent.id).await.unwrap();
    let token = state.token(&ana, sent.id).await;
    state.service.authorize(&nora, &token).await.unwrap();
    assert_eq!(status(&state, &ana, &sent).await, OfferStatus::UsedUp);
    assert!(changed(state.service.authorize(&mia, &token).await).contains("another has used it"));

    let many = state.offer(&ana, "For any", &[Role::DirectoryReader]).await;
    state.service.decline(&mia, &many.token, None).await.unwrap();
    assert_eq!(status(&state, &ana, &many).await, OfferStatus::Open, "others have not answered");
}

async fn what_an_offer_is_over_its_life(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let [expires, declined, withdrawn] = ["expires", "declined", "withdrawn"].map(for_one);
    let expires = state.send(&ana, &expires).await;
    let declined = state.send(&ana, &declined).await;
    let withdrawn = state.send(&ana, &withdrawn).await;
    for sent in [&declined, &withdrawn] {
        state.service.decline(&mia, &sent.token, None).await.unwrap();
    }
    state.service.withdraw_offer(&ana, withdrawn.id).await.unwrap();
    let end = state.now() + TimeDelta::days(90);
    let all = async || [&expires, &declined, &withdrawn].map(|sent| sent.id);
    for (at, expected) in [
        (end - MICROSECOND, [OfferStatus::Open, OfferStatus::Declined, OfferStatus::Withdrawn]),
        (end, [OfferStatus::Expired, OfferStatus::Expired, OfferStatus::Withdrawn]),
    ] {
        state.clock.turn_to(at);
        for (id, expected) in all().await.into_iter().zip(expected) {
            assert_eq!(state.service.offer(&ana, id).await.unwrap().status, expected);
        }
    }
    assert!(changed(state.service.authorize(&mia, &declined.token).await).contains("has expired"));
}

async fn a_code_is_of_one_url(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let sent = state.offer(&ana, "Managed IT", &[Role::DirectoryReader]).await;
    let code = state.service.offer(&ana, sent.id).await.unwrap().code.unwrap();
    let Consent::Open(open) = state.service.consent(None, &sent.token).await.unwrap() else { panic!() };
    assert_eq!(open.code, code, "both sides read the same");
    state.service.renew_offer_url(&ana, sent.id).await.unwrap();
    let renewed = state.service.offer(&ana, sent.id).await.unwrap().code.unwrap();
    assert_ne!(renewed, code);
}

async fn the_list_by_status_and_order(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    for (name, days) in [("b", 30), ("C", 10), ("a", 20)] {
        let mut new = for_one(name);
        new.terms.link_days = mandate_domain::LinkDays::new(days).unwrap();
        let sent = state.send(&ana, &new).await;
        if name == "a" {
            state.service.authorize(&mia, &sent.token).await.unwrap();
        }
        state.clock.turn(TimeDelta::hours(1));
    }
    let names = async |status, sort| {
        let descending = sort == OfferSort::Made;
        let list =
            OfferList { status, sort, page: mandate_service::page::PageRequest { descending, ..first_page(10) } };
        let overview = state.service.overview(&ana, "", &first_page(10), &list).await.unwrap();
        assert_eq!(overview.offer_count, 3, "of all, whatever is chosen");
        overview.offers.rows.into_iter().map(|(answered, _)| answered.offer.name).collect::<Vec<_>>()
    };
    assert_eq!(names(None, OfferSort::Made).await, ["a", "C", "b"]);
    assert_eq!(names(None, OfferSort::Name).await, ["a", "b", "C"]);
    assert_eq!(names(None, OfferSort::LinkEnd).await, ["C", "a", "b"]);
    assert_eq!(names(Some(OfferStatus::Open), OfferSort::Made).await, ["C", "b"]);
    assert_eq!(names(Some(OfferStatus::UsedUp), OfferSort::Name).await, ["a"]);
    state.clock.turn(TimeDelta::days(15));
    assert_eq!(names(Some(OfferStatus::Expired), OfferSort::Name).await, ["C"]);
    assert_eq!(names(Some(OfferStatus::Open), OfferSort::Name).await, ["b"]);
}

async fn a_file_of_what_is_listed(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    state.send(&ana, &addressed("=Formula", "contoso.example")).await;
    let used = state.send(&ana, &for_one("Used, up")).await;
    let used_up = |event: &Event| matches!(event, Event::OfferAuthorized { .. });
    state.service.authorize(&mia, &used.token).await.unwrap();
    assert_eq!(state.recorded(ana.company.id, used_up).await, 1);
    let file = async |status| {
        let file = state.service.offers_file(&ana, status, OfferSort::Name).await.unwrap();
        String::from_utf8(file).unwrap().lines().skip(1).map(ToOwned::to_owned).collect::<Vec<_>>()
    };
    let formula = "'=Formula,contoso.example,,0,0,2026-05-31 09:30,2026-03-02 09:30,Open";
    let used = "\"Used, up\",One customer,,1,0,2026-05-31 09:30,2026-03-02 09:30,Used up";
    assert_eq!(file(None).await, [formula, used]);
    assert_eq!(file(Some(OfferStatus::UsedUp)).await, [used]);
    assert!(file(Some(OfferStatus::Withdrawn)).await.is_empty());
    for number in 0..600 {
        state.offer(&ana, &format!("Offer {number:03}"), &[Role::DirectoryReader]).await;
    }
    let rows = file(None).await;
    assert_eq!(rows.len(), 602, "from page to page");
    assert!(rows[601].starts_with("\"Used, up\""));
    let leo = state.who("leo@fabrikam.example").await;
    assert!(state.service.offers_file(&leo, None, OfferSort::Made).await.is_ok(), "as the overview itself");
    not_found(state.service.offers_file(&mia, None, OfferSort::Made).await);
    let shown = state.service.overview(&ana, "", &first_page(5), &first_offers(5)).await.unwrap();
    assert!(shown.offers.has_next);
}
