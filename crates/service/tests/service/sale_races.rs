//! Two processes on one database, released together, each with fifty tasks.

use std::{
    collections::BTreeSet,
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::Arc,
};

use mandate_domain::Event;
use mandate_service::{Error, Principal, Result, acceptance::Accepted};
use tokio::task::JoinSet;

use crate::{
    selling::{as_it_is, delegating, send_purchase, send_trial},
    sign_up::{AMY, COMPANY, filled_in},
    state::{ADDRESS, PASSWORD, State},
};

on_both_engines!(
    one_order_of_one_company,
    one_order_of_two_companies,
    one_company_and_one_order_of_one_sign_up,
    one_company_of_two_sign_ups,
);

const URL: &str = "MANDATE_TEST_SALE_URL";
const SESSION: &str = "MANDATE_TEST_SALE_SESSION";
const SEED: &str = "MANDATE_TEST_SALE_SEED";
const ROUNDS: i64 = 3;

/// This test's own program, run once more as the last test here.
struct Process {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Process {
    /// With a session, by which it accepts; without one, it signs up.
    fn start(url: &str, session: &str, seed: u64) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["sale_races::one_of_two_processes", "--exact", "--ignored", "--nocapture"])
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
    fn answer(&mut self, word: &str) -> BTreeSet<String> {
        loop {
            let mut line = String::new();
            assert_ne!(self.output.read_line(&mut line).unwrap(), 0, "the process ended before {word}");
            if let Some(rest) = line.trim_end().strip_prefix(word) {
                return rest.split('|').map(|answer| answer.trim().to_owned()).collect();
            }
        }
    }

    fn end(self) {
        let Self { mut child, input, output: _until_it_has_ended } = self;
        drop(input);
        assert!(child.wait().unwrap().success());
    }
}

/// Tells each process one token or secret, and gives all that their hundred tasks answered.
fn race(processes: &mut [Process; 2], told: [&str; 2]) -> BTreeSet<String> {
    for (process, told) in processes.iter_mut().zip(told) {
        writeln!(process.input, "{told}").unwrap();
    }
    processes.iter_mut().flat_map(|process| process.answer("answers")).collect()
}

async fn signed_in(state: &State, user_names: [&str; 2]) -> [Process; 2] {
    let mut sessions = Vec::new();
    for user_name in user_names {
        sessions.push(state.sign_in(user_name, PASSWORD).await);
    }
    [Process::start(&state.url, &sessions[0], 2), Process::start(&state.url, &sessions[1], 3)]
}

async fn one_order_of_one_company(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mia = state.who("mia@contoso.example").await;
    let mut processes = signed_in(&state, ["mia@contoso.example", "mia@contoso.example"]).await;
    for round in 1..=ROUNDS {
        let sent = send_purchase(&state, &ana, delegating).await;
        let answers = race(&mut processes, [&sent.token, &sent.token]);
        let made = state.service.accept_sale(&mia, &sent.token, &[], true).await.unwrap();
        assert_eq!(answers, BTreeSet::from([said(Ok(made))]));
        assert_eq!(state.count("SELECT count(*) FROM orders").await, round);
        assert_eq!(state.count("SELECT count(*) FROM order_lines").await, 2 * round);
        assert_eq!(state.count("SELECT count(*) FROM subscriptions").await, 2 * round);
        assert_eq!(state.count("SELECT count(*) FROM decisions").await, round);
        assert_eq!(state.count("SELECT count(*) FROM grants").await, round);
    }
    processes.into_iter().for_each(Process::end);
    let placed = |event: &Event| matches!(event, Event::OrderPlaced { .. });
    for company in [ana.company.id, mia.company.id] {
        assert_eq!(i64::try_from(state.recorded(company, placed).await).unwrap(), ROUNDS);
    }
    assert_eq!(i64::try_from(state.mail().await.len()).unwrap(), 3 * ROUNDS);
}

async fn one_order_of_two_companies(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mut processes = signed_in(&state, ["mia@contoso.example", "nora@northwind.example"]).await;
    for round in 1..=ROUNDS {
        let sent = send_trial(&state, &ana, delegating).await;
        let answers = race(&mut processes, [&sent.token, &sent.token]);
        let used_up = answers.iter().filter(|answer| answer.contains("another has used it")).count();
        assert_eq!((answers.len(), used_up), (2, 1), "{answers:?}");
        assert_eq!(state.count("SELECT count(*) FROM orders").await, round);
        assert_eq!(state.count("SELECT count(*) FROM subscriptions").await, round);
        assert_eq!(state.count("SELECT count(*) FROM decisions").await, round);
    }
    processes.into_iter().for_each(Process::end);
}

async fn one_company_and_one_order_of_one_sign_up(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mut processes = [Process::start(&state.url, "", 2), Process::start(&state.url, "", 3)];
    let sent = send_purchase(&state, &ana, delegating).await;
    let secret = filled_in(&state, &sent, COMPANY).await;
    let answers = race(&mut processes, [&secret, &secret]);
    processes.into_iter().for_each(Process::end);
    let again = state.service.sign_up_finish(&secret, &[], true, ADDRESS).await.unwrap();
    assert_eq!(answers, BTreeSet::from([said(Ok(again.accepted))]));
    assert_eq!(state.count("SELECT count(*) FROM companies WHERE NOT is_demo").await, 1);
    assert_eq!(state.count("SELECT count(*) FROM orders").await, 1);
    assert_eq!(state.count("SELECT count(*) FROM subscriptions").await, 2);
    assert_eq!(state.count("SELECT count(*) FROM grants").await, 1);
    let amy = state.who(AMY).await;
    assert_eq!(state.recorded(amy.company.id, |event| *event == Event::CompanyCreated).await, 1);
    assert_eq!(state.count("SELECT count(*) FROM users WHERE user_name LIKE '%@adventure%'").await, 1);
    assert_eq!(state.mail().await.len(), 3);
}

async fn one_company_of_two_sign_ups(state: Arc<State>) {
    let ana = state.who("ana@fabrikam.example").await;
    let mut processes = [Process::start(&state.url, "", 2), Process::start(&state.url, "", 3)];
    let sent = send_trial(&state, &ana, as_it_is).await;
    let one = filled_in(&state, &sent, COMPANY).await;
    let other = filled_in(&state, &sent, COMPANY).await;
    let answers = race(&mut processes, [&one, &other]);
    processes.into_iter().for_each(Process::end);
    let used_up = answers.iter().filter(|answer| answer.contains("another has used it")).count();
    assert_eq!((answers.len(), used_up), (2, 1), "{answers:?}");
    assert_eq!(state.count("SELECT count(*) FROM companies WHERE NOT is_demo").await, 1);
    assert_eq!(state.count("SELECT count(*) FROM orders").await, 1);
}

/// What a task says of how it ended.
fn said(answer: Result<Accepted>) -> String {
    match answer {
        Ok(Accepted { order, grant }) => {
            format!("{order} {}", grant.map(|grant| grant.to_string()).unwrap_or_default())
        }
        Err(Error::Changed(why)) => why,
        Err(error) => panic!("{error:?}"),
    }
    .trim()
    .to_owned()
}

async fn attempt(state: &State, who: Option<&Principal>, told: &str) -> Result<Accepted> {
    match who {
        Some(who) => state.service.accept_sale(who, told, &[], true).await,
        None => state.service.sign_up_finish(told, &[], true, ADDRESS).await.map(|finished| finished.accepted),
    }
}

/// Accepts each offer, or finishes each sign-up, that it is told of 50 times at once, and says what came of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "started by the tests above"]
async fn one_of_two_processes() {
    let state =
        Arc::new(State::beside(&std::env::var(URL).unwrap(), std::env::var(SEED).unwrap().parse().unwrap()).await);
    let session = std::env::var(SESSION).unwrap();
    let who = if session.is_empty() { None } else { Some(state.holder(&session).await) };
    println!("\nready");
    for told in std::io::stdin().lines() {
        let told = told.unwrap();
        let mut tasks = JoinSet::new();
        for _ in 0..50 {
            let (state, who, told) = (Arc::clone(&state), who.clone(), told.clone());
            tasks.spawn(async move { said(attempt(&state, who.as_ref(), &told).await) });
        }
        let answers: BTreeSet<String> = tasks.join_all().await.into_iter().collect();
        println!("answers {}", answers.into_iter().collect::<Vec<_>>().join("|"));
    }
    state.db.close().await;
}
