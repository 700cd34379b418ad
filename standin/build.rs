//! A change of the migrations makes the crate be built anew: they are part of it.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
