//! Which channels are asked for, by the names and ids that people know them by.

use anyhow::{Result, bail};

use super::Exclusion;
use crate::text::safe;

/// Which channels are written. The default are all.
#[derive(Clone, Debug, Default)]
pub struct Channels {
    /// Only these, by name or id; empty for all.
    pub only: Vec<String>,
    /// Not these, by name or id.
    pub except: Vec<String>,
    /// Only so many of those that are left; `None` for all.
    pub limit: Option<u64>,
}

/// What a channel may be called.
pub struct Called<'c> {
    /// Its ids: those of the source, and that of Stream.
    pub ids: Vec<&'c str>,
    /// The name that people see; may be empty.
    pub name: &'c str,
}

/// How many names are suggested.
const SUGGESTED: usize = 3;
/// How many letters more than the best a suggestion may be off.
const FARTHER: usize = 2;
/// How many characters of a name are compared and shown.
const SHOWN_CHARS: usize = 60;

impl Channels {
    /// Whether any channel may be excluded.
    pub fn is_set(&self) -> bool {
        !self.only.is_empty() || !self.except.is_empty() || self.limit.is_some()
    }

    /// For each channel, in the order in which they are written, why it is not; `None`: it is.
    pub fn choose(&self, channels: &[Called<'_>]) -> Vec<Option<Exclusion>> {
        let mut room = self.limit.unwrap_or(u64::MAX);
        let is_one_of =
            |names: &[String], it: &Called<'_>| names.iter().any(|name| it.answers_to(name));
        let choose = channels.iter().map(|it| {
            let is_asked_for = self.only.is_empty() || is_one_of(&self.only, it);
            if !is_asked_for || is_one_of(&self.except, it) {
                return Some(Exclusion::Channel);
            }
            if room == 0 {
                return Some(Exclusion::Limit);
            }
            room -= 1;
            None
        });
        choose.collect()
    }

    /// Checks that every name means a channel, and that one of those asked for is left.
    ///
    /// # Errors
    /// If one does not; the text suggests the nearest. If all that are asked for are excluded.
    pub fn check(&self, channels: &[Called<'_>]) -> Result<()> {
        let only = self.only.iter().map(|name| ("--channel", name));
        let except = self.except.iter().map(|name| ("--exclude-channel", name));
        for (option, name) in only.chain(except) {
            if channels.iter().any(|it| it.answers_to(name)) {
                continue;
            }
            let shown = safe(name, SHOWN_CHARS);
            match &nearest(name, channels)[..] {
                [] => bail!("`{option} {shown}` matches no channel: the source has none"),
                [one] => bail!("`{option} {shown}` matches no channel; the nearest is `{one}`"),
                several => bail!(
                    "`{option} {shown}` matches no channel; the nearest are `{}`",
                    several.join("`, `")
                ),
            }
        }
        let is_kept = |why: &Option<Exclusion>| why.is_none();
        if !self.only.is_empty() && !self.choose(channels).iter().any(is_kept) {
            bail!(
                "there is nothing to write: `--exclude-channel` excludes every channel that `--channel` asks for"
            );
        }
        Ok(())
    }
}

impl Called<'_> {
    /// Whether somebody who says `name` means this channel.
    fn answers_to(&self, name: &str) -> bool {
        let plain = without_sign(name);
        let is_id = |id: &&str| !id.is_empty() && (**id == *name || **id == *plain);
        let is_name = self.name == name || without_sign(self.name) == plain;
        self.ids.iter().any(is_id) || !self.name.is_empty() && is_name
    }
}

fn without_sign(name: &str) -> &str {
    name.strip_prefix('#').unwrap_or(name)
}

/// The names that look most like one, the nearest first; of channels without a name their ids.
fn nearest(name: &str, channels: &[Called<'_>]) -> Vec<String> {
    let wanted = letters(without_sign(name));
    let mut found: Vec<(usize, &str)> = channels
        .iter()
        .filter_map(|it| {
            let ids = it.ids.iter().copied();
            let names = std::iter::once(it.name)
                .chain(ids)
                .filter(|it| !it.is_empty());
            let rated = names.map(|it| (distance(&wanted, &letters(without_sign(it))), it));
            rated.min_by_key(|(distance, _)| *distance)
        })
        .collect();
    found.sort();
    found.dedup();
    let best = found.first().map_or(0, |(distance, _)| *distance);
    let near = found
        .into_iter()
        .take_while(|(distance, _)| *distance <= best + FARTHER);
    let nearest = near.take(SUGGESTED);
    nearest.map(|(_, name)| safe(name, SHOWN_CHARS)).collect()
}

fn letters(text: &str) -> Vec<char> {
    let lower = text.chars().flat_map(char::to_lowercase);
    lower.take(SHOWN_CHARS).collect()
}

/// How many letters have to be added, taken away or changed to make one text of another.
fn distance(one: &[char], other: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (n, letter) in one.iter().enumerate() {
        let mut corner = n;
        let mut left = n + 1;
        row[0] = left;
        for (above, known) in row[1..].iter_mut().zip(other) {
            let change = corner + usize::from(letter != known);
            corner = *above;
            left = change.min(left + 1).min(*above + 1);
            *above = left;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHANNELS: [(&str, &str); 4] = [
        ("C1", "general"),
        ("C2", "random"),
        ("C3", "#signs"),
        ("D4", ""),
    ];

    fn called() -> Vec<Called<'static>> {
        let channels = CHANNELS.iter().map(|(id, name)| Called {
            ids: vec![id],
            name,
        });
        channels.collect()
    }

    fn of(only: &[&str], except: &[&str], limit: Option<u64>) -> Channels {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Channels {
            only: owned(only),
            except: owned(except),
            limit,
        }
    }

    #[track_caller]
    fn check(only: &[&str], except: &[&str], limit: Option<u64>, kept: &[&str]) {
        let chosen = of(only, except, limit).choose(&called());
        let chosen = CHANNELS.iter().zip(chosen).filter(|(_, it)| it.is_none());
        let ids: Vec<_> = chosen.map(|((id, _), _)| *id).collect();
        assert_eq!(ids, kept);
    }

    #[test]
    fn channels_are_chosen_by_name_or_id() {
        check(&[], &[], None, &["C1", "C2", "C3", "D4"]);
        check(
            &["general", "#random", "signs", "D4"],
            &[],
            None,
            &["C1", "C2", "C3", "D4"],
        );
        check(&["#signs", "C1"], &[], None, &["C1", "C3"]);
        check(&[], &["C2", "D4"], None, &["C1", "C3"]);
        check(&["C1", "C2"], &["#general"], None, &["C2"]);
        check(&[], &["C1"], Some(2), &["C2", "C3"]);
        check(&[""], &[], None, &[]);
    }

    #[track_caller]
    fn refuses(name: &str, message: &str) {
        let error = of(&[], &[name], None).check(&called()).unwrap_err();
        assert_eq!(error.to_string(), message);
    }

    #[test]
    fn a_name_that_means_no_channel_gets_the_nearest() {
        of(&["C1"], &["D4"], None).check(&called()).unwrap();
        refuses(
            "genral",
            "`--exclude-channel genral` matches no channel; the nearest is `general`",
        );
        refuses(
            "c9",
            "`--exclude-channel c9` matches no channel; the nearest are `C1`, `C2`, `C3`",
        );
        let error = of(&["\x1b"], &[], None).check(&[]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`--channel \\u{1b}` matches no channel: the source has none"
        );
    }

    #[test]
    fn the_distance_counts_letters() {
        let check = |one: &str, other: &str, expected| {
            assert_eq!(distance(&letters(one), &letters(other)), expected);
        };
        check("", "", 0);
        check("abc", "", 3);
        check("", "abc", 3);
        check("kitten", "sitting", 3);
        check("ABC", "abc", 0);
    }
}
