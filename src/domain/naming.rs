//! How names are shown and sorted (01 sections 4 rule 9 and 8.5; 03 section 3). No locale plays a part.

use std::cmp::Ordering;

/// Words that a formatted name has in capitals (01 section 8.5). Three more are not plain words: see
/// [`NUMBERED_ABBREVIATIONS`], and `L&S`, which [`format_local_name`] knows.
#[rustfmt::skip]
const ABBREVIATIONS: [&str; 85] = [
    "AAA", "ADTP", "AIC", "AM", "ATB", "BBV", "BHU", "BICS", "CAD", "CASU", "CES", "CGL", "CIT", "CSC", "CSCP", "CSU",
    "CTTLS", "CV", "DART", "DDU", "DHL", "DRU", "ETS", "ETSP", "ESOL", "FT", "GP", "GFSL", "HCC", "HDC", "HMP",
    "HMPYOI", "HR", "IAG", "ICT", "IDTS", "IMB", "IPD", "IPSO", "ISMS", "IT", "ITQ", "JAC", "LRC", "MBU", "MCASU",
    "MDT", "MOD", "MPU", "NVQ", "NUJ", "OBP", "OMU", "OU", "PACT", "PASRO", "PCVL", "PE", "PICTA", "PIPE", "PM", "PT",
    "PTTLS", "RAM", "RAPT", "ROTL", "RSU", "SDP", "SIU", "SMS", "SOTP", "SPU", "STC", "TLC", "TSP", "TV", "UK", "VCC",
    "VDT", "VP", "VPU", "VTC", "WFC", "YPSMS", "YOI",
];

/// Words that a formatted name has in capitals only when digits follow directly: `HB1`.
const NUMBERED_ABBREVIATIONS: [&str; 2] = ["HB", "LB"];

/// Title case: every word, cut at single blanks, has a capital first and small letters after it (01 section 8.5).
pub fn capitalise(name: &str) -> String {
    let words: Vec<String> = name.split(' ').map(capitalise_word).collect();
    words.join(" ")
}

fn capitalise_word(word: &str) -> String {
    let lower = word.to_lowercase();
    let mut letters = lower.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A local name as it is shown: title case with well-known abbreviations in capitals (01 section 8.5).
///
/// An abbreviation must be a whole word. Letters, digits and `_` of ASCII make words, anything else ends them: `hb1-it` has
/// two words, and so has `it's`.
pub fn format_local_name(name: &str) -> String {
    let name = capitalise(name);
    let mut formatted = String::with_capacity(name.len());
    let mut rest = name.as_str();
    while !rest.is_empty() {
        let (length, in_capitals) = next_piece(rest);
        let (piece, after) = rest.split_at(length);
        if in_capitals {
            formatted.push_str(&piece.to_ascii_uppercase());
        } else {
            formatted.push_str(piece);
        }
        rest = after;
    }
    formatted
}

/// Length in bytes of the next piece of a text (a word, or what is between words), and whether it is an abbreviation.
fn next_piece(text: &str) -> (usize, bool) {
    let word = word_at(text);
    if word.is_empty() {
        return (text.find(is_word_character).unwrap_or(text.len()), false);
    }
    let l_and_s = word.eq_ignore_ascii_case("L")
        && text[word.len()..].strip_prefix('&').is_some_and(|after| word_at(after).eq_ignore_ascii_case("S"));
    if l_and_s { ("L&S".len(), true) } else { (word.len(), is_abbreviation(word)) }
}

/// The word that a text begins with; empty if it begins with something else.
fn word_at(text: &str) -> &str {
    &text[..text.find(|c| !is_word_character(c)).unwrap_or(text.len())]
}

fn is_word_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

fn is_abbreviation(word: &str) -> bool {
    let letters = word.trim_end_matches(|c: char| c.is_ascii_digit());
    let known = if letters.len() < word.len() { &NUMBERED_ABBREVIATIONS[..] } else { &ABBREVIATIONS[..] };
    known.iter().any(|abbreviation| abbreviation.eq_ignore_ascii_case(letters))
}

/// Natural order of two sort names: numbers in them count as numbers, nearly (01 section 4 rule 9).
///
/// The names are cut into runs of digits and runs of other characters. Of two runs of digits the shorter one is smaller,
/// so leading zeros make a number greater (`8` before `007`); all else is in plain order. Only equal names are equal.
pub fn natural_order(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a, b);
    while !a.is_empty() && !b.is_empty() {
        let (run_a, rest_a) = split_run(a);
        let (run_b, rest_b) = split_run(b);
        let order = compare_runs(run_a, run_b);
        if order.is_ne() {
            return order;
        }
        (a, b) = (rest_a, rest_b);
    }
    a.len().cmp(&b.len())
}

/// Sorts things by their sort name in natural order; things with the same name keep their order.
pub fn sort_naturally<T>(things: &mut [T], sort_name: impl Fn(&T) -> String) {
    things.sort_by_cached_key(|thing| SortName(sort_name(thing)));
}

/// A name in natural order.
#[derive(PartialEq, Eq)]
struct SortName(String);

impl Ord for SortName {
    fn cmp(&self, other: &Self) -> Ordering {
        natural_order(&self.0, &other.0)
    }
}

impl PartialOrd for SortName {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Cuts a text after its first run of digits or of other characters.
fn split_run(text: &str) -> (&str, &str) {
    let digits = text.starts_with(|c: char| c.is_ascii_digit());
    text.split_at(text.find(|c: char| c.is_ascii_digit() != digits).unwrap_or(text.len()))
}

fn compare_runs(a: &str, b: &str) -> Ordering {
    let both_digits = [a, b].iter().all(|run| run.starts_with(|c: char| c.is_ascii_digit()));
    let by_length = if both_digits { a.len().cmp(&b.len()) } else { Ordering::Equal };
    by_length.then_with(|| a.cmp(b))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn title_case_knows_only_blanks() {
        let examples = [
            ("HOUSEBLOCK a-wing", "Houseblock A-wing"),
            ("A-WING 1", "A-wing 1"),
            ("LANDING A", "Landing A"),
            ("a-wing (north)", "A-wing (north)"),
            ("two  blanks ", "Two  Blanks "),
            ("tab\tstays", "Tab\tstays"),
            ("éCOLE", "École"),
            ("1ST landing", "1st Landing"),
            ("", ""),
        ];
        for (name, expected) in examples {
            assert_eq!(capitalise(name), expected, "{name:?}");
        }
    }

    #[test]
    fn abbreviations_are_in_capitals() {
        let examples = [
            ("gp room hb12 - it suite", "GP Room HB12 - IT Suite"),
            ("BULLINGDON (HMP)", "Bullingdon (HMP)"),
            ("hb1 CSU landing", "HB1 CSU Landing"),
            ("A-ADJ-1", "A-adj-1"),
            ("BVL ROOM 2", "Bvl Room 2"),
            ("it suite", "IT Suite"),
            ("l&s office", "L&S Office"),
            ("l&l&s/l&s", "L&L&S/L&S"),
            ("l&sx al&s", "L&sx Al&s"),
            ("l & s", "L & S"),
            ("hb lb7 hb12a hbx", "Hb LB7 Hb12a Hbx"),
            ("csu2 csu_2 csu-2 _csu", "Csu2 Csu_2 CSU-2 _csu"),
            ("it's am/pm", "IT's AM/PM"),
            ("gpé égp", "GPé ÉGP"),
            ("ram", "RAM"),
            ("yoi", "YOI"),
        ];
        for (name, expected) in examples {
            assert_eq!(format_local_name(name), expected, "{name:?}");
        }
        for word in ABBREVIATIONS {
            assert_eq!(format_local_name(&word.to_lowercase()), word);
        }
    }

    #[test]
    fn natural_order_counts_digits() {
        let in_order = [
            "", "-", "2", "8", "02", "10", "007", "100", "A", "A-1-1S", "A-1-01S", "A-1-001", "A-2", "A-10", "A-B", "B",
        ];
        let mut names = in_order;
        names.reverse();
        names.sort_by(|a, b| natural_order(a, b));
        assert_eq!(names, in_order);
    }

    #[test]
    fn natural_order_of_the_chapters() {
        let before = [
            ("A-1-01S", "A-1-001"),
            ("2", "10"),
            ("2", "02"),
            ("8", "007"),
            ("Cell Swap", "Temp Absentee Prisoner"),
            ("Temp Absentee Prisoner", "Wing B"),
            ("Wing B", "Z"),
            ("Wing", "Wing 1"),
            ("Wing 9", "Wing 10"),
            ("A", "a"),
            ("A٣", "A٤"),
        ];
        for (smaller, greater) in before {
            assert_eq!(natural_order(smaller, greater), Ordering::Less, "{smaller} before {greater}");
        }
    }

    /// Names that are apt to meet in long runs of digits and other characters.
    const NAMES: &str = "[0-9AaZ &é-]{0,8}";

    proptest! {
        #[test]
        fn natural_order_is_antisymmetric(a in NAMES, b in NAMES) {
            prop_assert_eq!(natural_order(&a, &b), natural_order(&b, &a).reverse());
            prop_assert_eq!(natural_order(&a, &b) == Ordering::Equal, a == b);
        }

        #[test]
        fn natural_order_is_transitive(a in NAMES, b in NAMES, c in NAMES) {
            let mut names = [a, b, c];
            names.sort_by(|a, b| natural_order(a, b));
            prop_assert!(natural_order(&names[0], &names[2]).is_le());
            prop_assert!(natural_order(&names[0], &names[1]).is_le());
            prop_assert!(natural_order(&names[1], &names[2]).is_le());
        }

        #[test]
        fn formatting_changes_case_only_and_once(name in "[a-zA-Z0-9 &_()'-]{0,40}") {
            let formatted = format_local_name(&name);
            prop_assert!(formatted.eq_ignore_ascii_case(&name));
            prop_assert_eq!(format_local_name(&formatted), formatted);
        }

        #[test]
        fn any_name_can_be_formatted_and_compared(a in any::<String>(), b in any::<String>()) {
            let (shown_a, shown_b) = (format_local_name(&a), format_local_name(&b));
            prop_assert_eq!(natural_order(&shown_a, &shown_b), natural_order(&shown_b, &shown_a).reverse());
        }
    }
}
