//! Small prisons for training: there, a prison need only show what there is, not how much.

use super::body::MigratedLocation;
use super::prison;
use super::prisons::PRISONS;
use super::site::Site;

/// Ids of the prisons of the table, in its order.
pub fn prison_ids() -> impl Iterator<Item = &'static str> {
    PRISONS.iter().map(|prison| prison.id)
}

/// A prison with this id and exactly this number of locations (no more than the smallest prison of the table has), parents
/// before children. One that is not in the table is built like one that is.
pub fn small_prison(prison_id: &str, locations: usize, seed: u64) -> impl Iterator<Item = MigratedLocation> + use<> {
    let like = PRISONS.iter().find(|p| p.id == prison_id).or(PRISONS.first());
    let site = like.map(|like| Site::new(prison_id.to_owned(), like, 0, seed).cut_to(locations));
    site.into_iter().flat_map(move |site| prison(site, seed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_prison_has_its_id_and_size_whether_it_is_in_the_table_or_not() {
        for id in prison_ids().chain(["XYI"]) {
            let locations: Vec<MigratedLocation> = small_prison(id, 150, 1).collect();
            assert_eq!(locations.len(), 150, "{id}");
            assert!(locations.iter().all(|location| location.prison_id == id));
            assert!(locations.iter().filter(|location| location.is_cell()).count() > 30, "{id}");
        }
    }
}
