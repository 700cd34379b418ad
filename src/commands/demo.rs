//! `demo`: writes a demonstration estate to standard output, one body of `POST /migrate/location` a line.

use std::io::{self, BufWriter, ErrorKind, Write};
use std::process::ExitCode;

use crate::demo::{self, DEFAULT_SEED, Options};

/// Write demonstration data: the prisons of England and Wales with made-up locations, as newline-delimited JSON.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// Exactly this many locations [default: as many as the prisons naturally have, about 200,000 for all of them]
    #[arg(long, value_name = "N")]
    locations: Option<usize>,
    /// This many prisons: real ones first, then invented ones [default: 122, more if --locations needs more]
    #[arg(long, value_name = "N", conflicts_with = "prison")]
    prisons: Option<usize>,
    /// Only this prison; may be given several times
    #[arg(long, value_name = "ID")]
    prison: Vec<String>,
    /// The same seed always gives the same data
    #[arg(long, default_value_t = DEFAULT_SEED)]
    seed: u64,
    /// Lines in any order, children before parents too
    #[arg(long)]
    shuffle: bool,
    /// Say which prisons there would be, with their numbers of cells and locations, and write no data
    #[arg(long, conflicts_with = "shuffle")]
    list: bool,
}

impl Args {
    fn options(&self) -> Options {
        Options {
            seed: self.seed,
            locations: self.locations,
            prisons: self.prisons,
            only: self.prison.clone(),
            shuffle: self.shuffle,
        }
    }
}

/// Writes the estate to standard output; 2 and a line on standard error when the options make no sense or the output
/// can't be written. A reader that has read enough (`| head`) is no error.
pub fn run(args: &Args) -> ExitCode {
    let out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    let written = if args.list { list(&args.options(), out) } else { write_lines(&args.options(), out) };
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) if e.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("demo: {e}");
            ExitCode::from(2)
        }
    }
}

fn write_lines(options: &Options, mut out: impl Write) -> io::Result<()> {
    let estate = demo::estate(options).map_err(|e| io::Error::new(ErrorKind::InvalidInput, e))?;
    for location in estate {
        serde_json::to_writer(&mut out, &location)?;
        out.write_all(b"\n")?;
    }
    out.flush()
}

fn list(options: &Options, mut out: impl Write) -> io::Result<()> {
    let sites = demo::sites(options).map_err(|e| io::Error::new(ErrorKind::InvalidInput, e))?;
    let (mut cells, mut locations) = (0, 0);
    for site in sites {
        let real = site.prison_id == site.prison.id;
        let name = if real { site.prison.name.to_owned() } else { format!("(like {})", site.prison.name) };
        writeln!(out, "{} {name:<24} {:>6} cells {:>8} locations", site.prison_id, site.cells, site.locations)?;
        cells += site.cells;
        locations += site.locations;
    }
    writeln!(out, "    {:<24} {cells:>6} cells {locations:>8} locations", "together")?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::MigratedLocation;

    fn options() -> Options {
        Options { locations: Some(500), only: vec!["LEI".into()], ..Options::default() }
    }

    #[test]
    fn each_line_is_the_body_of_one_location() {
        let mut out = Vec::new();
        write_lines(&options(), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.ends_with('\n'));
        let read: Vec<MigratedLocation> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert!(read.into_iter().eq(demo::estate(&options()).unwrap()));
    }

    #[test]
    fn the_list_names_the_prisons_and_adds_them_up() {
        let mut out = Vec::new();
        list(&options(), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let mut lines = text.lines();
        assert!(lines.next().unwrap().starts_with("LEI Leeds "));
        assert!(lines.next().unwrap().ends_with("500 locations"));
        assert_eq!(lines.next(), None);
    }

    #[test]
    fn a_prison_that_is_not_there_is_named() {
        let options = Options { only: vec!["XXI".into()], ..Options::default() };
        assert!(write_lines(&options, Vec::new()).unwrap_err().to_string().contains("no prison XXI"));
    }
}
