//! Words that stand in times: months, days of the week, zones; in English and German.

/// Months in their order, by all their names; any beginning of three letters or more will do.
const MONTHS: [&[&str]; 12] = [
    &["january", "januar", "jänner"],
    &["february", "februar"],
    &["march", "märz", "mrz"],
    &["april"],
    &["may", "mai"],
    &["june", "juni"],
    &["july", "juli"],
    &["august"],
    &["september"],
    &["october", "oktober"],
    &["november"],
    &["december", "dezember"],
];

const DAYS: [&str; 14] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "montag",
    "dienstag",
    "mittwoch",
    "donnerstag",
    "freitag",
    "samstag",
    "sonntag",
];

/// Zones by name, in hours ahead of UTC. Source: RFC 5322, section 4.3, for those of North America,
/// read 2026-08; the others are Europe's. Names that several countries use (`BST`, `IST`) are none.
const ZONES: [(&str, i64); 20] = [
    ("z", 0),
    ("utc", 0),
    ("gmt", 0),
    ("wet", 0),
    ("west", 1),
    ("cet", 1),
    ("mez", 1),
    ("cest", 2),
    ("mesz", 2),
    ("eet", 2),
    ("eest", 3),
    ("edt", -4),
    ("est", -5),
    ("cdt", -5),
    ("cst", -6),
    ("mdt", -6),
    ("mst", -7),
    ("pdt", -7),
    ("pst", -8),
    ("ut", 0),
];

/// What a word in a time says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    /// The number of a month, from 1.
    Month(i64),
    /// A day of the week, or a word that says nothing.
    Filler,
    /// Before noon, or after it.
    HalfDay {
        /// After noon.
        is_later: bool,
    },
    /// Seconds ahead of UTC.
    Zone(i64),
}

/// What a word says; `None` if it belongs in no time. Case and a point at its end do not matter.
pub(crate) fn word(text: &str) -> Option<Word> {
    let lower = text.to_lowercase();
    let name = lower.trim_end_matches('.');
    match name {
        "am" | "a.m" => return Some(Word::HalfDay { is_later: false }),
        "pm" | "p.m" => return Some(Word::HalfDay { is_later: true }),
        "t" | "at" | "um" | "uhr" => return Some(Word::Filler),
        _ => {}
    }
    if let Some((_, hours)) = ZONES.iter().find(|(zone, _)| *zone == name) {
        return Some(Word::Zone(hours * 3600));
    }
    let begins = |full: &&str| name.chars().count() >= 3 && full.starts_with(name);
    let is_month = |names: &&[&str]| names.iter().any(&begins);
    if let Some(before) = MONTHS.iter().position(is_month) {
        return Some(Word::Month(i64::try_from(before + 1).ok()?));
    }
    // `Mo`, `Di` and so on are how German writes days in short.
    let is_day = |full: &&str| begins(full) || name.chars().count() == 2 && full.starts_with(name);
    DAYS.iter().any(is_day).then_some(Word::Filler)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_times_are_known() {
        let check = |text: &str, expected| assert_eq!(word(text), expected, "{text}");
        check("Jan", Some(Word::Month(1)));
        check("März", Some(Word::Month(3)));
        check("Mrz.", Some(Word::Month(3)));
        check("Sept.", Some(Word::Month(9)));
        check("Dez", Some(Word::Month(12)));
        check("Mai", Some(Word::Month(5)));
        check("Sat", Some(Word::Filler));
        check("Mi.", Some(Word::Filler));
        check("PM", Some(Word::HalfDay { is_later: true }));
        check("CEST", Some(Word::Zone(7200)));
        check("PST", Some(Word::Zone(-28800)));
        check("BST", None);
        check("ja", None);
        check("yesterday", None);
    }
}
