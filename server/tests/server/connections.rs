use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, sleep, timeout},
};

use crate::house::House;

/// Whoever sends their headers byte by byte would hold a connection for ever.
#[tokio::test]
async fn half_a_header_is_not_waited_for() {
    let house = House::open().await;
    let start = Instant::now();
    let mut slow = TcpStream::connect(house.address).await.unwrap();
    let mut silent = TcpStream::connect(house.address).await.unwrap();
    slow.write_all(b"GET /healthz HTTP/1.1\r\nhost: man").await.unwrap();
    let drip = async {
        while slow.write_all(b"d").await.is_ok() {
            sleep(Duration::from_millis(500)).await;
            let mut answer = [0; 1];
            if let Ok(Ok(0) | Err(_)) = timeout(Duration::from_millis(1), slow.read(&mut answer)).await {
                break;
            }
        }
    };
    timeout(Duration::from_secs(15), drip).await.expect("the slow one is cut off");
    let mut answer = Vec::new();
    let ended = timeout(Duration::from_secs(5), silent.read_to_end(&mut answer)).await;
    ended.expect("the silent one is cut off").unwrap();
    assert!(answer.is_empty());
    assert!(start.elapsed() >= Duration::from_secs(9), "they had their time");
}

#[tokio::test]
async fn a_connection_is_kept_for_the_next_request() {
    let house = House::open().await;
    let mut kept = TcpStream::connect(house.address).await.unwrap();
    for pause in [0, 11] {
        sleep(Duration::from_secs(pause)).await;
        kept.write_all(b"GET /healthz HTTP/1.1\r\nhost: mandate\r\n\r\n").await.unwrap();
        let mut answer = [0; 15];
        kept.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"HTTP/1.1 200 OK");
        let mut rest = vec![0; 4096];
        let _ = kept.read(&mut rest).await.unwrap();
    }
}
