//! The prisons of England and Wales, with the ids that NOMIS gives them.
//!
//! Ids and names are public knowledge. What a prison is for is true in broad strokes; the number of cells keeps the order of
//! the prisons by size, on a scale that makes the whole about 200,000 locations, from 60 to 1,900 cells.

/// What a prison is for: it decides who is in its cells, and so their capacities and attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Serves the courts around it: remand, short stays, cells shared by two.
    Local,
    /// Category C, training and resettlement.
    Training,
    /// Category B, long sentences, mostly single cells.
    LongTerm,
    /// The long-term high security estate.
    HighSecurity,
    /// Category D, no bars.
    Open,
    /// Women, closed.
    Women,
    /// Women, open.
    WomenOpen,
    /// Young people and young offenders.
    Young,
}

/// How a prison is built: it decides what its wings look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Building {
    /// A Victorian prison: long wings around a centre, three to five landings each.
    Radial,
    /// A modern prison: large houseblocks, each with spurs, each with short landings.
    Houseblocks,
    /// A training prison: many wings of middling size, some with spurs.
    Wings,
    /// Houses or units of a few dozen rooms.
    Units,
}

/// One prison of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prison {
    /// The id in NOMIS: three letters, the last one an `I`.
    pub id: &'static str,
    /// Its name, without "HMP" or "YOI".
    pub name: &'static str,
    /// What it is for.
    pub purpose: Purpose,
    /// How it is built.
    pub building: Building,
    /// How many cells it has, before the seed varies it a little.
    pub cells: usize,
}

use Building::{Houseblocks, Radial, Units, Wings};
use Purpose::{HighSecurity, Local, LongTerm, Open, Training, Women, WomenOpen, Young};

const fn prison(id: &'static str, name: &'static str, purpose: Purpose, building: Building, cells: usize) -> Prison {
    Prison { id, name, purpose, building, cells }
}

/// Every prison, by id.
#[rustfmt::skip]
pub const PRISONS: [Prison; 122] = [
    prison("ACI", "Altcourse", Local, Houseblocks, 1346),
    prison("AGI", "Askham Grange", WomenOpen, Units, 221),
    prison("ASI", "Ashfield", Training, Houseblocks, 702),
    prison("AYI", "Aylesbury", Training, Wings, 690),
    prison("BAI", "Belmarsh", HighSecurity, Houseblocks, 1071),
    prison("BCI", "Buckley Hall", Training, Wings, 766),
    prison("BFI", "Bedford", Local, Radial, 697),
    prison("BLI", "Bristol", Local, Radial, 879),
    prison("BMI", "Birmingham", Local, Radial, 1212),
    prison("BNI", "Bullingdon", Local, Radial, 1311),
    prison("BRI", "Bure", Training, Wings, 939),
    prison("BSI", "Brinsford", Young, Wings, 877),
    prison("BWI", "Berwyn", Training, Houseblocks, 1844),
    prison("BXI", "Brixton", Training, Wings, 1073),
    prison("BZI", "Bronzefield", Women, Houseblocks, 827),
    prison("CDI", "Chelmsford", Local, Radial, 1029),
    prison("CFI", "Cardiff", Local, Radial, 1057),
    prison("CLI", "Coldingley", Training, Wings, 813),
    prison("CWI", "Channings Wood", Training, Wings, 1011),
    prison("DAI", "Dartmoor", Training, Wings, 936),
    prison("DGI", "Dovegate", Training, Houseblocks, 1343),
    prison("DHI", "Drake Hall", Women, Units, 613),
    prison("DMI", "Durham", Local, Radial, 1218),
    prison("DNI", "Doncaster", Local, Houseblocks, 1333),
    prison("DTI", "Deerbolt", Training, Wings, 711),
    prison("DWI", "Downview", Women, Units, 634),
    prison("EEI", "Erlestoke", Training, Wings, 824),
    prison("EHI", "Standford Hill", Open, Units, 761),
    prison("ESI", "East Sutton Park", WomenOpen, Units, 60),
    prison("EWI", "Eastwood Park", Women, Units, 700),
    prison("EXI", "Exeter", Local, Radial, 833),
    prison("EYI", "Elmley", Local, Radial, 1343),
    prison("FBI", "Forest Bank", Local, Houseblocks, 1537),
    prison("FDI", "Ford", Open, Units, 844),
    prison("FEI", "Fosse Way", Training, Houseblocks, 1688),
    prison("FHI", "Foston Hall", Women, Units, 573),
    prison("FKI", "Frankland", HighSecurity, Wings, 1116),
    prison("FMI", "Feltham", Young, Wings, 860),
    prison("FNI", "Full Sutton", HighSecurity, Wings, 923),
    prison("FSI", "Featherstone", Training, Wings, 978),
    prison("FWI", "Five Wells", Training, Houseblocks, 1688),
    prison("GHI", "Garth", LongTerm, Wings, 1112),
    prison("GMI", "Guys Marsh", Training, Wings, 877),
    prison("GNI", "Grendon", LongTerm, Wings, 464),
    prison("GTI", "Gartree", LongTerm, Wings, 997),
    prison("HBI", "Hollesley Bay", Open, Units, 783),
    prison("HCI", "Huntercombe", Training, Wings, 778),
    prison("HDI", "Hatfield", Open, Units, 661),
    prison("HEI", "Hewell", Local, Radial, 1297),
    prison("HHI", "Holme House", Training, Wings, 1377),
    prison("HII", "Hindley", Training, Wings, 899),
    prison("HLI", "Hull", Local, Radial, 1256),
    prison("HMI", "Humber", Training, Houseblocks, 1274),
    prison("HOI", "High Down", Training, Houseblocks, 1372),
    prison("HPI", "Highpoint", Training, Wings, 1452),
    prison("HVI", "Haverigg", Open, Units, 799),
    prison("ISI", "Isis", Training, Houseblocks, 925),
    prison("IWI", "Isle of Wight", LongTerm, Wings, 1322),
    prison("KMI", "Kirkham", Open, Units, 965),
    prison("KVI", "Kirklevington Grange", Open, Units, 534),
    prison("LCI", "Leicester", Local, Radial, 613),
    prison("LEI", "Leeds", Local, Radial, 1308),
    prison("LFI", "Lancaster Farms", Training, Houseblocks, 860),
    prison("LGI", "Lowdham Grange", LongTerm, Houseblocks, 1177),
    prison("LHI", "Lindholme", Training, Wings, 1237),
    prison("LII", "Lincoln", Local, Radial, 958),
    prison("LLI", "Long Lartin", HighSecurity, Wings, 919),
    prison("LNI", "Low Newton", Women, Units, 629),
    prison("LPI", "Liverpool", Local, Radial, 1123),
    prison("LTI", "Littlehey", Training, Wings, 1397),
    prison("LWI", "Lewes", Local, Radial, 922),
    prison("LYI", "Leyhill", Open, Units, 815),
    prison("MDI", "Moorland", Training, Wings, 1294),
    prison("MHI", "Morton Hall", Training, Wings, 630),
    prison("MRI", "Manchester", HighSecurity, Radial, 1028),
    prison("MSI", "Maidstone", Training, Wings, 899),
    prison("MTI", "The Mount", Training, Wings, 1235),
    prison("NHI", "New Hall", Women, Units, 665),
    prison("NLI", "Northumberland", Training, Wings, 1467),
    prison("NMI", "Nottingham", Local, Radial, 1273),
    prison("NSI", "North Sea Camp", Open, Units, 711),
    prison("NWI", "Norwich", Local, Radial, 1052),
    prison("ONI", "Onley", Training, Wings, 1026),
    prison("OWI", "Oakwood", Training, Houseblocks, 1900),
    prison("PBI", "Peterborough", Local, Houseblocks, 1131),
    prison("PDI", "Portland", Training, Wings, 830),
    prison("PFI", "Peterborough Female", Women, Houseblocks, 639),
    prison("PNI", "Preston", Local, Radial, 972),
    prison("PRI", "Parc", Training, Houseblocks, 1747),
    prison("PVI", "Pentonville", Local, Radial, 1373),
    prison("RCI", "Rochester", Training, Wings, 985),
    prison("RHI", "Rye Hill", LongTerm, Houseblocks, 958),
    prison("RNI", "Ranby", Training, Wings, 1300),
    prison("RSI", "Risley", Training, Wings, 1274),
    prison("SDI", "Send", Women, Units, 400),
    prison("SFI", "Stafford", Training, Wings, 1034),
    prison("SHI", "Stoke Heath", Training, Wings, 1060),
    prison("SKI", "Stocken", Training, Wings, 1261),
    prison("SLI", "Swaleside", LongTerm, Wings, 1204),
    prison("SNI", "Swinfen Hall", LongTerm, Wings, 921),
    prison("SPI", "Spring Hill", Open, Units, 607),
    prison("STI", "Styal", Women, Units, 750),
    prison("SUI", "Sudbury", Open, Units, 880),
    prison("SWI", "Swansea", Local, Radial, 740),
    prison("TCI", "Thorn Cross", Open, Units, 723),
    prison("TSI", "Thameside", Local, Houseblocks, 1391),
    prison("UKI", "Usk", Training, Wings, 524),
    prison("UPI", "Prescoed", Open, Units, 499),
    prison("VEI", "The Verne", Training, Wings, 879),
    prison("WCI", "Winchester", Local, Radial, 981),
    prison("WDI", "Wakefield", HighSecurity, Wings, 1033),
    prison("WEI", "Wealstun", Training, Wings, 1100),
    prison("WHI", "Woodhill", LongTerm, Houseblocks, 940),
    prison("WII", "Warren Hill", Training, Wings, 506),
    prison("WLI", "Wayland", Training, Wings, 1229),
    prison("WMI", "Wymott", Training, Wings, 1350),
    prison("WNI", "Werrington", Young, Wings, 184),
    prison("WRI", "Whitemoor", HighSecurity, Wings, 755),
    prison("WSI", "Wormwood Scrubs", Local, Radial, 1400),
    prison("WTI", "Whatton", Training, Wings, 1108),
    prison("WWI", "Wandsworth", Local, Radial, 1600),
    prison("WYI", "Wetherby", Young, Wings, 595),];

/// Ids for prisons that do not exist, for an estate larger than the real one: all ids of the form that NOMIS uses
/// (02 section 8: two capitals and an `I`) that the table does not have.
pub fn invented_ids() -> impl Iterator<Item = String> {
    let letters = || b'A'..=b'Z';
    let ids = letters().flat_map(move |a| letters().map(move |b| [char::from(a), char::from(b), 'I'].iter().collect()));
    ids.filter(|id: &String| PRISONS.iter().all(|p| p.id != id))
}

/// How many ids [`invented_ids`] gives.
pub const INVENTED_IDS: usize = 26 * 26 - PRISONS.len();

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn ids_are_unique_in_order_and_of_the_form_that_sync_accepts() {
        let ids: Vec<&str> = PRISONS.iter().map(|p| p.id).collect();
        assert!(ids.is_sorted());
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 122);
        for id in ids {
            assert!(id.len() == 3 && id.bytes().all(|b| b.is_ascii_uppercase()) && id.ends_with('I'), "{id}");
        }
    }

    #[test]
    fn sizes_run_from_60_to_1900_cells() {
        let sizes = || PRISONS.iter().map(|p| p.cells);
        assert_eq!((sizes().min(), sizes().max()), (Some(60), Some(1900)));
    }

    #[test]
    fn invented_ids_are_new() {
        let invented: BTreeSet<String> = invented_ids().collect();
        assert_eq!(invented.len(), INVENTED_IDS);
        assert!(PRISONS.iter().all(|p| !invented.contains(p.id)));
    }
}
