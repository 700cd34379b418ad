//! The prisons that are made. Ids are two capitals and an `I`, as the Locations API wants them.

/// A prison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Prison {
    pub id: String,
    pub name: String,
}

/// There are no more ids: 26 by 26.
pub(super) const MOST: usize = 676;

/// The first ones have the ids and names of real prisons, for people who look at the demonstration.
const KNOWN: [(&str, &str); 10] = [
    ("LEI", "Leeds"),
    ("MDI", "Moorland"),
    ("WWI", "Wandsworth"),
    ("BXI", "Brixton"),
    ("PVI", "Pentonville"),
    ("LPI", "Liverpool"),
    ("MRI", "Manchester"),
    ("BMI", "Birmingham"),
    ("CFI", "Cardiff"),
    ("NMI", "Nottingham"),
];

/// All of them, in order.
pub(super) fn all() -> impl Iterator<Item = Prison> {
    let known = KNOWN.iter().map(|&(id, name)| Prison { id: id.to_owned(), name: name.to_owned() });
    let letters = || 'A'..='Z';
    let made_up = letters()
        .flat_map(move |first| letters().map(move |second| format!("{first}{second}I")))
        .filter(|id| KNOWN.iter().all(|(known, _)| known != id))
        .map(|id| Prison { name: format!("Prison {id}"), id });
    known.chain(made_up)
}

/// The usages that a prison has; every third has `OTH` in the place of `OTHER`.
pub(super) fn usages(number: usize) -> [&'static str; 8] {
    let other = if number % 3 == 2 { "OTH" } else { "OTHER" };
    ["VISIT", "APP", "PROP", "MOVEMENT", "OIC", "PROG", "OCCUR", other]
}
