//! A removal that meets a change: what is committed after the removal was, is never a change by the grant.

use std::sync::{Arc, atomic::Ordering};

use mandate_domain::{CompanyId, DisplayName, Event, GrantState, LocalPart, Role};
use mandate_service::{Error, Principal, Result, relationships::KnownPassword, users::NewUser};
use mandate_store::{
    activity::{self, NewEntry},
    grants, users,
};
use tokio::task::JoinSet;

use crate::{outcome::not_found, state::State};

on_both_engines!(
    removed_between_check_and_write,
    a_change_that_was_first_is_waited_for,
    many_changes_and_a_removal_at_once,
    a_domain_is_removed_while_a_user_is_added_at_it,
);

async fn add(state: &State, who: &Principal, customer: CompanyId, local: &str) -> Result<()> {
    let domain = state.user("tom@contoso.example").await.domain_id;
    let new = NewUser {
        first_name: None,
        last_name: None,
        display_name: DisplayName::parse("Eve").unwrap(),
        local_part: LocalPart::parse(local).unwrap(),
        domain,
        alternate_email: None,
        role: None,
    };
    state.service.add_user(who, customer, &new).await.map(drop)
}

async fn is_there(state: &State, user_name: &str) -> bool {
    users::by_user_name(&mut state.conn().await, user_name).await.unwrap().is_some()
}

async fn removed_between_check_and_write(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let grant = state.grant(&ana, &mia, &Role::OFFERED).await;

    // The removal has ended the grant, and not yet committed.
    let mut removal = state.db.begin().await.unwrap();
    let ended = grants::end(&mut removal, grant, GrantState::Removed, state.now(), Some(mia.user.id)).await.unwrap();
    assert!(ended);
    let draws = state.entropy.draws.load(Ordering::SeqCst);
    let change = tokio::spawn({
        let (state, ana, customer) = (Arc::clone(&state), ana.clone(), mia.company.id);
        async move { add(&state, &ana, customer, "eve").await }
    });
    // A password is made up when the check has passed, by the grant as it still is for everybody else.
    while state.entropy.draws.load(Ordering::SeqCst) == draws {
        assert!(!change.is_finished(), "the check did not pass");
        tokio::task::yield_now().await;
    }
    state.until_waiting(&change).await;
    assert!(!change.is_finished(), "the write did not wait for the removal");
    removal.commit().await.unwrap();
    not_found(change.await.unwrap());
    assert!(!is_there(&state, "eve@contoso.example").await);
}

async fn a_change_that_was_first_is_waited_for(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    state.grant(&ana, &mia, &Role::OFFERED).await;

    // The change holds the grant, and has not yet written.
    let mut change = state.db.begin().await.unwrap();
    let held = grants::use_live(&mut change, ana.company.id, mia.company.id, state.now()).await.unwrap();
    let removal = tokio::spawn({
        let (state, mia, partner) = (Arc::clone(&state), mia.clone(), ana.company.id);
        async move { state.service.remove_partner(&mia, partner, KnownPassword::Leave, &[], &[]).await }
    });
    let entry = NewEntry {
        at: state.now(),
        person: None,
        grant: held.map(|grant| grant.id),
        on_behalf_of: Some("Contoso".to_owned()),
        object_name: "Eve".to_owned(),
        event: Event::UserAdded { role: None },
    };
    activity::append(&mut change, &[ana.company.id, mia.company.id], &entry).await.unwrap();
    state.until_waiting(&removal).await;
    assert!(!removal.is_finished(), "the removal did not wait for the change");
    change.commit().await.unwrap();
    removal.await.unwrap().unwrap();
    let record: Vec<_> = state.record(mia.company.id).await.into_iter().map(|entry| entry.event).collect();
    assert_eq!(record[..2], [Event::GrantRemoved, Event::UserAdded { role: None }]);
}

async fn many_changes_and_a_removal_at_once(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    for round in 0..10 {
        let grant = state.grant(&ana, &mia, &Role::OFFERED).await;
        let mut changes = JoinSet::new();
        for n in 0..8 {
            let (state, ana, customer) = (Arc::clone(&state), ana.clone(), mia.company.id);
            changes.spawn(async move { add(&state, &ana, customer, &format!("eve-{round}-{n}")).await });
        }
        state.service.remove_partner(&mia, ana.company.id, KnownPassword::Leave, &[], &[]).await.unwrap();
        not_found(add(&state, &ana, mia.company.id, &format!("late-{round}")).await);
        let mut added = 0;
        for change in changes.join_all().await {
            match change {
                Ok(()) => added += 1,
                refused => not_found(refused),
            }
        }
        // Newest first: nothing was done by the grant after its removal, and what was done is told.
        let record = state.record(mia.company.id).await;
        let removed = record.iter().position(|entry| entry.event == Event::GrantRemoved).unwrap();
        assert!(record[..removed].iter().all(|entry| entry.grant != Some(grant)), "round {round}");
        assert_eq!(record[removed..].iter().filter(|entry| entry.grant == Some(grant)).count(), added);
    }
}

async fn a_domain_is_removed_while_a_user_is_added_at_it(state: Arc<State>) {
    let nora = state.who("nora@northwind.example").await;
    for round in 0..10 {
        let domain = crate::domains::verified(&state, &nora, &format!("labs{round}.example")).await;
        let new = NewUser {
            first_name: None,
            last_name: None,
            display_name: DisplayName::parse("Eve").unwrap(),
            local_part: LocalPart::parse("eve").unwrap(),
            domain,
            alternate_email: None,
            role: None,
        };
        let (added, removed) = tokio::join!(
            state.service.add_user(&nora, nora.company.id, &new),
            state.service.remove_domain(&nora, nora.company.id, domain),
        );
        match (added, removed) {
            (Ok(_), Err(Error::Changed(message))) => assert!(message.contains("is used in user names"), "{message}"),
            (Err(Error::Invalid(problems)), Ok(())) => assert_eq!(problems.0[0].field, "domain"),
            (added, removed) => panic!("{added:?} {removed:?}"),
        }
    }
}
