//! A database filled for measuring: one partner with many customers, and one customer with many users. The same seed
//! makes the same, but for dates, which count back from the day it is made.

use std::ops::Range;

use chrono::{DateTime, TimeDelta, Utc};
use mandate_domain::{
    CompanyId, ContentKind, DecisionId, DelegatedAdministration, DomainId, Event, GrantDays, GrantId, GrantState,
    Locale, OfferAnswer, OfferId, OfferState, Role, RoleSet, UserId, sort_key,
};
use mandate_store::{
    activity::{Entry, Person},
    bulk,
    companies::{self, Company},
    decisions::{Decision, Outcome},
    domains::Domain,
    grants::Grant,
    offers::{self, Offer},
    search::Kind,
    transaction,
    users::User,
};
use rand::{Rng, RngExt, SeedableRng, rngs::StdRng};
use uuid::Uuid;

use crate::{
    Error, Result, Service,
    ambient::{self, Entropy},
    overview::customer_terms,
    users::user_terms,
};

/// How much to make.
#[derive(Clone, Copy, Debug)]
pub struct Seed {
    /// Customers of the partner, each with an administrator and a grant.
    pub companies: u32,
    /// Users of the first customer, beside its administrator.
    pub users: u32,
    pub seed: u64,
}

/// Who can sign in to what was made.
#[derive(Clone, Debug)]
pub struct Seeded {
    /// The partner's administrator, with full delegated administration.
    pub partner_administrator: String,
    /// The first customer's administrator.
    pub customer_administrator: String,
}

/// Companies or users written by one transaction.
const BATCH: u32 = 5_000;
const PARTNER: u32 = 0;

const FIRST_NAMES: [&str; 48] = [
    "Ada", "Aiko", "Amara", "Anders", "Anya", "Arjun", "Astrid", "Bao", "Beatriz", "Bilal", "Carla", "Chidi", "Chloé",
    "Dana", "Deniz", "Diego", "Elif", "Emeka", "Eva", "Farah", "Felix", "Grace", "Hana", "Hugo", "Ines", "Ivan",
    "Jonas", "Kaia", "Karim", "Lena", "Liam", "Lucía", "Malik", "Mei", "Milan", "Nadia", "Noah", "Olga", "Omar",
    "Priya", "Rafael", "Rosa", "Sami", "Sofia", "Tariq", "Uma", "Yusuf", "Zoë",
];

const LAST_NAMES: [&str; 60] = [
    "Abara",
    "Almeida",
    "Andersson",
    "Bakker",
    "Banerjee",
    "Becker",
    "Bianchi",
    "Castro",
    "Chen",
    "Cohen",
    "Costa",
    "Dahl",
    "Demir",
    "Diallo",
    "Dubois",
    "Eriksen",
    "Fischer",
    "Fofana",
    "García",
    "Gupta",
    "Haddad",
    "Hansen",
    "Ito",
    "Ivanova",
    "Jansen",
    "Kaya",
    "Keller",
    "Khan",
    "Kim",
    "Kowalski",
    "Larsen",
    "Lindqvist",
    "Lopez",
    "Maier",
    "Marino",
    "Mbeki",
    "Mori",
    "Nguyen",
    "Novak",
    "O’Neil",
    "Okafor",
    "Olsen",
    "Osei",
    "Park",
    "Petrov",
    "Popescu",
    "Quinn",
    "Rao",
    "Rossi",
    "Sato",
    "Schmidt",
    "Silva",
    "Singh",
    "Suzuki",
    "Tan",
    "Vargas",
    "Weber",
    "Wójcik",
    "Yamada",
    "Zhang",
];

const ADJECTIVES: [&str; 24] = [
    "Alder", "Amber", "Blue", "Bright", "Cedar", "Clear", "Coastal", "Copper", "Crystal", "Eastern", "Golden",
    "Granite", "Green", "Harbor", "Iron", "Lake", "Maple", "Northern", "Quiet", "Red", "River", "Silver", "Stone",
    "Western",
];

const NOUNS: [&str; 20] = [
    "Arc", "Bay", "Bridge", "Coast", "Crest", "Dale", "Field", "Forge", "Gate", "Glen", "Grove", "Hill", "Meadow",
    "Mill", "Peak", "Point", "Ridge", "Shore", "Summit", "Valley",
];

const TRADES: [&str; 16] = [
    "Bakeries",
    "Books",
    "Clinics",
    "Design",
    "Electric",
    "Farms",
    "Foods",
    "Freight",
    "Insurance",
    "Interiors",
    "Logistics",
    "Optics",
    "Pharmacy",
    "Schools",
    "Tools",
    "Travel",
];

/// Randomness that the seed decides.
struct Seeds(StdRng);

impl Seeds {
    fn pick<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.0.random_range(0..words.len())]
    }

    fn number(&mut self, range: Range<i64>) -> i64 {
        self.0.random_range(range)
    }

    /// Ids in the order of their numbers, as if each was made a millisecond after the one before.
    fn id(&mut self, day: DateTime<Utc>, number: u32) -> Uuid {
        let mut random = [0; 10];
        self.0.fill_bytes(&mut random);
        ambient::uuid_v7(day + TimeDelta::milliseconds(number.into()), &Bytes(random))
    }
}

struct Bytes([u8; 10]);

impl Entropy for Bytes {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.copy_from_slice(&self.0);
    }
}

/// A company to be, with its first administrator.
struct Made {
    company: Company,
    domain: Domain,
    administrator: User,
}

/// What all companies share.
struct World<'a> {
    seeds: Seeds,
    day: DateTime<Utc>,
    hash: &'a str,
}

impl World<'_> {
    fn company(&mut self, number: u32) -> Made {
        let (name, domain, created_at) = if number == PARTNER {
            ("Seed Partners".to_owned(), "seed-partners.example".to_owned(), self.day - TimeDelta::days(800))
        } else {
            let words = [&ADJECTIVES[..], &NOUNS[..], &TRADES[..]].map(|words| self.seeds.pick(words));
            let name = words.join(" ");
            let domain = format!("{}{}-{number}.example", words[0], words[1]).to_lowercase();
            (name, domain, self.day - TimeDelta::days(self.seeds.number(1..700)))
        };
        let company_id = CompanyId(self.seeds.id(created_at, number));
        let id = DomainId(self.seeds.id(created_at, number));
        let domain = Domain::owned(id, company_id, domain, created_at);
        // Only who measures has to sign in.
        let signs_in = number <= 1;
        let mut administrator = self.user(&domain, number, "admin");
        administrator.role = Some(Role::GlobalAdministrator);
        administrator.password_hash = signs_in.then(|| self.hash.to_owned());
        if number == PARTNER {
            administrator.delegation = DelegatedAdministration::Full;
        }
        let company = Company {
            id: company_id,
            name,
            contact_address: None,
            phone: None,
            support_email: None,
            is_partner: number == PARTNER,
            is_demo: false,
            domain: Some(domain.name.clone()),
            created_at,
        };
        Made { company, domain, administrator }
    }

    fn user(&mut self, domain: &Domain, number: u32, local: &str) -> User {
        let (first, last) = (self.seeds.pick(&FIRST_NAMES), self.seeds.pick(&LAST_NAMES));
        let display_name = format!("{first} {last}");
        let local = if local.is_empty() { format!("{}{number}", ascii(&display_name)) } else { local.to_owned() };
        let created_at = domain.created_at;
        User {
            id: UserId(self.seeds.id(created_at, number)),
            company_id: domain.company_id,
            domain_id: domain.id,
            user_name: format!("{local}@{}", domain.name),
            first_name: Some(first.to_owned()),
            last_name: Some(last.to_owned()),
            sort_key: sort_key(&display_name),
            display_name,
            alternate_email: None,
            alternate_email_confirmed: false,
            alternate_email_set_by: None,
            locale: Locale::default(),
            role: None,
            delegation: DelegatedAdministration::No,
            is_blocked: false,
            password_hash: None,
            must_change_password: false,
            password_set_at: None,
            password_set_by: None,
            password_set_by_partner: None,
            last_sign_in_at: None,
            created_at,
        }
    }

    fn grant(&mut self, number: u32, made: &Made, offer: &Offer) -> (Decision, Grant) {
        let at = self.day - TimeDelta::days(self.seeds.number(0..300));
        let decision = Decision {
            id: DecisionId(self.seeds.id(at, number)),
            offer_id: offer.id,
            company_id: made.company.id,
            outcome: Outcome::Authorized,
            reason: None,
            decided_by: made.administrator.id,
            decided_at: at,
        };
        let grant = Grant {
            id: GrantId(self.seeds.id(at, number)),
            partner_id: offer.partner_id,
            customer_id: made.company.id,
            decision_id: decision.id,
            roles: offer.roles,
            state: GrantState::Active,
            starts_at: at,
            ends_at: offer.days.after(at),
            last_used_at: None,
            ended_at: None,
        };
        (decision, grant)
    }
}

fn ascii(name: &str) -> String {
    name.to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect()
}

/// The numbers of each transaction's rows.
fn batches(numbers: Range<u32>) -> impl Iterator<Item = Range<u32>> {
    let end = numbers.end;
    numbers.step_by(BATCH as usize).map(move |first| first..end.min(first.saturating_add(BATCH)))
}

impl Service {
    /// Fills an empty database. `told` hears how many of the companies and users are made.
    pub async fn seed(&self, seed: Seed, password: &str, told: impl Fn(u32) + Send + Sync) -> Result<Seeded> {
        let hash = self.passwords.hash(password.to_owned()).await?;
        let (any, _) = companies::present(&mut self.db.read().await?).await?;
        if any {
            let message = "This database holds companies already. Seed an empty one.";
            return Err(Error::Changed(message.to_owned()));
        }
        let today = self.now().date_naive().and_time(chrono::NaiveTime::MIN).and_utc();
        let seeds = Seeds(StdRng::seed_from_u64(seed.seed));
        let mut world = World { seeds, day: today, hash: &hash };

        let partner = world.company(PARTNER);
        let offer = self.seed_partner(&mut world, &partner, seed.companies).await?;
        let mut first_customer = None;
        for numbers in batches(1..seed.companies.saturating_add(1)) {
            let made: Vec<_> = numbers.clone().map(|number| (number, world.company(number))).collect();
            self.seed_customers(&mut world, &partner, &offer, &made).await?;
            told(numbers.end - 1);
            first_customer = first_customer.or_else(|| made.into_iter().next().map(|(_, made)| made));
        }
        let Some(customer) = first_customer else { return Err(Error::Internal("a seed has at least one company")) };
        for numbers in batches(2..seed.users.saturating_add(2)) {
            let users: Vec<_> = numbers.clone().map(|number| world.user(&customer.domain, number, "")).collect();
            self.seed_users(customer.company.id, &users).await?;
            told(seed.companies + numbers.end - 2);
        }
        Ok(Seeded {
            partner_administrator: partner.administrator.user_name,
            customer_administrator: customer.administrator.user_name,
        })
    }

    async fn seed_partner(&self, world: &mut World<'_>, partner: &Made, customers: u32) -> Result<Offer> {
        let days = GrantDays::new(365).map_err(|_| Error::Internal("a year is a number of days"))?;
        let offer = Offer {
            id: OfferId(world.seeds.id(world.day, PARTNER)),
            partner_id: partner.company.id,
            name: "Managed IT".to_owned(),
            roles: Role::OFFERED.into_iter().fold(RoleSet::default(), RoleSet::with),
            days,
            link_ends_at: world.day + TimeDelta::days(90),
            state: OfferState::Open,
            generation: 1,
            created_by: partner.administrator.id,
            created_at: world.day,
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
        };
        transaction!(self.db, Error, |conn| {
            bulk::companies(conn, &[(partner.company.clone(), customers.into())]).await?;
            bulk::domains(conn, std::slice::from_ref(&partner.domain)).await?;
            bulk::users(conn, std::slice::from_ref(&partner.administrator)).await?;
            offers::insert(conn, &offer, &sort_key(&offer.name)).await?;
            Ok(())
        })?;
        Ok(offer)
    }

    async fn seed_customers(
        &self,
        world: &mut World<'_>,
        partner: &Made,
        offer: &Offer,
        made: &[(u32, Made)],
    ) -> Result<()> {
        let companies: Vec<_> = made.iter().map(|(_, made)| (made.company.clone(), 1)).collect();
        let domains: Vec<_> = made.iter().map(|(_, made)| made.domain.clone()).collect();
        let users: Vec<_> = made.iter().map(|(_, made)| made.administrator.clone()).collect();
        let (decisions, grants): (Vec<_>, Vec<_>) =
            made.iter().map(|(number, made)| world.grant(*number, made, offer)).unzip();
        let mut customer_words = Vec::new();
        let mut entries = Vec::new();
        for ((number, made), grant) in made.iter().zip(&grants) {
            let terms = customer_terms(&made.company).into_iter();
            customer_words.extend(terms.map(|term| (term, made.company.id.0)));
            for (company, seq) in [(made.company.id, 1), (partner.company.id, i64::from(*number))] {
                entries.push((company, authorized(made, grant, seq, offer)));
            }
        }
        transaction!(self.db, Error, |conn| {
            bulk::companies(conn, &companies).await?;
            bulk::domains(conn, &domains).await?;
            bulk::users(conn, &users).await?;
            bulk::decisions(conn, &decisions).await?;
            bulk::grants(conn, &grants).await?;
            bulk::search_terms(conn, partner.company.id, Kind::Customer, &customer_words).await?;
            for user in &users {
                let terms: Vec<_> = user_terms(user).into_iter().map(|term| (term, user.id.0)).collect();
                bulk::search_terms(conn, user.company_id, Kind::User, &terms).await?;
            }
            bulk::activity(conn, &entries).await?;
            Ok(())
        })
    }

    async fn seed_users(&self, company: CompanyId, users: &[User]) -> Result<()> {
        let terms: Vec<_> =
            users.iter().flat_map(|user| user_terms(user).into_iter().map(|term| (term, user.id.0))).collect();
        transaction!(self.db, Error, |conn| {
            bulk::users(conn, users).await?;
            bulk::search_terms(conn, company, Kind::User, &terms).await?;
            Ok(())
        })
    }
}

fn authorized(made: &Made, grant: &Grant, seq: i64, offer: &Offer) -> Entry {
    let administrator = &made.administrator;
    Entry {
        seq,
        at: grant.starts_at,
        person: Some(Person {
            id: administrator.id,
            display_name: administrator.display_name.clone(),
            user_name: administrator.user_name.clone(),
            company_id: made.company.id,
            company_name: made.company.name.clone(),
        }),
        grant: None,
        on_behalf_of: None,
        object_name: offer.name.clone(),
        event: Event::OfferAuthorized { roles: grant.roles.iter().collect(), ends_at: grant.ends_at },
    }
}
