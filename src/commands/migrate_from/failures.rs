//! The file of lines that failed, made from the input, so that it can be sent again.

use std::io;
use std::path::{Path, PathBuf};

use tokio::fs::{self, File};
use tokio::io::{AsyncWriteExt, BufReader, BufWriter};

use super::lines::Lines;

/// Looks up lines of the input and writes those that failed to a file. The file is there under its name only once
/// everything was answered; a half one would be taken for the whole.
pub struct Failures {
    input: PathBuf,
    lines: Option<Lines<BufReader<File>>>,
    line: Vec<u8>,
    name: PathBuf,
    file: Option<BufWriter<File>>,
}

impl Failures {
    /// Failures among the lines of `input`, to be written to `name`.
    pub fn new(input: PathBuf, name: PathBuf) -> Self {
        Self { input, lines: None, line: Vec::new(), name, file: None }
    }

    /// Where they go.
    pub fn name(&self) -> &Path {
        &self.name
    }

    fn unfinished(&self) -> PathBuf {
        let mut name = self.name.clone().into_os_string();
        name.push(".part");
        name.into()
    }

    /// Writes the `number`th line that was sent, counted from 1, to the file of failures, and says which line of the input it is. Numbers
    /// must come in ascending order.
    ///
    /// # Errors
    /// When either file can't be read or written, or when there is no such line any more.
    pub async fn add(&mut self, number: u64) -> io::Result<u64> {
        let lines = match &mut self.lines {
            Some(lines) => lines,
            none => none.insert(Lines::new(BufReader::with_capacity(1 << 16, File::open(&self.input).await?))),
        };
        while lines.count < number {
            self.line.clear();
            if !lines.next_into(&mut self.line).await? {
                let text = format!("{} has changed meanwhile: line {number} is gone", self.input.display());
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, text));
            }
        }
        let line_of_file = lines.line_of_file;
        let unfinished = self.unfinished();
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(BufWriter::new(File::create(unfinished).await?)),
        };
        file.write_all(&self.line).await?;
        Ok(line_of_file)
    }

    /// Puts the file in its place; `None` when nothing failed.
    ///
    /// # Errors
    /// When it can't be written.
    pub async fn finish(mut self) -> io::Result<Option<PathBuf>> {
        let Some(mut file) = self.file.take() else { return Ok(None) };
        file.flush().await?;
        fs::rename(self.unfinished(), &self.name).await?;
        Ok(Some(self.name))
    }

    /// Takes away what there is: not everything was answered.
    pub async fn discard(mut self) {
        if self.file.take().is_some() {
            // Nothing can be done about a file that can't be removed; its name says that it is half.
            let _ = fs::remove_file(self.unfinished()).await;
        }
    }
}

/// Where the failures of `input` go when nobody says otherwise.
pub fn default_name(input: &Path) -> PathBuf {
    let mut name = if input == Path::new("-") { "migrate-from".into() } else { input.as_os_str().to_owned() };
    name.push(".failed.ndjson");
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn failed_lines_are_copied_byte_for_byte() {
        let directory = tempfile::tempdir().unwrap();
        let (input, name) = (directory.path().join("in"), directory.path().join("failed"));
        std::fs::write(&input, "one\n\ntwo \nthree\nfour").unwrap();
        let mut failures = Failures::new(input, name.clone());
        assert_eq!(failures.add(2).await.unwrap(), 3);
        assert_eq!(failures.add(4).await.unwrap(), 5);
        assert!(!name.exists(), "not before everything is answered");
        assert_eq!(failures.finish().await.unwrap(), Some(name.clone()));
        assert_eq!(std::fs::read_to_string(name).unwrap(), "two \nfour\n");
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 2);
    }

    #[tokio::test]
    async fn without_failures_there_is_no_file_and_half_a_file_is_taken_away() {
        let directory = tempfile::tempdir().unwrap();
        let (input, name) = (directory.path().join("in"), directory.path().join("failed"));
        std::fs::write(&input, "one\n").unwrap();
        assert_eq!(Failures::new(input.clone(), name.clone()).finish().await.unwrap(), None);
        let mut failures = Failures::new(input, name.clone());
        failures.add(1).await.unwrap();
        assert!(failures.add(2).await.unwrap_err().to_string().contains("line 2 is gone"));
        failures.discard().await;
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[test]
    fn the_name_says_where_it_comes_from() {
        assert_eq!(default_name(Path::new("estate.ndjson")), Path::new("estate.ndjson.failed.ndjson"));
        assert_eq!(default_name(Path::new("-")), Path::new("migrate-from.failed.ndjson"));
    }
}
