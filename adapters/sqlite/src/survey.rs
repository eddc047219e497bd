//! What has to be known of all rows before the first becomes a record: rows of queries are kept,
//! and it is found out how columns write their values.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::PathBuf;

use anyhow::{Result, bail};
use migrate_mapping::{Cell, Lookups, Mapping, Place, Plan, SectionKind, Settled, Survey, Twins};
use migrate_model::wording::safe;
use migrate_model::{Options, Outcome, pipeline};

use crate::attachments::{Attachments, Noted as Kept};
use crate::database::Database;
use crate::losses;
use crate::part::{Access, At, Feed, Part};
use crate::source::{Note, Tables, position};
use crate::spool::{Room, Spool, Spooler};

/// What surveys need.
pub(crate) struct Setting<'a> {
    /// Where rows are kept.
    pub(crate) work: PathBuf,
    pub(crate) room: &'a Room,
    pub(crate) options: &'a Options,
}

impl Setting<'_> {
    fn check_stop(&self) -> Result<()> {
        if self.options.is_stopped() {
            bail!("stopped before all rows were looked at");
        }
        Ok(())
    }
}

impl Tables {
    /// Finds out what has to be known before the first row is read.
    ///
    /// # Errors
    /// If the database cannot be read, there is no room to keep rows, or a column can be read in two
    /// ways.
    pub(crate) fn surveyed(
        database: Database,
        mut parts: Vec<Part>,
        mapping: &Mapping,
        setting: &Setting<'_>,
    ) -> Result<Tables> {
        let mut noted = Noted::of(mapping);
        let mut notes = Vec::new();
        let mut access = Access::new(&database);
        // Messages are looked at last: by then it is known which attachments wait for them.
        let mut order: Vec<usize> = (0..parts.len()).collect();
        let is_of_messages = |part: &Part| part.plan.kind() == SectionKind::Messages;
        order.sort_by_key(|number| parts.get(*number).is_some_and(is_of_messages));
        for number in order {
            let Some(part) = parts.get_mut(number) else {
                continue;
            };
            if let Feed::Whole { .. } = part.feed {
                let file = setting.work.join(format!("rows-{number}"));
                let section = part.section;
                let mut attachments = Kept::default();
                let mut mended = Mended::default();
                part.keep(
                    &file,
                    setting.room,
                    &mut access,
                    |plan, cells, at, place| {
                        setting.check_stop()?;
                        mended.add(&at);
                        if let Some(joint) = noted.note(section, plan, cells, &at) {
                            attachments.add(joint, place, at.position);
                        }
                        Ok(())
                    },
                )?;
                noted.attachments.add(number, attachments);
                notes.extend(mended.notes(part));
            } else if noted.lookups.wants(&part.plan) {
                for piece in 0..part.pieces() {
                    setting.check_stop()?;
                    part.each(piece, &mut access, |cells, at| {
                        noted.note(part.section, &part.plan, cells, &at);
                        Ok(true)
                    })?;
                }
            } else if part.plan.wants_survey()
                || is_of_messages(part) && !noted.attachments.is_empty()
            {
                let pieces = (0..part.pieces()).map(|piece| part.piece_bytes(piece));
                setting
                    .options
                    .begin_reading("looking at rows", pieces.sum());
                at_once(&database, part, &mut noted, setting)?;
            }
        }
        drop(access);
        noted.attachments.find_strays();
        let sections = noted.surveys.into_iter().zip(&mapping.sections);
        let settled = sections.map(|(survey, section)| survey.settle(mapping, section));
        let mut settled: Vec<Settled> = settled.collect::<Result<_>>()?;
        migrate_mapping::share_channels(&mut settled);
        for part in &parts {
            let Some(settled) = settled.get_mut(part.section) else {
                continue;
            };
            if part.plan.may_have_twins() || settled.has_repeated_ids() {
                find_twins(&database, part, settled, &noted.lookups, setting)?.settle(settled);
            }
        }
        let mut access = Access::new(&database);
        for (number, part) in parts.iter().enumerate() {
            let Some(settled) = settled.get_mut(part.section) else {
                continue;
            };
            if part.plan.holds_further_attachments() {
                let lookups = &noted.lookups;
                let (rows, kept) = further(number, part, settled, lookups, &mut access, setting)?;
                noted.attachments.add_further(number, rows, kept);
            }
        }
        drop(access);
        let mut tables = Tables::new(database, parts);
        tables.settled = settled;
        tables.lookups = noted.lookups;
        tables.attachments = noted.attachments;
        tables.notes = notes;
        Ok(tables)
    }
}

/// Columns of kept rows in which texts were mended, each with how often and the first row, from 1:
/// what is kept shows it no more.
#[derive(Default)]
struct Mended(BTreeMap<usize, (u64, i64)>);

impl Mended {
    fn add(&mut self, at: &At<'_>) {
        for (column, _) in at.mended {
            let (count, _) = self.0.entry(*column).or_insert((0, at.number));
            *count += 1;
        }
    }

    fn notes(self, part: &Part) -> impl Iterator<Item = Note> {
        self.0.into_iter().map(|(column, (count, row))| {
            let name = part.plan.columns().get(column).map_or("", String::as_str);
            Note {
                file: part.name.clone(),
                kind: &losses::NOT_UTF8,
                outcome: Outcome::Field,
                of: part.plan.record_kind(),
                count,
                detail: format!("{}, first in row {row}", safe(name, 80)),
            }
        })
    }
}

/// What is known so far.
struct Noted {
    /// By section.
    surveys: Vec<Survey>,
    lookups: Lookups,
    attachments: Attachments,
}

impl Noted {
    fn of(mapping: &Mapping) -> Noted {
        Noted {
            surveys: mapping.sections.iter().map(|_| Survey::default()).collect(),
            lookups: Lookups::default(),
            attachments: Attachments::default(),
        }
    }

    /// Takes note of a row; gives the hash of what joins it to a message if it is an attachment of
    /// one.
    fn note(
        &mut self,
        section: usize,
        plan: &Plan,
        cells: &[Cell<'_>],
        at: &At<'_>,
    ) -> Option<u64> {
        let Noted {
            surveys,
            lookups,
            attachments,
        } = self;
        if lookups.wants(plan) {
            lookups.note(plan, cells, &Settled::default());
        }
        let survey = surveys.get_mut(section)?;
        see(survey, attachments, section, plan, cells, at)
    }
}

/// Takes note of a row where nothing is looked up.
fn see(
    survey: &mut Survey,
    attachments: &Attachments,
    section: usize,
    plan: &Plan,
    cells: &[Cell<'_>],
    at: &At<'_>,
) -> Option<u64> {
    let position = position(section, at);
    if plan.wants_survey() {
        survey.note(plan, cells, position);
    }
    let is_wanted = match plan.kind() {
        SectionKind::Attachments => true,
        SectionKind::Messages => !attachments.is_empty(),
        _ => false,
    };
    if !is_wanted {
        return None;
    }
    let nothing = (Settled::default(), Lookups::default());
    let place = Place {
        record: 0,
        position,
        settled: &nothing.0,
        lookups: &nothing.1,
        attachments: Vec::new(),
    };
    if plan.kind() == SectionKind::Attachments {
        return plan.hung(cells, &place).map(|(joint, _)| joint.hashed());
    }
    for joint in plan.joints(cells, &place) {
        attachments.find(&joint, plan.channel_number(cells));
    }
    None
}

/// Looks at all rows of a part, several pieces at once.
fn at_once(
    database: &Database,
    part: &Part,
    noted: &mut Noted,
    setting: &Setting<'_>,
) -> Result<()> {
    let attachments = &noted.attachments;
    let wanted = part.plan.surveyed_columns();
    let note = |survey: &mut Survey, cells: &[Cell<'_>], at: &At<'_>| {
        see(survey, attachments, part.section, &part.plan, cells, at);
    };
    let mut all = Survey::default();
    in_pieces(database, part, Some(&wanted), setting, note, |survey| {
        all.merge(survey);
    })?;
    if let Some(known) = noted.surveys.get_mut(part.section) {
        known.merge(all);
    }
    Ok(())
}

/// Keeps the further rows of messages that hold attachments, since their first row may stand anywhere
/// before them.
fn further(
    number: usize,
    part: &Part,
    settled: &Settled,
    lookups: &Lookups,
    access: &mut Access<'_>,
    setting: &Setting<'_>,
) -> Result<(Kept, Spool)> {
    let mut rows = Kept::default();
    let file = setting.work.join(format!("further-{number}"));
    let mut spooler = Spooler::create(&file, setting.room)?;
    for piece in 0..part.pieces() {
        setting.check_stop()?;
        part.each(piece, access, |cells, at| {
            let position = position(part.section, &at);
            if !settled.is_no_message(position) {
                return Ok(true);
            }
            let place = Place {
                record: 0,
                position,
                settled,
                lookups,
                attachments: Vec::new(),
            };
            if let Some((joint, _)) = part.plan.hung(cells, &place) {
                rows.add(joint.hashed(), spooler.put(cells)?, at.position);
            }
            Ok(true)
        })?;
    }
    Ok((rows, spooler.finish()?))
}

/// Looks at all rows of a part once more that may be one message, or of which messages say the same.
fn find_twins(
    database: &Database,
    part: &Part,
    settled: &Settled,
    lookups: &Lookups,
    setting: &Setting<'_>,
) -> Result<Twins> {
    let note = |twins: &mut Twins, cells: &[Cell<'_>], at: &At<'_>| {
        let place = Place {
            record: 0,
            position: position(part.section, at),
            settled,
            lookups,
            attachments: Vec::new(),
        };
        twins.note(&part.plan, cells, &place, 0);
    };
    let mut all = Twins::default();
    in_pieces(database, part, None, setting, note, |twins| {
        all.merge(twins)
    })?;
    Ok(all)
}

/// Shows all rows of a part with the columns that are wanted, several pieces at once; what
/// was noted of each is added in order.
fn in_pieces<T: Default + Send>(
    database: &Database,
    part: &Part,
    wanted: Option<&[bool]>,
    setting: &Setting<'_>,
    note: impl Fn(&mut T, &[Cell<'_>], &At<'_>) + Sync,
    mut add: impl FnMut(T) + Send,
) -> Result<()> {
    let mut pieces = 0..part.pieces();
    pipeline::run(
        setting.options.threads(),
        || Ok(pieces.next()),
        || Ok(Access::new(database)),
        |access, piece| {
            setting.check_stop()?;
            let mut notes = T::default();
            part.each_of(piece, access, wanted, |cells, at| {
                note(&mut notes, cells, &at);
                Ok(true)
            })?;
            setting.options.have_read(part.piece_bytes(piece));
            Ok(notes)
        },
        |notes| {
            add(notes);
            Ok(ControlFlow::Continue(()))
        },
    )
}
