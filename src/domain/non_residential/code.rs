//! Codes made from local names (05 section 6).

/// How many digits the codes that are tried for one name end in.
const DIGITS: std::ops::RangeInclusive<u32> = 2..=6;
/// How many letters of the name a code begins with, at most.
const LETTERS: usize = 6;

/// The codes to try for a new location with this name, the shortest first. The same name in the same prison always gives
/// the same codes.
pub fn candidates(prison_id: &str, local_name: &str) -> Vec<String> {
    let base = base(local_name);
    DIGITS
        .map(|digits| {
            let hash = hash(prison_id, local_name, 10_u64.pow(digits));
            format!("{base}{hash:0width$}", width = digits as usize)
        })
        .collect()
}

/// The consonants of a name in capitals; where there are none, its letters and digits.
fn base(local_name: &str) -> String {
    let upper = local_name.to_uppercase();
    let consonants: String =
        upper.chars().filter(|c| c.is_alphabetic() && !"AEIOU".contains(*c)).take(LETTERS).collect();
    if consonants.is_empty() {
        upper.chars().filter(|c| c.is_alphanumeric()).take(LETTERS).collect()
    } else {
        consonants
    }
}

fn hash(prison_id: &str, local_name: &str, modulus: u64) -> u64 {
    let text = format!("{prison_id}:{local_name}");
    text.encode_utf16().fold(0, |hash, unit| (hash * 31 + u64::from(unit)) % modulus)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn codes_of_the_contract() {
        let examples = [
            ("MDI", "BVL Room 2", ["BVLRM21", "BVLRM621", "BVLRM0621"]),
            ("MDI", "Gym", ["GYM07", "GYM707", "GYM2707"]),
            ("LEI", "Gym", ["GYM77", "GYM177", "GYM8177"]),
            ("MDI", "Adjudication Room", ["DJDCTN82", "DJDCTN782", "DJDCTN4782"]),
            ("MDI", "adjudication room", ["DJDCTN86", "DJDCTN486", "DJDCTN9486"]),
            ("MDI", "Reception store", ["RCPTNS52", "RCPTNS952", "RCPTNS8952"]),
            ("MDI", "AEIOU 1", ["AEIOU168", "AEIOU1868", "AEIOU12868"]),
            ("MDI", "!!!", ["85", "385", "3385"]),
        ];
        for (prison_id, name, codes) in examples {
            assert_eq!(candidates(prison_id, name)[..3], codes, "{name}");
        }
        assert_eq!(base("yard éole ß"), "YRDÉLS");
    }

    proptest! {
        #[test]
        fn every_code_fits_its_column(prison_id in "[A-Z]{2}I", name in any::<String>()) {
            for code in candidates(&prison_id, &name) {
                prop_assert!((2..=12).contains(&code.chars().count()), "{}", code);
            }
        }
    }
}
