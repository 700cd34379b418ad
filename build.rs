//! A new file in migrations/ means a new binary: it is embedded, and the compiler only watches files that it knows already.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
