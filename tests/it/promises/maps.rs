//! User maps and id maps, as properties over any workspace and any map.
//!
//! Who becomes whom is found from the rows alone, without the program's own map.

use std::collections::{BTreeMap, BTreeSet};

use migrate::{books::Class, getstream::ids, user_map::MappedUsers};
use migrate_model::{Kind, Outcome};
use proptest::{collection::vec, prelude::*};
use serde_json::Value;

use super::{
    Size, any_way, cases, convert,
    expected::{Expected, noted},
    run::{Output, Way, run},
    versions::version,
};
use crate::memory::{HEARD, Item, UNKNOWN_USER, Workspace, workspaces::any_workspace};

/// A row of a generated map.
#[derive(Clone, Debug)]
pub(super) struct Row {
    source: String,
    id: String,
    name: String,
    role: String,
}

/// Whom a map makes of the people of a workspace.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mapping {
    rows: Vec<Row>,
    /// By the source's id: the e-mail address of the listed user.
    addresses: BTreeMap<String, String>,
}

impl Mapping {
    pub(super) fn of(workspace: &Workspace, rows: &[Row]) -> Mapping {
        let mut addresses = BTreeMap::new();
        for user in &workspace.users {
            // A second record of somebody is not looked at.
            let first = addresses.entry(user.id.to_string());
            first.or_insert_with(|| user.email.to_lowercase());
        }
        Mapping {
            rows: rows.to_vec(),
            addresses,
        }
    }

    /// The id that somebody of the source has in Stream.
    pub(crate) fn stream_id(&self, source_id: &str) -> String {
        let by_id = self.rows.iter().find(|row| row.source == source_id);
        let by_address = || {
            let address = self.addresses.get(source_id).filter(|it| !it.is_empty())?;
            let mut rows = self.rows.iter();
            rows.find(|row| row.source.to_lowercase() == *address)
        };
        match by_id.or_else(by_address) {
            Some(row) => row.id.clone(),
            None => ids::user(source_id).into_owned(),
        }
    }

    fn app_ids(&self) -> BTreeSet<&str> {
        self.rows.iter().map(|row| row.id.as_str()).collect()
    }

    /// What the rows of a user say in one column: the first that says something.
    fn says<'m>(&'m self, id: &str, column: impl Fn(&'m Row) -> &'m str) -> Option<&'m str> {
        let rows = self.rows.iter().filter(|row| row.id == id);
        rows.map(column).find(|text| !text.is_empty())
    }

    pub(super) fn csv(&self) -> String {
        let mut csv = csv::Writer::from_writer(Vec::new());
        csv.write_record(["source", "id", "name", "role"]).unwrap();
        for row in &self.rows {
            csv.write_record([&row.source, &row.id, &row.name, &row.role])
                .unwrap();
        }
        String::from_utf8(csv.into_inner().unwrap()).unwrap()
    }
}

pub(super) fn any_rows() -> impl Strategy<Value = Vec<Row>> {
    let source = prop_oneof![
        8 => (0..8).prop_map(|n| format!("u{n}")),
        3 => (0..8).prop_map(|n| format!("U{n}@Example.com")),
        1 => Just("bob smith".to_owned()),
        1 => Just("\"quoted\"\\ \u{1}".to_owned()),
        1 => Just(UNKNOWN_USER.to_owned()),
        2 => (0..3).prop_map(|n| format!("nobody, {n}")),
    ];
    let id = prop_oneof![
        6 => (0..4).prop_map(|n| format!("app-{n}")),
        2 => (0..8).prop_map(|n| format!("u{n}")),
        1 => Just("bob_smith--7e50351d7a4c51161920af1a3526e79e".to_owned()),
        1 => Just(UNKNOWN_USER.to_owned()),
    ];
    let name = prop_oneof![2 => Just(""), 1 => Just("Ann of the app"), 1 => Just("Bob; \"B\"")];
    let role = prop_oneof![3 => Just(""), 1 => Just("admin")];
    let row = (source, id, name, role).prop_map(|(source, id, name, role)| Row {
        source,
        id,
        name: name.to_owned(),
        role: role.to_owned(),
    });
    vec(row, 1..10).prop_map(|mut rows| {
        let mut seen = BTreeSet::new();
        rows.retain(|row| seen.insert(row.source.to_lowercase()));
        rows
    })
}

/// A workspace, a map of its people, and how it is converted.
fn any_case() -> impl Strategy<Value = (Workspace, Mapping, Way, Size)> {
    let refers = prop::bool::weighted(0.3);
    (any_workspace(), any_rows(), any_way(), refers).prop_map(
        |(workspace, rows, (way, size), refers)| {
            let mapping = Mapping::of(&workspace, &rows);
            let way = Way {
                user_map: mapping.csv(),
                mapped_users: match refers {
                    true => MappedUsers::Refer,
                    false => MappedUsers::Write,
                },
                has_id_map: true,
                ..way
            };
            (workspace, mapping, way, size)
        },
    )
}

/// The users who must not be written.
fn referred<'m>(mapping: &'m Mapping, way: &Way) -> BTreeSet<&'m str> {
    match way.mapped_users {
        MappedUsers::Refer => mapping.app_ids(),
        MappedUsers::Write => BTreeSet::new(),
    }
}

/// All that is written refers to people by their mapped ids.
fn check_references(workspace: &Workspace, mapping: &Mapping, output: &Output) {
    let texts = |ids: &[migrate_model::Text<'_>]| -> BTreeSet<String> {
        let known = ids.iter().filter(|id| !id.is_empty());
        known.map(|id| mapping.stream_id(id)).collect()
    };
    let or_unknown = |id: &str| match id {
        "" => mapping.stream_id(UNKNOWN_USER),
        id => mapping.stream_id(id),
    };
    for (id, item) in &output.items("message") {
        if item["source_missing"] == true || id.contains("-p") && is_continued(id, output) {
            continue;
        }
        let messages = workspace.units.iter().flat_map(|unit| &unit.items);
        let versions: Vec<_> = messages
            .filter_map(|it| match it {
                Item::Message(it) => Some(&**it),
                _ => None,
            })
            .collect();
        let source = version(&versions, item);
        assert_eq!(item["user"], or_unknown(&source.user_id), "{id}");
        let listed = |field: &str| -> Vec<String> {
            let list = item[field].as_array().cloned().unwrap_or_default();
            list.iter()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect()
        };
        for (field, source) in [
            ("mentioned_users_ids", &source.mentioned_user_ids),
            ("restricted_visibility", &source.restricted_visibility),
        ] {
            let written = listed(field);
            let set: BTreeSet<String> = written.iter().cloned().collect();
            for app_id in mapping.app_ids() {
                let count = written.iter().filter(|it| *it == app_id).count();
                assert!(count < 2, "{id}: `{app_id}` stands twice in {field}");
            }
            assert_eq!(set, texts(source), "{id}: {field}");
        }
        let pinned_by = source.pin.as_ref().map(|pin| or_unknown(&pin.by));
        assert_eq!(item["pinned_by_id"].as_str(), pinned_by.as_deref(), "{id}");
    }
}

fn is_continued(id: &str, output: &Output) -> bool {
    let first = id.rsplit_once("-p").map_or("", |(first, _)| first);
    output.items("message").contains_key(first)
}

/// Everybody is written once, as the map says, or not at all.
fn check_users(workspace: &Workspace, mapping: &Mapping, output: &Output) {
    let users = output.items("user");
    let referred = referred(mapping, output.way());
    for id in &referred {
        assert!(!users.contains_key(*id), "`{id}` is in the app");
    }
    for user in workspace.users.iter().filter(|it| !it.id.is_empty()) {
        let id = mapping.stream_id(&user.id);
        let is_written = users.contains_key(&id);
        assert!(is_written != referred.contains(id.as_str()), "`{id}`");
    }
    for id in mapping.app_ids() {
        let Some(user) = users.get(id) else { continue };
        if let Some(name) = mapping.says(id, |row| &row.name) {
            assert_eq!(user["name"], name, "{id}");
        }
        if let Some(role) = mapping.says(id, |row| &row.role) {
            assert_eq!(user["role"], role, "{id}");
        }
    }
    for (id, message) in output.items("message") {
        let Some(heard) = message[HEARD].as_array() else {
            continue;
        };
        let heard: BTreeSet<&str> = heard.iter().filter_map(Value::as_str).collect();
        let mentioned = message["mentioned_users_ids"]
            .as_array()
            .into_iter()
            .flatten();
        let mut known = BTreeSet::new();
        for user in mentioned.filter_map(Value::as_str) {
            let name = match users.get(user) {
                Some(user) if user["name"].is_null() => user["id"].as_str(),
                Some(user) => user["name"].as_str(),
                // The app has the user; only the map tells the name that counts.
                None => mapping.says(user, |row| &row.name),
            };
            known.extend(name);
        }
        match referred.is_empty() {
            true => assert_eq!(heard, known, "the mentions in {id}"),
            false => assert!(heard.is_superset(&known), "the mentions in {id}"),
        }
    }
}

/// The books name who was put together, who is in the app, and which rows are for nobody.
fn check_notes(workspace: &Workspace, mapping: &Mapping, output: &Output) {
    let ledger = &output.packed.ledger;
    let mut people: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for user in workspace.users.iter().filter(|it| !it.id.is_empty()) {
        let id = mapping.stream_id(&user.id);
        people.entry(id).or_default().insert(&user.id);
    }
    let more: u64 = people.values().map(|it| it.len() as u64 - 1).sum();
    let together = noted(ledger, Class::Merged, "user_mapped_together");
    assert!(together >= more, "{together} of {more}");
    let map_use = output.packed.map_use.as_ref().expect("there is a map");
    assert_eq!(map_use.rows, mapping.rows.len() as u64);
    let in_app = noted(ledger, Class::Excluded, "user_in_app");
    assert_eq!(in_app, map_use.referred);
    let listed = mapping.app_ids().into_iter();
    let listed = listed.filter(|id| people.contains_key(*id)).count() as u64;
    match output.way().mapped_users {
        MappedUsers::Write => assert_eq!(in_app, 0),
        MappedUsers::Refer => assert!(in_app >= listed, "{in_app} of {listed}"),
    }
    let lost = |outcome| {
        let items = workspace.units.iter().flat_map(|unit| &unit.items);
        items
            .filter(|it| matches!(it, Item::Lost(it, Kind::User) if *it == outcome))
            .count() as u64
    };
    let book = ledger.book(Kind::User);
    assert_eq!(book.excluded, in_app + lost(Outcome::Excluded));
    // Whoever writes something that is written, or is listed, has a row that is used.
    let unused = |key: &str| map_use.examples.iter().any(|(_, it)| it == key);
    for user in &workspace.users {
        assert!(!unused(&user.id), "{}", user.id);
    }
    for row in mapping
        .rows
        .iter()
        .filter(|row| row.source.starts_with("nobody"))
    {
        let is_named = unused(&row.source) || map_use.unused > map_use.examples.len() as u64;
        assert!(is_named, "{}", row.source);
    }
}

/// The id map names each thing that is written once, and where its record stands.
fn check_id_map(workspace: &Workspace, mapping: &Mapping, output: &Output) {
    let mut written: BTreeMap<String, BTreeMap<String, Value>> = BTreeMap::new();
    for kind in ["user", "message"] {
        written.insert(kind.to_owned(), output.items(kind));
    }
    let channels = output.items("channel").into_values().map(|it| {
        let id = match it["member_ids"].as_array() {
            None => it["id"].as_str().unwrap_or_default().to_owned(),
            Some(set) => {
                let set: Vec<&str> = set.iter().filter_map(Value::as_str).collect();
                format!("[{}]", set.join(" "))
            }
        };
        (
            format!("{}:{id}", it["type"].as_str().unwrap_or_default()),
            it,
        )
    });
    written.insert("channel".to_owned(), channels.collect());
    let mut reader = csv::Reader::from_reader(output.id_map.as_slice());
    let columns = ["kind", "source_id", "stream_id", "file", "record"];
    assert_eq!(reader.headers().unwrap(), &columns[..]);
    for row in reader.records() {
        let row = row.unwrap();
        let things = written.get_mut(&row[0]).expect("a kind");
        let item = things.remove(&row[2]);
        let item = item.unwrap_or_else(|| panic!("not written, or twice: {row:?}"));
        let record: usize = row[4].parse().unwrap();
        let place = (&row[3], record);
        match &row[0] {
            "user" => check_user_row(&row[1], &row[2], place, workspace, mapping),
            "channel" => {
                let channel = &workspace.channels[record - 1];
                assert_eq!((&row[3], &row[1]), ("directory", &*channel.id));
            }
            _ => check_message_row(&row[1], place, &item, workspace),
        }
    }
    for (kind, things) in &written {
        assert!(things.is_empty(), "{kind}: {things:?} are not in the map");
    }
}

fn check_user_row(
    source_id: &str,
    stream_id: &str,
    (file, record): (&str, usize),
    workspace: &Workspace,
    mapping: &Mapping,
) {
    assert_eq!(mapping.stream_id(source_id), stream_id, "{source_id}");
    if file == "directory" && record > 0 {
        let mut users = workspace.users.iter();
        let first = users.position(|user| mapping.stream_id(&user.id) == stream_id);
        // Somebody who stands in no list is where a record refers to them.
        if let Some(first) = first {
            assert_eq!(record, first + 1, "{source_id}");
            assert_eq!(workspace.users[first].id, source_id);
        }
    }
}

fn check_message_row(
    source_id: &str,
    (file, record): (&str, usize),
    item: &Value,
    workspace: &Workspace,
) {
    let unit: usize = file.strip_prefix("unit ").unwrap().parse().unwrap();
    let Item::Message(source) = &workspace.units[unit].items[record - 1] else {
        panic!("no message stands there: {file}, {record}");
    };
    let id = item["id"].as_str().unwrap_or_default();
    if item["source_missing"] == true {
        assert_eq!(source_id, "");
        assert_eq!(ids::message(&source.parent_id), id);
        return;
    }
    assert_eq!(source.id, source_id);
    let own = ids::message(source_id);
    let rest = id.strip_prefix(&*own);
    let rest = rest.unwrap_or_else(|| panic!("{id} is not of {source_id}"));
    match rest.strip_prefix("-p") {
        None => drop(version(&[&**source], item)),
        Some(number) => assert!(number.parse::<u32>().unwrap() > 1),
    }
}

proptest! {
    #![proptest_config(cases(50))]

    #[test]
    fn everybody_is_who_the_map_says((workspace, mapping, way, size) in any_case()) {
        let expected = Expected::mapped(&workspace, mapping.clone());
        match convert(&workspace, &way, size) {
            None => {
                let is_all_in_app = way.mapped_users == MappedUsers::Refer;
                prop_assert!(expected.is_empty() || is_all_in_app);
            }
            Some(output) => {
                let summary = output.good();
                output.packed.ledger.balance().unwrap();
                expected.check_messages(&output);
                expected.check_reactions(&output);
                check_references(&workspace, &mapping, &output);
                check_users(&workspace, &mapping, &output);
                check_notes(&workspace, &mapping, &output);
                if way.mapped_users == MappedUsers::Write {
                    expected.check_directory(&output, &summary);
                }
            }
        }
    }

    #[test]
    fn the_id_map_names_what_is_written((workspace, mapping, way, size) in any_case()) {
        if let Some(output) = convert(&workspace, &way, size) {
            check_id_map(&workspace, &mapping, &output);
        }
    }

    #[test]
    fn maps_are_the_same_for_any_number_of_threads(
        (workspace, _, way, size) in any_case()
    ) {
        if let Some(output) = convert(&workspace, &way, size) {
            let people = output.packed.people.clone();
            for (threads, people) in [(1, &Vec::new()), (2, &people), (3, &Vec::new())] {
                let people = people.clone();
                let way = Way { threads, people, ..output.way().clone() };
                let other = run(&workspace, &way);
                prop_assert!(output.bytes() == other.bytes(), "{threads} threads");
                prop_assert!(output.id_map == other.id_map, "{threads} threads");
                prop_assert_eq!(
                    format!("{:?}", (&output.packed.ledger, &output.packed.map_use)),
                    format!("{:?}", (&other.packed.ledger, &other.packed.map_use))
                );
            }
        }
    }

    #[test]
    fn a_map_of_nobody_changes_nothing(workspace in any_workspace(), (way, size) in any_way()) {
        if let Some(output) = convert(&workspace, &way, size) {
            let user_map = "source,id,name\nnobody,app,App\n".to_owned();
            let mapped = run(&workspace, &Way { user_map, ..output.way().clone() });
            prop_assert!(output.bytes() == mapped.bytes());
            prop_assert_eq!(
                format!("{:?}", output.packed.ledger),
                format!("{:?}", mapped.packed.ledger)
            );
        }
    }
}
