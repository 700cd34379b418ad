//! Lines of a file, read without ever holding more than one of them.

use std::io;

use tokio::io::{AsyncBufRead, AsyncBufReadExt};

/// The longest line that is taken for the body of a location, in bytes.
pub const LONGEST_LINE: usize = 1 << 20;

/// Reads lines that are not blank, and counts.
pub struct Lines<R> {
    source: R,
    /// Number of the line that was read last, blank ones counted, from 1.
    pub line_of_file: u64,
    /// Number of lines read that were not blank.
    pub count: u64,
}

impl<R: AsyncBufRead + Unpin> Lines<R> {
    /// The lines of `source`.
    pub fn new(source: R) -> Self {
        Self { source, line_of_file: 0, count: 0 }
    }

    /// Appends the next line that is not blank to `into`, with a line feed at its end; false when there is none.
    ///
    /// # Errors
    /// Whatever the source says; `InvalidData` for a line longer than [`LONGEST_LINE`].
    pub async fn next_into(&mut self, into: &mut Vec<u8>) -> io::Result<bool> {
        let start = into.len();
        loop {
            if !self.whole_line(into, start).await? {
                return Ok(false);
            }
            self.line_of_file += 1;
            if !into[start..].iter().all(u8::is_ascii_whitespace) {
                break;
            }
            into.truncate(start);
        }
        self.count += 1;
        Ok(true)
    }

    async fn whole_line(&mut self, into: &mut Vec<u8>, start: usize) -> io::Result<bool> {
        loop {
            let available = self.source.fill_buf().await?;
            if available.is_empty() {
                // The last line need not end with a line feed.
                if into.len() > start {
                    into.push(b'\n');
                    return Ok(true);
                }
                return Ok(false);
            }
            let end = available.iter().position(|byte| *byte == b'\n').map(|feed| feed + 1);
            let piece = end.unwrap_or(available.len());
            if into.len() - start + piece > LONGEST_LINE {
                let line = self.line_of_file + 1;
                let text =
                    format!("line {line} is longer than {LONGEST_LINE} bytes: this is no file of one location a line");
                return Err(io::Error::new(io::ErrorKind::InvalidData, text));
            }
            into.extend_from_slice(&available[..piece]);
            self.source.consume(piece);
            if end.is_some() {
                return Ok(true);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::BufReader;

    async fn read(text: &[u8]) -> io::Result<Vec<(u64, String)>> {
        // A buffer that is smaller than any line: lines are put together from pieces.
        let mut lines = Lines::new(BufReader::with_capacity(3, text));
        let mut found = Vec::new();
        let mut line = Vec::new();
        while lines.next_into(&mut line).await? {
            found.push((lines.line_of_file, String::from_utf8(std::mem::take(&mut line)).unwrap()));
        }
        Ok(found)
    }

    #[tokio::test]
    async fn blank_lines_are_skipped_but_counted_and_the_last_line_is_ended() {
        let found = read(b"{\"a\":1}\n\n  \r\n{\"b\":2}\r\n{\"c\":3}").await.unwrap();
        assert_eq!(found, [(1, "{\"a\":1}\n".into()), (4, "{\"b\":2}\r\n".into()), (5, "{\"c\":3}\n".into())]);
    }

    #[tokio::test]
    async fn an_empty_file_has_no_lines() {
        assert_eq!(read(b"").await.unwrap(), []);
        assert_eq!(read(b"\n\n").await.unwrap(), []);
    }

    #[tokio::test]
    async fn a_line_without_end_is_refused_instead_of_read_into_memory() {
        let endless = vec![b'x'; LONGEST_LINE + 1];
        let error = read(&endless).await.unwrap_err();
        assert!(error.to_string().starts_with("line 1 is longer than"), "{error}");
    }
}
