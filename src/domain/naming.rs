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
