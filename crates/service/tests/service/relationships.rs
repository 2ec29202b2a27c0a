//! How a customer ends what it gave a partner, and what the partner's people might come back through.

use std::sync::Arc;

use chrono::TimeDelta;
use mandate_domain::{CompanyId, DelegatedAdministration, DisplayName, Event, GrantState, LocalPart, Refusal, Role};
use mandate_service::{
    Principal,
    relationships::KnownPassword,
    users::{NewUser, TemporaryPassword},
};
use mandate_store::users::Sort;
use tokio::task::JoinSet;

use crate::{
    outcome::{not_found, problem, refused},
    state::{NEW_PASSWORD, PASSWORD, State, first_page},
};

on_both_engines!(
    what_a_customer_sees,
    removal_works_at_once,
    known_passwords_are_listed_until_changed,
    known_passwords_are_blocked,
    known_passwords_are_reset,
    known_passwords_are_left,
    what_was_made_meanwhile_is_blocked,
    no_more_are_reset_than_are_shown,
    only_known_passwords_are_touched,
    removing_twice,
    of_many_at_once_one_removes,
    what_is_not_there_is_not_removed,
    who_may_not,
);

const USER_ROLES: [Role; 2] = [Role::DirectoryReader, Role::UserAdministrator];

/// Adds a user to a customer.
async fn add(state: &State, who: &Principal, company: CompanyId, local: &str) -> TemporaryPassword {
    let domain = state.service.new_user_choices(who, company).await.unwrap().domains[0].id;
    let new = NewUser {
        first_name: None,
        last_name: None,
        display_name: DisplayName::parse(&format!("{} New", local.to_uppercase())).unwrap(),
        local_part: LocalPart::parse(local).unwrap(),
        domain,
        alternate_email: None,
        role: None,
    };
    state.service.add_user(who, company, &new).await.unwrap()
}

async fn remove(state: &State, mia: &Principal, partner: &Principal) {
    state.service.remove_partner(mia, partner.company.id, KnownPassword::Leave, &[], &[]).await.unwrap();
}

/// Who stands in the list of accounts whose password the only partner knows.
async fn known(state: &State, mia: &Principal) -> Vec<String> {
    let relationships = state.service.relationships(mia).await.unwrap();
    relationships.live[0].known_passwords.iter().map(|user| user.user_name.clone()).collect()
}

async fn what_a_customer_sees(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let pia = state.who("pia@tailspin.example").await;
    let mia = state.who("mia@contoso.example").await;
    let seen = state.service.relationships(&mia).await.unwrap();
    assert!(seen.live.is_empty() && seen.ended.is_empty());

    let sent = state.offer(&ana, "Managed IT", &USER_ROLES).await;
    let given = state.service.authorize(&mia, &sent.token).await.unwrap();
    state.clock.turn(TimeDelta::days(1));
    state.grant(&pia, &mia, &[Role::DomainAdministrator]).await;
    add(&state, &ana, mia.company.id, "eve").await;
    let seen = state.service.relationships(&mia).await.unwrap();
    let [fabrikam, tailspin] = &seen.live[..] else { panic!("two partners") };
    assert_eq!((fabrikam.partner.name.as_str(), fabrikam.grant.id), ("Fabrikam Partners", given));
    assert_eq!(
        (fabrikam.origin.offer_name.as_str(), fabrikam.origin.authorized_by.as_str()),
        ("Managed IT", "Mia Lindqvist")
    );
    let people: Vec<_> = fabrikam.people.iter().map(|user| user.display_name.as_str()).collect();
    assert_eq!(people, ["Ana Ruiz", "Leo Brandt"], "those who may act, and nobody else");
    assert_eq!(fabrikam.latest.len(), 1);
    assert_eq!(fabrikam.latest[0].event, Event::UserAdded { role: None });
    assert!(tailspin.latest.is_empty() && tailspin.known_passwords.is_empty());

    state.clock.turn_to(fabrikam.grant.ends_at);
    let seen = state.service.relationships(&mia).await.unwrap();
    assert_eq!((seen.live.len(), seen.ended.len()), (1, 1), "past its end it is over, before any job said so");
    assert_eq!(seen.ended[0].partner, "Fabrikam Partners");
}

async fn removal_works_at_once(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let given = state.grant(&ana, &mia, &USER_ROLES).await;
    state.service.place(&ana, mia.company.id).await.unwrap();
    assert_eq!(state.customers(&ana, "contoso").await, ["Contoso"]);

    remove(&state, &mia, &ana).await;
    not_found(state.service.place(&ana, mia.company.id).await);
    not_found(state.service.users(&ana, mia.company.id, Sort::Name, "", &first_page(10)).await);
    assert!(state.customers(&ana, "contoso").await.is_empty());
    assert_eq!(state.count("SELECT count(*) FROM search_terms WHERE kind = 'customer'").await, 0);
    let (live, ended) = state.grants(mia.company.id).await;
    assert!(live.is_empty());
    assert_eq!((ended[0].id, ended[0].state, ended[0].ended_at), (given, GrantState::Removed, Some(state.now())));
    for company in [ana.company.id, mia.company.id] {
        let entry = &state.record(company).await[0];
        assert_eq!((&entry.event, entry.object_name.as_str()), (&Event::GrantRemoved, "Fabrikam Partners"));
        assert_eq!(entry.person.as_ref().unwrap().display_name, "Mia Lindqvist");
    }
    let subject = "Contoso removed Fabrikam Partners";
    let mail = state.mail().await.into_iter().filter(|mail| mail.subject == subject);
    let mut to: Vec<_> = mail.map(|mail| mail.to_address).collect();
    to.sort_unstable();
    assert_eq!(to, ["ana@fabrikam.example", "mia@contoso.example", "support@fabrikam.example"]);

    let again = state.grant(&ana, &mia, &[Role::DirectoryReader]).await;
    assert_ne!(again, given, "a new offer is a new beginning");
    state.service.place(&ana, mia.company.id).await.unwrap();
}

async fn known_passwords_are_listed_until_changed(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let tom = state.user("tom@contoso.example").await;
    state.grant(&ana, &mia, &USER_ROLES).await;
    let eve = add(&state, &ana, mia.company.id, "eve").await;
    let fay = add(&state, &ana, mia.company.id, "fay").await;
    add(&state, &mia, mia.company.id, "gil").await;
    state.service.reset_password(&ana, mia.company.id, tom.id).await.unwrap();
    assert_eq!(known(&state, &mia).await, ["eve@contoso.example", "fay@contoso.example", "tom@contoso.example"]);

    let session = state.sign_in(&eve.user_name, &eve.password).await;
    let person = state.holder(&session).await;
    assert_eq!(known(&state, &mia).await.len(), 3, "signing in is not enough");
    state.service.change_password(&person, None, NEW_PASSWORD.to_owned()).await.unwrap();
    assert_eq!(known(&state, &mia).await, ["fay@contoso.example", "tom@contoso.example"]);
    state.service.reset_password(&mia, mia.company.id, tom.id).await.unwrap();
    assert_eq!(known(&state, &mia).await, ["fay@contoso.example"], "reset by their own people");
    // Blocked today, and let in again by somebody who knows nothing of it.
    state.service.set_blocked(&mia, mia.company.id, fay.user, true).await.unwrap();
    assert_eq!(known(&state, &mia).await, ["fay@contoso.example"]);
}

async fn known_passwords_are_blocked(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    state.grant(&ana, &mia, &USER_ROLES).await;
    let eve = add(&state, &ana, mia.company.id, "eve").await;
    let session = state.sign_in(&eve.user_name, &eve.password).await;
    let partner = ana.company.id;
    let removed = state.service.remove_partner(&mia, partner, KnownPassword::Block, &[eve.user], &[]).await.unwrap();
    assert_eq!((removed.partner.as_str(), removed.blocked, removed.reset.len()), ("Fabrikam Partners", 1, 0));
    assert!(state.has_ended(&session).await);
    assert!(!state.is_let_in(&eve.user_name, &eve.password).await);
    assert_eq!(state.recorded(mia.company.id, |event| *event == Event::UserBlocked).await, 1);
    assert_eq!(
        state.recorded(partner, |event| *event == Event::UserBlocked).await,
        0,
        "it is no longer their business"
    );
    state.service.set_blocked(&mia, mia.company.id, eve.user, false).await.unwrap();
    assert!(!state.is_let_in(&eve.user_name, &eve.password).await, "let in again, with a new password only");
}

async fn known_passwords_are_reset(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    state.grant(&ana, &mia, &USER_ROLES).await;
    let eve = add(&state, &ana, mia.company.id, "eve").await;
    let fay = add(&state, &ana, mia.company.id, "fay").await;
    let session = state.sign_in(&eve.user_name, &eve.password).await;
    let accounts = [eve.user, fay.user];
    let removed =
        state.service.remove_partner(&mia, ana.company.id, KnownPassword::Reset, &accounts, &[]).await.unwrap();
    assert_eq!((removed.blocked, removed.reset.len()), (0, 2));
    assert!(state.has_ended(&session).await);
    for (before, after) in [eve, fay].iter().zip(&removed.reset) {
        assert_eq!((&after.user_name, &after.display_name), (&before.user_name, &before.display_name));
        assert!(!state.is_let_in(&before.user_name, &before.password).await);
        let person = state.holder(&state.sign_in(&after.user_name, &after.password).await).await;
        assert!(person.user.must_change_password);
        assert_eq!(person.user.password_set_by_partner, None);
    }
    assert_eq!(state.recorded(mia.company.id, |event| *event == Event::PasswordReset).await, 2);
}

async fn what_was_made_meanwhile_is_blocked(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    state.grant(&ana, &mia, &USER_ROLES).await;
    let seen = add(&state, &ana, mia.company.id, "eve").await;
    let unseen = add(&state, &ana, mia.company.id, "fay").await;
    let partner = ana.company.id;
    let removed = state.service.remove_partner(&mia, partner, KnownPassword::Leave, &[seen.user], &[]).await.unwrap();
    assert_eq!(removed.blocked, 1);
    assert!(state.is_let_in(&seen.user_name, &seen.password).await);
    assert!(!state.is_let_in(&unseen.user_name, &unseen.password).await);
}

async fn no_more_are_reset_than_are_shown(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    state.grant(&ana, &mia, &USER_ROLES).await;
    let eleven = vec![mia.user.id; 11];
    let removal = state.service.remove_partner(&mia, ana.company.id, KnownPassword::Reset, &eleven, &[]).await;
    assert_eq!(problem(removal).0, "known_passwords");
    state.service.place(&ana, mia.company.id).await.unwrap();
}

async fn known_passwords_are_left(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    state.grant(&ana, &mia, &USER_ROLES).await;
    let eve = add(&state, &ana, mia.company.id, "eve").await;
    let removed =
        state.service.remove_partner(&mia, ana.company.id, KnownPassword::Leave, &[eve.user], &[]).await.unwrap();
    assert_eq!((removed.blocked, removed.reset.len()), (0, 0));
    assert!(state.is_let_in(&eve.user_name, &eve.password).await);
}

async fn only_known_passwords_are_touched(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let pia = state.who("pia@tailspin.example").await;
    let mia = state.who("mia@contoso.example").await;
    let nora = state.who("nora@northwind.example").await;
    let tom = state.user("tom@contoso.example").await;
    state.grant(&ana, &mia, &USER_ROLES).await;
    state.grant(&pia, &mia, &USER_ROLES).await;
    state.grant(&ana, &nora, &USER_ROLES).await;
    let of_another_partner = add(&state, &pia, mia.company.id, "eve").await;
    let of_another_customer = add(&state, &ana, nora.company.id, "fay").await;
    let not_chosen = add(&state, &ana, mia.company.id, "gil").await;
    let accounts = [tom.id, mia.user.id, nora.user.id, of_another_partner.user, of_another_customer.user];
    for choice in [KnownPassword::Reset, KnownPassword::Block] {
        let removed =
            state.service.remove_partner(&mia, ana.company.id, choice, &accounts, &[not_chosen.user]).await.unwrap();
        assert_eq!((removed.blocked, removed.reset.len()), (0, 0));
        for temporary in [&of_another_partner, &of_another_customer, &not_chosen] {
            assert!(state.is_let_in(&temporary.user_name, &temporary.password).await, "{}", temporary.user_name);
        }
        for user_name in ["tom@contoso.example", "mia@contoso.example", "nora@northwind.example"] {
            assert!(state.is_let_in(user_name, PASSWORD).await, "{user_name}");
        }
        state.grant(&ana, &mia, &USER_ROLES).await;
    }
    state.service.place(&ana, nora.company.id).await.unwrap();
    state.service.place(&pia, mia.company.id).await.unwrap();
}

async fn removing_twice(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    state.grant(&ana, &mia, &USER_ROLES).await;
    remove(&state, &mia, &ana).await;
    let (record, mail) = (state.record(mia.company.id).await, state.mail().await);
    let again = state.service.remove_partner(&mia, ana.company.id, KnownPassword::Block, &[], &[]).await.unwrap();
    assert_eq!((again.blocked, again.reset.len()), (0, 0));
    assert_eq!((state.record(mia.company.id).await, state.mail().await), (record, mail));

    // One past its end had ended before.
    state.grant(&ana, &mia, &USER_ROLES).await;
    state.clock.turn(TimeDelta::days(365));
    let record = state.record(mia.company.id).await;
    state.service.remove_partner(&mia, ana.company.id, KnownPassword::Block, &[], &[]).await.unwrap();
    assert_eq!(state.record(mia.company.id).await, record);
}

async fn of_many_at_once_one_removes(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    state.grant(&ana, &mia, &USER_ROLES).await;
    let eve = add(&state, &ana, mia.company.id, "eve").await.user;
    let mut tasks = JoinSet::new();
    for _ in 0..10 {
        let (state, mia, partner) = (Arc::clone(&state), mia.clone(), ana.company.id);
        tasks
            .spawn(async move { state.service.remove_partner(&mia, partner, KnownPassword::Reset, &[eve], &[]).await });
    }
    let reset: Vec<_> = tasks.join_all().await.into_iter().flat_map(|removed| removed.unwrap().reset).collect();
    assert_eq!(reset.len(), 1);
    assert_eq!(state.recorded(mia.company.id, |event| *event == Event::GrantRemoved).await, 1);
    assert_eq!(state.recorded(mia.company.id, |event| *event == Event::PasswordReset).await, 1);
    assert!(
        state.is_let_in(&reset[0].user_name, &reset[0].password).await,
        "the password that is shown is the one kept"
    );
}

async fn what_is_not_there_is_not_removed(state: Arc<State>) {
    let mia = state.who("mia@contoso.example").await;
    let pia = state.who("pia@tailspin.example").await;
    let nora = state.who("nora@northwind.example").await;
    state.grant(&pia, &nora, &USER_ROLES).await;
    for partner in [pia.company.id, nora.company.id, mia.company.id, CompanyId(state.unknown_id())] {
        not_found(state.service.remove_partner(&mia, partner, KnownPassword::Reset, &[nora.user.id], &[]).await);
    }
    assert_eq!(state.grants(nora.company.id).await.0.len(), 1);
}

async fn who_may_not(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    state.grant(&ana, &mia, &[Role::GlobalAdministrator]).await;
    let uma = state.colleague(&mia, "uma", Some(Role::UserAdministrator), DelegatedAdministration::No).await;
    for who in [&state.who("tom@contoso.example").await, &uma] {
        refused(state.service.relationships(who).await, Refusal::Forbidden);
        let removal = state.service.remove_partner(who, ana.company.id, KnownPassword::Block, &[], &[]).await;
        refused(removal, Refusal::Forbidden);
    }
    // A partner's own administrator sees their own company's partners, and none of the customer's.
    assert!(state.service.relationships(&ana).await.unwrap().live.is_empty());
    not_found(state.service.remove_partner(&ana, ana.company.id, KnownPassword::Block, &[], &[]).await);
    assert_eq!(state.grants(mia.company.id).await.0.len(), 1);
}
