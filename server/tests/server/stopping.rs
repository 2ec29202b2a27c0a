use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{sleep, timeout},
};

use crate::house::House;

#[tokio::test]
async fn a_request_under_way_ends_first() {
    let house = House::open().await;
    let mut under_way = TcpStream::connect(house.address).await.unwrap();
    // A connection that a browser opened in advance keeps nobody waiting.
    let idle = TcpStream::connect(house.address).await.unwrap();
    let head = "POST /api/session/viewer HTTP/1.1\r\nhost: mandate\r\naccept: application/json\r\n\
                content-type: application/x-www-form-urlencoded\r\ncontent-length: 3\r\n\r\na";
    under_way.write_all(head.as_bytes()).await.unwrap();
    sleep(Duration::from_millis(200)).await;

    house.stop.cancel();
    sleep(Duration::from_millis(200)).await;
    assert!(!house.ended.is_finished());
    assert!(TcpStream::connect(house.address).await.is_err(), "a new connection was taken");

    under_way.write_all(b"=1").await.unwrap();
    let mut answer = String::new();
    under_way.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    timeout(Duration::from_secs(2), house.ended).await.unwrap().unwrap().unwrap();
    drop(idle);
}
