//! Who is known, and how well: ranks, what messages tell, and the file that keeps it.
//!
//! Workers see an immutable directory. What they meet goes to the packer, in the order of the
//! batches; when somebody proves better than what was written or mentioned already, the pass is
//! void and a new one starts with what was learnt.

use std::cmp::{Ordering, Reverse};
use std::iter;
use std::path::Path;

use anyhow::{Context, Result, bail};
use migrate_model::{Custom, Person, Rank, Time};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::getstream::legal;
use crate::staged::Staged;
use crate::whole;

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
}

/// A person who stands in no list, as far as is known.
#[derive(Clone, Debug, PartialEq)]
pub struct Stranger {
    /// The source's id.
    pub id: Box<str>,
    /// How well the person is known.
    pub standing: Standing,
    /// The name; the id where nothing better is known.
    pub name: Box<str>,
    /// The picture; may be empty.
    pub image_url: Box<str>,
    /// Everything else, as the source tells it.
    pub custom: Custom<'static>,
    /// By what the custom data is known, which may be something else than for the name; `None`
    /// where nothing tells any.
    pub custom_standing: Option<Standing>,
}

impl Stranger {
    /// Known by id alone.
    pub fn by_id(id: &str) -> Stranger {
        Stranger {
            id: id.into(),
            standing: Standing::BY_ID,
            name: id.into(),
            image_url: "".into(),
            custom: Custom::default(),
            custom_standing: None,
        }
    }

    /// As a person who is met, twice where the custom data is known by something else than the
    /// name.
    pub fn as_people(&self) -> impl Iterator<Item = Person<'_>> {
        let person = |standing: Standing, custom: Custom<'static>| {
            let Reverse((seen_at, _)) = standing.seen;
            Person {
                id: (&*self.id).into(),
                rank: standing.rank,
                name: (&*self.name).into(),
                image_url: (&*self.image_url).into(),
                seen_at,
                custom,
            }
        };
        let apart = self.custom_standing.filter(|it| *it != self.standing);
        let with_name = match apart {
            Some(_) => Custom::default(),
            None => self.custom.clone(),
        };
        let named = person(self.standing, with_name);
        let marked = apart.map(|standing| person(standing, self.custom.clone()));
        iter::once(named).chain(marked)
    }

    /// As a message tells it, in the channel of that number; `None` if it tells nothing.
    pub fn met(person: Person<'_>, channel: u32) -> Option<Stranger> {
        if person.id.is_empty() || person.name.is_empty() {
            return None;
        }
        let standing = Standing::of(&person, channel);
        Some(Stranger {
            standing,
            custom_standing: tells_custom(&person).then_some(standing),
            id: person.id.into(),
            name: legal::short(person.name, &mut |_, _| {}).into(),
            image_url: legal::url_within(person.image_url, &mut |_, _| {}).into(),
            custom: person.custom.into_owned(),
        })
    }

    /// Whether a message that is known that well teaches anything of the person.
    pub fn learns_from(&self, standing: Standing, tells_custom: bool) -> bool {
        standing > self.standing || (tells_custom && Some(standing) > self.custom_standing)
    }

    /// Takes what is better known: the name with the picture, and the custom data. Whether that
    /// changes what is seen of the person.
    pub fn learn(&mut self, better: &Stranger) -> bool {
        let mut is_seen = false;
        if better.standing > self.standing {
            is_seen |= self.take_name(better);
        }
        if better.custom_standing > self.custom_standing {
            is_seen |= self.take_custom(better);
        }
        is_seen
    }

    /// Takes what is better known of one of several people who are one user of the app. Where it
    /// is known equally well the text decides and not the order, since the people come in any.
    /// Whether that changes what is seen of the user.
    pub fn learn_of_one(&mut self, better: &Stranger) -> bool {
        fn order(it: &Stranger) -> (Standing, Reverse<[&str; 3]>) {
            (it.standing, Reverse([&it.name, &it.image_url, &it.id]))
        }
        let mut is_seen = false;
        if better.standing != Standing::BY_ID && order(better) > order(self) {
            is_seen |= self.take_name(better);
            self.id = better.id.clone();
        }
        let has_better_custom = match better.custom_standing.cmp(&self.custom_standing) {
            Ordering::Less => false,
            Ordering::Greater => true,
            Ordering::Equal => {
                better.custom != self.custom && better.custom_text() < self.custom_text()
            }
        };
        if has_better_custom {
            is_seen |= self.take_custom(better);
        }
        is_seen
    }

    fn take_name(&mut self, better: &Stranger) -> bool {
        let is_seen = self.name != better.name || self.image_url != better.image_url;
        self.standing = better.standing;
        self.name = better.name.clone();
        self.image_url = better.image_url.clone();
        is_seen
    }

    fn take_custom(&mut self, better: &Stranger) -> bool {
        let is_seen = self.custom != better.custom;
        self.custom_standing = better.custom_standing;
        self.custom = better.custom.clone();
        is_seen
    }

    /// The custom data as JSON.
    fn custom_text(&self) -> Vec<u8> {
        let mut text = Vec::new();
        migrate_jsonl::custom(&mut text, &self.custom);
        text
    }
}

/// Whether a message says what custom data a person has. A profile does even if it has none, since
/// it is the person's own: what a label says of somebody of the same id is not added to it.
pub fn tells_custom(person: &Person<'_>) -> bool {
    !person.custom.is_empty() || person.rank >= Rank::Profile
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
    /// An object, if there is any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    custom: Option<Box<RawValue>>,
    /// By what the custom data is known, if by something else than the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    custom_by: Option<StandingEntry>,
}

#[derive(Serialize, Deserialize)]
struct StandingEntry {
    rank: String,
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
        .filter(|stranger| stranger.standing != Standing::BY_ID)
        .collect();
    people.sort_by(|a, b| a.id.cmp(&b.id));
    let file = File {
        version: VERSION,
        people: people.into_iter().map(entry).collect::<Result<_>>()?,
    };
    let mut text = serde_json::to_string_pretty(&file)?;
    text.push('\n');
    Staged::new(path, None, text.as_bytes())
        .with_context(|| format!("could not write the people file `{}`", path.display()))
}

/// Reads what an earlier run learnt.
///
/// # Errors
/// If the file is missing or is no people file.
pub fn read(path: &Path) -> Result<Vec<Stranger>> {
    let place = || format!("could not read the people file `{}`", path.display());
    let text = whole::read(path).with_context(|| {
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

fn entry(it: &Stranger) -> Result<Entry> {
    let StandingEntry {
        rank,
        seen_at,
        channel,
    } = StandingEntry::of(it.standing);
    let has_custom = !it.custom.is_empty();
    let custom_by = it.custom_standing.filter(|by| *by != it.standing);
    Ok(Entry {
        id: it.id.to_string(),
        rank,
        name: it.name.to_string(),
        image_url: it.image_url.to_string(),
        seen_at,
        channel,
        custom: has_custom
            .then(|| serde_json::from_slice(&it.custom_text()))
            .transpose()?,
        custom_by: custom_by.map(StandingEntry::of),
    })
}

impl StandingEntry {
    fn of(it: Standing) -> StandingEntry {
        let Reverse((time, channel)) = it.seen;
        StandingEntry {
            rank: rank_name(it.rank).to_owned(),
            seen_at: time.micros(),
            channel,
        }
    }

    /// How well the person of that id is known by it.
    fn standing(&self, id: &str) -> Result<Standing> {
        let ranks = [Rank::Id, Rank::Label, Rank::Profile];
        let Some(rank) = ranks.into_iter().find(|rank| rank_name(*rank) == self.rank) else {
            bail!("`{id}` has the unknown rank `{}`", self.rank);
        };
        let Some(time) = Time::from_micros(self.seen_at) else {
            bail!("`{id}` has a time out of range");
        };
        Ok(Standing::met(rank, time, self.channel))
    }
}

fn stranger(it: Entry) -> Result<Stranger> {
    let named_by = StandingEntry {
        rank: it.rank,
        seen_at: it.seen_at,
        channel: it.channel,
    };
    let standing = named_by.standing(&it.id)?;
    let custom_by = it.custom_by.map(|by| by.standing(&it.id)).transpose()?;
    let custom = match &it.custom {
        Some(json) => migrate_jsonl::read_custom(json.get())
            .with_context(|| format!("`{}`", it.id))?
            .into_owned(),
        None => Custom::default(),
    };
    let has_custom = !custom.is_empty() || standing.rank >= Rank::Profile;
    Ok(Stranger {
        id: it.id.into(),
        standing,
        custom_standing: custom_by.or(has_custom.then_some(standing)),
        name: legal::short(it.name.into(), &mut |_, _| {}).into(),
        image_url: legal::url_within(it.image_url.into(), &mut |_, _| {}).into(),
        custom,
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
    use migrate_model::Value;

    use super::*;

    fn stranger(standing: Standing, name: &str, custom: &[(&'static str, i64)]) -> Stranger {
        let mut it = Stranger::by_id("U1");
        it.standing = standing;
        it.name = name.into();
        for (name, n) in custom {
            it.custom.set(*name, *n);
        }
        let tells_custom = !custom.is_empty() || standing.rank >= Rank::Profile;
        it.custom_standing = tells_custom.then_some(standing);
        it
    }

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
    fn the_best_name_counts_and_the_best_custom_data() {
        let at = |rank, seconds| Standing::met(rank, Time::from_seconds(seconds).unwrap(), 0);
        let label = stranger(at(Rank::Label, 1), "bob", &[("a", 1), ("b", 2)]);
        let bare = stranger(at(Rank::Profile, 9), "Bob", &[]);
        let told = stranger(at(Rank::Profile, 8), "Bob", &[("b", 3)]);
        let check = |known: &Stranger, better: &Stranger, is_seen: bool, becomes: &Stranger| {
            let mut it = known.clone();
            assert_eq!(it.learn(better), is_seen, "{known:?}, {better:?}");
            assert_eq!(it, *becomes);
            let mut it = known.clone();
            assert_eq!(it.learn_of_one(better), is_seen, "{known:?}, {better:?}");
            assert_eq!(it, *becomes);
        };
        check(&Stranger::by_id("U1"), &label, true, &label);
        check(&label, &bare, true, &bare);
        check(&bare, &label, false, &bare);
        check(&bare, &told, true, &told);
        check(&told, &bare, false, &told);
        // What is seen is the same, so nothing that was written is wrong.
        let earlier = stranger(at(Rank::Profile, 7), "Bob", &[("b", 3)]);
        check(&told, &earlier, false, &earlier);
        // A name alone takes no custom data away, and gets what is worse known.
        let id = stranger(at(Rank::Id, 5), "U1", &[("a", 1)]);
        let plain = stranger(at(Rank::Label, 6), "bob", &[]);
        let both = Stranger {
            custom: id.custom.clone(),
            custom_standing: id.custom_standing,
            ..plain.clone()
        };
        check(&id, &plain, true, &both);
        check(&plain, &id, true, &both);
        check(&both, &bare, true, &bare);
        let sooner = stranger(at(Rank::Id, 4), "U1", &[("a", 1)]);
        let known_sooner = Stranger {
            custom_standing: sooner.custom_standing,
            ..both.clone()
        };
        check(&both, &sooner, false, &known_sooner);
        let people: Vec<_> = both.as_people().collect();
        let met = people.into_iter().map(|it| Stranger::met(it, 0).unwrap());
        let mut again = Stranger::by_id("U1");
        for it in met {
            again.learn(&it);
        }
        assert_eq!(again, both);
    }

    #[test]
    fn of_people_who_are_one_it_does_not_matter_who_comes_first() {
        let at = |rank| Standing::met(rank, Time::EPOCH, 0);
        let mut all = vec![
            stranger(at(Rank::Label), "b", &[]),
            stranger(at(Rank::Label), "b", &[("a", 2)]),
            stranger(at(Rank::Label), "a", &[]),
            stranger(at(Rank::Label), "b", &[("a", 1)]),
            stranger(at(Rank::Id), "a", &[("a", 0)]),
        ];
        let known = |all: &[Stranger]| {
            let mut it = Stranger::by_id("U1");
            for other in all {
                it.learn_of_one(other);
            }
            it
        };
        let expected = Stranger {
            name: "a".into(),
            ..all[3].clone()
        };
        for _ in 0..all.len() {
            all.rotate_left(1);
            assert_eq!(known(&all), expected);
            let backwards: Vec<_> = all.iter().rev().cloned().collect();
            assert_eq!(known(&backwards), expected);
        }
    }

    #[test]
    fn a_people_file_gives_back_what_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("people.json");
        let mut custom = Custom::default();
        custom.set("is_bot", true);
        custom.set(
            "z",
            Value::List(vec![1.into(), Value::Float(0.1), "é\"".into()]),
        );
        custom.set("a", i64::MIN);
        let bob = Stranger {
            id: "U1".into(),
            standing: Standing::met(Rank::Profile, Time::EPOCH, 3),
            name: "Bob".into(),
            image_url: "".into(),
            custom,
            custom_standing: Some(Standing::met(Rank::Profile, Time::EPOCH, 3)),
        };
        // By an id alone, but the source told more than that there is one.
        let marked = stranger(Standing::met(Rank::Id, Time::EPOCH, 0), "U1", &[("x", 1)]);
        let people = [
            bob.clone(),
            Stranger::by_id("U2"),
            Stranger {
                id: "U3".into(),
                ..marked.clone()
            },
            // By two messages, one with the name and one with the custom data.
            Stranger {
                id: "U4".into(),
                name: "Dan".into(),
                standing: Standing::met(Rank::Label, Time::EPOCH, 7),
                ..marked
            },
            // A label, of which nothing more is told.
            Stranger {
                id: "U5".into(),
                ..stranger(Standing::met(Rank::Label, Time::EPOCH, 0), "Eve", &[])
            },
        ];
        stage(&path, &people).unwrap().publish().unwrap();
        assert_eq!(
            read(&path).unwrap(),
            [0, 2, 3, 4].map(|at: usize| people[at].clone())
        );
        let broken = r#"{"version":1,"people":[{"id":"U1","rank":"label","name":"Bob","seen_at":0,"channel":0,"custom":[1]}]}"#;
        std::fs::write(&path, broken).unwrap();
        let error = format!("{:#}", read(&path).unwrap_err());
        assert!(
            error.contains("`U1`: invalid type: sequence, expected an object"),
            "{error}"
        );
        std::fs::write(&path, "{}").unwrap();
        assert!(read(&path).is_err());
    }
}
