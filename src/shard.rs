//! One of several runs that share a source, so that each can be made on a machine of its own.
//!
//! A channel and its members, messages and reactions are those of one shard, as its key hashes; a
//! user of the source's list is that of the shard to which the Stream id hashes. What belongs to
//! neither is the first shard's. So every record stands in the books of exactly one shard. People
//! are written by every shard whose entries need them; [`Share`] says who they are, by which
//! reports of all shards add up to that of an unsharded run.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::user_map::Claim;

/// Which of how many shards a run is. The default is all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    index: u32,
    of: u32,
}

/// Most shards: enough for any machines, and few enough that nobody meant something else.
const MOST: u32 = 100_000;

impl Default for Shard {
    fn default() -> Self {
        Shard { index: 0, of: 1 }
    }
}

impl Shard {
    /// The shard of that number, from 0, of so many; `None` if there is none.
    pub fn new(index: u32, of: u32) -> Option<Shard> {
        (index < of && of <= MOST).then_some(Shard { index, of })
    }

    /// Its number, from 0.
    pub fn index(self) -> u32 {
        self.index
    }

    /// Of how many it is one.
    pub fn of(self) -> u32 {
        self.of
    }

    /// Whether there is no other.
    pub fn is_whole(self) -> bool {
        self.of == 1
    }

    /// Whether it is the first one, which has what belongs to no channel and to no user.
    pub fn is_first(self) -> bool {
        self.index == 0
    }

    /// Whether what has that key is this shard's: the same in every run, on any machine.
    pub fn owns(self, key: &str) -> bool {
        self.is_whole() || owner(key, self.of) == self.index
    }
}

/// The shard, of so many, to which a key hashes: the first 8 bytes of its SHA-256, as a number
/// with the highest first, modulo the number of shards.
pub fn owner(key: &str, of: u32) -> u32 {
    let digest = Sha256::digest(key.as_bytes());
    let first = digest.iter().take(8);
    let hash = first.fold(0, |hash, byte| hash << 8 | u64::from(*byte));
    (hash % u64::from(of)) as u32
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.of)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let numbers = text.split_once('/');
        let parsed = numbers.and_then(|(index, of)| Some((number(index)?, number(of)?)));
        let Some((index, of)) = parsed else {
            return Err(
                "give the number of the shard and how many there are, as in 0/4".to_owned(),
            );
        };
        if of > MOST {
            return Err(format!("there may be at most {MOST} shards"));
        }
        Shard::new(index, of).ok_or_else(|| match of {
            0 => "there must be at least one shard".to_owned(),
            _ => format!(
                "shards count from 0, so the last of {of} is {}/{of}",
                of - 1
            ),
        })
    }
}

/// A number without a sign.
fn number(text: &str) -> Option<u32> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_plain)
}

/// What a shard wrote that others may have written as well, as a report has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Share {
    /// The number of the shard, from 0.
    pub index: u32,
    /// How many shards there are.
    pub of: u32,
    /// The hash of what decides what is written, which is the same in shards that belong together.
    pub options: String,
    /// Those who stand in no list and to whom its entries refer, by the id in Stream; users whom
    /// the app has are among them.
    pub met: BTreeMap<String, Met>,
    /// With `--users referenced`: the listed users to whom its entries refer, by the id in Stream,
    /// sorted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referenced: Option<Vec<String>>,
    /// With a user map: what of it the shard came upon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_map: Option<MapShare>,
}

impl Share {
    /// Of a shard that wrote nothing yet.
    pub fn of(shard: Shard) -> Share {
        Share {
            index: shard.index,
            of: shard.of,
            ..Share::default()
        }
    }
}

/// What became of somebody who stands in no list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Met {
    /// What was lost of the user: kinds, each as often as it was noted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub losses: Vec<String>,
}

/// What a shard came upon of a user map.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct MapShare {
    /// Rows whose key nobody in the directory and in the shard's channels has: lines and keys.
    pub unused: Vec<(u64, String)>,
    /// The users of the app who were referred to and not written, by id, sorted.
    pub in_app: Vec<String>,
    /// Of users of the app, by id: the claims of those who stand in no list and to whom something
    /// refers that is written.
    pub claims: BTreeMap<String, Vec<Claim>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shard_is_a_number_from_0_below_how_many_there_are() {
        let read = |text: &str| text.parse::<Shard>();
        assert_eq!(read("0/1"), Ok(Shard::default()));
        assert_eq!(read("3/4"), Ok(Shard { index: 3, of: 4 }));
        for text in [
            "",
            "1",
            "/",
            "1/",
            "/4",
            "-1/4",
            "+1/4",
            "1/4/",
            "a/b",
            " 1/4",
            "1/5000000000",
        ] {
            let error = read(text).unwrap_err();
            assert!(error.starts_with("give the number"), "{text}: {error}");
        }
        assert_eq!(
            read("4/4").unwrap_err(),
            "shards count from 0, so the last of 4 is 3/4"
        );
        assert_eq!(read("0/0").unwrap_err(), "there must be at least one shard");
        assert_eq!(
            read("0/100001").unwrap_err(),
            "there may be at most 100000 shards"
        );
    }

    #[test]
    fn what_hashes_where_never_changes() {
        // Another hash would divide a source otherwise from one version to the next.
        assert_eq!(
            ["", "ann", "messaging:general"].map(|key| owner(key, 1_000)),
            [652, 870, 627]
        );
    }
}
