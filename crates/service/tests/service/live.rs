//! What pages that follow what happens are told.

use std::{collections::HashSet, sync::Arc};

use chrono::TimeDelta;
use mandate_domain::Role;

use crate::state::{MICROSECOND, PASSWORD, State};

on_both_engines!(each_change_counts_for_the_companies_it_is_of, a_session_lasts_as_long_as_without_looking_on);

async fn each_change_counts_for_the_companies_it_is_of(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let nora = state.who("nora@northwind.example").await;
    let companies = [ana.company.id, mia.company.id, nora.company.id];
    let reached = async || {
        let found = state.service.activity_seqs(&companies).await.unwrap();
        companies.map(|company| found.iter().find(|(id, _)| *id == company).unwrap().1)
    };
    let before = reached().await;
    assert_eq!(before, [ana.activity_seq, mia.activity_seq, nora.activity_seq]);
    let offer = state.offer(&ana, "Managed IT", &[Role::DirectoryReader]).await;
    assert_eq!(reached().await, [before[0] + 1, before[1], before[2]]);
    state.service.authorize(&mia, &offer.token).await.unwrap();
    let after = reached().await;
    assert!(after[0] > before[0] + 1 && after[1] > before[1] && after[2] == before[2], "{before:?} {after:?}");
    assert_eq!(state.who("mia@contoso.example").await.activity_seq, after[1]);
    assert!(state.service.activity_seqs(&[]).await.unwrap().is_empty());
}

async fn a_session_lasts_as_long_as_without_looking_on(state: Arc<State>) {
    let (mia, token) = {
        let token = state.sign_in("mia@contoso.example", PASSWORD).await;
        (state.holder(&token).await, token)
    };
    let nora = state.who("nora@northwind.example").await;
    let live = async || state.service.live_sessions(&[mia.session, nora.session, [0; 32]]).await.unwrap();
    assert_eq!(live().await, HashSet::from([mia.session, nora.session]));
    state.service.sign_out(&nora).await.unwrap();
    for _ in 0..11 {
        state.clock.turn(TimeDelta::hours(1));
        assert_eq!(live().await, HashSet::from([mia.session]));
    }
    state.clock.turn(TimeDelta::hours(1) - MICROSECOND);
    assert_eq!(live().await, HashSet::from([mia.session]));
    state.clock.turn(MICROSECOND);
    assert!(live().await.is_empty());
    assert!(state.has_ended(&token).await);
    assert!(state.service.live_sessions(&[]).await.unwrap().is_empty());
}
