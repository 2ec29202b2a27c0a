use std::{
    io,
    sync::{Arc, Mutex},
};

use serde_json::Value;

use crate::house::{House, PASSWORD};

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn requests_are_logged_and_nothing_secret_is() {
    let written = Written::default();
    let writer = written.clone();
    tracing::subscriber::set_global_default(mandate::log::json(move || writer.clone())).unwrap();

    let house = House::open().await;
    let token = "tokenwhichmustnotbeseen";
    let (name, session) = house.session("ana@fabrikam.example").await;
    house.sign_in("mia@contoso.example", "a wrong password").await;
    for path in [
        format!("/o/{token}"),
        format!("/l/{token}"),
        format!("/users/{token}?search={token}"),
        format!("/no-such-page/{token}"),
        format!("/customers/{token}/users"),
        format!("/sign-in?next=%2F{token}"),
    ] {
        house.get(&path).header(&name, &session).send().await.unwrap();
    }
    let answered = house.get("/healthz").header("x-forwarded-for", "198.51.100.1").send().await.unwrap();
    let id = answered.headers()["x-request-id"].to_str().unwrap();

    let log = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
    let session = session.split('=').nth(1).unwrap();
    for secret in [token, session, PASSWORD, "a wrong password", "ana@", "mia@", "Ana", "198.51.100.1", "127.0.0.1"] {
        assert!(!log.contains(secret), "{secret} in\n{log}");
    }
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let line = |is_it: &dyn Fn(&Value) -> bool| {
        let found = lines.iter().find(|line| line["message"] == "answered" && is_it(line));
        found.unwrap_or_else(|| panic!("it is not in\n{log}"))
    };
    let answered = line(&|line| line["span"]["id"] == id);
    assert_eq!(answered["route"], "/healthz");
    assert_eq!(answered["status"], 200);
    assert_eq!(answered["method"], "GET");
    assert!(answered["milliseconds"].is_f64());
    assert_eq!(line(&|line| line["route"] == "/o/{token}")["status"], 303);
    assert_eq!(line(&|line| line["route"] == "/api/session/sign-in")["method"], "POST");
    line(&|line| line["route"] == "none" && line["status"] == 404);
}
