//! Runs the conversion of a workspace inside the test, and reads what it wrote.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    sync::{Arc, atomic::AtomicBool},
};

use anyhow::Result;
use migrate::{
    convert::{Plan, convert},
    directory::Defaults,
    emit::emit,
    getstream::{Spelling, check::Checks, roles::Roles},
    group::{Setting, by_channel},
    parts::{Packed, target::Target},
    people::Stranger,
    progress::Progress,
    report::Report,
    selection::Selection,
    shard::Shard,
    user_map::{MappedUsers, UserMap},
};
use migrate_model::{Adapter, Options, Source};
use serde_json::Value;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::{
    checker::{self, Summary},
    memory::{UNKNOWN_USER, Workspace},
};

/// How a workspace is converted.
#[derive(Clone, Debug)]
pub(crate) struct Way {
    pub(crate) spelling: Spelling,
    pub(crate) part_bytes: u64,
    pub(crate) max_text_chars: usize,
    pub(crate) threads: usize,
    pub(crate) people: Vec<Stranger>,
    /// A user map as its file holds it; empty for none.
    pub(crate) user_map: String,
    pub(crate) mapped_users: MappedUsers,
    pub(crate) has_id_map: bool,
    pub(crate) preview_messages: Option<usize>,
    pub(crate) selection: Selection,
    pub(crate) shard: Option<Shard>,
    pub(crate) has_report: bool,
}

/// Large enough for every part that a test writes.
pub(crate) const LARGE: u64 = 299_000_000;

impl Default for Way {
    fn default() -> Self {
        Way {
            spelling: Spelling::Array,
            part_bytes: LARGE,
            max_text_chars: 100,
            threads: 1,
            people: Vec::new(),
            user_map: String::new(),
            mapped_users: MappedUsers::Write,
            has_id_map: false,
            preview_messages: None,
            selection: Selection::default(),
            shard: None,
            has_report: false,
        }
    }
}

impl Way {
    /// The user map, if there is one.
    pub(crate) fn map(&self) -> Option<UserMap> {
        let read = |text: &str| UserMap::parse(text.as_bytes()).expect("a user map");
        Some(&*self.user_map).filter(|it| !it.is_empty()).map(read)
    }
}

/// What a conversion wrote.
pub(crate) struct Output {
    pub(crate) packed: Packed,
    pub(crate) paths: Vec<PathBuf>,
    /// The id map; empty if none was asked for.
    pub(crate) id_map: Vec<u8>,
    /// The report, if it was asked for.
    pub(crate) report: Option<Report>,
    way: Way,
    // Removed with this value.
    _folder: TempDir,
}

/// Converts a workspace and gives the parts their names.
pub(crate) fn run(workspace: &Workspace, way: &Way) -> Output {
    try_run(workspace, way).unwrap_or_else(|error| panic!("{error:#}"))
}

/// The same for a workspace that may be refused.
pub(crate) fn try_run(workspace: &Workspace, way: &Way) -> Result<Output> {
    run_source(workspace.open(&[], &Options::default())?, way)
}

/// The same for any source.
pub(crate) fn run_source(source: Box<dyn Source>, way: &Way) -> Result<Output> {
    let folder = tempfile::tempdir()?;
    let name = match way.spelling {
        Spelling::Array => "out.json",
        Spelling::Jsonl => "out.jsonl",
    };
    let target = Target::of(&folder.path().join(name))?;
    let target = match way.shard {
        Some(shard) => target.of_shard(shard),
        None => target,
    };
    let work = target.claim()?;
    let stop = AtomicBool::new(false);
    let progress = Progress::new(true);
    let setting = Setting {
        work: &work,
        threads: way.threads,
        progress: &progress,
        stop: &stop,
    };
    let source = by_channel(source, setting)?;
    let packed = convert(&*source, &plan(way), &work, &progress, &stop)?;
    let parts: Vec<PathBuf> = packed.parts.iter().map(|part| part.path.clone()).collect();
    let id_map = packed.id_map.as_ref().map(fs::read).transpose()?;
    let paths = target.paths(parts.len(), &[]);
    let checksums = packed.checksums();
    let found: Vec<String> = match way.has_report {
        true => parts.iter().map(|it| sha256(it)).collect(),
        false => Vec::new(),
    };
    assert_eq!(checksums, found);
    let report = Report::new(&*source, &packed, &paths, &checksums, &[]);
    let report = way.has_report.then_some(report);
    target.publish(&work, &parts, &[], true)?;
    Ok(Output {
        packed,
        paths,
        report,
        id_map: id_map.unwrap_or_default(),
        way: way.clone(),
        _folder: folder,
    })
}

fn sha256(path: &Path) -> String {
    let bytes = fs::read(path).expect("a part");
    let digits = Sha256::digest(&bytes)
        .into_iter()
        .map(|it| format!("{it:02x}"));
    digits.collect()
}

/// The records of a workspace as lines.
pub(crate) fn lines(workspace: &Workspace, way: &Way) -> Vec<u8> {
    let mut lines = Vec::new();
    let source = workspace.open(&[], &Options::default());
    let plain = Way {
        selection: Selection::default(),
        user_map: String::new(),
        ..way.clone()
    };
    emit(
        &*source.expect("a source"),
        ("memory", &[]),
        &plan(&plain),
        &Progress::new(true),
        &AtomicBool::new(false),
        &mut lines,
    )
    .expect("lines");
    lines
}

fn plan(way: &Way) -> Plan {
    Plan {
        checks: Checks {
            spelling: way.spelling,
            max_text_chars: way.max_text_chars,
        },
        part_bytes: way.part_bytes,
        defaults: Defaults {
            channel_type: CHANNEL_TYPE.to_owned(),
            direct_type: DIRECT_TYPE.to_owned(),
            roles: Roles::default(),
        },
        unknown_user: UNKNOWN_USER.to_owned(),
        threads: way.threads,
        people: way.people.clone(),
        user_map: way.map().map(Arc::new),
        mapped_users: way.mapped_users,
        has_id_map: way.has_id_map,
        has_checksums: way.has_report,
        has_file_list: false,
        preview_messages: way.preview_messages,
        selection: way.selection.clone(),
        shard: way.shard,
        may_be_empty: way.shard.is_some(),
    }
}

/// The type of channels that name none.
pub(crate) const CHANNEL_TYPE: &str = "messaging";
/// The type of direct conversations.
pub(crate) const DIRECT_TYPE: &str = "direct";

/// Converts with the smallest parts that are enough; `None` if there is nothing to write.
pub(crate) fn run_small(workspace: &Workspace, way: &Way) -> Option<Output> {
    let mut way = Way {
        part_bytes: 1,
        ..way.clone()
    };
    loop {
        let error = match try_run(workspace, &way) {
            Ok(output) => return Some(output),
            Err(error) => format!("{error:#}"),
        };
        if is_empty_error(&error) {
            return None;
        }
        let needed = needed_bytes(&error);
        assert!(needed > way.part_bytes, "{error}");
        way.part_bytes = needed;
    }
}

/// The bytes that a part needs, as the error says which names them.
pub(crate) fn needed_bytes(error: &str) -> u64 {
    let number = error
        .split_once("needs a part of ")
        .and_then(|(_, rest)| rest.split(' ').next())
        .and_then(|number| number.parse().ok());
    number.unwrap_or_else(|| panic!("not an error about the size of a part: {error}"))
}

/// Whether the conversion ended because there is nothing to write.
pub(crate) fn is_empty_error(error: &str) -> bool {
    error.contains("nothing to write")
}

impl Output {
    /// The way that was gone.
    pub(crate) fn way(&self) -> &Way {
        &self.way
    }

    /// Holds all parts against the description of the format.
    pub(crate) fn good(&self) -> Summary {
        let mut in_app = BTreeSet::new();
        if self.way.mapped_users == MappedUsers::Refer {
            let map = self.way.map().unwrap_or_default();
            in_app.extend(map.users().iter().map(|user| user.id.to_string()));
        }
        crate::validate::assert_valid_beside(&self.paths, &in_app);
        checker::assert_good_beside(&self.paths, self.way.part_bytes, &in_app)
    }

    /// The names and the bytes of all parts.
    pub(crate) fn bytes(&self) -> Vec<(String, Vec<u8>)> {
        let read = |path: &PathBuf| {
            let name = path.file_name().expect("a part has a name");
            let bytes = fs::read(path).expect("a part can be read");
            (name.to_string_lossy().into_owned(), bytes)
        };
        self.paths.iter().map(read).collect()
    }

    /// The items of one part, each with the word of its type, in order.
    pub(crate) fn part(&self, number: usize) -> Vec<(String, Value)> {
        let bytes = fs::read(&self.paths[number]).expect("a part can be read");
        let entries: Vec<Value> = match self.way.spelling {
            Spelling::Array => serde_json::from_slice(&bytes),
            Spelling::Jsonl => serde_json::Deserializer::from_slice(&bytes)
                .into_iter()
                .collect(),
        }
        .expect("a part is JSON");
        let open = |mut entry: Value| {
            let kind = entry["type"]
                .as_str()
                .expect("an entry has a type")
                .to_owned();
            let item = match self.way.spelling {
                Spelling::Array => entry["item"].take(),
                Spelling::Jsonl => entry["data"].take(),
            };
            (kind, item)
        };
        entries.into_iter().map(open).collect()
    }

    /// The items of a kind over all parts, by what identifies them, each once.
    pub(crate) fn items(&self, kind: &str) -> BTreeMap<String, Value> {
        let all = (0..self.paths.len()).flat_map(|part| self.part(part));
        all.filter(|(word, _)| word == kind)
            .map(|(_, item)| (name_of(kind, &item), item))
            .collect()
    }

    /// A message by its id.
    pub(crate) fn message(&self, id: &str) -> Value {
        let found = self.items("message").remove(id);
        found.unwrap_or_else(|| panic!("the message `{id}` is not written"))
    }

    /// The ids of a kind in one part, in order.
    pub(crate) fn ids(&self, part: usize, kind: &str) -> Vec<String> {
        let items = self.part(part).into_iter();
        items
            .filter(|(word, _)| word == kind)
            .map(|(kind, item)| name_of(&kind, &item))
            .collect()
    }
}

/// What identifies an item among its kind, as one text.
pub(crate) fn name_of(kind: &str, item: &Value) -> String {
    let fields: &[&str] = match kind {
        "user" | "message" => &["id"],
        "channel" => &["type", "id", "member_ids"],
        "member" => &[
            "user_id",
            "channel_type",
            "channel_id",
            "channel_member_ids",
        ],
        _ => &["type", "user_id", "message_id"],
    };
    let texts = fields.iter().filter_map(|field| match &item[*field] {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    });
    texts.collect::<Vec<_>>().join(" ")
}
