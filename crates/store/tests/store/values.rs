use chrono::{DateTime, Utc};
use mandate_domain::{DelegatedAdministration, Event, GrantState, Locale, Role, RoleSet};
use mandate_store::{
    StoreError,
    activity::{self, NewEntry, Person},
    companies::{self, Company},
    decisions::{self, Decision, Outcome},
    domains::{self, Adder, CheckOutcome, Domain, DomainStatus},
    grants::{self, Grant},
    mail::{self, Mail},
    offers,
    page::Cursor,
    search::{Filter, Kind},
    sessions, transaction,
    users::{self, NewPassword, User},
};
use uuid::Uuid;

use crate::{
    engines::{Store, on_both_engines},
    pages::request,
    world::{account, at, company, decision, domain, grant, id, offer, user},
};

on_both_engines!(
    moments_are_kept_to_the_microsecond_and_sort_by_time,
    uuids_are_kept_whole_and_sort_by_their_bytes,
    tokens_are_kept_byte_by_byte,
    a_company_comes_back,
    a_domain_comes_back,
    a_user_comes_back,
    an_offer_and_what_follows_it_come_back,
    activity_comes_back,
);

fn letter(id: Uuid, created_at: DateTime<Utc>) -> Mail {
    Mail {
        id,
        to_name: "Zoë “Z” O’Neil 😀".to_owned(),
        to_address: "zoe@contoso.example".to_owned(),
        subject: "Access authorized".to_owned(),
        body: "One 'line',\nand \"another\" \\ $1\n".to_owned(),
        created_at,
        attempts: i64::MAX - 1,
    }
}

async fn moments_are_kept_to_the_microsecond_and_sort_by_time(store: Store) {
    // Fractions of each length: on SQLite a moment is text, written with as many digits as it needs.
    let mut micros: Vec<i64> = vec![
        -1,
        0,
        1,
        10,
        1_000,
        100_000,
        999_999,
        1_000_000,
        1_900_000_000_000_000,
        1_900_000_000_000_001,
        1_900_000_000_100_000,
        1_900_000_000_120_000,
        1_900_000_000_123_000,
        1_900_000_000_123_456,
        1_900_000_000_999_999,
        253_402_300_799_999_999,
    ];
    let letters = |micros: &[i64]| -> Vec<Mail> {
        micros.iter().map(|micro| letter(id(), DateTime::from_timestamp_micros(*micro).unwrap())).collect()
    };
    let expected = letters(&micros);
    transaction!(store.db, StoreError, |conn| {
        for letter in expected.iter().rev() {
            mail::enqueue(conn, letter).await?;
        }
        Ok(())
    })
    .unwrap();
    let mut conn = store.db.read().await.unwrap();
    for (index, letter) in expected.iter().enumerate() {
        assert_eq!(mail::due(&mut conn, letter.created_at, 100).await.unwrap(), expected[..=index]);
    }
    micros.dedup();
    assert_eq!(micros.len(), expected.len());
}

async fn uuids_are_kept_whole_and_sort_by_their_bytes(store: Store) {
    let ids =
        [0, 1, 0xff, 0x0100, 0x7fff_u128 << 112, 0x8000_u128 << 112, u128::MAX - 1, u128::MAX].map(Uuid::from_u128);
    let expected = ids.map(|id| letter(id, at(0)));
    transaction!(store.db, StoreError, |conn| {
        for letter in expected.iter().rev() {
            mail::enqueue(conn, letter).await?;
        }
        Ok(())
    })
    .unwrap();
    let mut conn = store.db.read().await.unwrap();
    assert_eq!(mail::due(&mut conn, at(0), 100).await.unwrap(), expected);
}

async fn tokens_are_kept_byte_by_byte(store: Store) {
    transaction!(store.db, StoreError, |conn| {
        let account = account(conn, "Contoso").await?;
        let tokens = [[0; 32], [0xff; 32], [b'\''; 32]];
        for token in &tokens {
            sessions::insert(conn, token, account.administrator, "pwd", &sessions::Origin::default(), at(0), at(10))
                .await?;
        }
        for token in &tokens {
            assert!(sessions::by_token_hash(conn, token).await?.is_some());
            assert_eq!(sessions::by_token_hash(conn, &token[1..]).await?, None);
        }
        Ok(())
    })
    .unwrap();
}

async fn a_company_comes_back(store: Store) {
    transaction!(store.db, StoreError, |conn| {
        assert_eq!(companies::present(conn).await?, (false, false));
        let demo = Company { is_demo: true, ..company("Fabrikam") };
        companies::insert(conn, &demo).await?;
        assert_eq!(companies::present(conn).await?, (true, false));
        let mut kept = Company {
            contact_address: None,
            phone: Some("+34 600 000 000".to_owned()),
            support_email: None,
            is_partner: false,
            ..company("Contoso Österreich “GmbH”")
        };
        companies::insert(conn, &kept).await?;
        assert_eq!(companies::present(conn).await?, (true, true));
        assert_eq!(companies::by_id(conn, demo.id).await?, Some(demo.clone()));
        assert_eq!(companies::by_id(conn, kept.id).await?, Some(kept.clone()));

        // It is called by its own domain as soon as that is verified, and by the platform's until then.
        let verified = |name: &str, second| Domain {
            status: DomainStatus::Verified,
            verified_at: Some(at(second)),
            ..domain(kept.id, name)
        };
        let steps = [
            (Domain { is_platform: true, ..verified("contoso.mandate.example", 1) }, "contoso.mandate.example"),
            (domain(kept.id, "aaa.example"), "contoso.mandate.example"),
            (verified("contoso.example", 5), "contoso.example"),
            (verified("bbb.example", 6), "contoso.example"),
        ];
        for (domain, called) in steps {
            assert!(domains::insert(conn, &domain).await?);
            kept.domain = Some(called.to_owned());
            assert_eq!(companies::by_id(conn, kept.id).await?.as_ref(), Some(&kept));
        }
        // And by the one it chose, whenever that was verified.
        let chosen = domains::by_name(conn, kept.id, "bbb.example").await?.unwrap();
        domains::make_default(conn, kept.id, chosen.id).await?;
        kept.domain = Some(chosen.name);
        assert_eq!(companies::by_id(conn, kept.id).await?, Some(kept.clone()));
        assert_eq!(domains::verified(conn, kept.id, 1).await?[0].id, chosen.id);
        Ok(())
    })
    .unwrap();
}

async fn a_domain_comes_back(store: Store) {
    transaction!(store.db, StoreError, |conn| {
        let account = account(conn, "Contoso").await?;
        let pending = Domain {
            added_by: Some(Adder { user: account.administrator, company: account.id }),
            next_check_at: Some(at(60)),
            name_servers: Some("ns.other.example".to_owned()),
            ..domain(account.id, "xn--mnchen-3ya.example")
        };
        assert!(domains::insert(conn, &pending).await?);
        assert_eq!(domains::by_id(conn, account.id, pending.id).await?.as_ref(), Some(&pending));
        let outcome = CheckOutcome {
            at: at(7),
            result: "No TXT record",
            next_check_at: Some(at(300)),
            zone: Some("xn--mnchen-3ya.example"),
            name_servers: None,
        };
        domains::checked(conn, account.id, pending.id, &outcome).await?;
        let checked = Domain {
            checked_at: Some(at(7)),
            check_result: Some("No TXT record".to_owned()),
            next_check_at: Some(at(300)),
            zone: Some("xn--mnchen-3ya.example".to_owned()),
            ..pending
        };
        assert_eq!(domains::by_name(conn, account.id, &checked.name).await?.as_ref(), Some(&checked));
        // By the bytes of their names, where a language would leave the mark out.
        let others = ["a-z.example", "ab.example", "zz.example"].map(|name| domain(account.id, name));
        for other in &others {
            assert!(domains::insert(conn, other).await?);
        }
        let [first, second, last] = others;
        let listed = domains::list(conn, account.id, "a", 10).await?;
        assert_eq!(listed, [first, second.clone(), checked.clone(), last]);
        assert_eq!(domains::list(conn, account.id, &second.name, 1).await?, [checked]);
        assert_eq!(domains::verified(conn, account.id, 10).await?, [account.domain]);
        assert_eq!([domains::count(conn, account.id, 10).await?, domains::count(conn, account.id, 3).await?], [5, 3]);
        Ok(())
    })
    .unwrap();
}

async fn a_user_comes_back(store: Store) {
    transaction!(store.db, StoreError, |conn| {
        let partner = account(conn, "Fabrikam").await?;
        let here = account(conn, "Contoso").await?;
        let mia = User {
            first_name: Some("Mia".to_owned()),
            alternate_email: Some("mia@home.example".to_owned()),
            alternate_email_confirmed: true,
            alternate_email_set_by: Some("Ana of Fabrikam".to_owned()),
            locale: Locale::De,
            role: Some(Role::UserAdministrator),
            delegation: DelegatedAdministration::Limited,
            password_hash: Some("$argon2id$".to_owned()),
            password_set_at: Some(at(3)),
            password_set_by: Some(partner.administrator),
            password_set_by_partner: Some(partner.id),
            ..user(here.id, &here.domain, "Mia Núñez")
        };
        assert!(users::insert(conn, &mia).await?);
        assert_eq!(users::by_id(conn, here.id, mia.id).await?.as_ref(), Some(&mia));
        assert_eq!(users::with_password_of_partner(conn, here.id, partner.id, 5).await?, std::slice::from_ref(&mia));
        assert_eq!(users::delegated_administrators(conn, here.id, 5).await?, std::slice::from_ref(&mia));
        assert!(!users::has_other_global_administrator(conn, here.id, here.administrator).await?);

        let mia = User {
            first_name: None,
            display_name: "Mia".to_owned(),
            sort_key: "mia".to_owned(),
            role: Some(Role::GlobalAdministrator),
            ..mia
        };
        users::update_profile(conn, &mia).await?;
        assert!(users::has_other_global_administrator(conn, here.id, here.administrator).await?);
        let password =
            NewPassword { hash: "other", must_change: false, set_at: at(4), set_by: None, set_by_partner: None };
        users::set_password(conn, here.id, mia.id, &password).await?;
        users::set_delegation(conn, here.id, mia.id, DelegatedAdministration::Full).await?;
        users::signed_in(conn, mia.id, at(5)).await?;
        assert!(users::set_blocked(conn, here.id, mia.id, true).await?);
        let changed = User {
            password_hash: Some("other".to_owned()),
            must_change_password: false,
            password_set_at: Some(at(4)),
            password_set_by: None,
            password_set_by_partner: None,
            delegation: DelegatedAdministration::Full,
            last_sign_in_at: Some(at(5)),
            is_blocked: true,
            ..mia
        };
        assert_eq!(users::by_user_name(conn, &changed.user_name).await?.as_ref(), Some(&changed));
        assert!(!users::has_other_global_administrator(conn, here.id, here.administrator).await?, "blocked");
        assert!(users::use_domain(conn, here.id, here.domain.id).await?);
        assert!(!users::use_domain(conn, here.id, partner.domain.id).await?);
        Ok(())
    })
    .unwrap();
}

async fn an_offer_and_what_follows_it_come_back(store: Store) {
    transaction!(store.db, StoreError, |conn| {
        let partner = account(conn, "Fabrikam").await?;
        let customer = account(conn, "Contoso").await?;
        let kept = offer(conn, &partner, "Managed “IT”").await?;
        assert_eq!(offers::by_token(conn, kept.id).await?.as_ref(), Some(&kept));
        assert_eq!(offers::lock(conn, kept.id).await?.as_ref(), Some(&kept));
        assert_eq!(offers::by_id(conn, customer.id, kept.id).await?, None);
        let declined =
            Decision { reason: Some("No\nthanks".to_owned()), ..decision(&kept, &customer, Outcome::Declined) };
        assert!(decisions::decide(conn, &declined).await?);
        assert_eq!(decisions::of_company(conn, kept.id, customer.id).await?.as_ref(), Some(&declined));
        let authorized = Decision { id: declined.id, ..decision(&kept, &customer, Outcome::Authorized) };
        assert!(decisions::decide(conn, &authorized).await?);
        let given = Grant { roles: RoleSet::from_iter(Role::ALL), ..grant(&kept, &authorized) };
        assert!(!grants::any(conn, partner.id, customer.id).await?);
        grants::insert(conn, &given).await?;
        assert!(grants::any(conn, partner.id, customer.id).await?);
        assert_eq!(grants::by_decision(conn, authorized.id).await?.as_ref(), Some(&given));
        assert_eq!(companies::partners_of(conn, customer.id).await?, [partner.id]);
        let origin = grants::origin(conn, given.id).await?.unwrap();
        assert_eq!((origin.offer_name.as_str(), origin.authorized_by.as_str()), ("Managed “IT”", "Ana"));
        let all = Filter::new(Kind::Customer, "");
        let page = grants::customers(conn, partner.id, &all, &request(Cursor::First, false), at(20)).await?;
        assert_eq!((page.rows[0].name.as_str(), &page.rows[0].grant), ("Contoso", &given));
        assert_eq!(page.rows[0].domain, Some(customer.domain.name));
        assert!(grants::end(conn, given.id, GrantState::Removed, at(30), None).await?);
        let ended = Grant { state: GrantState::Removed, ended_at: Some(at(30)), ..given };
        assert_eq!(grants::ended_of_customer(conn, customer.id, at(31), 5).await?, [ended]);
        assert_eq!(companies::partners_of(conn, customer.id).await?, []);
        Ok(())
    })
    .unwrap();
}

async fn activity_comes_back(store: Store) {
    transaction!(store.db, StoreError, |conn| {
        let partner = account(conn, "Fabrikam").await?;
        let customer = account(conn, "Contoso").await?;
        let given = crate::world::granted(conn, &partner, &customer).await?;
        let person = |company: &crate::world::Account, name: &str| Person {
            id: company.administrator,
            display_name: name.to_owned(),
            user_name: "ana@fabrikam.example".to_owned(),
            company_id: company.id,
            company_name: "Fabrikam".to_owned(),
        };
        let by_partner = NewEntry {
            at: at(1),
            person: Some(person(&partner, "Ana")),
            grant: Some(given.id),
            on_behalf_of: Some("Contoso".to_owned()),
            object_name: "mia@contoso.example".to_owned(),
            event: Event::UserAdded { role: Some(Role::DirectoryReader) },
        };
        let by_customer = NewEntry {
            at: at(2),
            person: Some(person(&customer, "Mia")),
            grant: None,
            on_behalf_of: None,
            object_name: "Managed IT".to_owned(),
            event: Event::OfferAuthorized { roles: Role::OFFERED.to_vec(), ends_at: at(1_000) },
        };
        let by_job = NewEntry { person: None, event: Event::GrantEnded, ..by_customer.clone() };
        for entry in [&by_partner, &by_customer, &by_job] {
            activity::append(conn, &[customer.id], entry).await?;
        }
        let read = |seq, entry: &NewEntry| activity::Entry {
            seq,
            at: entry.at,
            person: entry.person.clone(),
            grant: entry.grant,
            on_behalf_of: entry.on_behalf_of.clone(),
            object_name: entry.object_name.clone(),
            event: entry.event.clone(),
        };
        let all = [read(3, &by_job), read(2, &by_customer), read(1, &by_partner)];
        assert_eq!(activity::list(conn, customer.id, None, None, 10).await?, all);
        assert_eq!(activity::list(conn, customer.id, None, Some(partner.id), 10).await?, all[2..]);
        assert_eq!(activity::list(conn, customer.id, Some(3), None, 1).await?, all[1..2]);
        assert_eq!(activity::list(conn, partner.id, None, None, 10).await?, []);
        Ok(())
    })
    .unwrap();
}
