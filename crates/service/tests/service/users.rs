//! The people of a company, as its own administrators see and change them.

use std::sync::Arc;

use mandate_domain::{
    CompanyId, DelegatedAdministration, DisplayName, DomainId, Event, LocalPart, Refusal, Role, UserId,
};
use mandate_service::{
    Error, Principal, Result,
    users::{NewUser, NewUserFields, TemporaryPassword, UserChange},
};
use mandate_store::{
    page::{Cursor, Page, PageRequest},
    users::{Sort, User},
};
use tokio::task::JoinSet;

use crate::{
    outcome::{changed, not_found, problem, refused},
    state::{State, first_page},
};

on_both_engines!(
    a_user_is_added,
    each_field_is_checked,
    a_user_name_is_taken_once,
    domains_to_choose_from,
    a_user_is_changed,
    pages_by_keyset,
    search_by_beginnings_of_words,
    who_sees_themselves_alone,
    the_last_global_administrator_is_kept,
    two_administrators_demote_each_other,
    a_password_that_somebody_else_made_gains_nothing,
    nobody_resets_or_blocks_themselves,
    blocking_twice_changes_nothing_more,
    the_delegation_setting,
    strangers_and_unknown_people_are_not_there,
);

const NO: DelegatedAdministration = DelegatedAdministration::No;
const GLOBAL: Option<Role> = Some(Role::GlobalAdministrator);

fn new_user(local: &str, domain: DomainId, role: Option<Role>) -> NewUser {
    NewUser {
        first_name: None,
        last_name: None,
        display_name: DisplayName::parse(&format!("{} New", local.to_uppercase())).unwrap(),
        local_part: LocalPart::parse(local).unwrap(),
        domain,
        alternate_email: None,
        role,
    }
}

fn with_role(user: &User, role: Option<Role>) -> UserChange {
    let role = role.map(Role::key).unwrap_or_default();
    UserChange::parse("", "", &user.display_name, "", user.role.map(Role::key).unwrap_or_default(), role).unwrap()
}

async fn add(state: &State, who: &Principal, local: &str) -> Result<TemporaryPassword> {
    state.service.add_user(who, who.company.id, &new_user(local, who.user.domain_id, None)).await
}

async fn a_user_is_added(state: Arc<State>) {
    let mia = state.who("mia@contoso.example").await;
    let domain = mia.user.domain_id.to_string();
    let fields = NewUserFields {
        first_name: "Zoë",
        last_name: "O’Neil",
        display_name: "Zoë O’Neil",
        user_name: " Zoe ",
        domain: &domain,
        alternate_email: "zoe@mail.example",
        role: "password_administrator",
    };
    let new = NewUser::parse(fields).unwrap();
    let temporary = state.service.add_user(&mia, mia.company.id, &new).await.unwrap();
    assert_eq!((temporary.user_name.as_str(), temporary.display_name.as_str()), ("zoe@contoso.example", "Zoë O’Neil"));
    assert_eq!(temporary.password.len(), 19);
    let zoe = state.holder(&state.sign_in("zoe@contoso.example", &temporary.password).await).await.user;
    assert_eq!(zoe.id, temporary.user);
    assert_eq!((zoe.first_name.as_deref(), zoe.last_name.as_deref()), (Some("Zoë"), Some("O’Neil")));
    assert_eq!((zoe.role, zoe.delegation), (Some(Role::PasswordAdministrator), NO));
    assert_eq!((zoe.password_set_by, zoe.password_set_by_partner), (Some(mia.user.id), None));
    assert!(zoe.must_change_password);
    let entry = &state.record(mia.company.id).await[0];
    assert_eq!(entry.event, Event::UserAdded { role: Some(Role::PasswordAdministrator) });
    assert_eq!((entry.object_name.as_str(), entry.grant), ("Zoë O’Neil (zoe@contoso.example)", None));
}

async fn each_field_is_checked(state: Arc<State>) {
    let mia = state.who("mia@contoso.example").await;
    let domain = mia.user.domain_id.to_string();
    let good = NewUserFields {
        first_name: "",
        last_name: "",
        display_name: "Zoë",
        user_name: "zoe",
        domain: &domain,
        alternate_email: "",
        role: "",
    };
    NewUser::parse(good).unwrap();
    let long = "x".repeat(101);
    for (field, wrong) in [
        ("first_name", NewUserFields { first_name: &long, ..good }),
        ("last_name", NewUserFields { last_name: "a\u{202e}b", ..good }),
        ("display_name", NewUserFields { display_name: " ", ..good }),
        ("user_name", NewUserFields { user_name: "zoe@contoso.example", ..good }),
        ("domain", NewUserFields { domain: "contoso.example", ..good }),
        ("alternate_email", NewUserFields { alternate_email: "zoe", ..good }),
        ("role", NewUserFields { role: "root", ..good }),
    ] {
        assert_eq!(problem(NewUser::parse(wrong).map_err(Error::from)).0, field);
    }
    let (field, _) = problem(UserChange::parse("", "", "Zoë", "", "", "root").map_err(Error::from));
    assert_eq!(field, "role");
}

async fn a_user_name_is_taken_once(state: Arc<State>) {
    let mia = state.who("mia@contoso.example").await;
    let (field, message) = problem(add(&state, &mia, "TOM").await);
    assert_eq!((field.as_str(), message.contains("tom@contoso.example is taken")), ("user_name", true));
    let mut tasks = JoinSet::new();
    for _ in 0..10 {
        let (state, mia) = (Arc::clone(&state), mia.clone());
        tasks.spawn(async move { add(&state, &mia, "eve").await });
    }
    let (added, taken): (Vec<_>, Vec<_>) = tasks.join_all().await.into_iter().partition(Result::is_ok);
    assert_eq!(added.len(), 1);
    for result in taken {
        assert_eq!(problem(result).0, "user_name");
    }
    let temporary = added[0].as_ref().unwrap();
    assert!(state.is_let_in(&temporary.user_name, &temporary.password).await);
}

async fn domains_to_choose_from(state: Arc<State>) {
    let mia = state.who("mia@contoso.example").await;
    let nora = state.who("nora@northwind.example").await;
    let choices = state.service.new_user_choices(&mia, mia.company.id).await.unwrap();
    let names: Vec<_> = choices.domains.iter().map(|domain| domain.name.as_str()).collect();
    assert_eq!(names, ["contoso.example", "contoso.mandate.example"], "the own one first");
    assert_eq!(choices.roles, Role::ALL);
    let pending = mandate_domain::DomainName::parse("contoso.test").unwrap();
    let pending = state.service.add_domain(&mia, mia.company.id, &pending).await.unwrap();
    let mut messages = Vec::new();
    for domain in [pending, nora.user.domain_id, DomainId(state.unknown_id())] {
        let added = state.service.add_user(&mia, mia.company.id, &new_user("eve", domain, None)).await;
        messages.push(problem(added));
    }
    assert!(messages.iter().all(|message| message == &("domain".to_owned(), "Choose one of the domains".to_owned())));
}

async fn a_user_is_changed(state: Arc<State>) {
    let mia = state.who("mia@contoso.example").await;
    let tom = state.user("tom@contoso.example").await;
    let change =
        UserChange::parse("Thomas", "Okafor", "Thomas Okafor", "t@mail.example", "", "user_administrator").unwrap();
    state.service.change_user(&mia, mia.company.id, tom.id, &change).await.unwrap();
    let after = state.user("tom@contoso.example").await;
    assert_eq!((after.display_name.as_str(), after.role), ("Thomas Okafor", Some(Role::UserAdministrator)));
    assert_eq!(after.alternate_email.as_deref(), Some("t@mail.example"));
    let entry = &state.record(mia.company.id).await[0];
    assert_eq!(entry.event, Event::UserChanged { role_before: None, role_after: Some(Role::UserAdministrator) });
    assert_eq!(names(&found(&state, &mia, "thom").await), ["Thomas Okafor"]);

    let older = with_role(&tom, None);
    let (field, message) = problem(state.service.change_user(&mia, mia.company.id, tom.id, &older).await);
    assert_eq!(field, "role");
    assert!(message.contains("User administrator"), "{message}");
    let view = state.service.user(&mia, mia.company.id, tom.id).await.unwrap();
    assert_eq!(view.user.role, Some(Role::UserAdministrator), "an older page writes nothing back");
    assert!(view.may_update && view.may_reset_password && view.may_block && !view.is_self && !view.has_delegation);
}

fn names(page: &Page<User>) -> Vec<&str> {
    page.rows.iter().map(|user| user.display_name.as_str()).collect()
}

async fn page(state: &State, who: &Principal, sort: Sort, query: &str, request: &PageRequest) -> Page<User> {
    state.service.users(who, who.company.id, sort, query, request).await.unwrap().users
}

async fn found(state: &State, who: &Principal, query: &str) -> Page<User> {
    page(state, who, Sort::Name, query, &first_page(50)).await
}

async fn pages_by_keyset(state: Arc<State>) {
    let mia = state.who("mia@contoso.example").await;
    // Names that sort otherwise by language than by bytes, two of them alike.
    for local in ["a1", "z2", "a-3", "b.4", "b5", "a_6", "z7"] {
        state.insert_user(&mia.user, local, None, NO).await;
    }
    let list = state.service.users(&mia, mia.company.id, Sort::Name, "", &first_page(50)).await.unwrap();
    assert_eq!((list.count, list.only_self), (9, false));
    for sort in [Sort::Name, Sort::UserName] {
        let key = |user: &User| match sort {
            Sort::Name => user.sort_key.clone(),
            Sort::UserName => user.user_name.clone(),
        };
        for descending in [false, true] {
            let all = page(&state, &mia, sort, "", &PageRequest { descending, ..first_page(50) }).await;
            assert!(!all.has_previous && !all.has_next);
            let mut sorted = all.rows.clone();
            sorted.sort_by_key(|user| (key(user), user.id));
            if descending {
                sorted.reverse();
            }
            assert_eq!(all.rows, sorted);

            let (mut forward, mut pages) = (Vec::new(), Vec::new());
            let mut cursor = Cursor::First;
            loop {
                let page = page(&state, &mia, sort, "", &PageRequest { cursor, size: 4, descending }).await;
                let end = page.rows.last().unwrap();
                cursor = Cursor::After(key(end), end.id.0);
                forward.extend(page.rows.clone());
                let more = page.has_next;
                pages.push(page);
                if !more {
                    break;
                }
            }
            assert_eq!(forward, all.rows);
            let sizes: Vec<_> = pages.iter().map(|page| (page.has_previous, page.rows.len())).collect();
            assert_eq!(sizes, [(false, 4), (true, 4), (true, 1)]);

            let first = &pages[1].rows[0];
            let cursor = Cursor::Before(key(first), first.id.0);
            let back = page(&state, &mia, sort, "", &PageRequest { cursor, size: 4, descending }).await;
            assert_eq!(back.rows, pages[0].rows);
            assert!(!back.has_previous && back.has_next);
        }
    }
}

async fn search_by_beginnings_of_words(state: Arc<State>) {
    let mia = state.who("mia@contoso.example").await;
    let nora = state.who("nora@northwind.example").await;
    state.insert_user(&nora.user, "mina", None, NO).await;
    for (query, expected) in [
        ("", vec!["Mia Lindqvist", "Tom Okafor"]),
        ("mi", vec!["Mia Lindqvist"]),
        ("LIND", vec!["Mia Lindqvist"]),
        ("oka to", vec!["Tom Okafor"]),
        ("mia okafor", vec![]),
        ("indqvist", vec![]),
        ("tom@contoso.example", vec!["Tom Okafor"]),
        ("mina", vec![]),
        ("nora", vec![]),
        ("%", vec!["Mia Lindqvist", "Tom Okafor"]),
        ("t_m", vec![]),
    ] {
        assert_eq!(names(&found(&state, &mia, query).await), expected, "{query:?}");
    }
}

async fn who_sees_themselves_alone(state: Arc<State>) {
    let tom = state.who("tom@contoso.example").await;
    let mia = state.user("mia@contoso.example").await;
    let list = state.service.users(&tom, tom.company.id, Sort::Name, "mia", &first_page(10)).await.unwrap();
    assert!(list.only_self);
    assert_eq!(names(&list.users), ["Tom Okafor"]);
    let view = state.service.user(&tom, tom.company.id, tom.user.id).await.unwrap();
    assert!(view.is_self && !view.may_update && !view.may_reset_password && !view.may_block && view.roles.is_empty());
    for id in [mia.id, UserId(state.unknown_id())] {
        refused(state.service.user(&tom, tom.company.id, id).await, Refusal::Forbidden);
        refused(state.service.reset_password(&tom, tom.company.id, id).await, Refusal::Forbidden);
        refused(state.service.set_blocked(&tom, tom.company.id, id, true).await, Refusal::Forbidden);
        let change = with_role(&mia, None);
        refused(state.service.change_user(&tom, tom.company.id, id, &change).await, Refusal::Forbidden);
    }
    refused(add(&state, &tom, "eve").await, Refusal::Forbidden);
    refused(state.service.new_user_choices(&tom, tom.company.id).await, Refusal::Forbidden);
}

async fn the_last_global_administrator_is_kept(state: Arc<State>) {
    let mia = state.who("mia@contoso.example").await;
    let company = mia.company.id;
    for role in [None, Some(Role::UserAdministrator)] {
        let demoted = state.service.change_user(&mia, company, mia.user.id, &with_role(&mia.user, role)).await;
        let (field, message) = problem(demoted);
        assert_eq!((field.as_str(), message.contains("last global administrator")), ("role", true));
    }
    let ada = state.colleague(&mia, "ada", GLOBAL, NO).await;
    state.service.set_blocked(&mia, company, ada.user.id, true).await.unwrap();
    let demoted = state.service.change_user(&mia, company, mia.user.id, &with_role(&mia.user, None)).await;
    assert_eq!(problem(demoted).0, "role", "one who is blocked is none");
    state.service.set_blocked(&mia, company, ada.user.id, false).await.unwrap();
    state.service.change_user(&mia, company, mia.user.id, &with_role(&mia.user, None)).await.unwrap();

    // A request that began when she was administrator finds that she is none.
    refused(state.service.set_blocked(&mia, company, ada.user.id, true).await, Refusal::Forbidden);
    let (field, _) = problem(state.service.change_user(&ada, company, ada.user.id, &with_role(&ada.user, None)).await);
    assert_eq!(field, "role");
}

async fn a_password_that_somebody_else_made_gains_nothing(state: Arc<State>) {
    let mia = state.who("mia@contoso.example").await;
    let ada = state.colleague(&mia, "ada", GLOBAL, NO).await;
    let eve = add(&state, &mia, "eve").await.unwrap();
    let user = state.user(&eve.user_name).await;
    let promoted = with_role(&user, GLOBAL);
    let (field, message) = problem(state.service.change_user(&ada, mia.company.id, eve.user, &promoted).await);
    assert_eq!((field.as_str(), message.contains("Reset it first")), ("role", true));
    state.service.reset_password(&ada, mia.company.id, eve.user).await.unwrap();
    state.service.change_user(&ada, mia.company.id, eve.user, &promoted).await.unwrap();
}

async fn two_administrators_demote_each_other(state: Arc<State>) {
    let mia = state.who("mia@contoso.example").await;
    let ada = state.colleague(&mia, "ada", GLOBAL, NO).await;
    for _ in 0..10 {
        let (to_none, to_none_too) = (with_role(&mia.user, None), with_role(&ada.user, None));
        let (first, second) = tokio::join!(
            state.service.change_user(&ada, mia.company.id, mia.user.id, &to_none),
            state.service.change_user(&mia, mia.company.id, ada.user.id, &to_none_too),
        );
        let (kept, by, demoted) = if first.is_ok() { (&ada, second, &mia) } else { (&mia, first, &ada) };
        // Whoever came second is the last one, or no administrator any more.
        assert!(matches!(by, Err(Error::Invalid(_) | Error::Refused(Refusal::Forbidden))), "{by:?}");
        let again = UserChange { role_before: None, ..with_role(&demoted.user, GLOBAL) };
        state.service.change_user(kept, mia.company.id, demoted.user.id, &again).await.unwrap();
    }
}

async fn nobody_resets_or_blocks_themselves(state: Arc<State>) {
    let mia = state.who("mia@contoso.example").await;
    let own = state.service.reset_password(&mia, mia.company.id, mia.user.id).await;
    assert!(changed(own).contains("Account"));
    let own = state.service.set_blocked(&mia, mia.company.id, mia.user.id, true).await;
    assert!(changed(own).contains("cannot block yourself"));
}

async fn blocking_twice_changes_nothing_more(state: Arc<State>) {
    let mia = state.who("mia@contoso.example").await;
    let tom = state.user("tom@contoso.example").await.id;
    for blocked in [true, true, false, false] {
        state.service.set_blocked(&mia, mia.company.id, tom, blocked).await.unwrap();
    }
    assert_eq!(state.recorded(mia.company.id, |event| *event == Event::UserBlocked).await, 1);
    assert_eq!(state.recorded(mia.company.id, |event| *event == Event::UserUnblocked).await, 1);
}

async fn the_delegation_setting(state: Arc<State>) {
    use DelegatedAdministration::{Full, Limited};
    let ana = state.who("ana@fabrikam.example").await;
    let kim = state.user("kim@fabrikam.example").await;
    let view = state.service.user(&ana, ana.company.id, kim.id).await.unwrap();
    assert!(view.has_delegation && view.may_assign_delegation);
    state.service.assign_delegation(&ana, kim.id, Limited).await.unwrap();
    state.service.assign_delegation(&ana, kim.id, Limited).await.unwrap();
    assert_eq!(state.user("kim@fabrikam.example").await.delegation, Limited);
    let assigned = Event::DelegationAssigned { before: NO, after: Limited };
    assert_eq!(state.record(ana.company.id).await.into_iter().map(|entry| entry.event).collect::<Vec<_>>(), [assigned]);

    let uma = state.colleague(&ana, "uma", Some(Role::UserAdministrator), Full).await;
    refused(state.service.assign_delegation(&uma, uma.user.id, Full).await, Refusal::Forbidden);
    refused(
        state.service.assign_delegation(&state.who("leo@fabrikam.example").await, kim.id, Full).await,
        Refusal::Forbidden,
    );
    let mia = state.who("mia@contoso.example").await;
    refused(state.service.assign_delegation(&mia, mia.user.id, Full).await, Refusal::Forbidden);
    for id in [mia.user.id, state.user("pia@tailspin.example").await.id, UserId(state.unknown_id())] {
        not_found(state.service.assign_delegation(&ana, id, Full).await);
    }
}

async fn strangers_and_unknown_people_are_not_there(state: Arc<State>) {
    let mia = state.who("mia@contoso.example").await;
    let nora = state.who("nora@northwind.example").await;
    let change = with_role(&nora.user, None);
    let own = mia.company.id;
    for (company, id) in [
        (own, nora.user.id),
        (own, UserId(state.unknown_id())),
        (nora.company.id, nora.user.id),
        (nora.company.id, mia.user.id),
        (CompanyId(state.unknown_id()), nora.user.id),
    ] {
        not_found(state.service.user(&mia, company, id).await);
        not_found(state.service.change_user(&mia, company, id, &change).await);
        not_found(state.service.reset_password(&mia, company, id).await);
        not_found(state.service.set_blocked(&mia, company, id, true).await);
        if company != own {
            not_found(state.service.users(&mia, company, Sort::Name, "", &first_page(10)).await);
            not_found(state.service.new_user_choices(&mia, company).await);
            let new = new_user("eve", nora.user.domain_id, None);
            not_found(state.service.add_user(&mia, company, &new).await);
        }
    }
    assert_eq!(state.user("nora@northwind.example").await.password_hash, nora.user.password_hash);
}
