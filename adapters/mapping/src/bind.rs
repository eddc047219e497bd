//! Binds a section to the columns of a table.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use anyhow::{Result, anyhow};
use migrate_model::shape::{self, Shape};
use migrate_model::{Attachment, Kind, Pin, Reaction, Record, wording};

use crate::column::TimeNotes;
use crate::declared::Told;
use crate::detect::BLANK;
use crate::document::at_line;
use crate::ids::IdStep;
use crate::mapping::{
    Csv, Field, Input, Mapping, MessageIds, Section, SectionKind, SourceKind, Test, UnknownColumns,
};
use crate::names;
use crate::pattern::Captures;
use crate::plan::{Condition, Custom, Derived, People, Plan, Slots, Surveyed, Typed};
use crate::secrets;
use crate::step::{From, Holds, Piece, Step};
use crate::template;
use crate::time_form::TimeForm;
use crate::transform::{Source, Transform};
use crate::zone::Zone;

/// Texts that stand for nothing in files that do not say others.
const NULLS: &[&str] = &["", NULL, "\\N"];

/// The one of them that people may write as well.
pub(crate) const NULL: &str = "NULL";

/// The field of a message that holds what people write.
const TEXT: &str = "text";

/// So many columns are listed in an error.
const LISTED: usize = 40;

impl Mapping {
    /// Binds a section to the columns of a table.
    ///
    /// # Errors
    /// If a column that the section names is not there; with the line of the mapping, the nearest
    /// name and the columns that are there.
    pub fn bind(&self, section: &Section, columns: &[&str], path: &Captures) -> Result<Plan> {
        let mut binder = Binder::new(self, section, columns, path);
        let kind = section.kind;
        let mut fields = binder.slots(&section.fields, &shapes_of(kind), "")?;
        let attachment = binder.slots(
            &section.attachment,
            &shape::shapes(&mut Attachment::default()),
            "attachment.",
        )?;
        let reaction = binder.slots(
            &section.reaction,
            &shape::shapes(&mut Reaction::default()),
            "reaction.",
        )?;
        let pin = binder.slots(&section.pin, &shape::shapes(&mut Pin::default()), "pin.")?;
        let reactions = binder.named(&section.fields, names::REACTIONS)?;
        let (message_id, attached_to) = match kind {
            SectionKind::Attachments => (
                binder.named(&section.fields, names::MESSAGE_ID)?,
                binder.named(&section.fields, names::CHANNEL_ID)?,
            ),
            _ => (None, None),
        };
        let mut custom = binder.custom(section)?;
        let (people, channels) = match kind {
            SectionKind::Messages => (
                binder.derived(SectionKind::Users)?.map(People::of),
                binder.derived(SectionKind::Channels)?,
            ),
            _ => (None, None),
        };
        let filter = binder.filter()?;
        let told = binder.told()?;
        let name = binder.name()?;
        let group_by = binder.columns_of(&section.group_by, section.group_line.0)?;
        let looked_up = binder.looked_up()?;
        let (unknown, secrets) = binder.rest(&mut custom)?;
        set_hashed(&mut fields, section);
        let shapes = shapes_of(kind);
        let mut filled = shapes
            .iter()
            .zip(&fields)
            .filter(|(_, step)| step.is_some());
        let has_attachments = filled.any(|((_, shape), _)| *shape == Shape::Attachments);
        let forms: Vec<TimeForm> = times(self, section)
            .into_iter()
            .map(|(_, form)| form)
            .collect();
        let mut plan = Plan {
            kind,
            surveyed: Surveyed::default(),
            fields,
            attachment,
            reaction,
            pin,
            reactions,
            message_id,
            attached_to,
            custom,
            people,
            channels,
            filter,
            told,
            is_grouped: !section.group_by.is_empty(),
            group_by: (!group_by.is_empty()).then_some(group_by),
            tells_of_edits: { section.fields.iter() }
                .any(|it| ["edited_at", "deleted_at"].contains(&it.name)),
            repeated_ids: section.repeated_ids,
            keeps_null: binder.keeps_null,
            nulls: binder.nulls,
            has_attachments,
            looked_up,
            name,
            probes: forms.iter().map(TimeNotes::probe).collect(),
            forms,
            text_format: section.text_format,
            mentions: section.mentions,
            zone: self.timezone.unwrap_or(Zone::UTC),
            is_zone_known: self.timezone.is_some(),
            id_prefix: self.id_prefix.clone(),
            ids_in_channel: self.message_ids == MessageIds::Channel,
            columns: columns.iter().map(|name| (*name).to_owned()).collect(),
            unknown,
            secrets,
        };
        plan.surveyed = Surveyed::of(&plan);
        Ok(plan)
    }

    /// The sections that a file belongs to, by its path, and what the names in its pattern stand
    /// for. A path may fit several (a table of users may be one of members as well). Sections that
    /// do not say where their rows come from take every file that no pattern fits.
    pub fn sections_of<'m>(&'m self, path: &str) -> Vec<(&'m Section, Captures)> {
        let sections = self.sections.iter();
        let fitting = sections.filter_map(|section| Some((section, section.reads(path)?)));
        let fitting: Vec<_> = fitting.collect();
        if !fitting.is_empty() {
            return fitting;
        }
        let unsaid = self.sections.iter().filter(|it| it.input == Input::Unsaid);
        unsaid
            .map(|section| (section, Captures::default()))
            .collect()
    }
}

/// The kind of record that rows of a section are in the books.
pub(crate) fn record_kind(kind: SectionKind) -> Kind {
    match kind {
        SectionKind::Users => Kind::User,
        SectionKind::Channels => Kind::Channel,
        SectionKind::Members => Kind::Member,
        SectionKind::Messages | SectionKind::Attachments => Kind::Message,
        SectionKind::Reactions => Kind::Reaction,
    }
}

pub(crate) type Shapes = Vec<(&'static str, Shape)>;

pub(crate) fn shapes_of(kind: SectionKind) -> Shapes {
    match kind {
        SectionKind::Attachments => shape::shapes(&mut Attachment::default()),
        kind => shape::shapes(&mut Record::from(record_kind(kind))),
    }
}

/// The sections that rows of messages fill as well.
fn derived(mapping: &Mapping, kind: SectionKind) -> Option<&Section> {
    let mut sections = mapping.sections.iter();
    sections.find(|it| it.kind == kind && it.input == Input::Messages)
}

/// All fields of times that rows of a section fill, by name, in an order that hangs on the mapping
/// alone.
pub(crate) fn times(mapping: &Mapping, section: &Section) -> Vec<(String, TimeForm)> {
    let mut times = Vec::new();
    let channels = match section.kind {
        SectionKind::Messages => derived(mapping, SectionKind::Channels),
        _ => None,
    };
    let channel_fields = channels.map(|it| (it, "channels."));
    let is_time = |shapes: &Shapes, field: &Field| shapes.contains(&(field.name, Shape::Time));
    let mut take = |fields: &[Field], shapes: &Shapes, before: &str| {
        for field in fields.iter().filter(|it| is_time(shapes, it)) {
            let form = field.value.time.clone().unwrap_or_default();
            times.push((format!("{before}{}", field.name), form));
        }
    };
    take(&section.fields, &shapes_of(section.kind), "");
    take(
        &section.reaction,
        &shape::shapes(&mut Reaction::default()),
        "reaction.",
    );
    take(&section.pin, &shape::shapes(&mut Pin::default()), "pin.");
    if let Some((channels, before)) = channel_fields {
        take(&channels.fields, &shapes_of(SectionKind::Channels), before);
    }
    let customs = [Some(section), channels];
    for (name, value) in customs.into_iter().flatten().flat_map(|it| &it.custom) {
        if let Some(form) = value.as_ref().and_then(|it| it.time.clone()) {
            times.push((format!("custom.{name}"), form));
        }
    }
    times
}

/// All fields of ids that rows of a section fill, by name, in an order that hangs on the mapping
/// alone.
fn ids(section: &Section) -> Vec<String> {
    let parts = [
        (&section.fields, ""),
        (&section.reaction, "reaction."),
        (&section.pin, "pin."),
    ];
    let fields = parts.into_iter().flat_map(|(fields, before)| {
        let ids = fields.iter().filter(|field| names::is_id(field.name));
        ids.map(move |field| format!("{before}{}", field.name))
    });
    fields.collect()
}

struct Binder<'b> {
    mapping: &'b Mapping,
    section: &'b Section,
    columns: &'b [&'b str],
    path: &'b Captures,
    places: HashMap<&'b str, usize>,
    /// Columns that some field reads or that are left out on purpose.
    used: Vec<bool>,
    nulls: Arc<[String]>,
    /// Whether a message whose text is `NULL` may say just that.
    keeps_null: bool,
    /// The names of fields of times, from which each knows its number; and those of ids.
    times: Vec<String>,
    ids: Vec<String>,
}

impl<'b> Binder<'b> {
    fn new(
        mapping: &'b Mapping,
        section: &'b Section,
        columns: &'b [&'b str],
        path: &'b Captures,
    ) -> Binder<'b> {
        let mut places = HashMap::new();
        for (place, name) in columns.iter().enumerate() {
            places.entry(*name).or_insert(place);
        }
        let Csv { null_values, .. } = section.csv.or(&mapping.csv);
        let usual = match mapping.source {
            Some(SourceKind::Sqlite) => Vec::new(),
            _ => NULLS.iter().map(|text| (*text).to_owned()).collect(),
        };
        let times = times(mapping, section).into_iter().map(|(name, _)| name);
        Binder {
            mapping,
            section,
            columns,
            path,
            places,
            used: vec![false; columns.len()],
            keeps_null: null_values.is_none()
                && mapping.source != Some(SourceKind::Sqlite)
                && section.kind == SectionKind::Messages,
            nulls: null_values.unwrap_or(usual).into(),
            times: times.collect(),
            ids: ids(section),
        }
    }

    fn mark(&mut self, place: usize) {
        if let Some(used) = self.used.get_mut(place) {
            *used = true;
        }
    }

    /// The place of a column.
    fn column(&mut self, name: &str, line: u32) -> Result<usize> {
        let exact = self.places.get(name).copied();
        // A header may have white space around a name that nobody sees.
        let found = exact.or_else(|| self.columns.iter().position(|it| it.trim() == name));
        let Some(place) = found else {
            let listed: Vec<&str> = self.columns.iter().take(LISTED).copied().collect();
            let mut columns: Vec<String> = Vec::new();
            columns.extend(
                listed
                    .iter()
                    .map(|it| format!("`{}`", wording::safe(it, 40))),
            );
            if self.columns.len() > LISTED {
                columns.push("…".to_owned());
            }
            let columns = columns.join(", ");
            if name == BLANK {
                let text =
                    format!("`{BLANK}` is to be replaced by what it is; the columns are {columns}");
                return Err(at_line(&self.mapping.name.0, line, text));
            }
            let shown = wording::safe(name, 40);
            let mut text = format!("there is no column `{shown}`");
            if let Some(near) = wording::nearest(name, self.columns) {
                text.push_str(&format!(" (did you mean `{}`?)", wording::safe(near, 40)));
            }
            text.push_str(&format!("; the columns are {columns}"));
            text.push_str(
                "; a field that not every file has is `{ column = \"…\", optional = true }`",
            );
            return Err(at_line(&self.mapping.name.0, line, text));
        };
        self.mark(place);
        Ok(place)
    }

    fn columns_of(&mut self, names: &[String], line: u32) -> Result<Vec<usize>> {
        names.iter().map(|name| self.column(name, line)).collect()
    }

    /// A transform bound to columns; `None` if it is optional and its column is not there.
    fn step(&mut self, transform: &Transform) -> Result<Option<Step>> {
        let line = transform.line.0;
        let from = match &transform.source {
            Source::Column(name) => self.column(name, line).map(From::Column),
            Source::Columns(names) => {
                let there: Vec<&String> = { names.iter() }
                    .filter(|name| self.places.contains_key(name.as_str()))
                    .collect();
                match (there.is_empty(), names.first()) {
                    (true, Some(first)) => self.column(first, line).map(From::Column),
                    _ => {
                        let there = there.into_iter().cloned().collect::<Vec<_>>();
                        self.columns_of(&there, line).map(From::Columns)
                    }
                }
            }
            Source::Const(text) => Ok(From::Const(text.clone())),
            Source::Path(name) => {
                let text = self.path.get(name).unwrap_or_default();
                Ok(From::Const(text.to_owned()))
            }
            Source::Template(text) => self.template(text, line),
            Source::Hash(_) => Ok(From::Hash(Vec::new())),
        };
        match from {
            Ok(from) => {
                let nulls = Arc::clone(&self.nulls);
                Ok(Some(Step::new(from, transform.clone(), nulls)))
            }
            Err(_) if transform.optional => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn template(&mut self, text: &str, line: u32) -> Result<From> {
        let pieces = template::pieces(text);
        let pieces = pieces.map_err(|fault| at_line(&self.mapping.name.0, line, fault))?;
        let pieces = pieces.into_iter().map(|piece| match piece {
            template::Piece::Text(text) => Ok(Piece::Text(text)),
            template::Piece::Column(name) => self.column(&name, line).map(Piece::Column),
        });
        Ok(From::Template(pieces.collect::<Result<_>>()?))
    }

    /// Fields as a list of steps in the order of the model's fields; `before` is what their names
    /// begin with in the list of times.
    fn slots(&mut self, fields: &[Field], shapes: &Shapes, before: &str) -> Result<Slots> {
        let mut slots: Slots = vec![None; shapes.len()];
        for field in fields {
            let Some(at) = shapes.iter().position(|(name, _)| *name == field.name) else {
                continue;
            };
            let mut step = self.step(&field.value)?;
            if let Some(step) = &mut step {
                let name = format!("{before}{}", field.name);
                step.time = self.times.iter().position(|it| *it == name);
                step.id = self.id(&name);
                step.holds = Holds::of_field(field.name);
                if self.keeps_null && name == TEXT && matches!(step.from, From::Column(_)) {
                    step.nulls = { step.nulls.iter() }
                        .filter(|it| *it != NULL)
                        .cloned()
                        .collect();
                }
            }
            if let Some(slot) = slots.get_mut(at) {
                *slot = step.map(Box::new);
            }
        }
        // Whether there is any is asked for every row.
        if slots.iter().all(Option::is_none) {
            slots.clear();
        }
        Ok(slots)
    }

    /// Which of the section's fields of ids it is.
    fn id(&self, name: &str) -> Option<IdStep> {
        let at = self.ids.iter().position(|it| *it == name)?;
        Some(IdStep::new(at, name))
    }

    /// A field that is none of the model's.
    fn named(&mut self, fields: &[Field], name: &str) -> Result<Option<Step>> {
        let Some(field) = fields.iter().find(|field| field.name == name) else {
            return Ok(None);
        };
        let mut step = self.step(&field.value)?;
        if let Some(step) = &mut step {
            step.id = self.id(name);
        }
        Ok(step)
    }

    fn custom(&mut self, section: &Section) -> Result<Vec<Custom>> {
        let mut customs = Vec::new();
        for (name, value) in &section.custom {
            let Some(transform) = value else {
                // A column that is left out need not be there.
                if let Some(place) = self.places.get(name.as_str()).copied() {
                    self.mark(place);
                }
                continue;
            };
            let typed = match transform {
                it if it.number => Typed::Number,
                it if it.bool => Typed::Flag,
                it if it.json => Typed::Json,
                it if it.split.is_some() => Typed::List,
                it if it.time.is_some() => Typed::Time,
                _ => Typed::AsIs,
            };
            if let Some(mut step) = self.step(transform)? {
                let time = format!("custom.{name}");
                step.time = self.times.iter().position(|it| *it == time);
                customs.push(Custom {
                    name: name.clone(),
                    step,
                    typed,
                });
            }
        }
        Ok(customs)
    }

    /// A section that is filled from messages.
    fn derived(&mut self, kind: SectionKind) -> Result<Option<Derived>> {
        let Some(section) = derived(self.mapping, kind) else {
            return Ok(None);
        };
        let before = match kind {
            SectionKind::Channels => "channels.",
            _ => "users.",
        };
        let fields = self.slots(&section.fields, &shapes_of(kind), before)?;
        let custom = self.custom(section)?;
        Ok(Some(Derived { fields, custom }))
    }

    fn filter(&mut self) -> Result<Vec<Condition>> {
        let section = self.section;
        let conditions = section.filter.iter().map(|it| {
            Ok(Condition {
                column: self.column(&it.column, it.line.0)?,
                test: it.test.clone(),
                nulls: match it.test {
                    Test::Empty(_) => Arc::clone(&self.nulls),
                    _ => Arc::from([]),
                },
            })
        });
        conditions.collect()
    }

    /// The name of a user, where texts of messages mention users by id.
    fn name(&mut self) -> Result<Option<Step>> {
        let is_user = self.section.kind == SectionKind::Users;
        let mut sections = self.mapping.sections.iter();
        match is_user && sections.any(|it| it.mentions.is_some()) {
            true => self.named(&self.section.fields, "name"),
            false => Ok(None),
        }
    }

    /// What names the losses of a row.
    fn told(&mut self) -> Result<Option<Told>> {
        let transform = self.section.loss.as_ref();
        let step = transform.map_or(Ok(None), |transform| self.step(transform))?;
        let declared = &self.mapping.losses;
        Ok(step.map(|step| Told {
            step,
            declared: declared.clone(),
        }))
    }

    /// What other sections look rows of this one up by.
    fn looked_up(&mut self) -> Result<Vec<(String, Step)>> {
        let sections = self.mapping.sections.iter();
        let lists = sections.flat_map(|it| [&it.fields, &it.attachment, &it.reaction, &it.pin]);
        let values = lists.flatten().map(|field| &field.value);
        let customs = { self.mapping.sections.iter() }.flat_map(|it| &it.custom);
        let values = values.chain(customs.filter_map(|(_, value)| value.as_ref()));
        let mut found: Vec<(String, Step)> = Vec::new();
        let lookups = values.filter_map(|value| Some((value.lookup.as_ref()?, value.line.0)));
        for (lookup, line) in lookups {
            let is_ours = lookup.section == self.section.kind;
            if !is_ours || found.iter().any(|(by, _)| *by == lookup.by) {
                continue;
            }
            let field = { self.section.fields.iter() }.find(|field| field.name == lookup.by);
            let transform = match field {
                Some(field) => field.value.clone(),
                None => Transform {
                    line: crate::mapping::Line(line),
                    ..Transform::column(&lookup.by)
                },
            };
            if let Some(step) = self.step(&transform)? {
                found.push((lookup.by.clone(), step));
            }
        }
        Ok(found)
    }

    /// What becomes of the columns that nothing names; gives the names of those that become custom
    /// data, and of those that would, but that look like secrets.
    fn rest(&mut self, custom: &mut Vec<Custom>) -> Result<(Vec<String>, Vec<String>)> {
        let mut unknown = Vec::new();
        let mut secrets = Vec::new();
        let unused: Vec<usize> = { self.used.iter().enumerate() }
            .filter(|(_, used)| !**used)
            .map(|(place, _)| place)
            .collect();
        match self.mapping.unknown_columns {
            UnknownColumns::Ignore => {}
            // An attachment in a table of its own has custom data as well.
            UnknownColumns::Custom => {
                let mut taken: HashSet<String> = custom.iter().map(|it| it.name.clone()).collect();
                for place in unused {
                    let name = self.columns.get(place).map_or("", |name| name.trim());
                    if name.is_empty() {
                        continue;
                    }
                    // Nobody has chosen it: a whole table brings all that it has.
                    if secrets::is_secret(self.section.kind, name) {
                        secrets.push(name.to_owned());
                        continue;
                    }
                    let mut name = name.to_owned();
                    if !taken.insert(name.clone()) {
                        name = format!("{name}_{}", place + 1);
                        taken.insert(name.clone());
                    }
                    unknown.push(name.clone());
                    let from = From::Column(place);
                    custom.push(Custom {
                        name,
                        step: Step::new(from, Transform::default(), Arc::clone(&self.nulls)),
                        typed: Typed::AsIs,
                    });
                }
            }
            UnknownColumns::Error => {
                let names = unused.iter().filter_map(|place| self.columns.get(*place));
                let names: Vec<&str> = names.copied().collect();
                if !names.is_empty() {
                    return Err(anyhow!(
                        "{}: no field names the columns {}; name them, leave them out by `column = false` under `[{}.custom]`, or write `unknown_columns = \"custom\"`",
                        self.mapping.name.0,
                        wording::safe(&wording::list(&names), 500),
                        self.section.kind.name(),
                    ));
                }
            }
        }
        Ok((unknown, secrets))
    }
}

/// Sets which fields a derived id is made from.
fn set_hashed(fields: &mut Slots, section: &Section) {
    let shapes = shapes_of(section.kind);
    let place = |name: &str| shapes.iter().position(|it| it.0 == name);
    let id = section.fields.iter().find(|field| field.name == "id");
    if let Some(Source::Hash(names)) = id.map(|id| &id.value.source)
        && let Some(Some(step)) = place("id").and_then(|at| fields.get_mut(at))
    {
        step.from = From::Hash(names.iter().filter_map(|name| place(name)).collect());
    }
}
