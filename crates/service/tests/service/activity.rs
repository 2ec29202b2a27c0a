//! The record, on both sides.

use std::sync::Arc;

use mandate_domain::{CompanyId, Event, Refusal, Role};

use crate::{
    outcome::{not_found, refused},
    state::State,
};

on_both_engines!(
    what_is_done_on_behalf_stands_on_both_sides,
    names_stay_as_they_were,
    pages,
    on_behalf_one_sees_what_the_own_partner_did,
    who_may_not,
);

async fn what_is_done_on_behalf_stands_on_both_sides(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let tom = state.user("tom@contoso.example").await.id;
    let grant = state.grant(&ana, &mia, &Role::OFFERED).await;
    state.service.reset_password(&ana, mia.company.id, tom).await.unwrap();
    state.service.reset_password(&mia, mia.company.id, tom).await.unwrap();

    let customers = state.service.activity(&mia, mia.company.id, None, 10).await.unwrap();
    assert!(!customers.only_own);
    let [own, on_behalf, ..] = &customers.entries[..] else { panic!("two entries") };
    assert_eq!((own.grant, &own.on_behalf_of), (None, &None));
    assert_eq!(
        (&on_behalf.event, on_behalf.object_name.as_str()),
        (&Event::PasswordReset, "Tom Okafor (tom@contoso.example)")
    );
    assert_eq!((on_behalf.grant, on_behalf.on_behalf_of.as_deref()), (Some(grant), Some("Contoso")));
    assert_eq!(on_behalf.at, state.now());
    let person = on_behalf.person.as_ref().unwrap();
    assert_eq!(
        [&person.display_name, &person.user_name, &person.company_name],
        ["Ana Ruiz", "ana@fabrikam.example", "Fabrikam Partners"]
    );

    let partners = state.service.activity(&ana, ana.company.id, None, 10).await.unwrap().entries;
    assert_eq!(partners[0].event, Event::PasswordReset);
    assert_eq!((partners[0].grant, partners[0].on_behalf_of.as_deref()), (Some(grant), Some("Contoso")));
    assert_eq!(partners.iter().filter(|entry| entry.event == Event::PasswordReset).count(), 1);
}

async fn names_stay_as_they_were(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    state.offer(&ana, "Managed IT", &[Role::DirectoryReader]).await;
    let change = mandate_service::profile::ProfileChange::parse("Ana Díaz", "en-US").unwrap();
    state.service.change_own_profile(&ana, &change).await.unwrap();
    let record = state.record(ana.company.id).await;
    assert_eq!(record[1].person.as_ref().unwrap().display_name, "Ana Ruiz");
}

async fn pages(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    for n in 0..7 {
        state.offer(&ana, &format!("Offer {n}"), &[Role::DirectoryReader]).await;
    }
    let (mut names, mut sizes, mut before) = (Vec::new(), Vec::new(), None);
    loop {
        let page = state.service.activity(&ana, ana.company.id, before, 3).await.unwrap();
        sizes.push(page.entries.len());
        names.extend(page.entries.into_iter().map(|entry| entry.object_name));
        before = page.next;
        if before.is_none() {
            break;
        }
        // What is added meanwhile moves nothing.
        state.offer(&ana, &format!("Late {}", sizes.len()), &[Role::DirectoryReader]).await;
    }
    assert_eq!(sizes, [3, 3, 1]);
    assert_eq!(names, (0..7).rev().map(|n| format!("Offer {n}")).collect::<Vec<_>>());
    let past = state.service.activity(&ana, ana.company.id, Some(1), 3).await.unwrap();
    assert!(past.entries.is_empty() && past.next.is_none());
}

async fn on_behalf_one_sees_what_the_own_partner_did(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let leo = state.who("leo@fabrikam.example").await;
    let pia = state.who("pia@tailspin.example").await;
    let mia = state.who("mia@contoso.example").await;
    let tom = state.user("tom@contoso.example").await.id;
    for partner in [&ana, &pia] {
        state.grant(partner, &mia, &Role::OFFERED).await;
        state.service.reset_password(partner, mia.company.id, tom).await.unwrap();
    }
    state.service.reset_password(&mia, mia.company.id, tom).await.unwrap();
    for (reader, author) in [(&ana, "Ana Ruiz"), (&leo, "Ana Ruiz"), (&pia, "Pia Novak")] {
        let page = state.service.activity(reader, mia.company.id, None, 10).await.unwrap();
        assert!(page.only_own);
        let authors: Vec<_> =
            page.entries.iter().map(|entry| entry.person.as_ref().unwrap().display_name.as_str()).collect();
        assert_eq!(authors, [author]);
    }
    // With all that a grant can hold, they read what the company's own people read.
    state.grant(&ana, &mia, &[Role::GlobalAdministrator]).await;
    let page = state.service.activity(&ana, mia.company.id, None, 100).await.unwrap();
    assert!(!page.only_own);
    assert_eq!(page.entries, state.record(mia.company.id).await);
}

async fn who_may_not(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let tom = state.who("tom@contoso.example").await;
    let leo = state.who("leo@fabrikam.example").await;
    refused(state.service.activity(&tom, tom.company.id, None, 10).await, Refusal::Forbidden);
    refused(state.service.activity(&leo, leo.company.id, None, 10).await, Refusal::Forbidden);
    for company in [mia.company.id, CompanyId(state.unknown_id())] {
        not_found(state.service.activity(&ana, company, None, 10).await);
    }
}
