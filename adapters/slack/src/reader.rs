//! Reads the file of one conversation and one day.

use std::collections::HashSet;

use anyhow::{Result, anyhow};
use migrate_model::{Directory, Kind, Outcome, Reader, Sink, Stop, Time, Unit, Want};
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::files::FileReader;
use crate::foreign::{Message, Sighting};
use crate::json::lenient::Stamp;
use crate::json::mend::{self, Shape};
use crate::json::trouble;
use crate::layout::export::{self, Export};
use crate::losses;
use crate::message::{self, Buffers, Mapper, Room};
use crate::people::{Names, Seen};
use crate::versions::{self, Fate, Version};

/// Reads files for one worker.
pub(crate) struct DayReader<'s> {
    export: &'s Export,
    files: Box<dyn FileReader + 's>,
    /// Room for the texts of one message.
    room: Room,
}

/// How messages are recognised.
pub(crate) const MESSAGE: Shape = Shape {
    fits: |json| serde_json::from_slice::<Message<'_>>(json).is_ok(),
    needs: &["text"],
    is_element,
};

const SIGHTING: Shape = Shape {
    fits: |json| serde_json::from_slice::<Sighting<'_>>(json).is_ok(),
    needs: &["text"],
    is_element,
};

/// Whether an object is a message, and no attachment of one, which may have a time too.
fn is_element(json: &[u8]) -> bool {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Head {
        ts: Stamp,
        fallback: Option<IgnoredAny>,
        from_url: Option<IgnoredAny>,
    }
    let head = serde_json::from_slice::<Head>(json);
    head.is_ok_and(|it| it.ts.time().is_some() && it.fallback.is_none() && it.from_url.is_none())
}

impl<'s> DayReader<'s> {
    pub(crate) fn new(export: &'s Export) -> Result<Self> {
        Ok(DayReader {
            export,
            files: export.files.reader()?,
            room: Room::default(),
        })
    }
}

impl Reader for DayReader<'_> {
    fn read(&mut self, unit: &Unit, want: Want<'_>, sink: &mut dyn Sink) -> Result<()> {
        let export = self.export;
        let entry = usize::try_from(unit.key)?;
        let json = match self.files.read(entry) {
            Ok(json) => json,
            Err(error) if export.settings.skip_unreadable => {
                if let Want::Everything(_) = want {
                    export::lose_file(Kind::Message, &error, sink)?;
                }
                return Ok(());
            }
            Err(error) => {
                return Err(anyhow!(
                    "{error:#}; or leave such files out: `--skip-unreadable`"
                ));
            }
        };
        Ok(read_file(json, unit, want, export, &mut self.room, sink)?)
    }
}

/// Reads the contents of a unit.
pub(crate) fn read_file(
    json: &[u8],
    unit: &Unit,
    want: Want<'_>,
    export: &Export,
    room: &mut Room,
    sink: &mut dyn Sink,
) -> Result<(), Stop> {
    let Want::Everything(directory) = want else {
        return meet_all(json, export, sink);
    };
    let number = unit.channel.unwrap_or(u32::MAX);
    let id = usize::try_from(number).ok();
    let id = id.and_then(|number| export.channel_ids.get(number));
    let conversation = Conversation {
        number,
        unit: unit.key,
        id: id.map_or("", String::as_str),
    };
    read_all(json, conversation, directory, export, room, sink)
}

/// The conversation whose file is read.
#[derive(Clone, Copy)]
struct Conversation<'s> {
    number: u32,
    /// The key of the unit.
    unit: u64,
    /// Its id in Slack.
    id: &'s str,
}

fn meet_all(json: &[u8], export: &Export, sink: &mut dyn Sink) -> Result<(), Stop> {
    let mut slot = None;
    let rows = mend::rows::<Sighting<'_>>(json, SIGHTING, &mut slot);
    for it in &rows.items {
        Seen::from(it).meet(&export.bots, &export.home_team, sink)?;
        for nested in it.nested() {
            Seen::from(nested).meet(&export.bots, &export.home_team, sink)?;
        }
    }
    Ok(())
}

fn read_all(
    json: &[u8],
    conversation: Conversation<'_>,
    directory: &dyn Directory,
    export: &Export,
    room: &mut Room,
    sink: &mut dyn Sink,
) -> Result<(), Stop> {
    let mut slot = None;
    let rows = mend::rows::<Message<'_>>(json, MESSAGE, &mut slot);
    if let Some(mended) = rows.mended {
        trouble::of_elements(mended, Kind::Message, sink)?;
    }
    let names = Names {
        directory,
        bots: &export.bots,
        emoji: &export.emoji,
    };
    let listed_pin = |at: Time| export.pins.get(&(conversation.number, at));
    let mut mapper = Mapper {
        channel_id: conversation.id,
        names,
        listed_pin: &listed_pin,
        hosting: &export.settings.hosting,
        reactions: &export.settings.reactions,
        sink,
        buffers: Buffers::new(std::mem::take(room)),
    };
    let mut versions: Vec<Option<Version<'_>>> = rows.items.iter().map(Version::of).collect();
    versions::complete(&mut versions);
    versions::inherit(&mut versions);
    let shared_before = |id: &str| export.later.share(conversation.number, id);
    versions::attach_comments(&mut versions, shared_before);
    let fates = versions::settle(&versions);
    let written = unsettled(export, &versions);
    for it in &rows.items {
        Seen::from(it).meet(&export.bots, &export.home_team, mapper.sink)?;
        for nested in it.nested() {
            Seen::from(nested).meet(&export.bots, &export.home_team, mapper.sink)?;
        }
    }
    for item in versions::in_time(&versions) {
        let (Some(it), Some(version)) = (rows.items.get(item), versions.get(item)) else {
            continue;
        };
        let record = rows.record(item);
        let Some(version) = *version else {
            message::lose_unusable(record, it, mapper.sink)?;
            continue;
        };
        let fate = fates.as_ref().and_then(|fates| fates.get(item)).copied();
        let is_newest = export
            .later
            .is_newest(conversation.number, version.at, conversation.unit);
        let fate = match is_newest {
            true => fate.unwrap_or(Fate::Kept(1)),
            false => Fate::Merged(losses::EARLIER_VERSION),
        };
        match fate {
            Fate::Kept(copy) => {
                let mended = rows.mended.and_then(|mended| mended.elements.get(item));
                if let Some(element) = mended {
                    trouble::of_fields(element, Kind::Message, mapper.sink)?;
                }
                if version.is_event()
                    && written.as_ref().is_some_and(|it| !it.contains(&version.at))
                {
                    let loss = losses::of_message(losses::EVENT_NOT_SETTLED, 1, "");
                    mapper.sink.lose(record, loss)?;
                }
                mapper.put(record, version, copy)?;
            }
            Fate::Merged(kind) if is_newest && version.lends_reactions() => {
                mapper.merge(record, version.message, kind)?;
            }
            Fate::Merged(kind) => mapper.lose(record, version.message, Outcome::Merged, kind)?,
        }
    }
    *room = mapper.buffers.into_room();
    Ok(())
}

/// The times of the messages that a file holds as they were written, if it holds events as well
/// and nothing is known of those in other files.
fn unsettled(export: &Export, versions: &[Option<Version<'_>>]) -> Option<HashSet<Time>> {
    let all = || versions.iter().flatten();
    if !export.later.is_unsettled() || !all().any(Version::is_event) {
        return None;
    }
    Some(all().filter(|it| !it.is_event()).map(|it| it.at).collect())
}
