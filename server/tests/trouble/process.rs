use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use tokio::time::{Instant, sleep};

use crate::database::KEY;

const START_LIMIT: Duration = Duration::from_secs(30);

/// `mandate serve`, as an operator starts it.
pub struct Process {
    pub address: SocketAddr,
    url: String,
    data: PathBuf,
    child: Child,
}

impl Process {
    /// Starts it, and does not wait.
    pub fn begin(url: &str, data: &Path) -> Self {
        let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let child = spawn(address, url, data);
        Self { address, url: url.to_owned(), data: data.to_owned(), child }
    }

    pub async fn start(url: &str, data: &Path) -> Self {
        let mut process = Self::begin(url, data);
        process.ready().await;
        process
    }

    pub async fn ready(&mut self) {
        let limit = Instant::now() + START_LIMIT;
        while !reqwest::get(self.url("/readyz")).await.is_ok_and(|answer| answer.status().is_success()) {
            assert!(self.child.try_wait().unwrap().is_none(), "the server ended at its start");
            assert!(Instant::now() < limit, "the server did not start");
            sleep(Duration::from_millis(10)).await;
        }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Ends it as a power cut does (SIGKILL), and starts it again at the same address.
    pub async fn kill_and_start(&mut self) {
        self.kill();
        self.child = spawn(self.address, &self.url, &self.data);
        self.ready().await;
    }

    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(address: SocketAddr, url: &str, data: &Path) -> Child {
    Command::new(env!("CARGO_BIN_EXE_mandate"))
        .arg("serve")
        .env_clear()
        .envs([("MANDATE_SECRET_KEY", KEY), ("DATABASE_URL", url), ("MANDATE_LISTEN", &address.to_string())])
        .env("MANDATE_DATA", data)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}
