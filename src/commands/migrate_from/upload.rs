//! The way up: the lines of the input as the body of one request.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use futures_util::Stream;
use tokio::fs::File;
use tokio::io::{AsyncBufRead, AsyncWriteExt};

use super::lines::Lines;
use super::progress::Counters;

/// How much is handed to the connection at once, in bytes.
const CHUNK: usize = 64 * 1024;

struct Upload<R> {
    lines: Lines<R>,
    copy: Option<File>,
    counters: Arc<Counters>,
}

impl<R: AsyncBufRead + Unpin> Upload<R> {
    /// The next whole lines, about [`CHUNK`] bytes of them; `None` at the end.
    async fn next_chunk(&mut self) -> io::Result<Option<Bytes>> {
        let mut chunk = Vec::with_capacity(CHUNK + 4096);
        let before = self.lines.count;
        while chunk.len() < CHUNK && self.lines.next_into(&mut chunk).await? {}
        if chunk.is_empty() {
            self.counters.all_sent.store(true, Ordering::Release);
            return Ok(None);
        }
        if let Some(copy) = &mut self.copy {
            // On disk before it is sent, so that whatever is answered can be looked up.
            copy.write_all(&chunk).await?;
            copy.flush().await?;
        }
        Counters::add(&self.counters.sent_bytes, chunk.len() as u64);
        Counters::add(&self.counters.sent_lines, self.lines.count - before);
        Ok(Some(Bytes::from(chunk)))
    }
}

/// The lines of `source` that are not blank, as a stream that is read only as fast as it is sent. What is sent is also
/// written to `copy`, for an input that can't be read twice.
///
/// # Errors
/// When the copy can't be made. Errors of reading are items of the stream.
pub async fn body<R>(
    source: R,
    copy: Option<&Path>,
    counters: Arc<Counters>,
) -> io::Result<impl Stream<Item = io::Result<Bytes>> + Send + 'static>
where
    R: AsyncBufRead + Unpin + Send + 'static,
{
    let copy = match copy {
        Some(path) => Some(File::create(path).await?),
        None => None,
    };
    let upload = Upload { lines: Lines::new(source), copy, counters };
    Ok(futures_util::stream::try_unfold(upload, |mut upload| async move {
        match upload.next_chunk().await {
            Ok(chunk) => Ok(chunk.map(|chunk| (chunk, upload))),
            Err(e) => {
                // Only the first problem counts, and there is no second: the stream ends here.
                let _ = upload.counters.input_problem.set(e.to_string());
                Err(e)
            }
        }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::TryStreamExt;
    use tokio::io::BufReader;

    #[tokio::test]
    async fn everything_but_blank_lines_is_sent_in_chunks_of_whole_lines_and_copied() {
        let line = format!("{{\"comments\":\"{}\"}}\n", "x".repeat(1000));
        let input = line.repeat(200).replace("\n{", "\n\n{");
        let directory = tempfile::tempdir().unwrap();
        let copy = directory.path().join("copy");
        let counters = Arc::new(Counters::default());
        let source = BufReader::new(io::Cursor::new(input.into_bytes()));
        let stream = body(source, Some(&copy), Arc::clone(&counters)).await.unwrap();
        let chunks: Vec<Bytes> = stream.try_collect().await.unwrap();
        assert!(chunks.len() > 2 && chunks.iter().all(|chunk| chunk.ends_with(b"}\n") && chunk.len() < 2 * CHUNK));
        assert_eq!(chunks.concat(), line.repeat(200).into_bytes());
        assert_eq!(std::fs::read(copy).unwrap(), line.repeat(200).into_bytes());
        assert_eq!(counters.sent_lines.load(Ordering::Relaxed), 200);
        assert_eq!(counters.sent_bytes.load(Ordering::Relaxed), 200 * line.len() as u64);
        assert!(counters.all_sent.load(Ordering::Relaxed));
    }
}
