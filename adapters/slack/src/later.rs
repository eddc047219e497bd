//! Edits and deletions that stand in another file than their message, and comments in another than
//! what they are about.
//!
//! A file is read without the others, so exports that keep edits are scanned beforehand for where
//! the newest state of such a message stands, and for who shared a file that is commented on another
//! day. Whether an export keeps edits is told by a sample of its files; others are not read twice.
//! What stands within one file is left to [`crate::versions`].

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use anyhow::Result;
use migrate_model::{Time, Unit};

use crate::files::{FileReader, Files};
use crate::foreign::Message;
use crate::json::mend;
use crate::reader::MESSAGE;
use crate::versions::{self, Age, Share, Version};

/// How many bytes of files are looked at to learn whether an export keeps edits, and how many
/// files. In a workspace that keeps them, edits are one message in fifteen. Source: public exports
/// (10,492 edited of 138,944), counted 2026-08.
const SAMPLE_BYTES: u64 = 2 << 20;
const SAMPLE_FILES: usize = 64;

/// Where the newest state of messages stands that are edited or deleted in other files.
#[derive(Debug, Default)]
pub(crate) struct Later {
    /// The key of the unit, by the conversation's number and the message's time.
    newest: HashMap<(u32, Time), u64>,
    /// Where files were first shared that are commented in other files, by the conversation's number
    /// and the file's id.
    shares: HashMap<u32, HashMap<String, Share>>,
    is_scanned: bool,
}

/// A file that is commented.
struct Commented {
    /// The unit with the comments; `None` where there are several.
    only_unit: Option<u64>,
    /// Where it was first shared, as far as is known, and in which unit.
    share: Option<(Share, u64)>,
}

/// The newest event about a message that is known so far.
struct Newest {
    age: Age,
    unit: u64,
    /// Whether an event about the message stands in a file without it.
    is_elsewhere: bool,
}

impl Later {
    /// Scans the files if that is asked for, or some of them show that it is needed. Units of one
    /// conversation stand together. A file that cannot be read is passed over here.
    ///
    /// # Errors
    /// If what holds the files cannot be opened again.
    pub(crate) fn of(files: &dyn Files, units: &[Unit], is_asked: bool) -> Result<Later> {
        let mut later = Later {
            is_scanned: is_asked || keeps_edits(files, units)?,
            ..Later::default()
        };
        if !later.is_scanned {
            return Ok(later);
        }
        let mut reader = files.reader()?;
        for conversation in units.chunk_by(|a, b| a.channel == b.channel) {
            let number = conversation.first().and_then(|unit| unit.channel);
            let number = number.unwrap_or(u32::MAX);
            let mut events = HashMap::new();
            let mut commented = HashMap::new();
            for unit in conversation {
                let Some(json) = read(&mut *reader, unit) else {
                    continue;
                };
                if holds(json, &EVENTS) {
                    add_events(json, unit.key, &mut events);
                }
                if holds(json, &["\"file_comment\""]) {
                    add_commented(json, unit.key, &mut commented);
                }
            }
            let elsewhere = events.into_iter().filter(|(_, it)| it.is_elsewhere);
            let newest = elsewhere.map(|(at, it)| ((number, at), it.unit));
            later.newest.extend(newest);
            // Few conversations have any, so the others are not read once more.
            if !commented.is_empty() {
                for unit in conversation {
                    if let Some(json) = read(&mut *reader, unit) {
                        add_shares(json, unit.key, &mut commented);
                    }
                }
                let shares = commented.into_iter().filter_map(|(id, it)| {
                    let (share, unit) = it.share?;
                    // What a file holds itself is found again when it is read.
                    (it.only_unit != Some(unit)).then_some((id, share))
                });
                let shares: HashMap<_, _> = shares.collect();
                if !shares.is_empty() {
                    later.shares.insert(number, shares);
                }
            }
        }
        Ok(later)
    }

    /// Whether no other unit has a newer state of the message of that time.
    pub(crate) fn is_newest(&self, conversation: u32, at: Time, unit: u64) -> bool {
        let newest = self.newest.get(&(conversation, at));
        newest.is_none_or(|newest| *newest == unit)
    }

    /// Where a file was first shared that is commented in other files.
    pub(crate) fn share(&self, conversation: u32, file_id: &str) -> Option<Share> {
        self.shares.get(&conversation)?.get(file_id).copied()
    }

    /// Whether nothing is known of other files.
    pub(crate) fn is_unsettled(&self) -> bool {
        !self.is_scanned
    }
}

/// Whether a sample of the files, spread evenly, holds an edit or a deletion.
fn keeps_edits(files: &dyn Files, units: &[Unit]) -> Result<bool> {
    let mut reader = files.reader()?;
    let step = units.len().div_ceil(SAMPLE_FILES).max(1);
    let mut left = SAMPLE_BYTES;
    // The first files are the oldest of their channel, so a sample from the middle is as good.
    for unit in units.iter().skip(step / 2).step_by(step) {
        if unit.bytes > left {
            continue;
        }
        left -= unit.bytes;
        if read(&mut *reader, unit).is_some_and(|json| holds(json, &EVENTS)) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn read<'r>(reader: &'r mut dyn FileReader, unit: &Unit) -> Option<&'r [u8]> {
    reader.read(usize::try_from(unit.key).ok()?).ok()
}

/// How edits and deletions are called.
const EVENTS: [&str; 2] = ["\"message_changed\"", "\"message_deleted\""];

/// Whether a file may hold any of these words.
fn holds(json: &[u8], words: &[&str]) -> bool {
    let Ok(text) = std::str::from_utf8(json) else {
        return true;
    };
    words.iter().any(|word| text.contains(word))
}

/// Takes the files that are commented in a unit.
fn add_commented(json: &[u8], unit: u64, commented: &mut HashMap<String, Commented>) {
    let mut slot = None;
    let rows = mend::rows::<Message<'_>>(json, MESSAGE, &mut slot);
    let versions: Vec<_> = rows.items.iter().map(Version::of).collect();
    for id in versions::commented_files(&versions) {
        match commented.get_mut(id) {
            Some(it) => it.only_unit = it.only_unit.filter(|only| *only == unit),
            None => {
                let it = Commented {
                    only_unit: Some(unit),
                    share: None,
                };
                commented.insert(id.to_owned(), it);
            }
        }
    }
}

/// Takes where such files are shared first.
fn add_shares(json: &[u8], unit: u64, commented: &mut HashMap<String, Commented>) {
    let mut slot = None;
    let rows = mend::rows::<Message<'_>>(json, MESSAGE, &mut slot);
    let versions = rows.items.iter().filter_map(Version::of);
    for (id, share) in versions.flat_map(|it| it.shares()) {
        if let Some(it) = commented.get_mut(id) {
            let share = (share, unit);
            it.share = Some(it.share.map_or(share, |first| first.min(share)));
        }
    }
}

/// Takes the edits and deletions of a file into those of its conversation.
fn add_events(json: &[u8], unit: u64, events: &mut HashMap<Time, Newest>) {
    let mut slot = None;
    let rows = mend::rows::<Message<'_>>(json, MESSAGE, &mut slot);
    let versions: Vec<Version<'_>> = rows.items.iter().filter_map(Version::of).collect();
    let written = versions.iter().filter(|it| !it.is_event());
    let written: HashSet<Time> = written.map(|it| it.at).collect();
    for version in versions.iter().filter(|it| it.is_event()) {
        let is_elsewhere = !written.contains(&version.at);
        let age = version.age();
        match events.entry(version.at) {
            Entry::Vacant(place) => {
                place.insert(Newest {
                    age,
                    unit,
                    is_elsewhere,
                });
            }
            Entry::Occupied(place) => {
                let known = place.into_mut();
                known.is_elsewhere |= is_elsewhere;
                // Of equals the later file counts, as the later element of a file does.
                if age >= known.age {
                    (known.age, known.unit) = (age, unit);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::Fixture;

    const WRITTEN: &[u8] =
        br#"[{"ts":"1.0","user":"U1","text":"first"},{"ts":"2.0","text":"other"}]"#;

    fn check(files: &[(&str, &str)], expected: &[&str]) {
        let mut all: Vec<(String, &[u8])> = vec![("c/2024-01-01.json".to_owned(), WRITTEN)];
        for (name, json) in files {
            all.push((format!("c/{name}.json"), json.as_bytes()));
        }
        let all: Vec<(&str, &[u8])> = all.iter().map(|(name, json)| (&**name, *json)).collect();
        assert_eq!(Fixture::new(&all).messages(), expected);
    }

    const OTHER: &str = r#"2 message slack-c-2-000000 by  "other""#;

    #[test]
    fn an_edit_in_a_later_file_counts() {
        check(
            &[(
                "2024-01-02",
                r#"[{"ts":"5.0","subtype":"message_changed","message":{"ts":"1.0","user":"U1","text":"second"}}]"#,
            )],
            &[
                "1 merged slack.earlier_version 1 message ",
                OTHER,
                r#"1 message slack-c-1-000000 by U1 "second" edited:5000000"#,
            ],
        );
    }

    #[test]
    fn the_newest_of_several_files_counts_whatever_their_order() {
        check(
            &[
                (
                    "2023-12-31",
                    r#"[{"ts":"7.0","subtype":"message_changed","message":{"ts":"1.0","user":"U1","text":"third"}}]"#,
                ),
                (
                    "2024-01-02",
                    r#"[{"ts":"5.0","subtype":"message_changed","message":{"ts":"1.0","user":"U1","text":"second"}}]"#,
                ),
            ],
            &[
                r#"1 message slack-c-1-000000 by U1 "third" edited:7000000"#,
                "1 merged slack.earlier_version 1 message ",
                OTHER,
                "1 merged slack.earlier_version 1 message ",
            ],
        );
    }

    #[test]
    fn a_deletion_in_a_later_file_leaves_no_text() {
        check(
            &[
                (
                    "2024-01-02",
                    r#"[{"ts":"9.0","subtype":"message_changed","message":{"ts":"1.0","text":"second"}}]"#,
                ),
                (
                    "2024-01-03",
                    r#"[{"ts":"8.0","subtype":"message_deleted","deleted_ts":"1.0","previous_message":{"ts":"1.0","user":"U1","text":"first"}}]"#,
                ),
            ],
            &[
                "1 merged slack.earlier_version 1 message ",
                OTHER,
                "1 merged slack.earlier_version 1 message ",
                r#"1 deleted slack-c-1-000000 by U1 "" deleted:8000000"#,
            ],
        );
    }

    #[test]
    fn an_event_may_be_the_new_state_itself() {
        check(
            &[(
                "2024-01-02",
                r#"[{"ts":"5.0","subtype":"message_changed","user":"U1","text":"second","original":{"ts":"1.0","text":"first"}},
                    {"ts":"6.0","subtype":"message_deleted","original":{"ts":"2.0","user":"U2"}}]"#,
            )],
            &[
                "1 merged slack.earlier_version 1 message ",
                "2 merged slack.earlier_version 1 message ",
                r#"1 message slack-c-1-000000 by U1 "second" edited:5000000"#,
                r#"2 deleted slack-c-2-000000 by U2 "" deleted:6000000"#,
            ],
        );
    }

    #[test]
    fn an_event_that_a_sample_does_not_show_is_named_and_found_on_request() {
        // A file is left out of the sample if it is larger than the sample may be.
        let changed = r#"[{"ts":"5.0","subtype":"message_changed","message":{"ts":"1.0","user":"U1","text":"second"}}"#;
        let filler = format!(r#",{{"ts":"6.0","text":"{}"}}]"#, "x".repeat(3 << 20));
        let large = format!("{changed}{filler}");
        let mut fixture = Fixture::new(&[
            ("c/2024-01-01.json", WRITTEN),
            ("c/2024-01-02.json", large.as_bytes()),
        ]);
        let lines = fixture.messages();
        assert!(lines[0].starts_with("1 message slack-c-1-000000"));
        assert_eq!(lines[2], "1 field slack.event_not_settled 1 message ");
        fixture.options.set("scan-edits", "true".to_owned());
        let lines = fixture.messages();
        assert_eq!(lines[0], "1 merged slack.earlier_version 1 message ");
        assert!(lines[2].ends_with(r#""second" edited:5000000"#));
    }
}
