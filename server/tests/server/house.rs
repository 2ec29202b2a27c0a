use std::{io, net::SocketAddr, path::Path, sync::Arc};

use argon2::Params;
use clap::Parser;
use mandate::{cli::Cli, config::Config, live::Live, router::router, serve::answer, site::Site};
use mandate_app::AppState;
use mandate_service::{
    Service, Settings,
    ambient::{SystemClock, SystemEntropy},
    passwords::Passwords,
    server_key::ServerKey,
};
use mandate_store::{Db, DbOptions};
use reqwest::{
    Client, RequestBuilder, Response,
    header::{ACCEPT, COOKIE, SET_COOKIE},
    redirect::Policy,
};
use tempfile::TempDir;
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

pub const PASSWORD: &str = "plum-orbit-canvas-29-thimble";

pub struct House {
    pub address: SocketAddr,
    pub db: Db,
    pub stop: CancellationToken,
    pub live: Live,
    pub ended: JoinHandle<io::Result<()>>,
    client: Client,
    data: Arc<TempDir>,
}

impl House {
    pub async fn open() -> Self {
        Self::open_with(&[], |_| ()).await
    }

    /// With flags, and files laid into the site's folder.
    pub async fn open_with(flags: &[&str], lay: impl FnOnce(&Path)) -> Self {
        Self::on(Arc::new(tempfile::tempdir().unwrap()), flags, lay).await
    }

    /// Another server on the same database.
    pub async fn beside(other: &Self) -> Self {
        Self::on(Arc::clone(&other.data), &[], |_| ()).await
    }

    async fn on(data: Arc<TempDir>, flags: &[&str], lay: impl FnOnce(&Path)) -> Self {
        let arguments = ["mandate", "serve", "--data", data.path().to_str().unwrap()];
        let config = Config::parse(Cli::parse_from(arguments.iter().chain(flags)).options).unwrap();
        let options = DbOptions { url: config.database_url.clone(), connections: 4, durable: false };
        let db = Db::connect(&options).await.unwrap();
        db.migrate().await.unwrap();
        let entropy = Arc::new(SystemEntropy);
        let settings = Settings {
            public_url: config.public_url.to_string(),
            platform_domain: config.platform_domain.clone(),
            reserved_prefixes: config.reserved_prefixes.clone(),
        };
        let passwords = Passwords::with_parameters(entropy.clone(), Params::new(8, 1, 1, None).unwrap());
        let key = ServerKey::new([7; 32]);
        let service = Service::new(db.clone(), Arc::new(SystemClock), entropy, passwords, config.dns, key, settings);
        service.prepare_demo(PASSWORD).await.unwrap();

        let root = data.path().join("site");
        lay(&root);
        // Hashed for the browser alone: leptos would look for the names beside this test.
        let site = Site { is_hashed: true, ..Site::new(&root, None) };
        let stop = CancellationToken::new();
        let live = Live::start(service.clone(), stop.clone());
        let state = AppState::new(service, config.public_url.is_https());
        let router = router(state, live.clone(), &site, &config).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let ended = tokio::spawn(answer(listener, router, stop.clone()));
        let client = Client::builder().redirect(Policy::none()).build().unwrap();
        Self { address, db, stop, live, ended, client, data }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(self.url(path)).header(ACCEPT, "text/html")
    }

    /// Posts as WASM does.
    pub fn post(&self, path: &str, form: &[(&str, &str)]) -> RequestBuilder {
        self.client.post(self.url(path)).header(ACCEPT, "application/json").form(form)
    }

    /// Posts as a browser without scripts does.
    pub fn post_plainly(&self, path: &str, form: &[(&str, &str)]) -> RequestBuilder {
        self.client.post(self.url(path)).header(ACCEPT, "text/html").form(form)
    }

    pub async fn sign_in(&self, user_name: &str, password: &str) -> Response {
        let form = [("user_name", user_name), ("password", password), ("next", "/")];
        self.post("/api/session/sign-in", &form).send().await.unwrap()
    }

    /// Signs in, and gives the `Cookie` header that shows it.
    pub async fn session(&self, user_name: &str) -> (reqwest::header::HeaderName, String) {
        let response = self.sign_in(user_name, PASSWORD).await;
        let cookies = cookies(&response);
        assert!(!cookies.is_empty(), "{user_name} is not signed in");
        (COOKIE, cookies)
    }
}

/// What a response sets, as the next request shows it.
pub fn cookies(response: &Response) -> String {
    let cookies = response.headers().get_all(SET_COOKIE).iter();
    let cookies: Vec<_> = cookies.map(|cookie| cookie.to_str().unwrap().split(';').next().unwrap()).collect();
    cookies.join("; ")
}
