//! Who is known, and how well: ranks, what messages tell, and the file that keeps it.
//!
//! Workers see an immutable directory. What they meet goes to the packer, in the order of the
//! batches; when somebody proves better than what was written or mentioned already, the pass is
//! void and a new one starts with what was learnt.

use std::cmp::Reverse;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use migrate_model::{Person, Rank, Time};
use serde::{Deserialize, Serialize};

use crate::getstream::legal;
use crate::staged::Staged;

/// How well a person is known, and by what. Greater is better: the rank, then the earlier time,
/// then the earlier channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Standing {
    rank: Rank,
    seen: Reverse<(Time, u32)>,
}

impl Standing {
    /// In the source's own list.
    pub const LISTED: Standing = Standing {
        rank: Rank::Listed,
        seen: Reverse((Time::MIN, 0)),
    };
    /// Referred to by id alone. The worst there is.
    pub const BY_ID: Standing = Standing {
        rank: Rank::Id,
        seen: Reverse((Time::MAX, u32::MAX)),
    };

    /// Met in a message of that time, in the channel of that number.
    pub fn met(rank: Rank, at: Time, channel: u32) -> Standing {
        Standing {
            rank,
            seen: Reverse((at, channel)),
        }
    }

    /// As a person was met in the channel of that number.
    pub fn of(person: &Person<'_>, channel: u32) -> Standing {
        // A rank of `Listed` is for the source's own list alone.
        Standing::met(person.rank.min(Rank::Profile), person.seen_at, channel)
    }

    /// Whether the person stands in the source's own list.
    pub fn is_listed(&self) -> bool {
        self.rank == Rank::Listed
    }

    /// Whether nothing but the id is known.
    pub fn is_by_id(&self) -> bool {
        self.rank == Rank::Id
    }
}

/// A person who stands in no list, as far as is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stranger {
    /// The source's id.
    pub id: Box<str>,
    /// How well the person is known.
    pub standing: Standing,
    /// The name; the id where nothing better is known.
    pub name: Box<str>,
    /// The picture; may be empty.
    pub image_url: Box<str>,
}

impl Stranger {
    /// Known by id alone.
    pub fn by_id(id: &str) -> Stranger {
        Stranger {
            id: id.into(),
            standing: Standing::BY_ID,
            name: id.into(),
            image_url: "".into(),
        }
    }

    /// As a person who is met.
    pub fn as_person(&self) -> Person<'_> {
        let Reverse((seen_at, _)) = self.standing.seen;
        Person {
            id: (&*self.id).into(),
            rank: self.standing.rank,
            name: (&*self.name).into(),
            image_url: (&*self.image_url).into(),
            seen_at,
        }
    }

    /// As a message tells it, in the channel of that number; `None` if it tells nothing.
    pub fn met(person: Person<'_>, channel: u32) -> Option<Stranger> {
        if person.id.is_empty() || person.name.is_empty() {
            return None;
        }
        Some(Stranger {
            standing: Standing::of(&person, channel),
            id: person.id.into(),
            name: legal::short(person.name, &mut |_, _| {}).into(),
            image_url: legal::url_within(person.image_url, &mut |_, _| {}).into(),
        })
    }

    /// Takes what is better known. Whether that changes what is seen of the person.
    pub fn learn(&mut self, better: &Stranger) -> bool {
        if better.standing <= self.standing {
            return false;
        }
        let is_seen = self.name != better.name || self.image_url != better.image_url;
        self.standing = better.standing;
        self.name = better.name.clone();
        self.image_url = better.image_url.clone();
        is_seen
    }

    /// Takes what is better known of one of several people who are one user of the app. Where it
    /// is known equally well the text decides and not the order, since the people come in any.
    /// Whether that changes what is seen of the user.
    pub fn learn_of_one(&mut self, better: &Stranger) -> bool {
        fn order(it: &Stranger) -> (Standing, Reverse<[&str; 3]>) {
            (it.standing, Reverse([&it.name, &it.image_url, &it.id]))
        }
        if better.standing == Standing::BY_ID || order(better) <= order(self) {
            return false;
        }
        let is_seen = self.name != better.name || self.image_url != better.image_url;
        *self = better.clone();
        is_seen
    }
}

/// The form of a people file.
#[derive(Serialize, Deserialize)]
struct File {
    version: u32,
    people: Vec<Entry>,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    id: String,
    rank: String,
    name: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    image_url: String,
    /// Microseconds since 1970.
    seen_at: i64,
    channel: u32,
}

/// The version of the people file that is read and written.
const VERSION: u32 = 1;

/// How a people file begins, white space apart.
pub const START: &str = "{\"version\":";

/// Writes what was learnt about people, by id; the file gets its name when what is returned is
/// published.
///
/// # Errors
/// If the file cannot be written.
pub fn stage(path: &Path, people: &[Stranger]) -> Result<Staged> {
    let mut people: Vec<&Stranger> = people
        .iter()
        .filter(|stranger| !stranger.standing.is_by_id())
        .collect();
    people.sort_by(|a, b| a.id.cmp(&b.id));
    let file = File {
        version: VERSION,
        people: people.into_iter().map(entry).collect(),
    };
    let mut text = serde_json::to_string_pretty(&file)?;
    text.push('\n');
    Staged::new(path, text.as_bytes())
        .with_context(|| format!("could not write the people file `{}`", path.display()))
}

/// Reads what an earlier run learnt.
///
/// # Errors
/// If the file is missing or is no people file.
pub fn read(path: &Path) -> Result<Vec<Stranger>> {
    let place = || format!("could not read the people file `{}`", path.display());
    let text = fs::read(path).with_context(|| {
        format!(
            "{}; a run with `--dry-run --people FILE` writes one",
            place()
        )
    })?;
    let file: File = serde_json::from_slice(&text).with_context(|| {
        format!(
            "{}; a run with `--dry-run --people FILE` writes one",
            place()
        )
    })?;
    if file.version != VERSION {
        bail!(
            "{}: it has version {}, this program reads version {VERSION}; write it again with `--dry-run --people`",
            place(),
            file.version
        );
    }
    file.people
        .into_iter()
        .map(|it| stranger(it).with_context(place))
        .collect()
}

fn entry(it: &Stranger) -> Entry {
    let Standing {
        rank,
        seen: Reverse((time, channel)),
    } = it.standing;
    Entry {
        id: it.id.to_string(),
        rank: rank_name(rank).to_owned(),
        name: it.name.to_string(),
        image_url: it.image_url.to_string(),
        seen_at: time.micros(),
        channel,
    }
}

fn stranger(it: Entry) -> Result<Stranger> {
    let ranks = [Rank::Id, Rank::Label, Rank::Profile];
    let Some(rank) = ranks.into_iter().find(|rank| rank_name(*rank) == it.rank) else {
        bail!("`{}` has the unknown rank `{}`", it.id, it.rank);
    };
    let Some(time) = Time::from_micros(it.seen_at) else {
        bail!("`{}` has a time out of range", it.id);
    };
    Ok(Stranger {
        id: it.id.into(),
        standing: Standing::met(rank, time, it.channel),
        name: legal::short(it.name.into(), &mut |_, _| {}).into(),
        image_url: legal::url_within(it.image_url.into(), &mut |_, _| {}).into(),
    })
}

const fn rank_name(rank: Rank) -> &'static str {
    match rank {
        Rank::Id => "id",
        Rank::Label => "label",
        Rank::Profile => "profile",
        Rank::Listed => "listed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_higher_rank_counts_then_the_earlier_time_then_the_first_channel() {
        let at = |seconds| Time::from_seconds(seconds).unwrap();
        let label = Standing::met(Rank::Label, at(1), 0);
        let profile = Standing::met(Rank::Profile, at(9), 9);
        assert!(Standing::LISTED > profile && profile > label && label > Standing::BY_ID);
        assert!(Standing::met(Rank::Profile, at(8), 9) > profile);
        assert!(Standing::met(Rank::Profile, at(9), 8) > profile);
    }

    #[test]
    fn a_people_file_gives_back_what_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("people.json");
        let bob = Stranger {
            id: "U1".into(),
            standing: Standing::met(Rank::Profile, Time::EPOCH, 3),
            name: "Bob".into(),
            image_url: "".into(),
        };
        let people = [bob.clone(), Stranger::by_id("U2")];
        stage(&path, &people).unwrap().publish().unwrap();
        assert_eq!(read(&path).unwrap(), [bob]);
        std::fs::write(&path, "{}").unwrap();
        assert!(read(&path).is_err());
    }
}
