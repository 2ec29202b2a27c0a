//! Customers who are signed in, and an offer to them all.

use std::net::{IpAddr, Ipv4Addr};

use mandate_domain::{
    CompanyId, DelegatedAdministration, DomainId, Locale, OfferId, Role, UserId, search_terms, sort_key,
};
use mandate_service::{
    ambient::{Clock, SystemClock, SystemEntropy, uuid_v7},
    offers::{NewOffer, OfferForm, TermsForm},
    server_key::Secret,
    sign_in::SignIn,
};
use mandate_store::{
    Conn, StoreError, StoreResult,
    companies::{self, Company},
    domains::{self, Domain},
    search,
    sessions::{self, Origin},
    transaction,
    users::{self, User},
};
use uuid::Uuid;

use crate::database::{Database, PASSWORD};

pub struct Customer {
    pub company: CompanyId,
    pub name: String,
    /// The `Cookie` header of its global administrator, who has opened the offer.
    pub cookie: String,
}

pub struct Offered {
    pub offer: OfferId,
    pub partner: CompanyId,
    pub customers: Vec<Customer>,
}

fn new_id() -> Uuid {
    uuid_v7(SystemClock.now(), &SystemEntropy)
}

/// The token of a session of a demo person.
pub async fn sign_in(database: &Database, user_name: &str) -> String {
    let address = IpAddr::from(Ipv4Addr::LOCALHOST);
    match database.service.sign_in(user_name, PASSWORD.to_owned(), address).await.unwrap() {
        SignIn::Done { token, .. } => token.text().to_owned(),
        SignIn::Refused => panic!("{user_name} was not let in"),
    }
}

pub async fn offered(database: &Database, number: usize) -> Offered {
    let token = sign_in(database, "ana@fabrikam.example").await;
    let ana = database.service.authenticate(&token).await.unwrap().unwrap();
    let roles = Role::OFFERED.map(|role| role.key().to_owned());
    let terms = TermsForm { roles: &roles, days: "365", link_days: "90", ..TermsForm::default() };
    let new = NewOffer::parse(&OfferForm { name: "Managed IT", terms, ..OfferForm::default() }).unwrap();
    let offer = database.service.create_offer(&ana, &new).await.unwrap();
    let url = database.service.offer(&ana, offer).await.unwrap().url.unwrap();
    let (_, offer_token) = url.split_once("/o/").unwrap();
    let customers = transaction!(database.db, StoreError, |conn| {
        let mut customers = Vec::new();
        for index in 0..number {
            let (company, session) = customer(conn, index).await?;
            let cookie = format!("mandate-session={session}; mandate-offer-{offer}={offer_token}");
            customers.push(Customer { company, name: name(index), cookie });
        }
        Ok(customers)
    });
    Offered { offer, partner: ana.company.id, customers: customers.unwrap() }
}

fn name(index: usize) -> String {
    format!("Customer {index:05}")
}

/// A company with one global administrator, and the token of their session.
async fn customer(conn: &mut Conn, index: usize) -> StoreResult<(CompanyId, String)> {
    let now = SystemClock.now();
    let (company_id, domain_id, user_id) = (CompanyId(new_id()), DomainId(new_id()), UserId(new_id()));
    let company = Company {
        id: company_id,
        name: name(index),
        contact_address: None,
        phone: None,
        support_email: None,
        is_partner: false,
        is_demo: true,
        domain: None,
        created_at: now,
    };
    let domain = Domain::owned(domain_id, company_id, format!("customer{index}.example"), now);
    let user = User {
        id: user_id,
        company_id,
        domain_id,
        user_name: format!("admin@{}", domain.name),
        first_name: None,
        last_name: None,
        display_name: "Ada".to_owned(),
        sort_key: sort_key("Ada"),
        alternate_email: None,
        alternate_email_confirmed: false,
        alternate_email_set_by: None,
        locale: Locale::default(),
        role: Some(Role::GlobalAdministrator),
        delegation: DelegatedAdministration::No,
        is_blocked: false,
        password_hash: None,
        must_change_password: false,
        password_set_at: None,
        password_set_by: None,
        password_set_by_partner: None,
        last_sign_in_at: None,
        created_at: now,
    };
    companies::insert(conn, &company).await?;
    assert!(domains::insert(conn, &domain).await?);
    assert!(users::insert(conn, &user).await?);
    search::index(conn, company_id, search::Kind::User, user_id.0, &search_terms(&user.display_name)).await?;
    let session = Secret::new(&SystemEntropy);
    sessions::insert(conn, &session.hash(), user_id, "pwd", &Origin::default(), now, now + chrono::TimeDelta::days(1))
        .await?;
    Ok((company_id, session.text().to_owned()))
}
