//! Claims are looked for by themselves.

use std::{sync::Arc, time::Instant};

use chrono::TimeDelta;
use mandate_domain::{DomainId, Event, Role};
use mandate_service::{Principal, relationships::KnownPassword};
use mandate_store::domains::DomainStatus;

use crate::{
    domains::{claim, verified},
    state::{DnsAnswer, MICROSECOND, State},
};

on_both_engines!(
    a_claim_is_looked_for_until_it_lapses,
    who_added_it_is_told,
    a_partner_is_told_while_it_may_act,
    one_slow_name_holds_up_no_other,
    one_of_two_servers_looks,
    another_company_was_first,
    what_lies_under_an_own_domain_needs_no_question,
);

async fn value(state: &State, who: &Principal, id: DomainId) -> String {
    state.service.domain(who, who.company.id, id).await.unwrap().record.value
}

async fn run(state: &State) -> usize {
    state.service.check_domains(state.service.new_holder()).await.unwrap()
}

/// The run of a server that takes the jobs over.
async fn run_alone(state: &State) -> usize {
    let holder = state.service.new_holder();
    let verified = state.service.check_domains(holder).await.unwrap();
    state.service.give_back_leases(holder).await.unwrap();
    verified
}

async fn a_claim_is_looked_for_until_it_lapses(state: Arc<State>) {
    let mia = state.who("mia@contoso.example").await;
    let id = claim(&state, &mia, "labs.example").await;
    let start = state.now();
    let mut minutes = Vec::new();
    loop {
        let domain = state.service.domain(&mia, mia.company.id, id).await.unwrap().domain;
        let Some(next) = domain.next_check_at else { break };
        state.clock.turn(next - state.now() - MICROSECOND);
        run_alone(&state).await;
        let untouched = state.service.domain(&mia, mia.company.id, id).await.unwrap().domain;
        assert_eq!(untouched.checked_at, domain.checked_at, "not before its time");
        state.clock.turn(MICROSECOND);
        assert_eq!(run_alone(&state).await, 0);
        let checked = state.service.domain(&mia, mia.company.id, id).await.unwrap().domain;
        assert_eq!(checked.checked_at, Some(state.now()));
        assert!(checked.check_result.unwrap().starts_with("There is no name"));
        minutes.push((state.now() - start).num_minutes());
    }
    assert_eq!(minutes[..6], [1, 5, 15, 60, 1_440, 2_880]);
    assert_eq!(minutes.len(), 33);
    assert!(state.mail().await.is_empty());
    // Nobody makes up for what was missed: of days in which nothing ran, one look is left.
    let late = claim(&state, &mia, "late.example").await;
    state.clock.turn(TimeDelta::days(10) + TimeDelta::hours(1));
    run_alone(&state).await;
    let domain = state.service.domain(&mia, mia.company.id, late).await.unwrap().domain;
    assert_eq!(domain.next_check_at, Some(domain.created_at + TimeDelta::days(11)));
}

async fn who_added_it_is_told(state: Arc<State>) {
    let mia = state.who("mia@contoso.example").await;
    let id = claim(&state, &mia, "Bücher.example").await;
    *state.dns.lock().unwrap() = DnsAnswer::Texts(vec![value(&state, &mia, id).await]);
    assert_eq!(run_alone(&state).await, 0, "not yet");
    state.clock.turn(TimeDelta::minutes(1));
    assert_eq!(run_alone(&state).await, 1);
    let domain = state.service.domain(&mia, mia.company.id, id).await.unwrap().domain;
    assert_eq!((domain.status, domain.next_check_at), (DomainStatus::Verified, None));
    let entry = &state.record(mia.company.id).await[0];
    assert_eq!((&entry.event, &entry.person), (&Event::DomainVerified, &None));
    let mail = state.mail().await;
    assert_eq!(mail.len(), 1);
    assert_eq!(
        (mail[0].to_address.as_str(), mail[0].subject.as_str()),
        ("mia@contoso.example", "bücher.example is verified",)
    );
    assert!(mail[0].body.contains(&format!("https://mandate.test/domains/{id}")), "{}", mail[0].body);
    state.clock.turn(TimeDelta::days(2));
    assert_eq!(run_alone(&state).await, 0);
    assert_eq!(state.mail().await.len(), 1);
    let choices = state.service.new_user_choices(&mia, mia.company.id).await.unwrap().domains;
    assert!(choices.iter().any(|domain| domain.id == id));
}

async fn a_partner_is_told_while_it_may_act(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let nora = state.who("nora@northwind.example").await;
    let mut values = Vec::new();
    for (customer, name) in [(&mia, "labs.example"), (&nora, "shop.example")] {
        state.grant(&ana, customer, &[Role::DomainAdministrator]).await;
        let name = mandate_service::domain_names::parse_domain(name).unwrap();
        let id = state.service.add_domain(&ana, customer.company.id, &name).await.unwrap();
        values.push(value(&state, customer, id).await);
    }
    state.service.remove_partner(&nora, ana.company.id, KnownPassword::Block, &[], &[]).await.unwrap();
    let before = state.mail().await.len();
    *state.dns.lock().unwrap() = DnsAnswer::Texts(values);
    state.clock.turn(TimeDelta::minutes(1));
    assert_eq!(run_alone(&state).await, 2, "the claims are the customers'");
    let mail = state.mail().await.split_off(before);
    let told: Vec<_> = mail.iter().map(|mail| (mail.to_address.as_str(), mail.subject.as_str())).collect();
    assert_eq!(told, [("ana@fabrikam.example", "labs.example is verified")]);
    assert!(mail[0].body.contains(&format!("/customers/{}/domains/", mia.company.id)), "{}", mail[0].body);
    for customer in [&mia, &nora] {
        assert_eq!(state.recorded(customer.company.id, |event| *event == Event::DomainVerified).await, 1);
    }
}

async fn one_slow_name_holds_up_no_other(state: Arc<State>) {
    let mia = state.who("mia@contoso.example").await;
    let mut answers = Vec::new();
    for n in 0..6 {
        let id = claim(&state, &mia, &format!("slow{n}.example")).await;
        answers.push((format!("_mandate-challenge.slow{n}.example"), DnsAnswer::Silence, id));
    }
    state.clock.turn(MICROSECOND);
    let quick = claim(&state, &mia, "quick.example").await;
    let found = DnsAnswer::Texts(vec![value(&state, &mia, quick).await]);
    answers.push(("_mandate-challenge.quick.example".to_owned(), found, quick));
    *state.dns.lock().unwrap() =
        DnsAnswer::ByName(answers.into_iter().map(|(name, answer, _)| (name, answer)).collect());
    state.clock.turn(TimeDelta::minutes(1));
    let start = Instant::now();
    let (run, soon) = tokio::join!(run(&state), async {
        // The database is free while the DNS is silent: the quick one is written down at once.
        loop {
            let domain = state.service.domain(&mia, mia.company.id, quick).await.unwrap().domain;
            if domain.status == DomainStatus::Verified {
                return start.elapsed();
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    });
    assert_eq!(run, 1);
    assert!(soon.as_secs() < 4, "{soon:?}");
    assert!(start.elapsed().as_secs() < 12, "the slow ones wait together");
}

async fn one_of_two_servers_looks(state: Arc<State>) {
    let mia = state.who("mia@contoso.example").await;
    let mut values = Vec::new();
    for n in 0..5 {
        let id = claim(&state, &mia, &format!("labs{n}.example")).await;
        values.push(value(&state, &mia, id).await);
    }
    *state.dns.lock().unwrap() = DnsAnswer::Texts(values);
    state.clock.turn(TimeDelta::minutes(1));
    let (first, second) = (state.service.new_holder(), state.service.new_holder());
    let (left, right) = tokio::join!(state.service.check_domains(first), state.service.check_domains(second));
    let mut verified = [left.unwrap(), right.unwrap()];
    verified.sort_unstable();
    assert_eq!(verified, [0, 5]);
    assert_eq!(state.recorded(mia.company.id, |event| *event == Event::DomainVerified).await, 5);
    assert_eq!(state.mail().await.len(), 5);
}

async fn another_company_was_first(state: Arc<State>) {
    let mia = state.who("mia@contoso.example").await;
    let nora = state.who("nora@northwind.example").await;
    let late = claim(&state, &mia, "shared.example").await;
    verified(&state, &nora, "shared.example").await;
    *state.dns.lock().unwrap() = DnsAnswer::Texts(vec![value(&state, &mia, late).await]);
    state.clock.turn(TimeDelta::minutes(1));
    assert_eq!(run_alone(&state).await, 0);
    let domain = state.service.domain(&mia, mia.company.id, late).await.unwrap().domain;
    assert!(domain.check_result.unwrap().contains("another company verified this domain first"));
    assert_eq!(domain.next_check_at, Some(domain.created_at + TimeDelta::minutes(5)));
    assert!(state.mail().await.is_empty());
}

async fn what_lies_under_an_own_domain_needs_no_question(state: Arc<State>) {
    let mia = state.who("mia@contoso.example").await;
    let below = claim(&state, &mia, "www.labs.example").await;
    verified(&state, &mia, "labs.example").await;
    *state.dns.lock().unwrap() = DnsAnswer::Silence;
    state.clock.turn(TimeDelta::minutes(1));
    let start = Instant::now();
    assert_eq!(run_alone(&state).await, 1);
    assert!(start.elapsed().as_secs() < 2);
    let domain = state.service.domain(&mia, mia.company.id, below).await.unwrap().domain;
    assert_eq!(domain.verified_under.as_deref(), Some("labs.example"));
}
