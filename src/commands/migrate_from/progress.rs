//! How far it is, for people: a bar on a terminal, a line now and then elsewhere.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressStyle};

/// What has been done so far; shared by those who do it and those who show it.
#[derive(Debug, Default)]
pub struct Counters {
    /// Bytes handed to the connection.
    pub sent_bytes: AtomicU64,
    /// Lines handed to the connection.
    pub sent_lines: AtomicU64,
    /// Whether the whole input was handed to the connection.
    pub all_sent: AtomicBool,
    /// Why the input could not be read to its end. What the connection says then is only that its body ended early.
    pub input_problem: OnceLock<String>,
    /// Lines answered `created`.
    pub created: AtomicU64,
    /// Lines answered `unchanged`.
    pub unchanged: AtomicU64,
    /// Lines answered `failed`.
    pub failed: AtomicU64,
}

impl Counters {
    /// Adds to a counter.
    pub fn add(counter: &AtomicU64, more: u64) {
        counter.fetch_add(more, Ordering::Relaxed);
    }

    /// Lines that were answered, whatever the answer.
    pub fn answered(&self) -> u64 {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        read(&self.created) + read(&self.unchanged) + read(&self.failed)
    }

    /// Position and length of the bar, and the words beside it. A length of 0 means: not known.
    fn state(&self, input_bytes: Option<u64>) -> (u64, u64, String) {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let (bytes, lines, answered) = (read(&self.sent_bytes), read(&self.sent_lines), self.answered());
        if answered > 0 {
            let (created, unchanged, failed) = (read(&self.created), read(&self.unchanged), read(&self.failed));
            let text = format!(
                "answered {} of {}: {} created, {} unchanged, {} failed",
                HumanCount(answered),
                HumanCount(lines),
                HumanCount(created),
                HumanCount(unchanged),
                HumanCount(failed)
            );
            return (answered, lines, text);
        }
        if self.all_sent.load(Ordering::Acquire) {
            return (0, 0, format!("{} lines sent, waiting for the service to insert them", HumanCount(lines)));
        }
        let of = input_bytes.map(|all| format!(" of {}", HumanBytes(all))).unwrap_or_default();
        (bytes, input_bytes.unwrap_or(0), format!("sent {}{of}, {} lines", HumanBytes(bytes), HumanCount(lines)))
    }
}

/// How often a bar is drawn anew.
const REDRAW: Duration = Duration::from_millis(150);
/// How often a line is written where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(5);
/// How many of these times nothing is written when there is nothing new to say.
const SILENT_TIMES: u32 = 11;

/// Shows the counters on standard error until it is dropped by whoever drives it.
pub async fn show(counters: Arc<Counters>, input_bytes: Option<u64>) {
    if !std::io::stderr().is_terminal() {
        show_lines(&counters, input_bytes).await;
    }
    let bar = ProgressBar::new(0);
    let style = ProgressStyle::with_template("{spinner} {wide_bar} {percent:>3} %  {elapsed_precise}\n  {msg}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    let bar = ClearedAtEnd(bar);
    loop {
        let (position, length, text) = counters.state(input_bytes);
        bar.0.set_length(length.max(1));
        bar.0.set_position(position);
        bar.0.set_message(text);
        bar.0.tick();
        tokio::time::sleep(REDRAW).await;
    }
}

/// Writes a line now and then, for ever.
async fn show_lines(counters: &Counters, input_bytes: Option<u64>) {
    let mut said = String::new();
    let mut silent = 0;
    loop {
        tokio::time::sleep(LINE_EVERY).await;
        let text = counters.state(input_bytes).2;
        if text == said && silent < SILENT_TIMES {
            silent += 1;
            continue;
        }
        eprintln!("{text}");
        said = text;
        silent = 0;
    }
}

/// Takes the bar off the screen before anything else is written there.
struct ClearedAtEnd(ProgressBar);

impl Drop for ClearedAtEnd {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_follow_the_work() {
        let counters = Counters::default();
        Counters::add(&counters.sent_bytes, 2048);
        Counters::add(&counters.sent_lines, 5);
        assert_eq!(counters.state(Some(4096)), (2048, 4096, "sent 2.00 KiB of 4.00 KiB, 5 lines".into()));
        assert_eq!(counters.state(None), (2048, 0, "sent 2.00 KiB, 5 lines".into()));
        counters.all_sent.store(true, Ordering::Release);
        assert_eq!(counters.state(None).2, "5 lines sent, waiting for the service to insert them");
        Counters::add(&counters.created, 2);
        Counters::add(&counters.failed, 1);
        let (position, length, text) = counters.state(None);
        assert_eq!((position, length, text.as_str()), (3, 5, "answered 3 of 5: 2 created, 0 unchanged, 1 failed"));
    }
}
