//! The rooms of the crate depend on each other in one direction only (docs/architecture.md).

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What each room may use of the crate besides itself.
const MAY_USE: [(&str, &[&str]); 9] = [
    ("domain", &[]),
    ("view", &["domain"]),
    ("clients", &["domain", "config", "telemetry"]),
    ("store", &["domain", "clock", "telemetry"]),
    ("service", &["domain", "view", "store", "clients", "clock", "telemetry", "events", "demo"]),
    ("events", &["domain", "store", "clock", "config", "telemetry"]),
    (
        "api",
        &[
            "domain",
            "view",
            "store",
            "service",
            "clients",
            "events",
            "app",
            "config",
            "health",
            "telemetry",
            "build_info",
        ],
    ),
    ("queues", &["domain", "store", "service", "events", "config", "telemetry"]),
    ("demo", &["domain"]),
];

fn rust_files(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            rust_files(&path, into);
        } else if path.extension().is_some_and(|e| e == "rs") {
            into.push(path);
        }
    }
}

/// The rooms that a file names with `crate::`.
fn rooms_used(text: &str) -> BTreeSet<String> {
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    code.flat_map(|line| line.split("crate::").skip(1).map(str::to_owned).collect::<Vec<_>>())
        .map(|rest| rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect())
        .filter(|room: &String| !room.is_empty())
        .collect()
}

#[test]
fn rooms_use_only_what_is_below_them() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    for (room, allowed) in MAY_USE {
        let mut files = Vec::new();
        rust_files(&source.join(room), &mut files);
        for file in files {
            let text = std::fs::read_to_string(&file).unwrap();
            for used in rooms_used(&text) {
                if used != room && !allowed.contains(&used.as_str()) {
                    wrong.push(format!("{} uses {used}", file.strip_prefix(&source).unwrap().display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_check_sees_what_a_file_uses() {
    let text = "use crate::store::find;\n// crate::api is only named here\nlet x = crate::view::time::now();";
    assert_eq!(rooms_used(text), BTreeSet::from(["store".to_owned(), "view".to_owned()]));
}
