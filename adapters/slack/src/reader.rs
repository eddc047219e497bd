//! Reads the file of one conversation and one day.

use anyhow::{Result, anyhow};
use migrate_model::{Directory, Kind, Outcome, Reader, Sink, Stop, Unit, Want};

use crate::export::{self, Export};
use crate::foreign::{Message, Sighting};
use crate::mend::{self, Shape};
use crate::message::{self, Buffers, Mapper};
use crate::people::{Names, Seen};
use crate::trouble;
use crate::versions::{self, Fate, Version};

/// Reads files for one worker.
pub(crate) struct DayReader<'s> {
    export: &'s Export,
    archive: migrate_archive::Reader<'s>,
    /// Buffers for the texts of one message.
    texts: [String; 3],
}

const MESSAGE: Shape = Shape {
    fits: |json| serde_json::from_slice::<Message<'_>>(json).is_ok(),
    needs: &["text"],
};

const SIGHTING: Shape = Shape {
    fits: |json| serde_json::from_slice::<Sighting<'_>>(json).is_ok(),
    needs: &["text"],
};

impl<'s> DayReader<'s> {
    pub(crate) fn new(export: &'s Export) -> Result<Self> {
        Ok(DayReader {
            export,
            archive: export.archive.reader()?,
            texts: Default::default(),
        })
    }
}

impl Reader for DayReader<'_> {
    fn read(&mut self, unit: &Unit, want: Want<'_>, sink: &mut dyn Sink) -> Result<()> {
        let export = self.export;
        let entry = usize::try_from(unit.key)?;
        let json = match self.archive.read(entry) {
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
        let channel = unit
            .channel
            .and_then(|channel| usize::try_from(channel).ok());
        let channel_id = channel.and_then(|channel| export.channel_ids.get(channel));
        match want {
            Want::People => meet_all(json, export, sink)?,
            Want::Everything(directory) => {
                let channel_id = channel_id.map_or("", String::as_str);
                read_all(json, channel_id, directory, export, &mut self.texts, sink)?;
            }
        }
        Ok(())
    }
}

fn meet_all(json: &[u8], export: &Export, sink: &mut dyn Sink) -> Result<(), Stop> {
    let mut slot = None;
    let rows = mend::rows::<Sighting<'_>>(json, SIGHTING, &mut slot);
    for it in &rows.items {
        Seen::from(it).meet(&export.bots, sink)?;
    }
    Ok(())
}

fn read_all(
    json: &[u8],
    channel_id: &str,
    directory: &dyn Directory,
    export: &Export,
    texts: &mut [String; 3],
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
    };
    let mut mapper = Mapper {
        channel_id,
        names,
        hosting: &export.settings.hosting,
        reactions: &export.settings.reactions,
        sink,
        buffers: Buffers::new(std::mem::take(texts)),
    };
    let versions: Vec<Option<Version<'_>>> = rows.items.iter().map(Version::of).collect();
    let fates = versions::settle(&versions);
    for (item, (it, version)) in rows.items.iter().zip(versions).enumerate() {
        let record = rows.record(item);
        Seen::from(it).meet(&export.bots, mapper.sink)?;
        let Some(version) = version else {
            message::lose_unusable(record, it, mapper.sink)?;
            continue;
        };
        let fate = fates.as_ref().and_then(|fates| fates.get(item)).copied();
        match fate.unwrap_or(Fate::Kept(1)) {
            Fate::Kept(copy) => {
                let mended = rows.mended.and_then(|mended| mended.elements.get(item));
                if let Some(element) = mended {
                    trouble::of_fields(element, Kind::Message, mapper.sink)?;
                }
                mapper.put(record, version, copy)?;
            }
            Fate::Merged(kind) => mapper.lose(record, version.message, Outcome::Merged, kind)?,
        }
    }
    *texts = mapper.buffers.into_texts();
    Ok(())
}
