//! Who has a license of what was bought, and that there are never more than that.

use std::sync::Arc;

use chrono::TimeDelta;
use mandate_domain::{
    CompanyId, DelegatedAdministration, Event, Refusal, Role, SubscriptionId, SubscriptionStatus, Term, UserId,
};
use mandate_service::{
    Error, Principal,
    listed::LISTED,
    subscriptions::{Subscription, SubscriptionRow},
};
use tokio::task::JoinSet;

use crate::{
    outcome::{changed, not_found, problem, refused},
    state::{State, first_page},
    subscription_jobs::copies,
    subscriptions::{BUSINESS, bought, converted, row, status, trial},
};

on_both_engines!(
    licenses_are_assigned_and_removed,
    several_at_once_all_or_nothing,
    of_many_at_once_one_takes_the_last,
    several_at_once_meet_others,
    fewer_are_bought_while_one_is_assigned,
    on_behalf_with_the_role,
    who_may_not,
    what_is_another_companys_does_not_exist,
    a_blocked_user_keeps_a_license_and_is_given_none,
    what_has_ended_gives_none,
    a_term_that_has_ended_is_followed_by_the_next,
    a_purchase_in_the_place_of_a_trial_keeps_them,
    the_users_page_and_the_list,
    of_more_than_are_listed_each_can_be_assigned,
);

async fn people(state: &State, of: &Principal, number: usize) -> Vec<UserId> {
    let mut users = Vec::new();
    for number in 0..number {
        let local = format!("u{number:02}");
        users.push(state.insert_user(&of.user, &local, None, DelegatedAdministration::No).await.id);
    }
    users
}

async fn assign(state: &State, who: &Principal, of: &Subscription, users: &[UserId]) -> mandate_service::Result<usize> {
    state.service.assign_licenses(who, of.company_id, of.id, users).await
}

async fn remove(state: &State, who: &Principal, of: &Subscription, users: &[UserId]) -> mandate_service::Result<usize> {
    state.service.remove_licenses(who, of.company_id, of.id, users).await
}

/// Who has one, by name.
async fn holders(state: &State, who: &Principal, of: &Subscription) -> Vec<String> {
    let detail = state.service.subscription(who, of.company_id, of.id, &first_page(50)).await.unwrap();
    let names: Vec<_> = detail.holders.rows.into_iter().map(|holder| holder.display_name).collect();
    let assigned = detail.row.subscription.assigned;
    assert_eq!(usize::try_from(assigned).unwrap(), names.len(), "counted as they are");
    names
}

fn is_assigned(event: &Event) -> bool {
    matches!(event, Event::LicenseAssigned { .. })
}

async fn licenses_are_assigned_and_removed(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let tom = state.user("tom@contoso.example").await.id;
    let of = trial(&state, &ana, &mia, BUSINESS, 3).await;
    assert_eq!(assign(&state, &mia, &of, &[tom, mia.user.id, tom]).await.unwrap(), 2);
    assert_eq!(assign(&state, &mia, &of, &[tom]).await.unwrap(), 0, "one is enough");
    assert_eq!(holders(&state, &mia, &of).await, ["Mia Lindqvist", "Tom Okafor"]);
    assert_eq!(remove(&state, &mia, &of, &[tom]).await.unwrap(), 1);
    assert_eq!(remove(&state, &mia, &of, &[tom]).await.unwrap(), 0);
    assert_eq!(holders(&state, &mia, &of).await, ["Mia Lindqvist"]);

    let record = state.record(mia.company.id).await;
    let said: Vec<_> = record[..3].iter().map(|entry| (entry.object_name.as_str(), entry.event.clone())).collect();
    let tom = "Tom Okafor (tom@contoso.example)".to_owned();
    assert_eq!(said[0], ("Office Suite Business", Event::LicenseRemoved { user: tom.clone() }));
    assert!(said[1..].contains(&("Office Suite Business", Event::LicenseAssigned { user: tom })));
    // Whom the company gives its licenses is not the seller's business.
    assert_eq!(state.recorded(ana.company.id, is_assigned).await, 0);
    assert_eq!(problem(assign(&state, &mia, &of, &[]).await).0, "users");
}

async fn several_at_once_all_or_nothing(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let of = bought(&state, &ana, &mia, BUSINESS, 5, Term::Monthly).await;
    let users = people(&state, &mia, 8).await;
    assert_eq!(assign(&state, &mia, &of, &users[..2]).await.unwrap(), 2);
    let (record, before) = (state.record(mia.company.id).await, holders(&state, &mia, &of).await);
    // Two of the six have one.
    let (field, message) = problem(assign(&state, &mia, &of, &users[..6]).await);
    assert_eq!(field, "users");
    assert!(message.starts_with("3 licenses are free, and 4 are needed for those you chose."), "{message}");
    assert_eq!((state.record(mia.company.id).await, holders(&state, &mia, &of).await), (record, before));
    assert_eq!(assign(&state, &mia, &of, &users[..5]).await.unwrap(), 3);
    let message = problem(assign(&state, &mia, &of, &users).await).1;
    assert!(message.starts_with("0 licenses are free, and 3 are needed"), "{message}");
    assert_eq!(assign(&state, &mia, &of, &users[..5]).await.unwrap(), 0, "all have one");
    assert_eq!(remove(&state, &mia, &of, &users).await.unwrap(), 5);
    assert!(holders(&state, &mia, &of).await.is_empty());
}

async fn of_many_at_once_one_takes_the_last(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let of = bought(&state, &ana, &mia, BUSINESS, 1, Term::Monthly).await;
    let users = people(&state, &mia, 20).await;
    for round in 1..=3 {
        let mut tasks = JoinSet::new();
        for user in users.clone() {
            let (state, mia, of) = (Arc::clone(&state), mia.clone(), of.clone());
            tasks.spawn(async move { (user, assign(&state, &mia, &of, &[user]).await) });
        }
        let mut given = Vec::new();
        for (user, outcome) in tasks.join_all().await {
            match outcome {
                Ok(1) => given.push(user),
                refused => assert_eq!(problem(refused).0, "users"),
            }
        }
        assert_eq!(given.len(), 1);
        assert_eq!(holders(&state, &mia, &of).await.len(), 1);
        assert_eq!(state.recorded(mia.company.id, is_assigned).await, round);
        assert_eq!(remove(&state, &mia, &of, &given).await.unwrap(), 1);
    }
    // One user by many clicks takes one.
    let mut tasks = JoinSet::new();
    for _ in 0..20 {
        let (state, mia, of, user) = (Arc::clone(&state), mia.clone(), of.clone(), users[0]);
        tasks.spawn(async move { assign(&state, &mia, &of, &[user]).await.unwrap() });
    }
    assert_eq!(tasks.join_all().await.into_iter().sum::<usize>(), 1);
    // And is rid of one.
    let mut tasks = JoinSet::new();
    for _ in 0..20 {
        let (state, mia, of, user) = (Arc::clone(&state), mia.clone(), of.clone(), users[0]);
        tasks.spawn(async move { remove(&state, &mia, &of, &[user]).await.unwrap() });
    }
    assert_eq!(tasks.join_all().await.into_iter().sum::<usize>(), 1);
    assert_eq!(row(&state, &mia, of.id).await.subscription.assigned, 0);
}

async fn several_at_once_meet_others(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let of = bought(&state, &ana, &mia, BUSINESS, 7, Term::Monthly).await;
    let users = people(&state, &mia, 12).await;
    for _ in 0..5 {
        let mut tasks = JoinSet::new();
        for chosen in users.chunks(3) {
            let (state, mia, of, chosen) = (Arc::clone(&state), mia.clone(), of.clone(), chosen.to_vec());
            tasks.spawn(async move { assign(&state, &mia, &of, &chosen).await });
        }
        let given = tasks.join_all().await.into_iter().filter(|outcome| matches!(outcome, Ok(3))).count();
        assert_eq!((given, holders(&state, &mia, &of).await.len()), (2, 6), "each three or none");
        remove(&state, &mia, &of, &users).await.unwrap();
    }
}

async fn fewer_are_bought_while_one_is_assigned(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let of = bought(&state, &ana, &mia, BUSINESS, 2, Term::Monthly).await;
    let users = people(&state, &mia, 2).await;
    assign(&state, &mia, &of, &users[..1]).await.unwrap();
    for _ in 0..10 {
        let (assigned, changed) = tokio::join!(
            assign(&state, &mia, &of, &users[1..]),
            state.service.change_quantity(&mia, mia.company.id, of.id, "1", "1"),
        );
        match (assigned, changed) {
            (Ok(1), refused) => assert_eq!(problem(refused).0, "quantity"),
            (refused, Ok(_)) => assert_eq!(problem(refused).0, "users"),
            (assigned, changed) => panic!("{assigned:?} {changed:?}"),
        }
        let now = row(&state, &mia, of.id).await.subscription;
        assert!(now.assigned <= now.quantity.get());
        remove(&state, &mia, &of, &users[1..]).await.unwrap();
        state.service.change_quantity(&mia, mia.company.id, of.id, "2", "2").await.unwrap();
    }
}

async fn on_behalf_with_the_role(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let pia = state.who("pia@tailspin.example").await;
    let mia = state.who("mia@contoso.example").await;
    let tom = state.user("tom@contoso.example").await.id;
    let of = bought(&state, &ana, &mia, BUSINESS, 5, Term::Monthly).await;
    // By another partner than the one who sold it, and to administrators too: a license makes nobody more.
    let grant = state.grant(&pia, &mia, &[Role::LicenseAdministrator]).await;
    assert_eq!(assign(&state, &pia, &of, &[tom, mia.user.id]).await.unwrap(), 2);
    assert_eq!(remove(&state, &pia, &of, &[tom]).await.unwrap(), 1);
    for company in [mia.company.id, pia.company.id] {
        assert_eq!(state.recorded(company, is_assigned).await, 2);
        assert_eq!(state.recorded(company, |event| matches!(event, Event::LicenseRemoved { .. })).await, 1);
        let entry = &state.record(company).await[0];
        assert_eq!((entry.grant, entry.on_behalf_of.as_deref()), (Some(grant), Some("Contoso")));
        assert_eq!(entry.person.as_ref().unwrap().user_name, "pia@tailspin.example");
    }
    assert_eq!(state.recorded(ana.company.id, is_assigned).await, 0);
    let detail = state.service.subscription(&pia, mia.company.id, of.id, &first_page(10)).await.unwrap();
    assert!(detail.may_assign && !detail.may_manage && detail.place.grant.is_some());

    let leave = mandate_service::relationships::KnownPassword::Leave;
    state.service.remove_partner(&mia, pia.company.id, leave, &[], &[]).await.unwrap();
    not_found(assign(&state, &pia, &of, &[tom]).await);
    not_found(remove(&state, &pia, &of, &[mia.user.id]).await);
    assert_eq!(holders(&state, &mia, &of).await, ["Mia Lindqvist"]);
}

async fn who_may_not(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let tom = state.who("tom@contoso.example").await;
    let of = bought(&state, &ana, &mia, BUSINESS, 5, Term::Monthly).await;
    assign(&state, &mia, &of, &[mia.user.id]).await.unwrap();
    let others = [Role::DirectoryReader, Role::UserAdministrator, Role::DomainAdministrator];
    let una = state.colleague(&mia, "una", Some(Role::UserAdministrator), DelegatedAdministration::No).await;
    state.grant(&ana, &mia, &others).await;
    let leo = state.who("leo@fabrikam.example").await;
    let refuse = async |who: &Principal, why: Refusal| {
        refused(assign(&state, who, &of, &[tom.user.id]).await, why);
        refused(remove(&state, who, &of, &[mia.user.id]).await, why);
        refused(state.service.license_choice(who, mia.company.id, None, &[tom.user.id]).await.map(drop), why);
        refused(state.service.assignable_plan(who, mia.company.id, of.id).await.map(drop), why);
    };
    for who in [&tom, &una, &ana] {
        refuse(who, Refusal::Forbidden).await;
    }
    state.grant(&ana, &mia, &[Role::LicenseAdministrator]).await;
    refuse(&leo, Refusal::Forbidden).await;
    refuse(&state.who("kim@fabrikam.example").await, Refusal::NotDelegated).await;
    assert_eq!(holders(&state, &mia, &of).await, ["Mia Lindqvist"]);
    let liv = state.colleague(&mia, "liv", Some(Role::LicenseAdministrator), DelegatedAdministration::No).await;
    assert_eq!(assign(&state, &liv, &of, &[liv.user.id, tom.user.id]).await.unwrap(), 2);
}

async fn what_is_another_companys_does_not_exist(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let nora = state.who("nora@northwind.example").await;
    let tom = state.user("tom@contoso.example").await.id;
    let of = bought(&state, &ana, &mia, BUSINESS, 5, Term::Monthly).await;
    let theirs = bought(&state, &ana, &nora, BUSINESS, 5, Term::Monthly).await;
    state.grant(&ana, &mia, &[Role::LicenseAdministrator]).await;
    let service = &state.service;
    let (contoso, northwind) = (mia.company.id, nora.company.id);
    let unknown = (CompanyId(state.unknown_id()), SubscriptionId(state.unknown_id()), UserId(state.unknown_id()));
    for (who, company, subscription, user) in [
        (&nora, contoso, of.id, tom),
        (&nora, northwind, of.id, nora.user.id),
        (&nora, northwind, theirs.id, tom),
        (&nora, northwind, unknown.1, nora.user.id),
        (&nora, northwind, theirs.id, unknown.2),
        (&nora, unknown.0, theirs.id, nora.user.id),
        (&ana, northwind, theirs.id, nora.user.id),
        (&ana, contoso, theirs.id, tom),
        (&ana, contoso, of.id, nora.user.id),
        (&ana, contoso, of.id, ana.user.id),
    ] {
        not_found(service.assign_licenses(who, company, subscription, &[user]).await);
        not_found(service.remove_licenses(who, company, subscription, &[user]).await);
    }
    // One stranger among one's own people is as if nobody was chosen.
    not_found(assign(&state, &mia, &of, &[tom, nora.user.id]).await);
    not_found(service.licenses_of_user(&nora, contoso, tom).await);
    not_found(service.licenses_of_user(&nora, northwind, tom).await);
    let choice = service.license_choice(&mia, contoso, Some(theirs.id), &[nora.user.id, tom, unknown.2]).await.unwrap();
    assert_eq!(choice.users.iter().map(|user| user.id).collect::<Vec<_>>(), [tom]);
    assert_eq!(choice.subscriptions.iter().map(|row| row.subscription.id).collect::<Vec<_>>(), [of.id]);
    assert_eq!(state.count("SELECT count(*) FROM licenses").await, 0);
    assert_eq!(state.count("SELECT count(*) FROM subscriptions WHERE assigned <> 0").await, 0);
}

async fn a_blocked_user_keeps_a_license_and_is_given_none(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let tom = state.user("tom@contoso.example").await.id;
    let of = bought(&state, &ana, &mia, BUSINESS, 5, Term::Monthly).await;
    let other = bought(&state, &ana, &mia, "device-management-basic", 5, Term::Monthly).await;
    assign(&state, &mia, &of, &[tom]).await.unwrap();
    state.service.set_blocked(&mia, mia.company.id, tom, true).await.unwrap();
    let detail = state.service.subscription(&mia, mia.company.id, of.id, &first_page(10)).await.unwrap();
    assert!(detail.holders.rows[0].is_blocked, "to be seen and freed");
    assert_eq!(assign(&state, &mia, &of, &[tom]).await.unwrap(), 0);
    let (field, message) = problem(assign(&state, &mia, &other, &[mia.user.id, tom]).await);
    assert_eq!(field, "users");
    assert_eq!(message, "Tom Okafor (tom@contoso.example) is blocked, so nobody was given a license");
    assert!(holders(&state, &mia, &other).await.is_empty());
    assert_eq!(remove(&state, &mia, &of, &[tom]).await.unwrap(), 1);
    state.service.set_blocked(&mia, mia.company.id, tom, false).await.unwrap();
    assert_eq!(assign(&state, &mia, &other, &[mia.user.id, tom]).await.unwrap(), 2);
}

async fn what_has_ended_gives_none(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let tom = state.user("tom@contoso.example").await.id;
    let of = trial(&state, &ana, &mia, BUSINESS, 5).await;
    let canceled = bought(&state, &ana, &mia, "device-management-basic", 5, Term::Monthly).await;
    state.service.cancel_subscription(&mia, mia.company.id, canceled.id).await.unwrap();
    for of in [&of, &canceled] {
        assign(&state, &mia, of, &[mia.user.id]).await.unwrap();
    }
    state.clock.turn_to(canceled.ends_at);
    for run_before in [false, true] {
        if run_before {
            crate::subscriptions::mind(&state).await;
        }
        for of in [&of, &canceled] {
            let sentence = changed(assign(&state, &mia, of, &[tom]).await);
            assert!(sentence.ends_with(" has ended, so nobody was given a license."), "{sentence}");
        }
    }
    assert_eq!(status(&state, &mia, of.id).await, SubscriptionStatus::Expired);
    for of in [&of, &canceled] {
        assert_eq!(holders(&state, &mia, of).await, ["Mia Lindqvist"], "to be read");
        assert_eq!(remove(&state, &mia, of, &[mia.user.id]).await.unwrap(), 1);
    }
    assert!(state.service.licenses_of_user(&mia, mia.company.id, tom).await.unwrap().is_empty());
}

async fn a_term_that_has_ended_is_followed_by_the_next(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let of = bought(&state, &ana, &mia, BUSINESS, 5, Term::Monthly).await;
    state.clock.turn_to(of.ends_at + TimeDelta::days(40));
    let listed = state.service.licenses_of_user(&mia, mia.company.id, mia.user.id).await.unwrap();
    assert_eq!(listed.len(), 1, "it goes on, though no job has said so");
    assert_eq!(assign(&state, &mia, &of, &[mia.user.id]).await.unwrap(), 1);
    let now = row(&state, &mia, of.id).await.subscription;
    assert_eq!(now.ends_at, Term::Monthly.end_after(of.starts_at, state.now()));
    for company in [mia.company.id, ana.company.id] {
        assert_eq!(state.recorded(company, |event| *event == Event::SubscriptionRenewed).await, 2);
    }
}

async fn a_purchase_in_the_place_of_a_trial_keeps_them(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let of = trial(&state, &ana, &mia, BUSINESS, 5).await;
    let users = people(&state, &mia, 3).await;
    assign(&state, &mia, &of, &users).await.unwrap();
    let before = holders(&state, &mia, &of).await;
    let paid = converted(&state, &ana, &mia, &of).await;
    assert_eq!(holders(&state, &mia, &paid).await, before);
    assert!(holders(&state, &mia, &of).await.is_empty());
    let outcome = assign(&state, &mia, &of, &[mia.user.id]).await;
    assert!(matches!(outcome, Err(Error::Changed(_))), "{outcome:?}");
    assert_eq!(assign(&state, &mia, &paid, &[mia.user.id]).await.unwrap(), 1);
}

async fn the_users_page_and_the_list(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let tom = state.user("tom@contoso.example").await.id;
    let of = trial(&state, &ana, &mia, BUSINESS, 5).await;
    let other = bought(&state, &ana, &mia, "device-management-basic", 5, Term::Monthly).await;
    assign(&state, &mia, &of, &[tom]).await.unwrap();
    let has = async |who: &Principal, user: UserId| {
        let licenses = state.service.licenses_of_user(who, mia.company.id, user).await.unwrap();
        let mut has: Vec<_> =
            licenses.into_iter().map(|one| (one.subscription.subscription.id, one.is_assigned)).collect();
        has.sort_unstable();
        has
    };
    let mut expected = [(of.id, true), (other.id, false)];
    expected.sort_unstable();
    assert_eq!(has(&mia, tom).await, expected);
    let liv = state.colleague(&mia, "liv", Some(Role::LicenseAdministrator), DelegatedAdministration::No).await;
    assert_eq!(has(&liv, tom).await, expected);
    assert!(has(&liv, mia.user.id).await.iter().all(|(_, is_assigned)| !is_assigned));
    let tom = state.who("tom@contoso.example").await;
    let own = state.service.licenses_of_user(&tom, mia.company.id, tom.user.id).await;
    refused(own.map(drop), Refusal::Forbidden);
    let users = people(&state, &mia, 60).await;
    let choice = state.service.license_choice(&liv, mia.company.id, None, &users).await.unwrap();
    assert_eq!((choice.users.len(), choice.subscriptions.len()), (50, 2));
}

async fn of_more_than_are_listed_each_can_be_assigned(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let oldest = bought(&state, &ana, &mia, BUSINESS, 5, Term::Monthly).await;
    state.clock.turn(TimeDelta::minutes(1));
    copies(&state, &oldest, LISTED).await;
    state.clock.turn(TimeDelta::minutes(1));
    let latest = trial(&state, &ana, &mia, BUSINESS, 5).await;
    let ids = |rows: Vec<SubscriptionRow>| rows.into_iter().map(|row| row.subscription.id).collect::<Vec<_>>();
    let of_user = state.service.licenses_of_user(&mia, mia.company.id, mia.user.id).await.unwrap();
    let of_user = ids(of_user.into_iter().map(|license| license.subscription).collect());
    assert!(of_user.len() == LISTED + 1 && of_user[0] == latest.id && !of_user.contains(&oldest.id));

    let choice = async |named: Option<SubscriptionId>| {
        let users = [mia.user.id];
        ids(state.service.license_choice(&mia, mia.company.id, named, &users).await.unwrap().subscriptions)
    };
    assert_eq!(choice(None).await, of_user);
    let named = choice(Some(oldest.id)).await;
    assert_eq!((named[0], &named[1..]), (oldest.id, &of_user[..]));
    let named = choice(Some(of_user[7])).await;
    assert!(named[0] == of_user[7] && named.len() == of_user.len(), "each stands there once");
    let plan = async |id| state.service.assignable_plan(&mia, mia.company.id, id).await.unwrap();
    assert_eq!(plan(oldest.id).await.as_deref(), Some("Office Suite Business"));
    let unknown = SubscriptionId(state.unknown_id());
    assert_eq!((choice(Some(unknown)).await, plan(unknown).await), (of_user, None));

    // What a user has is not among those that are not shown.
    assign(&state, &mia, &oldest, &[mia.user.id]).await.unwrap();
    let of_user = state.service.licenses_of_user(&mia, mia.company.id, mia.user.id).await.unwrap();
    let first = of_user.iter().map(|license| (license.subscription.subscription.id, license.is_assigned));
    assert_eq!(first.take(2).collect::<Vec<_>>(), [(oldest.id, true), (latest.id, false)]);
    assert_eq!(of_user.len(), LISTED + 1);
    state.clock.turn_to(latest.ends_at);
    assert!(!choice(Some(latest.id)).await.contains(&latest.id), "it has ended");
    assert_eq!(plan(latest.id).await, None);
}
