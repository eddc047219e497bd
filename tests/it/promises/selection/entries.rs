//! The entries of a whole output, by what they are, and what they refer to.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use migrate::getstream::ids;
use serde_json::Value;

use super::super::run::{Output, name_of};
use crate::memory::Workspace;

/// The fields that refer to users.
const REFERENCES: [(&str, &[&str]); 4] = [
    ("channel", &["created_by", "member_ids", "banned_users"]),
    ("member", &["user_id", "channel_member_ids"]),
    (
        "message",
        &[
            "user",
            "pinned_by_id",
            "mentioned_users_ids",
            "restricted_visibility",
            "channel_member_ids",
        ],
    ),
    ("reaction", &["user_id"]),
];

/// All entries over all parts: by kind and what identifies them, the text as it was written.
pub(super) struct Entries {
    pub(super) all: BTreeMap<(String, String), String>,
}

impl Entries {
    pub(super) fn of(output: &Output) -> Entries {
        let mut all = BTreeMap::new();
        for path in &output.paths {
            let text = fs::read_to_string(path).expect("a part can be read");
            for line in text.lines().filter(|line| line.starts_with("{\"type\"")) {
                let line = line.trim_end_matches(',');
                let (kind, item) = open(line);
                let name = name_of(&kind, &item);
                all.insert((kind, name), line.to_owned());
            }
        }
        Entries { all }
    }

    /// The names and items of a kind.
    pub(super) fn items(&self, kind: &str) -> BTreeMap<&str, Value> {
        let all = self.all.iter().filter(|((word, _), _)| word == kind);
        all.map(|((_, name), line)| (name.as_str(), open(line).1))
            .collect()
    }

    pub(super) fn names(&self, kind: &str) -> BTreeSet<String> {
        let all = self.all.keys().filter(|(word, _)| word == kind);
        all.map(|(_, name)| name.clone()).collect()
    }

    pub(super) fn users(&self) -> BTreeSet<String> {
        self.names("user")
    }

    /// Every entry stands in the other output, byte for byte.
    pub(super) fn assert_part_of(&self, whole: &Entries) {
        for (name, entry) in &self.all {
            assert_eq!(Some(entry), whole.all.get(name), "{name:?}");
        }
    }

    /// The same entries, but for who made a channel, which may be its first author.
    pub(super) fn assert_same_but_makers(&self, other: &Entries) {
        let makers = |it: &Entries| {
            let channels = it.items("channel");
            let makers = channels.values().filter_map(|it| text(&it["created_by"]));
            makers.collect::<BTreeSet<_>>()
        };
        let makers: BTreeSet<_> = makers(self).union(&makers(other)).cloned().collect();
        let rest = |it: &Entries| {
            let mut rest = it.all.clone();
            rest.retain(|(kind, name), _| {
                kind != "channel" && (kind != "user" || !makers.contains(name))
            });
            rest
        };
        assert_eq!(rest(self), rest(other));
        assert_eq!(self.names("channel"), other.names("channel"));
    }

    /// The users whom an entry of another kind refers to, or one of those users in turn.
    pub(super) fn referenced_users(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut open: Vec<String> = Vec::new();
        for (kind, fields) in REFERENCES {
            for item in self.items(kind).values() {
                open.extend(fields.iter().filter_map(|it| text(&item[*it])));
                let lists = fields.iter().filter_map(|it| item[*it].as_array());
                open.extend(lists.flatten().filter_map(text));
            }
        }
        let users = self.items("user");
        while let Some(id) = open.pop() {
            if found.insert(id.clone()) {
                let lists = ["user_mutes", "blocked_user_ids"];
                let item = &users[id.as_str()];
                let lists = lists.iter().filter_map(|it| item[*it].as_array());
                open.extend(lists.flatten().filter_map(text));
            }
        }
        found
    }

    /// Nobody is written who stands in no list and whom nothing refers to.
    pub(super) fn check_strangers(&self, workspace: &Workspace) {
        let listed = workspace.users.iter().map(|user| ids::user(&user.id));
        let mut known: BTreeSet<String> = listed.map(|id| id.into_owned()).collect();
        known.extend(self.referenced_users());
        // A listed user may mute somebody who is not.
        for user in self.items("user").values() {
            let lists = ["user_mutes", "blocked_user_ids"];
            let lists = lists.iter().filter_map(|it| user[*it].as_array());
            known.extend(lists.flatten().filter_map(text));
        }
        let strangers: Vec<_> = self.users().difference(&known).cloned().collect();
        assert!(strangers.is_empty(), "nobody refers to {strangers:?}");
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// The word of an entry's type, and its item.
fn open(line: &str) -> (String, Value) {
    let mut entry: Value = serde_json::from_str(line).expect("an entry is JSON");
    let kind = entry["type"].as_str().unwrap_or_default().to_owned();
    let field = match entry["item"].is_null() {
        true => "data",
        false => "item",
    };
    let item = entry[field].take();
    (kind, item)
}
