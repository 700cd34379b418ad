//! An HTTP/1.1 client that does as little as possible: requests are ready bytes, connections stay open, and of an answer only
//! status and body are looked at. A comfortable client would take the processor time that is to be measured.

use std::io;
use std::ops::Range;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// How much room there is for the next piece of an answer, in bytes.
const PIECE: usize = 64 * 1024;

/// One connection, one request at a time.
pub struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
    joined: Vec<u8>,
}

/// An answer.
#[derive(Debug)]
pub struct Answer<'a> {
    /// Its status.
    pub status: u16,
    /// Its body.
    pub body: &'a [u8],
}

/// How the end of a body is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Length {
    Known(usize),
    Chunked,
}

impl Connection {
    /// Connects to a port of this machine.
    pub async fn open(port: u16) -> io::Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, received: Vec::new(), joined: Vec::new() })
    }

    /// Sends a request and reads its answer.
    pub async fn exchange(&mut self, request: &[u8]) -> io::Result<Answer<'_>> {
        self.send(request).await?;
        self.answer().await
    }

    /// Sends a request or a piece of one.
    pub async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes).await
    }

    /// Reads the next answer.
    pub async fn answer(&mut self) -> io::Result<Answer<'_>> {
        self.received.clear();
        let start = self.line_end(0, b"\r\n\r\n").await?;
        let (status, length) = read_head(&self.received[..start])?;
        let body = match length {
            Length::Known(length) => {
                self.at_least(start + length).await?;
                &self.received[start..start + length]
            }
            Length::Chunked => {
                self.join_chunks(start).await?;
                &self.joined[..]
            }
        };
        Ok(Answer { status, body })
    }

    async fn join_chunks(&mut self, start: usize) -> io::Result<()> {
        self.joined.clear();
        let mut position = start;
        loop {
            let data = self.line_end(position, b"\r\n").await?;
            let size = chunk_size(&self.received[position..data - 2])?;
            position = data + size + 2;
            self.at_least(position).await?;
            self.joined.extend_from_slice(&self.received[data..data + size]);
            if size == 0 {
                return Ok(());
            }
        }
    }

    /// The position after the next such end of a line, which is waited for.
    async fn line_end(&mut self, from: usize, end: &[u8]) -> io::Result<usize> {
        let mut searched = from;
        loop {
            if let Some(found) = find(&self.received, searched..self.received.len(), end) {
                return Ok(found + end.len());
            }
            searched = self.received.len().saturating_sub(end.len() - 1).max(from);
            self.more().await?;
        }
    }

    async fn at_least(&mut self, length: usize) -> io::Result<()> {
        while self.received.len() < length {
            self.more().await?;
        }
        Ok(())
    }

    async fn more(&mut self) -> io::Result<()> {
        self.received.reserve(PIECE);
        match self.stream.read_buf(&mut self.received).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}

/// Where a text is within a range.
fn find(bytes: &[u8], range: Range<usize>, text: &[u8]) -> Option<usize> {
    bytes.get(range.clone())?.windows(text.len()).position(|window| window == text).map(|found| range.start + found)
}

fn not_http(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("the answer is not HTTP/1.1: {what}"))
}

/// Status and length of the body.
fn read_head(head: &[u8]) -> io::Result<(u16, Length)> {
    let head = str::from_utf8(head).map_err(|_| not_http("its head is not text"))?;
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|status| status.parse().ok());
    let mut length = Length::Known(0);
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        if name.eq_ignore_ascii_case("content-length") {
            length = Length::Known(value.trim().parse().map_err(|_| not_http("its length is not a number"))?);
        } else if name.eq_ignore_ascii_case("transfer-encoding") && value.trim().eq_ignore_ascii_case("chunked") {
            length = Length::Chunked;
        }
    }
    Ok((status.ok_or_else(|| not_http("there is no status"))?, length))
}

/// The size of a chunk; what may follow it on the line is of no interest.
fn chunk_size(line: &[u8]) -> io::Result<usize> {
    let text = str::from_utf8(line).unwrap_or_default();
    let digits = text.split(';').next().unwrap_or_default().trim();
    usize::from_str_radix(digits, 16).map_err(|_| not_http("a chunk without a size"))
}

/// Makes requests as bytes, all with one token.
#[derive(Clone)]
pub struct Requests {
    authorization: String,
}

impl Requests {
    /// Requests with this bearer token.
    pub fn new(token: &str) -> Self {
        Self { authorization: format!("authorization: Bearer {token}\r\n") }
    }

    /// Requests without a token.
    pub fn anonymous() -> Self {
        Self { authorization: String::new() }
    }

    /// A GET.
    pub fn get(&self, path: &str) -> Vec<u8> {
        self.bare("GET", path)
    }

    /// A request without a body.
    pub fn bare(&self, method: &str, path: &str) -> Vec<u8> {
        format!("{}content-length: 0\r\n\r\n", self.head(method, path)).into_bytes()
    }

    /// A request with a JSON body.
    pub fn json(&self, method: &str, path: &str, body: &str) -> Vec<u8> {
        let head = self.head(method, path);
        format!("{head}content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}", body.len()).into_bytes()
    }

    /// The head of a request whose body comes in chunks.
    pub fn chunked(&self, method: &str, path: &str, content_type: &str) -> Vec<u8> {
        let head = self.head(method, path);
        format!("{head}content-type: {content_type}\r\ntransfer-encoding: chunked\r\n\r\n").into_bytes()
    }

    fn head(&self, method: &str, path: &str) -> String {
        format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\n{}", self.authorization)
    }
}
