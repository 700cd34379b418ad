//! Location groups that a prison has in a file (03 section 12.1). The files beside this one are the prisons that have one.
//!
//! Prisons without a file have their groups made from the tree: see [`crate::view::group`].

use std::collections::BTreeMap;

use regex::Regex;

/// The files that are built in, by prison. `MDI` is for environments other than production.
const FILES: [(&str, &str); 4] = [
    ("CDI", include_str!("CDI.properties")),
    ("MDI", include_str!("MDI.properties")),
    ("WEI", include_str!("WEI.properties")),
    ("WRI", include_str!("WRI.properties")),
];

/// Why a group file can't be used.
#[derive(Debug, thiserror::Error)]
pub enum GroupFileError {
    /// There is no file for the prison.
    #[error("there are no location groups for {0}")]
    NoFile(String),
    /// A line is no `key=patterns`.
    #[error("location groups: {0:?} is not of the form key=patterns")]
    Line(String),
    /// A pattern is no regular expression.
    #[error("location groups: {0}")]
    Pattern(#[from] regex::Error),
}

/// The groups of all prisons that have a file, by `<prison>_<group>` or `<prison>_<group>_<sub-group>`.
#[derive(Clone, Debug, Default)]
pub struct GroupTable(BTreeMap<String, GroupPatterns>);

/// Which locations belong to a group.
#[derive(Clone, Debug)]
pub struct GroupPatterns {
    /// The patterns as the file has them, separated by commas.
    text: String,
    patterns: Vec<Regex>,
}

/// A group with its sub-groups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileGroup<'a> {
    /// Name, also its key.
    pub name: &'a str,
    /// Names of its sub-groups, in plain order.
    pub sub_groups: Vec<&'a str>,
}

impl GroupTable {
    /// The groups of these prisons, from the files that are built in.
    ///
    /// # Errors
    /// When a prison has no file, or a file can't be read.
    pub fn of_prisons<'a>(prisons: impl IntoIterator<Item = &'a str>) -> Result<Self, GroupFileError> {
        let mut table = Self::default();
        for prison in prisons {
            let file = FILES.iter().find(|(id, _)| *id == prison);
            let (_, text) = file.ok_or_else(|| GroupFileError::NoFile(prison.to_owned()))?;
            table.read(text)?;
        }
        Ok(table)
    }

    /// The prisons that have a file.
    pub fn built_in_prisons() -> impl Iterator<Item = &'static str> {
        FILES.iter().map(|(prison, _)| *prison)
    }

    /// Adds the groups of a file: a group on a line, `#` begins a comment, `\ ` in a key is a blank.
    fn read(&mut self, text: &str) -> Result<(), GroupFileError> {
        for line in text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
            let (key, patterns) = line.split_once('=').ok_or_else(|| GroupFileError::Line(line.to_owned()))?;
            self.0.insert(key.replace("\\ ", " "), GroupPatterns::read(patterns)?);
        }
        Ok(())
    }

    /// A group of a prison; a sub-group is named `<group>_<sub-group>`.
    pub fn find(&self, prison_id: &str, name: &str) -> Option<&GroupPatterns> {
        self.0.get(&format!("{prison_id}_{name}"))
    }

    /// Which cells belong to a group of a prison, whether it is in a file or not (03 section 12.4).
    pub fn filter(&self, prison_id: &str, name: &str) -> GroupFilter<'_> {
        match self.find(prison_id, name) {
            Some(patterns) => GroupFilter::OfFile { prison_id: prison_id.to_owned(), patterns },
            None => GroupFilter::OfTree { path_prefix: format!("{}-", name.replace('_', "-")) },
        }
    }

    /// The groups of a prison with their sub-groups, in plain order; none if it has no file (03 section 12.2).
    pub fn of_prison(&self, prison_id: &str) -> Vec<FileGroup<'_>> {
        let names = || {
            let from = self.0.range(prison_id.to_owned()..).map(|(key, _)| key.as_str());
            from.map_while(move |key| key.strip_prefix(prison_id)).filter_map(|rest| rest.strip_prefix('_'))
        };
        let sub_groups_of = |group: &str| {
            let of_group = names().filter_map(|name| name.split_once('_')).filter(|(g, _)| *g == group);
            of_group.map(|(_, sub_group)| sub_group).collect()
        };
        names()
            .filter(|name| !name.contains('_'))
            .map(|name| FileGroup { name, sub_groups: sub_groups_of(name) })
            .collect()
    }
}

/// Says which cells of a prison belong to a group.
#[derive(Clone, Debug)]
pub enum GroupFilter<'a> {
    /// The group is in a file: its patterns decide.
    OfFile {
        /// The prison.
        prison_id: String,
        /// The patterns.
        patterns: &'a GroupPatterns,
    },
    /// It is not: codes joined with `_` name a location, and all below it belong to the group.
    OfTree {
        /// What the paths begin with.
        path_prefix: String,
    },
}

impl GroupFilter<'_> {
    /// Whether a location of the prison with this path belongs to the group.
    pub fn holds(&self, path: &str) -> bool {
        match self {
            Self::OfFile { prison_id, patterns } => patterns.matches(&format!("{prison_id}-{path}")),
            Self::OfTree { path_prefix } => path.starts_with(path_prefix),
        }
    }
}

impl GroupPatterns {
    fn read(text: &str) -> Result<Self, regex::Error> {
        let patterns = text.split(',').map(|pattern| Regex::new(&format!("^(?:{pattern})$")));
        Ok(Self { text: text.to_owned(), patterns: patterns.collect::<Result<_, _>>()? })
    }

    /// Whether a location with this key belongs to the group.
    pub fn matches(&self, key: &str) -> bool {
        self.patterns.iter().any(|pattern| pattern.is_match(key))
    }

    /// What is left of the patterns without dots and pluses. Only of a simple pattern is it a prefix of keys
    /// (03 section 12.3 and Q13).
    pub fn location_prefix(&self) -> String {
        self.text.chars().filter(|c| !matches!(c, '.' | '+')).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> GroupTable {
        GroupTable::of_prisons(GroupTable::built_in_prisons()).unwrap()
    }

    fn names(prison: &str) -> Vec<String> {
        table().of_prison(prison).iter().map(|g| g.name.to_owned()).collect()
    }

    #[test]
    fn top_groups_are_in_plain_order() {
        assert_eq!(names("CDI"), ["A-Wing", "B-Wing", "C-Wing", "D-Wing", "E-Wing", "F-Wing", "G-Wing", "HCC"]);
        assert_eq!(
            names("WEI"),
            [
                "A-Wing",
                "All Wings",
                "B-Wing",
                "C-Wing",
                "D-Wing",
                "E-Wing",
                "F-Wing",
                "G-Wing",
                "H-Wing",
                "I-Wing",
                "J-Wing",
                "K-Wing",
                "Segregation"
            ]
        );
        assert_eq!(
            names("WRI"),
            ["A-Wing", "B-Wing", "C-Wing", "D-Wing", "E-Wing - Bridge", "F-Wing", "Healthcare", "Seg Unit"]
        );
        assert!(names("LEI").is_empty());
    }

    #[test]
    fn the_blank_of_red_is_kept_and_sorts_first() {
        let table = table();
        let groups = table.of_prison("WRI");
        assert_eq!(groups[0].sub_groups, [" Red", "Blue", "Green"]);
        assert_eq!(groups[4].sub_groups, ["Landing 1", "Landing 2"]);
        assert!(table.find("WRI", "A-Wing_ Red").is_some());
    }

    #[test]
    fn a_pattern_takes_the_whole_key() {
        let table = table();
        let spur = table.find("CDI", "E-Wing_Red Spur Landing 1").unwrap();
        assert!(spur.matches("CDI-E-1-001") && spur.matches("CDI-E-1-024"));
        assert!(!spur.matches("CDI-E-1-025") && !spur.matches("CDI-E-1-0011") && !spur.matches("CDI-E-2-001"));
        let green = table.find("WRI", "B-Wing_Green").unwrap();
        assert!(green.matches("WRI-B-1-029") && green.matches("WRI-B-3-049") && !green.matches("WRI-B-3-028"));
        let all = table.find("WEI", "All Wings").unwrap();
        assert!(all.matches("WEI-A-1-001") && !all.matches("WEI-K-1-001"));
        assert!(!table.find("CDI", "HCC").unwrap().matches("CDI-H-"));
    }

    #[test]
    fn a_group_without_a_file_is_what_is_below_a_location() {
        let table = table();
        let landing = table.filter("LEI", "A_1");
        assert!(landing.holds("A-1-001") && !landing.holds("A-1") && !landing.holds("A-11-001"));
        assert!(table.filter("CDI", "A-Wing").holds("A-1-001") && !table.filter("CDI", "A-Wing").holds("B-1-001"));
    }

    #[test]
    fn prefixes() {
        let table = table();
        for (prison, group, prefix) in [
            ("CDI", "A-Wing", "CDI-A-"),
            ("CDI", "A-Wing_Landing 1", "CDI-A-1-"),
            ("WEI", "C-Wing_Blue All", "WEI-C-[123]-B"),
            ("WRI", "A-Wing_Blue", "WRI-A-1-0(1[5-9]|2[0-8]),WRI-A-2-0(1[5-9]|2[0-8]),WRI-A-3-0(1[5-9]|2[0-8])"),
        ] {
            assert_eq!(table.find(prison, group).unwrap().location_prefix(), prefix);
        }
    }

    #[test]
    fn a_prison_that_is_left_out_has_no_groups() {
        let table = GroupTable::of_prisons(["CDI"]).unwrap();
        assert!(table.of_prison("MDI").is_empty() && !table.of_prison("CDI").is_empty());
        assert!(matches!(GroupTable::of_prisons(["LEI"]), Err(GroupFileError::NoFile(_))));
    }
}
