use std::net::SocketAddr;

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
};

/// Stands before a server, to be stopped in the middle of what passes, and started again at the same address.
pub struct Proxy {
    pub address: SocketAddr,
    server: (String, u16),
    running: JoinHandle<()>,
}

fn pass(listener: TcpListener, server: (String, u16)) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut connections = JoinSet::new();
        loop {
            let (mut client, _) = listener.accept().await.unwrap();
            let mut server = TcpStream::connect(&server).await.unwrap();
            connections.spawn(async move { copy_bidirectional(&mut client, &mut server).await });
        }
    })
}

impl Proxy {
    pub async fn start(host: &str, port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = (host.to_owned(), port);
        Self { address, running: pass(listener, server.clone()), server }
    }

    /// Closes all that is open and refuses what comes.
    pub async fn stop(&mut self) {
        self.running.abort();
        assert!((&mut self.running).await.unwrap_err().is_cancelled());
    }

    pub async fn start_again(&mut self) {
        let listener = TcpListener::bind(self.address).await.unwrap();
        self.running = pass(listener, self.server.clone());
    }
}
