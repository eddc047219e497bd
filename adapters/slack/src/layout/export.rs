//! An opened export: its conversations and their files.
//!
//! The lists are read twice, once to number the conversations and once to hand them on (by
//! [`crate::layout::listing`]), so that only ids stay in memory.

use std::collections::HashMap;

use anyhow::{Result, bail};
use migrate_model::{Give, Kind, Outcome, Reader, Sink, Source, Stop, Time, Unit};

use crate::contents::hosting::Hosting;
use crate::files::{FileReader, Files};
use crate::foreign::{Conversation, User};
use crate::json::lenient::Stamp;
use crate::json::mend;
use crate::later::Later;
use crate::layout::conversation::{self, DmIds, List};
use crate::layout::listing;
use crate::layout::numbers::Numbers;
use crate::layout::{self, Layout, Place};
use crate::losses;
use crate::people::account::{self, Wishes};
use crate::people::{self, Bots};
use crate::reactions::names::ReactionNames;
use crate::reader::{self, DayReader};
use crate::text::emoji;

/// What the user asked for.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    /// How direct messages are known.
    pub(crate) dm_ids: DmIds,
    /// Whether a file that cannot be unpacked is left out instead of ending the run.
    pub(crate) skip_unreadable: bool,
    /// What of users is written.
    pub(crate) wishes: Wishes,
    /// Whether each name under which a bot writes is a user of its own.
    pub(crate) split_bot_names: bool,
    /// Whether all files are scanned for edits and deletions of messages of other files.
    pub(crate) scans_edits: bool,
    /// Whether the workspaces of an organisation become teams.
    pub(crate) teams: bool,
    /// Where files may be fetched.
    pub(crate) hosting: Hosting,
    /// What reactions are called.
    pub(crate) reactions: ReactionNames,
}

/// An opened export.
pub(crate) struct Export {
    /// Its files.
    pub(crate) files: Box<dyn Files>,
    /// Where they stand.
    pub(crate) layout: Layout,
    /// What the user asked for.
    pub(crate) settings: Settings,
    /// The users as which bots write.
    pub(crate) bots: Bots,
    /// The workspace's own emoji.
    pub(crate) emoji: emoji::Custom,
    /// The workspace to which most users belong; empty for an organisation.
    pub(crate) home_team: String,
    /// The ids of the conversations, by their number.
    pub(crate) channel_ids: Vec<String>,
    /// The last conversations, which no list names: scope and folder.
    pub(crate) unlisted: Vec<(usize, String)>,
    /// Whether a conversation stands at the root.
    pub(crate) has_root_channels: bool,
    /// The pins that lists tell, by the conversation's number and the message's time.
    pub(crate) pins: HashMap<(u32, Time), ListedPin>,
    /// Edits and deletions that stand in another file than their message.
    pub(crate) later: Later,
    /// The numbers of files that look like those of messages, but stand where none
    /// are looked for.
    pub(crate) misplaced: Vec<usize>,
    /// Other JSON files that no export has.
    pub(crate) unknown: Vec<usize>,
    units: Vec<Unit>,
}

/// That a list of conversations names a message as pinned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ListedPin {
    /// Who pinned it; empty where that is not told.
    pub(crate) by: String,
    /// When.
    pub(crate) at: Option<Time>,
}

impl Export {
    /// Opens an export and lists its conversations and their files. `shown` is what it is called in
    /// messages.
    pub(crate) fn open(
        files: Box<dyn Files>,
        layout: Layout,
        mut settings: Settings,
        shown: &str,
    ) -> Result<Export> {
        if settings.teams && !layout.is_grid() {
            bail!(
                "`--team-from-workspace` is for the export of an organisation, with a folder for each workspace below `teams`, and {shown} is that of one workspace"
            );
        }
        settings.hosting.learn(&*files);
        let mut export = Export {
            files,
            layout,
            bots: Bots::new(settings.split_bot_names),
            settings,
            emoji: emoji::Custom::default(),
            home_team: String::new(),
            channel_ids: Vec::new(),
            unlisted: Vec::new(),
            has_root_channels: false,
            pins: HashMap::new(),
            later: Later::default(),
            misplaced: Vec::new(),
            unknown: Vec::new(),
            units: Vec::new(),
        };
        export.learn_bots()?;
        export.learn_emoji()?;
        let mut numbers = export.number_conversations()?;
        export.list_units(&mut numbers);
        export.channel_ids = numbers.ids;
        export.later = Later::of(&*export.files, &export.units, export.settings.scans_edits)?;
        Ok(export)
    }

    /// Reads the lists of users for who is a bot, and which workspace is at home here.
    fn learn_bots(&mut self) -> Result<()> {
        let mut reader = self.files.reader()?;
        for path in listing::user_files(self) {
            let Ok(Some(json)) = self.list(&path, &mut *reader)? else {
                continue;
            };
            let mut slot = None;
            let users = mend::rows::<User<'_>>(&json, listing::USER, &mut slot).items;
            users.iter().for_each(|user| self.bots.learn(user));
            if !self.layout.is_grid() {
                self.home_team = account::home_team(&users);
            }
        }
        Ok(())
    }

    /// Reads the workspace's own emoji, of which a tool may have added a list.
    fn learn_emoji(&mut self) -> Result<()> {
        let mut reader = self.files.reader()?;
        if let Ok(Some(json)) = self.list("emoji.json", &mut *reader)? {
            self.emoji = emoji::Custom::read(&json);
        }
        Ok(())
    }

    /// Numbers the conversations of all lists. The same elements get a number as are put by
    /// [`listing::put`].
    fn number_conversations(&mut self) -> Result<Numbers> {
        let mut reader = self.files.reader()?;
        let mut numbers = Numbers::default();
        for scope in 0..self.layout.scopes().len() {
            for list in List::ALL {
                let Ok(Some(json)) = self.scope_list(scope, list, &mut *reader)? else {
                    continue;
                };
                let mut slot = None;
                let rows = mend::rows::<Conversation<'_>>(&json, listing::CONVERSATION, &mut slot);
                for it in &rows.items {
                    self.has_root_channels |= numbers.add(scope, it) && scope == 0;
                    if let Some(number) = numbers.of_id(&it.id) {
                        add_pins(&mut self.pins, number, it);
                    }
                }
            }
        }
        Ok(numbers)
    }

    /// The contents of a list of a scope.
    pub(crate) fn scope_list(
        &self,
        scope: usize,
        list: List,
        reader: &mut dyn FileReader,
    ) -> Result<Result<Option<Vec<u8>>>> {
        let scope = self.layout.scopes().get(scope);
        match scope.map(|scope| scope.path(list.file())) {
            Some(path) => self.list(&path, reader),
            None => Ok(Ok(None)),
        }
    }

    /// The contents of a list, `None` if there is none. The inner error is one that the user asked
    /// to leave out.
    pub(crate) fn list(
        &self,
        path: &str,
        reader: &mut dyn FileReader,
    ) -> Result<Result<Option<Vec<u8>>>> {
        let Some(entry) = self.files.find(path) else {
            return Ok(Ok(None));
        };
        match reader.read(entry) {
            Ok(json) => Ok(Ok(Some(json.to_vec()))),
            Err(error) if self.settings.skip_unreadable => Ok(Err(error)),
            Err(error) => Err(error),
        }
    }

    /// Lists the files of all conversations, and the folders that no list names.
    fn list_units(&mut self, numbers: &mut Numbers) {
        let mut files: Vec<(u32, &str, usize)> = Vec::new();
        // Files of one folder stand together.
        let mut last: Option<(usize, &str, u32)> = None;
        for entry in 0..self.files.count() {
            let name = self.files.name(entry);
            let Some(place) = self.layout.place(name) else {
                if layout::looks_like_day_file(name) {
                    self.misplaced.push(entry);
                } else if layout::may_hold_messages(name) {
                    self.unknown.push(entry);
                }
                continue;
            };
            if place.is_list_of_canvases() {
                continue;
            }
            let Place { scope, folder, .. } = place;
            let number = match last {
                Some((of, name, number)) if (of, name) == (scope, folder) => number,
                _ => numbers.find(scope, folder).unwrap_or_else(|| {
                    let workspace = self.layout.workspace(scope);
                    let id = conversation::unlisted_id(workspace, folder);
                    numbers.of_id(&id).unwrap_or_else(|| {
                        self.unlisted.push((scope, folder.to_owned()));
                        self.has_root_channels |= scope == 0;
                        numbers.push(id)
                    })
                }),
            };
            last = Some((scope, folder, number));
            files.push((number, place.file, entry));
        }
        // Files stand together by folder, in the order of their days; a stable sort takes such runs as they are.
        files.sort();
        let units = files.into_iter().map(|(number, _, entry)| Unit {
            key: entry as u64,
            bytes: self.files.size(entry),
            channel: Some(number),
        });
        self.units = units.collect();
    }
}

impl Source for Export {
    fn directory(&self, sink: &mut dyn Sink) -> Result<()> {
        listing::put(self, sink)
    }

    fn people(&self, sink: &mut dyn Sink) -> Result<()> {
        Ok(people::meet_slackbot(sink)?)
    }

    fn units(&self) -> &[Unit] {
        &self.units
    }

    fn unit_name(&self, unit: &Unit) -> String {
        let entry = usize::try_from(unit.key).unwrap_or(usize::MAX);
        self.files.name(entry).to_owned()
    }

    fn source_records(&self, unit: &Unit, records: &[u32], give: Give<'_>) -> Result<()> {
        let mut files = self.files.reader()?;
        let json = files.read(usize::try_from(unit.key)?)?;
        mend::each_element(json, reader::MESSAGE, |record, element| {
            if records.binary_search(&record).is_ok() {
                give(record, element);
            }
        });
        Ok(())
    }

    fn shows_addresses(&self) -> bool {
        self.settings.wishes.has_addresses()
    }

    fn reader(&self) -> Result<Box<dyn Reader + '_>> {
        Ok(Box::new(DayReader::new(self)?))
    }
}

fn add_pins(pins: &mut HashMap<(u32, Time), ListedPin>, number: u32, it: &Conversation<'_>) {
    for pin in it.pins.iter().flatten() {
        // A pinned file has its id in place of a time.
        let Stamp::At(message) = Stamp::parse(&pin.id) else {
            continue;
        };
        let listed = ListedPin {
            by: pin.user.to_string(),
            at: pin.created.time(),
        };
        pins.entry((number, message)).or_insert(listed);
    }
}

/// Reports a file that the user asked to leave out.
pub(crate) fn lose_file(of: Kind, error: &anyhow::Error, sink: &mut dyn Sink) -> Result<(), Stop> {
    let detail = error.root_cause().to_string();
    let loss = losses::loss(losses::UNREADABLE_FILE, Outcome::LeftOut, of, 1, detail);
    sink.lose(0, loss)
}
