//! Domains: claimed, verified by real DNS, lapsed and given up.

use std::sync::Arc;

use chrono::TimeDelta;
use mandate_domain::{
    CompanyId, DelegatedAdministration, DomainId, DomainName, DomainPrefix, Event, Line, LocalPart, Refusal, Role,
};
use mandate_service::{
    Principal,
    companies::NewCompany,
    domain_names::parse_domain,
    domains::{Check, MOST_DOMAINS, challenge_record},
};
use mandate_store::{
    StoreError,
    domains::{Domain, DomainStatus},
    transaction,
};

use crate::{
    outcome::{changed, not_found, problem, refused},
    state::{DnsAnswer, MICROSECOND, State},
};

on_both_engines!(
    a_domain_is_claimed_and_verified,
    what_the_dns_says_is_told,
    what_the_provider_has_already_is_told,
    a_lame_zone_and_circles_are_told,
    the_record_is_entered_in_the_providers_words,
    what_lies_under_an_own_domain_is_verified_at_once,
    what_lies_under_anothers_domain_needs_its_record,
    a_company_chooses_its_default,
    no_more_than_a_page_of_domains,
    silence_is_told,
    a_claim_lapses,
    one_owner_per_domain,
    two_verify_at_once,
    a_lapsed_claim_of_what_another_owns,
    adding_twice_leads_to_the_same,
    what_cannot_be_claimed,
    removing,
    on_behalf_and_found_by_it,
    another_companys_domain_is_not_there,
    who_may_not,
);

fn name(text: &str) -> DomainName {
    parse_domain(text).unwrap()
}

pub async fn claim(state: &State, who: &Principal, text: &str) -> DomainId {
    state.service.add_domain(who, who.company.id, &name(text)).await.unwrap()
}

/// Publishes the record that a claim asks for.
async fn publish(state: &State, who: &Principal, id: DomainId) {
    let record = state.service.domain(who, who.company.id, id).await.unwrap().record;
    *state.dns.lock().unwrap() = DnsAnswer::Texts(vec![record.value]);
}

/// A domain that is the company's.
pub async fn verified(state: &State, who: &Principal, text: &str) -> DomainId {
    let id = claim(state, who, text).await;
    publish(state, who, id).await;
    assert_eq!(check(state, who, id).await, Check::Verified);
    id
}

async fn check(state: &State, who: &Principal, id: DomainId) -> Check {
    state.service.verify_domain(who, who.company.id, id).await.unwrap()
}

async fn a_domain_is_claimed_and_verified(state: Arc<State>) {
    let mia = state.who("mia@contoso.example").await;
    let id = claim(&state, &mia, " https://Bücher.example./ ").await;
    let view = state.service.domain(&mia, mia.company.id, id).await.unwrap();
    assert_eq!((view.domain.name.as_str(), view.domain.status), ("xn--bcher-kva.example", DomainStatus::Pending));
    assert_eq!(view.record.name, "_mandate-challenge.xn--bcher-kva.example");
    assert_eq!(view.record.value.strip_prefix("mandate=").unwrap().len(), 43, "256 bits");
    assert!(view.may_manage && !view.in_use);

    *state.dns.lock().unwrap() = DnsAnswer::TextsOverTcp(vec!["v=spf1 -all".to_owned(), view.record.value]);
    state.clock.turn(TimeDelta::days(1));
    assert_eq!(check(&state, &mia, id).await, Check::Verified);
    *state.dns.lock().unwrap() = DnsAnswer::NoSuchName;
    assert_eq!(check(&state, &mia, id).await, Check::Verified, "it stays");
    let domain = state.service.domain(&mia, mia.company.id, id).await.unwrap().domain;
    assert_eq!((domain.status, domain.verified_at), (DomainStatus::Verified, Some(state.now())));
    let record: Vec<_> = state.record(mia.company.id).await.into_iter().map(|entry| entry.event).collect();
    assert_eq!(record, [Event::DomainVerified, Event::DomainAdded]);
    let choices = state.service.new_user_choices(&mia, mia.company.id).await.unwrap().domains;
    assert!(choices.iter().any(|domain| domain.id == id));
}

async fn what_the_dns_says_is_told(state: Arc<State>) {
    let mia = state.who("mia@contoso.example").await;
    let id = claim(&state, &mia, "labs.example").await;
    let others = ["mandate=other", "v=spf1 -all"].map(str::to_owned).to_vec();
    for (answer, told) in [
        (DnsAnswer::NoSuchName, "There is no name _mandate-challenge.labs.example yet."),
        (DnsAnswer::NoTxt, "The name _mandate-challenge.labs.example exists, but it has no TXT record yet."),
        (
            DnsAnswer::Texts(others.clone()),
            "has a TXT record with another value: “mandate=other”, “v=spf1 -all”. Replace it",
        ),
        (DnsAnswer::TextsOverTcp(others), "another value: “mandate=other”"),
        (DnsAnswer::Failure, "The domain’s name servers answered with a failure."),
    ] {
        state.clock.turn(TimeDelta::minutes(1));
        *state.dns.lock().unwrap() = answer;
        let Check::NotYet(sentence) = check(&state, &mia, id).await else { panic!("{told}") };
        assert!(sentence.contains(told), "{sentence}");
        let domain = state.service.domain(&mia, mia.company.id, id).await.unwrap().domain;
        assert_eq!((domain.check_result, domain.checked_at), (Some(sentence), Some(state.now())));
        assert_eq!(domain.status, DomainStatus::Pending);
    }
    publish(&state, &mia, id).await;
    assert_eq!(check(&state, &mia, id).await, Check::Verified);
}

async fn what_the_provider_has_already_is_told(state: Arc<State>) {
    let mia = state.who("mia@contoso.example").await;
    let id = claim(&state, &mia, "labs.example").await;
    let record = state.service.domain(&mia, mia.company.id, id).await.unwrap().record;
    *state.dns.lock().unwrap() = DnsAnswer::TextsAtZone(vec![record.value]);
    let Check::NotYet(sentence) = check(&state, &mia, id).await else { panic!("the resolver does not have it") };
    let told = "Your provider has it, others still remember the old answer for up to 60 minutes.";
    assert!(sentence.starts_with(told), "{sentence}");
    let domain = state.service.domain(&mia, mia.company.id, id).await.unwrap().domain;
    assert_eq!(domain.next_check_at, Some(state.now() + TimeDelta::minutes(1)), "as planned, which is sooner");
    state.clock.turn(TimeDelta::hours(2));
    check(&state, &mia, id).await;
    let domain = state.service.domain(&mia, mia.company.id, id).await.unwrap().domain;
    assert_eq!(domain.next_check_at, Some(state.now() + TimeDelta::hours(1)), "when the old answer is forgotten");
}

async fn a_lame_zone_and_circles_are_told(state: Arc<State>) {
    let mia = state.who("mia@contoso.example").await;
    let id = claim(&state, &mia, "labs.example").await;
    for (answer, told) in [
        (DnsAnswer::Lame, "The name servers of labs.example answer that they do not know it."),
        (DnsAnswer::Circle, "_mandate-challenge.labs.example is an alias (CNAME) that leads in a circle"),
        (DnsAnswer::TenThousandTexts, "_mandate-challenge.labs.example has more TXT records than one answer can hold."),
    ] {
        *state.dns.lock().unwrap() = answer;
        let Check::NotYet(sentence) = check(&state, &mia, id).await else { panic!("{told}") };
        assert!(sentence.starts_with(told), "{sentence}");
    }
}

async fn the_record_is_entered_in_the_providers_words(state: Arc<State>) {
    let mia = state.who("mia@contoso.example").await;
    let servers = vec!["ns43.domaincontrol.com", "ns44.domaincontrol.com"];
    *state.dns.lock().unwrap() = DnsAnswer::Servers(servers, Box::new(DnsAnswer::NoSuchName));
    let id = claim(&state, &mia, "labs.example").await;
    let entry = async || state.service.domain(&mia, mia.company.id, id).await.unwrap().entry;
    let known = entry().await;
    assert_eq!(known.host.unwrap().name, "GoDaddy");
    assert_eq!((known.zone.as_str(), known.before_zone.as_deref()), ("labs.example", Some("_mandate-challenge")));

    // A check learns of another provider, and keeps what it knew where nothing is told.
    let servers = vec!["ana.ns.cloudflare.com", "leo.ns.cloudflare.com"];
    *state.dns.lock().unwrap() = DnsAnswer::Servers(servers, Box::new(DnsAnswer::NoSuchName));
    check(&state, &mia, id).await;
    assert_eq!(entry().await.host.unwrap().name, "Cloudflare");
    *state.dns.lock().unwrap() = DnsAnswer::Failure;
    check(&state, &mia, id).await;
    assert_eq!(entry().await.host.unwrap().name, "Cloudflare");

    let unknown = claim(&state, &mia, "shop.other.example").await;
    let unknown = state.service.domain(&mia, mia.company.id, unknown).await.unwrap().entry;
    assert_eq!(unknown.host, None);
    assert_eq!(
        (unknown.zone.as_str(), unknown.before_zone.as_deref()),
        ("other.example", Some("_mandate-challenge.shop"))
    );
}

async fn what_lies_under_an_own_domain_is_verified_at_once(state: Arc<State>) {
    let mia = state.who("mia@contoso.example").await;
    let company = mia.company.id;
    let domain = async |id| state.service.domain(&mia, company, id).await.unwrap().domain;
    let status = async |id| domain(id).await.status;
    let shop = domain(claim(&state, &mia, "eu.shop.contoso.example").await).await;
    assert_eq!((shop.status, shop.verified_under.as_deref()), (DomainStatus::Verified, Some("contoso.example")));
    let record: Vec<_> = state.record(company).await.into_iter().map(|entry| entry.event).collect();
    assert_eq!(record, [Event::SubdomainVerified { under: "contoso.example".to_owned() }, Event::DomainAdded]);

    // Nor does one that was claimed before its parent was proved need its own record.
    let pending = claim(&state, &mia, "www.labs.example").await;
    let other = claim(&state, &mia, "ftp.labs.example").await;
    assert_eq!(status(pending).await, DomainStatus::Pending, "what is not verified proves nothing");
    let labs = verified(&state, &mia, "labs.example").await;
    *state.dns.lock().unwrap() = DnsAnswer::NoSuchName;
    assert_eq!(check(&state, &mia, pending).await, Check::Verified);
    assert_eq!(claim(&state, &mia, "ftp.labs.example").await, other);
    assert_eq!(status(other).await, DomainStatus::Verified);

    // It stays when its parent goes; what is added after that has nothing above it.
    state.service.remove_domain(&mia, company, labs).await.unwrap();
    assert_eq!(status(pending).await, DomainStatus::Verified);
    assert_eq!(status(claim(&state, &mia, "new.labs.example").await).await, DomainStatus::Pending);
    assert_eq!(status(claim(&state, &mia, "a.www.labs.example").await).await, DomainStatus::Verified);
    // The platform gives out its own names, whoever's they lie under.
    let (field, _) = problem(state.service.add_domain(&mia, company, &name("shop.contoso.mandate.example")).await);
    assert_eq!(field, "domain_name");
}

async fn what_lies_under_anothers_domain_needs_its_record(state: Arc<State>) {
    let mia = state.who("mia@contoso.example").await;
    let nora = state.who("nora@northwind.example").await;
    let status = async |who: &Principal, id| state.service.domain(who, who.company.id, id).await.unwrap().domain.status;
    let hers = claim(&state, &nora, "shop.contoso.example").await;
    assert_eq!(status(&nora, hers).await, DomainStatus::Pending);
    publish(&state, &nora, hers).await;
    assert_eq!(check(&state, &nora, hers).await, Check::Verified, "its record proves it, whoever owns what is above");
    *state.dns.lock().unwrap() = DnsAnswer::NoSuchName;

    let (field, _) = problem(state.service.add_domain(&mia, mia.company.id, &name("shop.contoso.example")).await);
    assert_eq!(field, "domain_name");
    // What lies between is another's, so what is below it needs a record too.
    let below = claim(&state, &mia, "eu.shop.contoso.example").await;
    assert_eq!(status(&mia, below).await, DomainStatus::Pending);
    assert!(matches!(check(&state, &mia, below).await, Check::NotYet(_)));
    let own = claim(&state, &nora, "eu.shop.contoso.example").await;
    assert_eq!(status(&nora, own).await, DomainStatus::Verified);
    // Customers of who owns a public suffix are not theirs.
    verified(&state, &mia, "amazonaws.com").await;
    *state.dns.lock().unwrap() = DnsAnswer::NoSuchName;
    let bucket = claim(&state, &mia, "bucket.s3.amazonaws.com").await;
    assert_eq!(status(&mia, bucket).await, DomainStatus::Pending);
    let (on_behalf, grant) = (state.who("ana@fabrikam.example").await, &[Role::DomainAdministrator]);
    state.grant(&on_behalf, &mia, grant).await;
    let id = state.service.add_domain(&on_behalf, mia.company.id, &name("fabrikam.contoso.example")).await.unwrap();
    assert_eq!(status(&mia, id).await, DomainStatus::Verified, "it counts in whose account it is added");
    assert!(matches!(state.record(on_behalf.company.id).await[0].event, Event::SubdomainVerified { .. }));
}

async fn a_company_chooses_its_default(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let company = mia.company.id;
    state.grant(&ana, &mia, &[Role::DomainAdministrator]).await;
    let first = async || state.service.new_user_choices(&mia, company).await.unwrap().domains[0].name.clone();
    assert_eq!(first().await, "contoso.example");
    state.clock.turn(TimeDelta::hours(1));
    let labs = verified(&state, &mia, "labs.example").await;
    let shop = verified(&state, &mia, "shop.example").await;
    assert_eq!(first().await, "contoso.example");
    for (who, id, chosen) in [(&mia, labs, "labs.example"), (&ana, shop, "shop.example"), (&mia, shop, "shop.example")]
    {
        state.service.make_default_domain(who, company, id).await.unwrap();
        assert_eq!(first().await, chosen);
    }
    assert_eq!(state.recorded(company, |event| *event == Event::DomainMadeDefault).await, 2);
    assert_eq!(state.recorded(ana.company.id, |event| *event == Event::DomainMadeDefault).await, 1);
    assert_eq!(state.customers(&ana, "shop.example").await, ["Contoso"], "it is called by its default");
    let list = state.service.domains(&mia, company).await.unwrap().domains;
    assert_eq!(list.iter().filter(|domain| domain.is_default).map(|domain| domain.id).collect::<Vec<_>>(), [shop]);

    // Two at once leave one.
    let (left, right) = tokio::join!(
        state.service.make_default_domain(&mia, company, labs),
        state.service.make_default_domain(&ana, company, mia.user.domain_id),
    );
    left.unwrap();
    right.unwrap();
    assert_eq!(state.count("SELECT count(*) FROM domains WHERE is_default").await, 1);

    // Without it, it is as before there was one.
    state.service.make_default_domain(&mia, company, labs).await.unwrap();
    state.service.remove_domain(&mia, company, labs).await.unwrap();
    assert_eq!(first().await, "contoso.example");

    let pending = claim(&state, &mia, "pending.example").await;
    assert!(changed(state.service.make_default_domain(&mia, company, pending).await).contains("Only a verified"));
    let nora = state.who("nora@northwind.example").await;
    for id in [shop, DomainId(state.unknown_id())] {
        not_found(state.service.make_default_domain(&nora, nora.company.id, id).await);
        not_found(state.service.make_default_domain(&nora, company, id).await);
    }
    let uma = state.colleague(&mia, "uma", Some(Role::UserAdministrator), DelegatedAdministration::No).await;
    refused(state.service.make_default_domain(&uma, company, shop).await, Refusal::Forbidden);
    assert_eq!(first().await, "contoso.example");
}

async fn no_more_than_a_page_of_domains(state: Arc<State>) {
    let mia = state.who("mia@contoso.example").await;
    let company = mia.company.id;
    let standing = i64::try_from(state.service.domains(&mia, company).await.unwrap().domains.len()).unwrap();
    let now = state.now();
    transaction!(state.db, StoreError, |conn| {
        for n in standing..MOST_DOMAINS - 1 {
            let id = DomainId(state.unknown_id());
            let domain = Domain::owned(id, company, format!("labs{n}.example"), now);
            assert!(mandate_store::domains::insert(conn, &domain).await?);
        }
        Ok(())
    })
    .unwrap();
    // Two at once are one too many.
    let (names, service) = ([name("one.example"), name("two.example")], &state.service);
    let (left, right) =
        tokio::join!(service.add_domain(&mia, company, &names[0]), service.add_domain(&mia, company, &names[1]));
    let (added, late) = match (left, right) {
        (Ok(added), late) | (late, Ok(added)) => (added, late),
        neither => panic!("{neither:?}"),
    };
    let (field, message) = problem(late);
    assert_eq!((field.as_str(), message.contains("at most 200 domains")), ("domain_name", true));
    let listed = state.service.domains(&mia, company).await.unwrap().domains;
    assert_eq!(listed.len(), 200, "all of them are shown");
    // What is there can be added again, and one that goes makes room.
    let again = listed.iter().find(|domain| domain.id == added).unwrap();
    assert_eq!(claim(&state, &mia, &again.name).await, added);
    state.service.remove_domain(&mia, company, added).await.unwrap();
    claim(&state, &mia, "three.example").await;
}

async fn silence_is_told(state: Arc<State>) {
    let mia = state.who("mia@contoso.example").await;
    let id = claim(&state, &mia, "labs.example").await;
    *state.dns.lock().unwrap() = DnsAnswer::Silence;
    let Check::NotYet(sentence) = check(&state, &mia, id).await else { panic!("verified by silence") };
    assert!(sentence.contains("did not answer within 5 seconds"), "{sentence}");
}

async fn a_claim_lapses(state: Arc<State>) {
    let mia = state.who("mia@contoso.example").await;
    let id = claim(&state, &mia, "labs.example").await;
    let before = state.service.domain(&mia, mia.company.id, id).await.unwrap().record;
    publish(&state, &mia, id).await;
    state.clock.turn(TimeDelta::days(30) - MICROSECOND);
    let other = claim(&state, &mia, "other.example").await;
    *state.dns.lock().unwrap() = DnsAnswer::NoSuchName;
    assert!(matches!(check(&state, &mia, id).await, Check::NotYet(_)), "until the end it can be verified");
    state.clock.turn(MICROSECOND);
    *state.dns.lock().unwrap() = DnsAnswer::Texts(vec![before.value.clone()]);
    let late = state.service.verify_domain(&mia, mia.company.id, id).await;
    assert!(changed(late).contains("lapsed after 30 days. Add the domain again."));

    // As it is told, and before any job has said that it lapsed.
    assert_eq!(claim(&state, &mia, "labs.example").await, id);
    let domain = state.service.domain(&mia, mia.company.id, id).await.unwrap();
    assert_eq!(domain.domain.lapses_at, Some(state.now() + TimeDelta::days(30)));
    assert_ne!(domain.record, before, "a new claim has a new record");
    assert!(matches!(check(&state, &mia, id).await, Check::NotYet(_)), "the old one proves nothing");

    state.clock.turn(TimeDelta::days(30));
    state.service.tidy(state.service.new_holder()).await.unwrap();
    for lapsed in [id, other] {
        let domain = state.service.domain(&mia, mia.company.id, lapsed).await.unwrap().domain;
        assert_eq!(domain.status, DomainStatus::Lapsed);
    }
    assert_eq!(state.recorded(mia.company.id, |event| *event == Event::DomainLapsed).await, 2);
    let late = state.service.verify_domain(&mia, mia.company.id, id).await;
    assert!(changed(late).contains("Add the domain again"));
    verified(&state, &mia, "labs.example").await;
}

async fn one_owner_per_domain(state: Arc<State>) {
    let mia = state.who("mia@contoso.example").await;
    let nora = state.who("nora@northwind.example").await;
    let mias = claim(&state, &mia, "shared.example").await;
    let noras = verified(&state, &nora, "shared.example").await;
    assert_ne!(mias, noras, "anybody can claim, one can own");
    publish(&state, &mia, mias).await;
    let late = state.service.verify_domain(&mia, mia.company.id, mias).await;
    assert!(changed(late).contains("another company verified this domain first"));
    let tailspin = state.who("pia@tailspin.example").await;
    let (field, message) =
        problem(state.service.add_domain(&tailspin, tailspin.company.id, &name("shared.example")).await);
    assert_eq!((field.as_str(), message.contains("verified by another company")), ("domain_name", true));

    // When its owner gives it up, the other's claim is as good as any.
    state.service.remove_domain(&nora, nora.company.id, noras).await.unwrap();
    assert_eq!(check(&state, &mia, mias).await, Check::Verified);
}

async fn two_verify_at_once(state: Arc<State>) {
    let mia = state.who("mia@contoso.example").await;
    let nora = state.who("nora@northwind.example").await;
    for round in 0..10 {
        let text = format!("shared{round}.example");
        let (mias, noras) = (claim(&state, &mia, &text).await, claim(&state, &nora, &text).await);
        let mut values = Vec::new();
        for (who, id) in [(&mia, mias), (&nora, noras)] {
            values.push(state.service.domain(who, who.company.id, id).await.unwrap().record.value);
        }
        *state.dns.lock().unwrap() = DnsAnswer::Texts(values);
        let (first, second) = tokio::join!(
            state.service.verify_domain(&mia, mia.company.id, mias),
            state.service.verify_domain(&nora, nora.company.id, noras),
        );
        let (done, late) = if first.is_ok() { (first, second) } else { (second, first) };
        assert_eq!(done.unwrap(), Check::Verified);
        assert!(changed(late).contains("another company verified this domain first"));
    }
}

async fn a_lapsed_claim_of_what_another_owns(state: Arc<State>) {
    let mia = state.who("mia@contoso.example").await;
    let nora = state.who("nora@northwind.example").await;
    claim(&state, &mia, "shared.example").await;
    state.clock.turn(TimeDelta::days(30));
    state.service.tidy(state.service.new_holder()).await.unwrap();
    verified(&state, &nora, "shared.example").await;
    let (field, _) = problem(state.service.add_domain(&mia, mia.company.id, &name("shared.example")).await);
    assert_eq!(field, "domain_name");
}

async fn adding_twice_leads_to_the_same(state: Arc<State>) {
    let mia = state.who("mia@contoso.example").await;
    let id = claim(&state, &mia, "labs.example").await;
    let domain = state.service.domain(&mia, mia.company.id, id).await.unwrap().domain;
    state.clock.turn(TimeDelta::days(1));
    assert_eq!(claim(&state, &mia, "LABS.example").await, id);
    let again = state.service.domain(&mia, mia.company.id, id).await.unwrap();
    assert_eq!((&again.domain, again.record), (&domain, challenge_record(&domain)), "what was published still holds");
    assert_eq!(state.recorded(mia.company.id, |event| *event == Event::DomainAdded).await, 1);
    publish(&state, &mia, id).await;
    check(&state, &mia, id).await;
    let (field, message) = problem(state.service.add_domain(&mia, mia.company.id, &name("labs.example")).await);
    assert_eq!((field.as_str(), message.contains("for this company already")), ("domain_name", true));
}

async fn what_cannot_be_claimed(state: Arc<State>) {
    let mia = state.who("mia@contoso.example").await;
    for text in ["co.uk", "github.io", "192.0.2.1", "[2001:db8::1]", "localhost", "", &"a.".repeat(130)] {
        assert!(parse_domain(text).is_err(), "{text}");
    }
    for text in ["mandate.example", "anything.mandate.example", "northwind.mandate.example", "northwind.example"] {
        let (field, _) = problem(state.service.add_domain(&mia, mia.company.id, &name(text)).await);
        assert_eq!(field, "domain_name", "{text}");
    }
    claim(&state, &mia, "notmandate.example").await;
    let longest = |length: usize| {
        let label = "a".repeat(63);
        let labels = format!("{label}.{label}.{label}.{label}");
        DomainName::parse(&format!("{}.example", &labels[..length - 8])).unwrap()
    };
    let fits = 253 - "_mandate-challenge.".len();
    state.service.add_domain(&mia, mia.company.id, &longest(fits)).await.unwrap();
    let (field, _) = problem(state.service.add_domain(&mia, mia.company.id, &longest(fits + 1)).await);
    assert_eq!(field, "domain_name");
}

async fn removing(state: Arc<State>) {
    let mia = state.who("mia@contoso.example").await;
    let company = mia.company.id;
    let list = state.service.domains(&mia, company).await.unwrap();
    assert!(list.may_manage);
    let [own, platform] = &list.domains[..] else { panic!("two domains") };
    assert!(state.service.domain(&mia, company, own.id).await.unwrap().in_use);
    let used = state.service.remove_domain(&mia, company, own.id).await;
    assert!(changed(used).contains("contoso.example is used in user names"));
    assert!(changed(state.service.remove_domain(&mia, company, platform.id).await).contains("stays"));

    let pending = claim(&state, &mia, "pending.example").await;
    let unused = verified(&state, &mia, "labs.example").await;
    for id in [pending, unused] {
        state.service.remove_domain(&mia, company, id).await.unwrap();
        not_found(state.service.domain(&mia, company, id).await);
        not_found(state.service.remove_domain(&mia, company, id).await);
        not_found(state.service.verify_domain(&mia, company, id).await);
    }
    assert_eq!(state.recorded(company, |event| *event == Event::DomainRemoved).await, 2);
    let nora = state.who("nora@northwind.example").await;
    verified(&state, &nora, "labs.example").await;
}

async fn on_behalf_and_found_by_it(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let new = NewCompany {
        name: Line::parse("Adventure Works").unwrap(),
        domain_prefix: DomainPrefix::parse("aw").unwrap(),
        is_partner: false,
        contact_address: None,
        phone: None,
        support_email: None,
        administrator: LocalPart::parse("amy").unwrap(),
    };
    state.service.create_company(&new).await.unwrap();
    let amy = state.user("amy@aw.mandate.example").await;
    let global = Some(Role::GlobalAdministrator);
    let bob = state.insert_user(&amy, "bob", global, DelegatedAdministration::No).await;
    let bob = state.who(&bob.user_name).await;
    state.grant(&ana, &bob, &[Role::DomainAdministrator]).await;
    state.grant(&ana, &mia, &[Role::DomainAdministrator]).await;
    assert!(state.customers(&ana, "bicycles").await.is_empty());

    let id = state.service.add_domain(&ana, bob.company.id, &name("bicycles.example")).await.unwrap();
    let record = state.service.domain(&ana, bob.company.id, id).await.unwrap().record;
    *state.dns.lock().unwrap() = DnsAnswer::Texts(vec![record.value]);
    assert_eq!(state.service.verify_domain(&ana, bob.company.id, id).await.unwrap(), Check::Verified);
    assert_eq!(state.customers(&ana, "bicycles").await, ["Adventure Works"]);
    assert_eq!(state.customers(&ana, "adventure bicycles").await, ["Adventure Works"]);
    for company in [ana.company.id, bob.company.id] {
        assert_eq!(state.recorded(company, |event| *event == Event::DomainVerified).await, 1);
    }
    state.service.remove_domain(&ana, bob.company.id, id).await.unwrap();
    assert!(state.customers(&ana, "bicycles").await.is_empty());
    assert_eq!(state.customers(&ana, "aw").await, ["Adventure Works"]);
}

async fn another_companys_domain_is_not_there(state: Arc<State>) {
    let mia = state.who("mia@contoso.example").await;
    let nora = state.who("nora@northwind.example").await;
    let pending = claim(&state, &nora, "labs.example").await;
    for company in [mia.company.id, nora.company.id, CompanyId(state.unknown_id())] {
        for id in [nora.user.domain_id, pending, DomainId(state.unknown_id())] {
            not_found(state.service.domain(&mia, company, id).await);
            not_found(state.service.verify_domain(&mia, company, id).await);
            not_found(state.service.remove_domain(&mia, company, id).await);
        }
        if company != mia.company.id {
            not_found(state.service.domains(&mia, company).await);
            not_found(state.service.add_domain(&mia, company, &name("mine.example")).await);
        }
    }
}

async fn who_may_not(state: Arc<State>) {
    let mia = state.who("mia@contoso.example").await;
    let no = DelegatedAdministration::No;
    let uma = state.colleague(&mia, "uma", Some(Role::UserAdministrator), no).await;
    let tom = state.who("tom@contoso.example").await;
    let (own, company) = (mia.user.domain_id, mia.company.id);
    state.service.domains(&uma, company).await.unwrap();
    refused(state.service.domains(&tom, company).await, Refusal::Forbidden);
    for id in [own, DomainId(state.unknown_id())] {
        refused(state.service.domain(&tom, company, id).await, Refusal::Forbidden);
        for who in [&tom, &uma] {
            refused(state.service.verify_domain(who, company, id).await, Refusal::Forbidden);
            refused(state.service.remove_domain(who, company, id).await, Refusal::Forbidden);
            refused(state.service.add_domain(who, company, &name("labs.example")).await, Refusal::Forbidden);
        }
    }
    let dan = state.colleague(&mia, "dan", Some(Role::DomainAdministrator), no).await;
    claim(&state, &dan, "labs.example").await;
}
