//! The service on a database of its own, with a clock that tests turn, seeded randomness and a DNS server to program.

use std::{
    io::Write,
    net::{IpAddr, Ipv4Addr},
    panic::resume_unwind,
    sync::{
        Arc, Mutex, Once,
        atomic::{AtomicUsize, Ordering},
    },
};

use argon2::Params;
use chrono::{DateTime, TimeDelta, Utc};
use hickory_resolver::proto::{
    op::{Message, ResponseCode},
    rr::RecordType,
};
use mandate_domain::{
    CompanyId, DelegatedAdministration, DomainName, Event, GrantDays, GrantId, LinkDays, OfferId, OfferName, Role,
    UserId, search_terms, sort_key,
};
use mandate_service::{
    Principal, Service, Settings,
    ambient::{Clock, Entropy, SystemClock, SystemEntropy, uuid_v7},
    dns::Dns,
    offers::{NewOffer, Terms},
    overview::{OfferList, OfferSort},
    passwords::Passwords,
    server_key::ServerKey,
    sign_in::SignIn,
};
use mandate_store::{
    Conn, Db, DbOptions, StoreError,
    activity::{self, Entry},
    grants::{self, Grant},
    mail::{self, Mail},
    page::{Cursor, PageRequest},
    search, transaction,
    users::{self, User},
};
use rand::{Rng, SeedableRng, rngs::StdRng};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::dns_server::{Transport, alias, found, name_servers, none, response, serve, truncated};

/// Of all demo people.
pub const PASSWORD: &str = "correct horse battery staple";
pub const NEW_PASSWORD: &str = "seven herons wade at dawn";
pub const ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7));
pub const MICROSECOND: TimeDelta = TimeDelta::microseconds(1);

/// Runs each test on SQLite and on PostgreSQL.
macro_rules! on_both_engines {
    ($($name:ident),+ $(,)?) => {$(
        mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                crate::state::on_sqlite(super::$name).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                crate::state::on_postgres(super::$name).await;
            }
        }
    )+};
}

pub async fn on_sqlite<F: Future<Output = ()> + Send + 'static>(test: fn(Arc<State>) -> F) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("mandate.db").display());
    let state = Arc::new(State::new(&url).await);
    test(Arc::clone(&state)).await;
    state.db.close().await;
}

pub async fn on_postgres<F: Future<Output = ()> + Send + 'static>(test: fn(Arc<State>) -> F) {
    static SKIPPED: Once = Once::new();
    let Ok(server) = std::env::var("MANDATE_TEST_POSTGRES_URL") else {
        // Past the capture of a passing test's output: nobody is to believe that this half ran.
        SKIPPED.call_once(|| {
            let said = b"Skipped on PostgreSQL: MANDATE_TEST_POSTGRES_URL names no server
";
            std::io::stderr().write_all(said).unwrap();
        });
        return;
    };
    let name = format!("mandate_{}", uuid_v7(SystemClock.now(), &SystemEntropy).simple());
    let mut admin = PgConnection::connect(&server).await.unwrap();
    sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&mut admin).await.unwrap();
    let mut url = url::Url::parse(&server).unwrap();
    url.set_path(&name);
    // A task of its own, so that the database is dropped also where the test fails.
    let outcome = tokio::spawn(async move {
        let state = Arc::new(State::new(url.as_str()).await);
        test(Arc::clone(&state)).await;
        state.db.close().await;
    })
    .await;
    sqlx::query(AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)"))).execute(&mut admin).await.unwrap();
    if let Err(error) = outcome {
        resume_unwind(error.into_panic());
    }
}

/// A clock that stands until it is turned.
pub struct TurnedClock(Mutex<DateTime<Utc>>);

impl TurnedClock {
    pub fn turn(&self, by: TimeDelta) {
        *self.0.lock().unwrap() += by;
    }

    pub fn turn_to(&self, time: DateTime<Utc>) {
        *self.0.lock().unwrap() = time;
    }
}

impl Clock for TurnedClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }
}

/// The same bytes in each run, counted by the times that some were drawn.
pub struct SeededEntropy {
    generator: Mutex<StdRng>,
    pub draws: AtomicUsize,
}

impl SeededEntropy {
    fn new(seed: u64) -> Arc<Self> {
        Arc::new(Self { generator: Mutex::new(StdRng::seed_from_u64(seed)), draws: AtomicUsize::new(0) })
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        self.generator.lock().unwrap().fill_bytes(bytes);
        self.draws.fetch_add(1, Ordering::SeqCst);
    }
}

/// What the DNS says when it is asked for a record.
#[derive(Clone)]
pub enum DnsAnswer {
    NoSuchName,
    NoTxt,
    Texts(Vec<String>),
    /// The same, but only over TCP.
    TextsOverTcp(Vec<String>),
    Failure,
    Silence,
    /// The zone's servers say that it is not theirs.
    Lame,
    /// An alias of itself.
    Circle,
    TenThousandTexts,
    /// The zone's own servers have these, and others remember for an hour that there is nothing.
    TextsAtZone(Vec<String>),
    /// To who asks for name servers these, and the other answer for the rest.
    Servers(Vec<&'static str>, Box<DnsAnswer>),
    /// Each name's own; others do not exist.
    ByName(Vec<(String, DnsAnswer)>),
}

pub struct State {
    pub service: Service,
    pub db: Db,
    pub clock: Arc<TurnedClock>,
    pub entropy: Arc<SeededEntropy>,
    pub dns: Arc<Mutex<DnsAnswer>>,
    /// Where another server finds the same database.
    pub url: String,
}

/// An offer that was made, and the token of its URL.
pub struct Sent {
    pub id: OfferId,
    pub token: String,
}

impl State {
    /// With the demo companies.
    async fn new(url: &str) -> Self {
        let state = Self::beside(url, 1).await;
        state.service.prepare_demo(PASSWORD).await.unwrap();
        state
    }

    /// Another server on a database. What it makes up differs with the seed.
    pub async fn beside(url: &str, seed: u64) -> Self {
        let options = DbOptions { url: url.to_owned(), connections: 10, durable: false };
        let db = Db::connect(&options).await.unwrap();
        db.migrate().await.unwrap();
        let clock = Arc::new(TurnedClock(Mutex::new("2026-03-02T09:30:00Z".parse().unwrap())));
        let dns = Arc::new(Mutex::new(DnsAnswer::NoSuchName));
        let entropy = SeededEntropy::new(seed);
        let service = service(&db, &clock, &entropy, 1, Dns::new(Some(dns_server(Arc::clone(&dns)).await)));
        Self { service, db, clock, entropy, dns, url: url.to_owned() }
    }

    /// The same server after an operator chose dearer password hashes.
    pub fn with_passes(&self, passes: u32) -> Service {
        service(&self.db, &self.clock, &SeededEntropy::new(9), passes, Dns::new(None))
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    pub async fn conn(&self) -> Conn {
        self.db.read().await.unwrap()
    }

    /// The number that a statement gives.
    pub async fn count(&self, sql: &'static str) -> i64 {
        match &self.db {
            Db::Sqlite { readers, .. } => sqlx::query_scalar(sql).fetch_one(readers).await.unwrap(),
            Db::Postgres(pool) => sqlx::query_scalar(sql).fetch_one(pool).await.unwrap(),
        }
    }

    /// Writes past the service, as nobody does.
    pub async fn execute(&self, sql: &'static str) {
        match &self.db {
            Db::Sqlite { writer, .. } => drop(sqlx::query(sql).execute(writer.pool()).await.unwrap()),
            Db::Postgres(pool) => drop(sqlx::query(sql).execute(pool).await.unwrap()),
        }
    }

    /// Until another task's transaction waits for one that is open, or the task has ended. On SQLite, where the open
    /// one holds the only writer, there is nothing to be seen of it.
    pub async fn until_waiting<T>(&self, task: &JoinHandle<T>) {
        let waiting = "SELECT count(*) FROM pg_stat_activity
                       WHERE datname = current_database() AND wait_event_type = 'Lock'";
        while matches!(self.db, Db::Postgres(_)) && !task.is_finished() && self.count(waiting).await == 0 {
            tokio::task::yield_now().await;
        }
    }

    /// The token of a new session.
    pub async fn sign_in(&self, user_name: &str, password: &str) -> String {
        match self.service.sign_in(user_name, password.to_owned(), ADDRESS).await.unwrap() {
            SignIn::Done { token, .. } => token.text().to_owned(),
            SignIn::Refused => panic!("{user_name} was not let in"),
        }
    }

    pub async fn is_let_in(&self, user_name: &str, password: &str) -> bool {
        let outcome = self.service.sign_in(user_name, password.to_owned(), ADDRESS).await.unwrap();
        matches!(outcome, SignIn::Done { .. })
    }

    /// As the next request of a session knows its holder.
    pub async fn holder(&self, token: &str) -> Principal {
        self.service.authenticate(token).await.unwrap().expect("the session has ended")
    }

    pub async fn has_ended(&self, token: &str) -> bool {
        self.service.authenticate(token).await.unwrap().is_none()
    }

    /// A demo person, or one who was made with their password.
    pub async fn who(&self, user_name: &str) -> Principal {
        self.holder(&self.sign_in(user_name, PASSWORD).await).await
    }

    pub async fn user(&self, user_name: &str) -> User {
        users::by_user_name(&mut self.conn().await, user_name).await.unwrap().expect("a user of this name")
    }

    /// A user who was there all along, beside another one, with the demo password.
    pub async fn insert_user(
        &self,
        beside: &User,
        local: &str,
        role: Option<Role>,
        delegation: DelegatedAdministration,
    ) -> User {
        let domain = beside.user_name.split_once('@').unwrap().1;
        let display_name = format!("{} Test", local.to_uppercase());
        let user = User {
            id: UserId(self.unknown_id()),
            user_name: format!("{local}@{domain}"),
            first_name: None,
            last_name: None,
            sort_key: sort_key(&display_name),
            role,
            delegation,
            password_hash: self.user("pia@tailspin.example").await.password_hash,
            ..beside.clone()
        };
        let user = User { display_name, ..user };
        let terms = search_terms(&user.display_name);
        transaction!(self.db, StoreError, |conn| {
            assert!(users::insert(conn, &user).await?);
            search::index(conn, user.company_id, search::Kind::User, user.id.0, &terms).await
        })
        .unwrap();
        user
    }

    /// The same, signed in.
    pub async fn colleague(
        &self,
        of: &Principal,
        local: &str,
        role: Option<Role>,
        delegation: DelegatedAdministration,
    ) -> Principal {
        let user = self.insert_user(&of.user, local, role, delegation).await;
        self.who(&user.user_name).await
    }

    /// An id of nothing yet.
    pub fn unknown_id(&self) -> Uuid {
        uuid_v7(self.now(), &*self.entropy)
    }

    pub async fn offer(&self, partner: &Principal, name: &str, roles: &[Role]) -> Sent {
        self.send(partner, &new_offer(name, roles)).await
    }

    pub async fn send(&self, partner: &Principal, new: &NewOffer) -> Sent {
        let id = self.service.create_offer(partner, new).await.unwrap();
        Sent { id, token: self.token(partner, id).await }
    }

    /// The token of an offer's present URL.
    pub async fn token(&self, partner: &Principal, offer: OfferId) -> String {
        let url = self.service.offer(partner, offer).await.unwrap().url.expect("an offer that is open");
        url.strip_prefix("https://mandate.test/o/").expect("the public URL").to_owned()
    }

    /// Lets a partner act in a customer's company, in the place of what it could do before.
    pub async fn grant(&self, partner: &Principal, customer: &Principal, roles: &[Role]) -> GrantId {
        let sent = self.offer(partner, &format!("Offer {}", self.unknown_id()), roles).await;
        self.service.authorize(customer, &sent.token).await.unwrap()
    }

    /// The grants of a customer that are live and those that ended.
    pub async fn grants(&self, customer: CompanyId) -> (Vec<Grant>, Vec<Grant>) {
        let (mut conn, now) = (self.conn().await, self.now());
        let live = grants::live_of_customer(&mut conn, customer, now, 100).await.unwrap();
        (live, grants::ended_of_customer(&mut conn, customer, now, 100).await.unwrap())
    }

    /// A company's record, newest first.
    pub async fn record(&self, company: CompanyId) -> Vec<Entry> {
        activity::list(&mut self.conn().await, company, None, None, 1000).await.unwrap()
    }

    /// How often something of a kind stands in a company's record.
    pub async fn recorded(&self, company: CompanyId, kind: fn(&Event) -> bool) -> usize {
        self.record(company).await.iter().filter(|entry| kind(&entry.event)).count()
    }

    /// What waits to be sent.
    pub async fn mail(&self) -> Vec<Mail> {
        mail::due(&mut self.conn().await, self.now() + TimeDelta::days(3), 1000).await.unwrap()
    }

    /// The names of a partner's customers that a search finds.
    pub async fn customers(&self, partner: &Principal, query: &str) -> Vec<String> {
        let overview = self.service.overview(partner, query, &first_page(50), &first_offers(50)).await.unwrap();
        overview.customers.rows.into_iter().map(|customer| customer.name).collect()
    }
}

pub fn first_offers(size: u16) -> OfferList {
    OfferList { status: None, sort: OfferSort::Made, page: PageRequest { descending: true, ..first_page(size) } }
}

pub fn first_page(size: u16) -> PageRequest {
    PageRequest { cursor: Cursor::First, size, descending: false }
}

pub fn new_offer(name: &str, roles: &[Role]) -> NewOffer {
    NewOffer {
        name: OfferName::parse(name).unwrap(),
        terms: Terms {
            roles: roles.iter().copied().collect(),
            days: GrantDays::new(365).unwrap(),
            link_days: LinkDays::new(90).unwrap(),
            single_use: false,
            message: None,
        },
        addressed_to: None,
        email: None,
        mail: false,
    }
}

fn service(db: &Db, clock: &Arc<TurnedClock>, entropy: &Arc<SeededEntropy>, passes: u32, dns: Dns) -> Service {
    let cheap = Params::new(8, passes, 1, None).unwrap();
    let settings = Settings {
        public_url: "https://mandate.test".to_owned(),
        platform_domain: DomainName::parse("mandate.example").unwrap(),
        reserved_prefixes: ["admin", "www"].map(ToOwned::to_owned).to_vec(),
    };
    Service::new(
        db.clone(),
        Arc::clone(clock) as Arc<dyn Clock>,
        Arc::clone(entropy) as Arc<dyn Entropy>,
        Passwords::with_parameters(Arc::clone(entropy) as Arc<dyn Entropy>, cheap),
        dns,
        ServerKey::new([7; 32]),
        settings,
    )
}

async fn dns_server(answer: Arc<Mutex<DnsAnswer>>) -> std::net::SocketAddr {
    serve(move |transport, query| {
        let answer = answer.lock().unwrap().clone();
        dns_answer(answer, transport, query)
    })
    .await
}

fn dns_answer(answer: DnsAnswer, transport: Transport, query: &Message) -> Option<Message> {
    let name = query.queries[0].name().to_ascii();
    let recursive = query.metadata.recursion_desired;
    match answer {
        DnsAnswer::NoSuchName => Some(none(query, ResponseCode::NXDomain)),
        DnsAnswer::NoTxt => Some(none(query, ResponseCode::NoError)),
        DnsAnswer::TextsOverTcp(_) | DnsAnswer::TenThousandTexts if transport == Transport::Udp => {
            Some(truncated(query))
        }
        DnsAnswer::TextsAtZone(_) if recursive => Some(none(query, ResponseCode::NXDomain)),
        DnsAnswer::Texts(texts) | DnsAnswer::TextsOverTcp(texts) | DnsAnswer::TextsAtZone(texts) => {
            let texts: Vec<Vec<&[u8]>> = texts.iter().map(|text| vec![text.as_bytes()]).collect();
            Some(found(query, &texts))
        }
        DnsAnswer::Failure => Some(response(query, ResponseCode::ServFail)),
        DnsAnswer::Silence => None,
        DnsAnswer::Lame if recursive => Some(response(query, ResponseCode::ServFail)),
        DnsAnswer::Lame => Some(response(query, ResponseCode::Refused)),
        DnsAnswer::Circle => Some(alias(query, query.queries[0].name())),
        DnsAnswer::TenThousandTexts => {
            let texts: Vec<String> = (0..10_000).map(|n| format!("record {n}")).collect();
            Some(found(query, &texts.iter().map(|text| vec![text.as_bytes()]).collect::<Vec<_>>()))
        }
        DnsAnswer::Servers(servers, _) if query.queries[0].query_type() == RecordType::NS => {
            Some(name_servers(query, &servers))
        }
        DnsAnswer::Servers(_, answer) => dns_answer(*answer, transport, query),
        DnsAnswer::ByName(answers) => {
            let own = answers.into_iter().find(|(of, _)| format!("{of}.") == name);
            dns_answer(own.map_or(DnsAnswer::NoSuchName, |(_, answer)| answer), transport, query)
        }
    }
}
