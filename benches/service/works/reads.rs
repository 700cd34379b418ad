//! Reads of one location, of a page, and of whole prisons.

use super::{Material, Work, live, some};
use crate::estate::{Place, Prison};

pub fn works(material: &Material) -> Vec<Work> {
    let mut works = single(material);
    works.extend(whole_prisons(material));
    works
}

fn single(material: &Material) -> Vec<Work> {
    let (estate, requests) = (&material.estate, &material.requests);
    let of = |places: &[Place], path: fn(&Place) -> String| -> Vec<Vec<u8>> {
        places.iter().map(|place| requests.get(&path(place))).collect()
    };
    let ids = |places: &[Place]| -> Vec<Vec<_>> { some(places).map(|p| vec![("id", p.id.to_string())]).collect() };
    let split = |place: &Place| {
        let (prison, path) = place.key.split_once('-').unwrap_or_default();
        vec![("prison", prison.to_owned()), ("path", path.to_owned())]
    };
    let pages = (estate.locations / 200).max(1);
    let page = |page: usize| requests.get(&format!("/locations?page={page}&size=200"));
    vec![
        Work::any_of(
            "GET /locations/{id}, active, at random",
            16,
            of(&estate.active, |p| format!("/locations/{}", p.id)),
        )
        .live(live(284.0, 53.0, 133.0))
        .floor("read_by_id", ids(&estate.active)),
        Work::any_of(
            "GET /locations/key/{key}, cells at random",
            16,
            of(&estate.cells, |p| format!("/locations/key/{}", p.key)),
        )
        .live(live(163.0, 94.0, 208.0))
        .floor("read_by_key", some(&estate.cells).map(split)),
        Work::any_of("GET /sync/id/{id}", 16, of(&estate.active, |p| format!("/sync/id/{}", p.id)))
            .live(live(742.0, 21.0, 63.0))
            .floor("read_sync", ids(&estate.active)),
        Work::any_of("GET /locations, page of 200", 4, (0..pages).map(page).collect())
            .live(live(38.0, 112.0, 434.0))
            .floor(
                "read_page",
                (0..pages).step_by((pages / 100).max(1)).map(|n| vec![("offset", (n * 200).to_string())]),
            ),
    ]
}

fn whole_prisons(material: &Material) -> Vec<Work> {
    let (estate, requests) = (&material.estate, &material.requests);
    let largest = &estate.prisons[..1.min(estate.prisons.len())];
    let of = |prisons: &[Prison], before: &str, after: &str| -> Vec<Vec<u8>> {
        prisons.iter().map(|prison| requests.get(&format!("{before}/{}{after}", prison.id))).collect()
    };
    let ids = |prisons: &[Prison]| -> Vec<Vec<_>> {
        some(prisons).map(|prison| vec![("prison", prison.id.clone())]).collect()
    };
    vec![
        Work::any_of("GET residential-summary, largest prison", 4, of(largest, "/locations/residential-summary", ""))
            .live(live(20.0, 192.0, 362.0))
            .floor("read_prison", ids(largest)),
        Work::any_of(
            "GET residential-summary, any prison",
            4,
            of(&estate.prisons, "/locations/residential-summary", ""),
        )
        .live(live(44.0, 85.0, 264.0))
        .floor("read_prison", ids(&estate.prisons)),
        Work::any_of("GET /locations/prison/{prisonId}, largest prison", 2, of(largest, "/locations/prison", ""))
            .live(live(12.0, 149.0, 401.0))
            .floor("read_prison", ids(largest)),
        Work::any_of(
            "GET residential-hierarchy, largest prison",
            4,
            of(largest, "/locations/prison", "/residential-hierarchy"),
        )
        .live(live(55.0, 72.0, 123.0))
        .floor("read_hierarchy", ids(largest)),
        Work::any_of("GET inactive-cells, any prison", 4, of(&estate.prisons, "/locations/prison", "/inactive-cells"))
            .live(live(88.0, 44.0, 92.0))
            .floor("read_inactive_cells", ids(&estate.prisons)),
        Work::any_of(
            "GET non-residential summary, any prison",
            4,
            of(&estate.prisons, "/locations/non-residential/summary", ""),
        )
        .live(live(260.0, 15.0, 30.0))
        .floor("read_non_residential", ids(&estate.prisons)),
    ]
}
