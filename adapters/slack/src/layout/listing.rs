//! Hands on what the lists of an export say: users, conversations, members, and which documents
//! it names without having them.

use std::collections::{BTreeSet, HashMap, HashSet};

use anyhow::Result;
use migrate_archive::NoteKind;
use migrate_model::{Kind, Origin, Outcome, Record, Sink, Stop, Text};
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::files::FileReader;
use crate::foreign::{Conversation, Document, User};
use crate::json::lenient::Stamp;
use crate::json::mend::{self, Mended, Rows, Shape};
use crate::json::trouble;
use crate::layout::conversation::{self, List};
use crate::layout::export::{Export, lose_file};
use crate::layout::{ORG_USERS, USERS};
use crate::losses::{self, left_out, merged};
use crate::people::account::{self, Company};

/// How users are recognised.
pub(crate) const USER: Shape = Shape {
    fits: |json| serde_json::from_slice::<User<'_>>(json).is_ok(),
    needs: &[],
    is_element,
};

/// Whether an object is a user or a conversation, and no pin of one, which may have an id too.
fn is_element(json: &[u8]) -> bool {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Head {
        id: Option<IgnoredAny>,
        name: Option<IgnoredAny>,
        members: Option<IgnoredAny>,
    }
    let head = serde_json::from_slice::<Head>(json);
    head.is_ok_and(|it| it.id.is_some() && (it.name.is_some() || it.members.is_some()))
}

/// How conversations are recognised.
pub(crate) const CONVERSATION: Shape = Shape {
    fits: |json| serde_json::from_slice::<Conversation<'_>>(json).is_ok(),
    needs: &[],
    is_element,
};

/// The team that all people of an organisation have, for the conversations that its workspaces
/// share.
const SHARED_TEAM: &str = "slack-shared";

/// What a list of documents loses.
const DOCUMENTS: [(&str, migrate_model::LossKind); 3] = [
    ("canvases.json", losses::CANVAS),
    ("lists.json", losses::LIST),
    ("huddle_transcripts.json", losses::HUDDLE_TRANSCRIPT),
];

/// Puts everything that is known before messages are read.
pub(crate) fn put(export: &Export, sink: &mut dyn Sink) -> Result<()> {
    lose_notes(export, sink)?;
    let conversations = Files::conversations(export)?;
    let mut slots = conversations.slots();
    let lists: Vec<Listed<'_>> = conversations
        .files
        .iter()
        .zip(&mut slots)
        .map(|(file, slot)| Listed {
            file,
            rows: mend::rows(&file.json, CONVERSATION, slot),
        })
        .collect();
    put_users(export, &lists, sink)?;
    for (path, error) in &conversations.unreadable {
        sink.file(path);
        lose_file(Kind::Channel, error, sink)?;
    }
    let put = put_listed(export, &lists, sink)?;
    put_unlisted(export, sink)?;
    let mut path_before = "";
    for (file, record, it) in put {
        if path_before != file.path {
            sink.file(&file.path);
            path_before = &file.path;
        }
        conversation::put_members(record, it, sink)?;
    }
    lose_documents(export, sink)
}

/// The lists of users that an export has, by their names in the export.
pub(crate) fn user_files(export: &Export) -> Vec<String> {
    let mut files = Vec::new();
    for (scope, it) in export.layout.scopes().iter().enumerate() {
        let has = |file: &str| export.files.find(&it.path(file)).is_some();
        if scope == 0 && has(ORG_USERS) {
            files.push(it.path(ORG_USERS));
        }
        if has(USERS) {
            files.push(it.path(USERS));
        }
    }
    files
}

/// A file of a list.
struct ListFile {
    path: String,
    scope: usize,
    /// `None` for users.
    list: Option<List>,
    json: Vec<u8>,
}

/// The lists of one kind.
#[derive(Default)]
struct Files {
    files: Vec<ListFile>,
    /// Those that the user asked to leave out.
    unreadable: Vec<(String, anyhow::Error)>,
}

impl Files {
    fn conversations(export: &Export) -> Result<Files> {
        let mut reader = export.files.reader()?;
        let mut all = Files::default();
        for (scope, it) in export.layout.scopes().iter().enumerate() {
            for list in List::ALL {
                let read = export.scope_list(scope, list, &mut *reader)?;
                all.add(it.path(list.file()), scope, Some(list), read);
            }
        }
        Ok(all)
    }

    fn users(export: &Export) -> Result<Files> {
        let mut reader = export.files.reader()?;
        let mut all = Files::default();
        let scopes = export.layout.scopes();
        for path in user_files(export) {
            let is_own = |it: &&crate::layout::Scope| it.path(USERS) == path;
            let scope = scopes.iter().skip(1).find(is_own);
            let scope = scope.and_then(|it| scopes.iter().position(|other| other == it));
            let read = export.list(&path, &mut *reader)?;
            all.add(path, scope.unwrap_or(0), None, read);
        }
        Ok(all)
    }

    fn add(
        &mut self,
        path: String,
        scope: usize,
        list: Option<List>,
        read: Result<Option<Vec<u8>>>,
    ) {
        match read {
            Ok(Some(json)) => self.files.push(ListFile {
                path,
                scope,
                list,
                json,
            }),
            Ok(None) => {}
            Err(error) => self.unreadable.push((path, error)),
        }
    }

    /// Room to mend each file in.
    fn slots<'m>(&self) -> Vec<Option<Mended<'m>>> {
        self.files.iter().map(|_| None).collect()
    }
}

/// A list of conversations.
struct Listed<'m> {
    file: &'m ListFile,
    rows: Rows<'m, Conversation<'m>>,
}

fn put_users(export: &Export, lists: &[Listed<'_>], sink: &mut dyn Sink) -> Result<()> {
    let all = Files::users(export)?;
    for (path, error) in &all.unreadable {
        sink.file(path);
        lose_file(Kind::User, error, sink)?;
    }
    if all.files.is_empty() && all.unreadable.is_empty() {
        sink.file(USERS);
        let (kind, outcome) = (losses::USERS_MISSING, Outcome::Field);
        return Ok(sink.lose(0, losses::loss(kind, outcome, Kind::User, 1, ""))?);
    }
    let mut slots = all.slots();
    let files: Vec<(&ListFile, Rows<'_, User<'_>>)> = all
        .files
        .iter()
        .zip(&mut slots)
        .map(|(file, slot)| (file, mend::rows(&file.json, USER, slot)))
        .collect();
    let mut company = Company {
        home_team: &export.home_team,
        ..Company::default()
    };
    let mut counted: HashSet<&str> = HashSet::new();
    for it in files.iter().flat_map(|(_, rows)| &rows.items) {
        if !it.id.is_empty() && counted.insert(&it.id) {
            company.add(it);
        }
    }
    let teams = match export.settings.teams {
        true => teams_of_users(export, &files, lists),
        false => HashMap::new(),
    };
    let mut seen: HashSet<&str> = HashSet::with_capacity(counted.len());
    for (file, rows) in &files {
        sink.file(&file.path);
        trouble::of_list(rows.mended, Kind::User, sink)?;
        for (item, it) in rows.items.iter().enumerate() {
            let record = rows.record(item);
            if it.id.is_empty() {
                let name = it.name.to_string();
                sink.lose(record, left_out(losses::NO_ID, Kind::User, name))?;
                continue;
            }
            if !seen.insert(&it.id) {
                let loss = merged(losses::REPEATED_USER, Kind::User, &*it.id);
                sink.lose(record, loss)?;
                continue;
            }
            let wishes = &export.settings.wishes;
            let mut user = account::user(it, wishes, &company);
            if let Some(teams) = teams.get(&*it.id) {
                let teams = teams.iter().map(|scope| team_of(export, *scope));
                user.teams = teams.map(Text::Borrowed).collect();
            }
            if company.shares_name(it) && !wishes.tells_apart {
                let loss = losses::loss(
                    losses::SHARED_NAME,
                    Outcome::Field,
                    Kind::User,
                    1,
                    user.name.clone().into_owned(),
                );
                sink.lose(record, loss)?;
            }
            sink.put(record, Origin::Read, Record::User(user))?;
        }
    }
    Ok(())
}

/// The scopes whose teams each user has: of a workspace in whose list the user or a conversation
/// with the user stands, and of what is shared, if anything is. Stream takes nobody into a channel
/// with another team.
fn teams_of_users<'m>(
    export: &Export,
    files: &'m [(&ListFile, Rows<'m, User<'m>>)],
    lists: &'m [Listed<'m>],
) -> HashMap<&'m str, BTreeSet<usize>> {
    let mut teams: HashMap<&str, BTreeSet<usize>> = HashMap::new();
    let shared = export.has_root_channels.then_some(0);
    for (file, rows) in files {
        for it in &rows.items {
            let own = Some(file.scope).filter(|scope| *scope > 0);
            teams.entry(&it.id).or_default().extend(own);
        }
    }
    for listed in lists.iter().filter(|it| it.file.scope > 0) {
        for id in listed.rows.items.iter().flat_map(|it| &it.members) {
            teams.entry(id).or_default().insert(listed.file.scope);
        }
    }
    for scopes in teams.values_mut() {
        scopes.extend(shared);
    }
    teams
}

fn team_of(export: &Export, scope: usize) -> &str {
    match scope {
        0 => SHARED_TEAM,
        _ => export.layout.workspace(scope),
    }
}

/// Puts the channels of all lists, and returns those that were put, with file and record.
fn put_listed<'r>(
    export: &Export,
    lists: &'r [Listed<'r>],
    sink: &mut dyn Sink,
) -> Result<Vec<(&'r ListFile, u32, &'r Conversation<'r>)>, Stop> {
    let mut seen: HashSet<&str> = HashSet::new();
    let mut names: HashSet<(usize, &str)> = HashSet::new();
    let mut put = Vec::new();
    for Listed { file, rows } in lists {
        sink.file(&file.path);
        trouble::of_list(rows.mended, Kind::Channel, sink)?;
        let list = file.list.unwrap_or(List::Channels);
        for (item, it) in rows.items.iter().enumerate() {
            let record = rows.record(item);
            if it.id.is_empty() {
                let name = it.name.to_string();
                sink.lose(record, left_out(losses::NO_ID, Kind::Channel, name))?;
            } else if !seen.insert(&it.id) {
                let loss = merged(losses::REPEATED_CHANNEL, Kind::Channel, &*it.id);
                sink.lose(record, loss)?;
            } else {
                let mut channel = conversation::channel(list, export.settings.dm_ids, it);
                if export.settings.teams {
                    channel.team = Text::Borrowed(team_of(export, file.scope));
                }
                sink.put(record, Origin::Read, Record::Channel(channel))?;
                let shares_folder = !it.name.is_empty() && !names.insert((file.scope, &it.name));
                lose_of_channel(record, it, shares_folder, sink)?;
                put.push((*file, record, it));
            }
        }
    }
    Ok(put)
}

/// Reports what is lost of a conversation that was put.
fn lose_of_channel(
    record: u32,
    it: &Conversation<'_>,
    shares_folder: bool,
    sink: &mut dyn Sink,
) -> Result<(), Stop> {
    let pins = it.pins.iter().flatten();
    let files = pins.filter(|pin| !matches!(Stamp::parse(&pin.id), Stamp::At(_)));
    for (kind, count) in [
        (losses::SHARED_FOLDER, usize::from(shares_folder)),
        (losses::PINNED_FILE, files.count()),
    ] {
        if count > 0 {
            let name = it.name.to_string();
            let loss = losses::loss(kind, Outcome::Field, Kind::Channel, count, name);
            sink.lose(record, loss)?;
        }
    }
    Ok(())
}

fn put_unlisted(export: &Export, sink: &mut dyn Sink) -> Result<(), Stop> {
    let unlisted = &export.unlisted;
    let first = export.channel_ids.len().saturating_sub(unlisted.len());
    let ids = export.channel_ids.iter().skip(first);
    for ((scope, folder), id) in unlisted.iter().zip(ids) {
        let path = export.layout.scopes().get(*scope);
        sink.file(&path.map_or(String::new(), |it| it.path(folder)));
        let kind = match conversation::canvas(folder) {
            Some(_) => losses::CANVAS_COMMENTS,
            None => losses::UNLISTED_FOLDER,
        };
        let mut channel = conversation::unlisted(id, folder);
        if export.settings.teams {
            channel.team = Text::Borrowed(team_of(export, *scope));
        }
        sink.put(0, Origin::Made(kind.kind), Record::Channel(channel))?;
    }
    Ok(())
}

/// Reports the canvases, lists and transcripts of which the export has no more than a title.
fn lose_documents(export: &Export, sink: &mut dyn Sink) -> Result<()> {
    let mut reader = export.files.reader()?;
    for scope in export.layout.scopes() {
        for (file, kind) in DOCUMENTS {
            lose_documents_of(export, &scope.path(file), kind, &mut *reader, sink)?;
        }
    }
    for entry in 0..export.files.count() {
        let path = export.files.name(entry);
        if export.layout.lists_canvases(path) {
            lose_documents_of(export, path, losses::CANVAS, &mut *reader, sink)?;
        }
    }
    Ok(())
}

fn lose_documents_of(
    export: &Export,
    path: &str,
    kind: migrate_model::LossKind,
    reader: &mut dyn FileReader,
    sink: &mut dyn Sink,
) -> Result<()> {
    const DOCUMENT: Shape = Shape {
        fits: |json| serde_json::from_slice::<Document<'_>>(json).is_ok(),
        needs: &[],
        is_element: |_| false,
    };
    let json = match export.list(path, reader)? {
        Ok(Some(json)) => json,
        Ok(None) => return Ok(()),
        Err(error) => {
            sink.file(path);
            return Ok(lose_file(Kind::Channel, &error, sink)?);
        }
    };
    let mut slot = None;
    let rows = mend::rows::<Document<'_>>(&json, DOCUMENT, &mut slot);
    sink.file(path);
    trouble::of_documents(rows.mended, sink)?;
    for (item, it) in rows.items.iter().enumerate() {
        let title = crate::people::first([&it.title, &it.name, &it.id]);
        let title: String = title.chars().take(80).collect();
        let loss = losses::loss(kind, Outcome::Field, Kind::Channel, 1, title);
        sink.lose(rows.record(item), loss)?;
    }
    Ok(())
}

/// Reports files that the zip or the folder does not give.
fn lose_notes(export: &Export, sink: &mut dyn Sink) -> Result<(), Stop> {
    for note in export.files.notes() {
        let kind = match note.kind {
            NoteKind::RepeatedName => losses::REPEATED_FILE,
            NoteKind::RefusedName | NoteKind::NotAFile => losses::REFUSED_FILE,
            _ => continue,
        };
        // A link to a folder has no extension.
        if note.name.ends_with(".json") || note.kind == NoteKind::NotAFile {
            sink.file(&note.name);
            sink.lose(0, left_out(kind, Kind::Message, ""))?;
        }
    }
    for entry in &export.misplaced {
        sink.file(export.files.name(*entry));
        sink.lose(0, left_out(losses::MISPLACED_FILE, Kind::Message, ""))?;
    }
    for entry in &export.unknown {
        sink.file(export.files.name(*entry));
        let kind = losses::UNKNOWN_FILE;
        sink.lose(0, losses::loss(kind, Outcome::Field, Kind::Message, 1, ""))?;
    }
    Ok(())
}
