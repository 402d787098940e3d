//! Asks a stand-in whether it answers.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(2);

/// Whether `GET url` is answered with 200; `url` is `http://<ip>:<port>/<path>`
pub(crate) fn answers(url: &str) -> bool {
    ask(url).is_some_and(|answer| answer.starts_with(b"HTTP/1.1 200"))
}

fn ask(url: &str) -> Option<Vec<u8>> {
    let (host, path) = url.strip_prefix("http://")?.split_once('/')?;
    let address: SocketAddr = host.parse().ok()?;
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    stream.set_write_timeout(Some(PATIENCE)).ok()?;
    write!(
        stream,
        "GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    )
    .ok()?;
    let mut answer = vec![0; 12];
    stream.read_exact(&mut answer).ok()?;
    Some(answer)
}
