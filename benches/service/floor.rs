//! The floor beside a work: what pgbench reaches on the same database, with the same number of connections, with the fewest
//! statements that could do the job. The scripts are in `benches/floor/`; psql runs them too, with `-v name=value`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::database::Database;
use crate::settings::Settings;
use crate::works::Floor;
use crate::{Outcome, say};

/// Transactions of a floor a second, times what each stands for; none where there is no pgbench.
pub async fn measure(
    settings: &Settings,
    database: &mut Database,
    floor: &Floor,
    connections: usize,
) -> Outcome<Option<f64>> {
    let Some(programs) = &settings.postgres_bin else { return Ok(None) };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/floor");
    let preparation = folder.join(format!("{}.prepare.sql", floor.script));
    if preparation.exists() {
        database.run(&fs::read_to_string(preparation)?).await?;
    }
    let script = fs::read_to_string(folder.join(format!("{}.sql", floor.script)))?;
    let mut command = Command::new(programs.join("pgbench"));
    command.args(["--no-vacuum", "--protocol=prepared", "--jobs=1"]);
    command.arg(format!("--client={connections}")).arg(format!("--time={}", settings.seconds.as_secs()));
    for file in copies(&script, floor, &settings.scratch)? {
        command.arg("--file").arg(file);
    }
    let output = command.arg(&database.url).output()?;
    let told = String::from_utf8_lossy(&output.stdout);
    let per_second = read_rate(&told).filter(|_| output.status.success());
    if per_second.is_none() {
        say(&format!("pgbench failed with {}: {told}{}", floor.script, String::from_utf8_lossy(&output.stderr)));
    }
    Ok(per_second.map(|per_second| per_second * floor.requests))
}

/// Writes a copy of the script for each set of values. pgbench has no variables for text that change by chance, but it chooses
/// among scripts by chance.
fn copies(script: &str, floor: &Floor, scratch: &Path) -> Outcome<Vec<PathBuf>> {
    let folder = scratch.join(floor.script);
    fs::create_dir_all(&folder)?;
    let mut files = Vec::with_capacity(floor.targets.len());
    for (number, values) in floor.targets.iter().enumerate() {
        let copy = values.iter().fold(script.to_owned(), |text, (name, value)| {
            text.replace(&format!(":'{name}'"), &format!("'{}'", value.replace('\'', "''")))
        });
        let file = folder.join(format!("{number}.sql"));
        fs::write(&file, copy)?;
        files.push(file);
    }
    Ok(files)
}

/// Transactions a second, of all scripts together: the first such line.
fn read_rate(output: &str) -> Option<f64> {
    let line = output.lines().find_map(|line| line.trim().strip_prefix("tps = "))?;
    line.split(' ').next()?.parse().ok()
}
