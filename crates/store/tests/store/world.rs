//! Companies, people, offers and grants to test with.

use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use mandate_domain::{
    CompanyId, ContentKind, Country, Currency, DecisionId, DelegatedAdministration, DomainId, GrantDays, GrantId,
    GrantState, Locale, Money, OfferAnswer, OfferId, OfferState, OrderId, PlanId, PlanKey, Quantity, QuantityBounds,
    Role, RoleSet, SubscriptionId, SubscriptionKind, SubscriptionState, Term, TrialDays, TrialTerms, UserId,
    search_terms, sort_key,
};
use mandate_store::{
    Conn, StoreResult,
    companies::{self, Company},
    decisions::{self, Decision, Outcome},
    domains::{self, Domain, DomainStatus},
    grants::{self, Grant},
    offers::{self, Offer},
    orders::{self, Order},
    plans::{self, Plan, PlanPrice},
    search,
    subscriptions::{self, Subscription},
    users::{self, User},
};
use uuid::Uuid;

/// Sorts by the time of its making, as version 7 does.
pub fn id() -> Uuid {
    static MADE: AtomicU64 = AtomicU64::new(1);
    Uuid::from_u128(MADE.fetch_add(1, Ordering::Relaxed).into())
}

/// Seconds after a moment that is no whole second.
pub fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(1_900_000_000_123_456).unwrap() + TimeDelta::seconds(seconds)
}

/// A company with one verified domain and one global administrator.
#[derive(Clone, Debug)]
pub struct Account {
    pub id: CompanyId,
    pub domain: Domain,
    pub administrator: UserId,
}

pub fn company(name: &str) -> Company {
    Company {
        id: CompanyId(id()),
        name: name.to_owned(),
        contact_address: Some("Calle Mayor 1, Madrid".to_owned()),
        phone: None,
        support_email: Some("support@fabrikam.example".to_owned()),
        is_partner: true,
        is_demo: false,
        domain: None,
        created_at: at(0),
    }
}

pub fn domain(company: CompanyId, name: &str) -> Domain {
    Domain {
        status: DomainStatus::Pending,
        challenge: "challenge".to_owned(),
        lapses_at: Some(at(1_000)),
        verified_at: None,
        ..Domain::owned(DomainId(id()), company, name.to_owned(), at(0))
    }
}

pub fn user(company: CompanyId, domain: &Domain, display_name: &str) -> User {
    let id = UserId(id());
    User {
        id,
        company_id: company,
        domain_id: domain.id,
        user_name: format!("{}@{}", id.0.simple(), domain.name),
        first_name: None,
        last_name: Some("Núñez".to_owned()),
        display_name: display_name.to_owned(),
        sort_key: sort_key(display_name),
        alternate_email: None,
        alternate_email_confirmed: false,
        alternate_email_set_by: None,
        locale: Locale::default(),
        role: None,
        delegation: DelegatedAdministration::No,
        is_blocked: false,
        password_hash: None,
        must_change_password: true,
        password_set_at: None,
        password_set_by: None,
        password_set_by_partner: None,
        last_sign_in_at: None,
        created_at: at(0),
    }
}

pub async fn account(conn: &mut Conn, name: &str) -> StoreResult<Account> {
    let company = company(name);
    companies::insert(conn, &company).await?;
    let domain = Domain {
        status: DomainStatus::Verified,
        verified_at: Some(at(0)),
        ..domain(company.id, &format!("{}.example", company.id.0.simple()))
    };
    assert!(domains::insert(conn, &domain).await?);
    let administrator = User { role: Some(Role::GlobalAdministrator), ..user(company.id, &domain, "Ana") };
    add(conn, &administrator).await?;
    Ok(Account { id: company.id, domain, administrator: administrator.id })
}

/// Keeps a person, to be found by their name.
pub async fn add(conn: &mut Conn, user: &User) -> StoreResult<()> {
    assert!(users::insert(conn, user).await?);
    search::index(conn, user.company_id, search::Kind::User, user.id.0, &search_terms(&user.display_name)).await
}

/// An offer for any number of customers, not kept yet.
pub fn new_offer(partner: &Account, name: &str) -> Offer {
    Offer {
        id: OfferId(id()),
        partner_id: partner.id,
        name: name.to_owned(),
        roles: RoleSet::from_iter(Role::OFFERED),
        days: GrantDays::new(365).unwrap(),
        link_ends_at: at(1_000),
        state: OfferState::Open,
        generation: 1,
        created_by: partner.administrator,
        created_at: at(0),
        single_use: false,
        addressed_to: None,
        answer: OfferAnswer::None,
        message: None,
        addressee_name: None,
        addressee_email: None,
        batch: None,
        mailings: 0,
        mailed_at: None,
        reminders: 0,
        next_reminder_at: None,
        mail_stopped_at: None,
        content: ContentKind::Delegation,
        country: None,
        currency: None,
        sale_reference: None,
        partner_reference: None,
        converts: None,
    }
}

pub async fn offer(conn: &mut Conn, partner: &Account, name: &str) -> StoreResult<Offer> {
    let offer = new_offer(partner, name);
    assert!(offers::insert(conn, &offer, &sort_key(name)).await?);
    Ok(offer)
}

pub fn decision(offer: &Offer, customer: &Account, outcome: Outcome) -> Decision {
    Decision {
        id: DecisionId(id()),
        offer_id: offer.id,
        company_id: customer.id,
        outcome,
        reason: None,
        decided_by: customer.administrator,
        decided_at: at(10),
    }
}

pub fn grant(offer: &Offer, decision: &Decision) -> Grant {
    Grant {
        id: GrantId(id()),
        partner_id: offer.partner_id,
        customer_id: decision.company_id,
        decision_id: decision.id,
        roles: offer.roles,
        state: GrantState::Active,
        starts_at: decision.decided_at,
        ends_at: offer.days.after(decision.decided_at),
        last_used_at: None,
        ended_at: None,
    }
}

/// Authorizes an offer that is made for it, so that the grant can be kept.
pub async fn authorized(conn: &mut Conn, partner: &Account, customer: &Account) -> StoreResult<Grant> {
    let offer = offer(conn, partner, &format!("Offer {}", id())).await?;
    let decision = decision(&offer, customer, Outcome::Authorized);
    assert!(decisions::decide(conn, &decision).await?);
    Ok(grant(&offer, &decision))
}

/// The same, with the grant kept.
pub async fn granted(conn: &mut Conn, partner: &Account, customer: &Account) -> StoreResult<Grant> {
    let grant = authorized(conn, partner, customer).await?;
    grants::insert(conn, &grant).await?;
    Ok(grant)
}

pub fn quantity(number: u32) -> Quantity {
    Quantity::new(number).unwrap()
}

pub fn euros(minor: i64) -> Money {
    Money::new(minor, Currency::parse("EUR").unwrap()).unwrap()
}

/// A plan that is offered everywhere, not kept yet.
pub fn plan(key: &str) -> Plan {
    Plan {
        id: PlanId(id()),
        product_name: "Office Suite".to_owned(),
        product_description: "Documents, mail “and” more".to_owned(),
        key: PlanKey::parse(key).unwrap(),
        name: "Business".to_owned(),
        description: "For most people".to_owned(),
        license_means: "One person".to_owned(),
        trial: Some(TrialTerms { days: TrialDays::new(30).unwrap(), licenses: quantity(25) }),
        bounds: QuantityBounds::new(quantity(1), quantity(300)).unwrap(),
        countries: Vec::new(),
        is_offered: true,
        position: 0,
    }
}

/// A trial or a purchase for one company, not kept yet.
pub fn new_sale(partner: &Account, kind: SubscriptionKind) -> Offer {
    let reference = format!("T-{}", id().simple());
    let is_trial = kind == SubscriptionKind::Trial;
    Offer {
        content: if is_trial { ContentKind::Trial } else { ContentKind::Purchase },
        single_use: true,
        roles: RoleSet::default(),
        country: is_trial.then(|| Country::parse("DE").unwrap()),
        currency: (!is_trial).then(|| euros(0).currency()),
        sale_reference: Some(reference.clone()),
        ..new_offer(partner, &reference)
    }
}

pub fn order(offer: &Offer, customer: &Account, kind: SubscriptionKind) -> Order {
    let id = OrderId(id());
    Order {
        id,
        number: format!("O-{}", id.0.simple()),
        offer_id: offer.id,
        company_id: customer.id,
        partner_id: offer.partner_id,
        kind,
        total: (kind == SubscriptionKind::Paid).then(|| euros(12_000)),
        partner_reference: None,
        accepted_by: customer.administrator,
        accepted_at: at(10),
    }
}

/// Ten licenses that begin with the order and last 1,000 seconds, not kept yet.
pub fn subscription(order: &Order, plan: PlanId) -> Subscription {
    Subscription {
        id: SubscriptionId(id()),
        company_id: order.company_id,
        partner_id: order.partner_id,
        order_id: order.id,
        plan_id: plan,
        kind: order.kind,
        term: (order.kind == SubscriptionKind::Paid).then_some(Term::Monthly),
        state: SubscriptionState::Live,
        quantity: quantity(10),
        assigned: 0,
        cancel_at_end: false,
        starts_at: order.accepted_at,
        ends_at: order.accepted_at + TimeDelta::seconds(1_000),
        ended_at: None,
        notices: 0,
        converted_to: None,
    }
}

/// A plan, an offer of it and the customer's order, all of them kept.
pub async fn ordered(
    conn: &mut Conn,
    partner: &Account,
    customer: &Account,
    kind: SubscriptionKind,
) -> StoreResult<(Plan, Order)> {
    let plan = plan(&format!("plan-{}", id().simple()));
    plans::upsert(conn, &plan, &[PlanPrice { term: Term::Monthly, price: euros(1_200) }]).await?;
    let offer = new_sale(partner, kind);
    assert!(offers::insert(conn, &offer, &sort_key(&offer.name)).await?);
    let order = order(&offer, customer, kind);
    assert!(orders::insert(conn, &order, &[]).await?);
    Ok((plan, order))
}

/// The same, with a subscription that has ten licenses.
pub async fn sold(
    conn: &mut Conn,
    partner: &Account,
    customer: &Account,
    kind: SubscriptionKind,
) -> StoreResult<Subscription> {
    let (plan, order) = ordered(conn, partner, customer, kind).await?;
    let kept = subscription(&order, plan.id);
    subscriptions::insert(conn, &kept).await?;
    Ok(kept)
}
