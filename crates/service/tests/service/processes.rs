//! Two processes on one PostgreSQL, released together.

use std::{
    collections::BTreeSet,
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::Arc,
};

use mandate_domain::{Event, OfferStatus, Role};
use mandate_service::Error;
use tokio::task::JoinSet;

use crate::state::{PASSWORD, State, new_offer, on_postgres};

const URL: &str = "MANDATE_TEST_PROCESS_URL";
const SESSION: &str = "MANDATE_TEST_PROCESS_SESSION";
const SEED: &str = "MANDATE_TEST_PROCESS_SEED";

/// This test's own program, run once more as the other test here.
struct Process {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Process {
    fn start(url: &str, session: &str, seed: u64) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["processes::one_of_two_processes", "--exact", "--ignored", "--nocapture"])
            .envs([(URL, url), (SESSION, session), (SEED, &seed.to_string())])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = child.stdin.take().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let mut process = Self { child, input, output };
        process.answer("ready");
        process
    }

    /// What follows a word at the beginning of a line; the lines of the test program itself are passed over.
    fn answer(&mut self, word: &str) -> String {
        loop {
            let mut line = String::new();
            assert_ne!(self.output.read_line(&mut line).unwrap(), 0, "the process ended before {word}");
            if let Some(rest) = line.trim_end().strip_prefix(word) {
                return rest.trim().to_owned();
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_give_one_grant() {
    on_postgres(two_processes).await;
}

async fn two_processes(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let mut processes = Vec::new();
    for seed in [2, 3] {
        let session = state.sign_in("mia@contoso.example", PASSWORD).await;
        processes.push(Process::start(&state.url, &session, seed));
    }
    for round in 1..=5 {
        let sent = state.offer(&ana, &format!("Offer {round}"), &[Role::DirectoryReader]).await;
        for process in &mut processes {
            writeln!(process.input, "{}", sent.token).unwrap();
        }
        let given: BTreeSet<String> = processes.iter_mut().map(|process| process.answer("given")).collect();
        let live = state.grants(mia.company.id).await.0;
        assert_eq!(live.len(), 1);
        assert_eq!(given, BTreeSet::from([live[0].id.to_string()]));
    }
    for mut process in processes {
        drop(process.input);
        assert!(process.child.wait().unwrap().success());
    }
    assert_eq!(state.count("SELECT count(*) FROM decisions").await, 5);
    assert_eq!(state.count("SELECT count(*) FROM grants").await, 5);
    for company in [ana.company.id, mia.company.id] {
        assert_eq!(state.recorded(company, |event| matches!(event, Event::OfferAuthorized { .. })).await, 5);
        assert_eq!(state.recorded(company, |event| *event == Event::GrantReplaced).await, 4);
    }
    assert_eq!(state.mail().await.len(), 10);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_use_up_one_offer_once() {
    on_postgres(two_companies_in_two_processes).await;
}

async fn two_companies_in_two_processes(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mut processes = Vec::new();
    for (seed, user_name) in [(2, "mia@contoso.example"), (3, "nora@northwind.example")] {
        let session = state.sign_in(user_name, PASSWORD).await;
        processes.push(Process::start(&state.url, &session, seed));
    }
    for round in 1..=5 {
        let mut new = new_offer(&format!("Offer {round}"), &[Role::DirectoryReader]);
        new.terms.single_use = true;
        let sent = state.send(&ana, &new).await;
        for process in &mut processes {
            writeln!(process.input, "{}", sent.token).unwrap();
        }
        let given: Vec<String> = processes.iter_mut().map(|process| process.answer("given")).collect();
        let used_up = given.iter().filter(|given| given.contains("another has used it")).count();
        assert_eq!(used_up, 1, "{given:?}");
        let view = state.service.offer(&ana, sent.id).await.unwrap();
        assert_eq!((view.status, view.authorized, view.declined), (OfferStatus::UsedUp, 1, 0));
    }
    for mut process in processes {
        drop(process.input);
        assert!(process.child.wait().unwrap().success());
    }
    assert_eq!(state.count("SELECT count(*) FROM decisions").await, 5);
    assert_eq!(state.count("SELECT count(*) FROM grants").await, 5);
    let authorized = |event: &Event| matches!(event, Event::OfferAuthorized { .. });
    assert_eq!(state.recorded(ana.company.id, authorized).await, 5);
}

/// Authorizes each offer that it is told of 50 times at once, and says which grants came of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "started by the test above"]
async fn one_of_two_processes() {
    let state =
        Arc::new(State::beside(&std::env::var(URL).unwrap(), std::env::var(SEED).unwrap().parse().unwrap()).await);
    let mia = state.holder(&std::env::var(SESSION).unwrap()).await;
    println!("\nready");
    for token in std::io::stdin().lines() {
        let token = token.unwrap();
        let mut tasks = JoinSet::new();
        for _ in 0..50 {
            let (state, mia, token) = (Arc::clone(&state), mia.clone(), token.clone());
            tasks.spawn(async move {
                match state.service.authorize(&mia, &token).await {
                    Ok(grant) => grant.to_string(),
                    Err(Error::Changed(why)) => why,
                    Err(error) => panic!("{error:?}"),
                }
            });
        }
        let given: BTreeSet<String> = tasks.join_all().await.into_iter().collect();
        println!("given {}", given.into_iter().collect::<Vec<_>>().join(" "));
    }
    state.db.close().await;
}
