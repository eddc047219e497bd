//! A section that is bound to the columns of one table.

use std::sync::Arc;

use migrate_model::{Attachment, Kind, Sink, Stop, Text};

use crate::apply;
use crate::bind;
use crate::cell::Row;
use crate::declared::Told;
use crate::ids::{self, IdStep};
use crate::lookups::Lookups;
use crate::mapping::{Mentions, RepeatedIds, SectionKind, Test, TextFormat};
use crate::notes::Notes;
use crate::step::{From, Step, text_of};
use crate::survey::{Position, Settled};
use crate::time_form::TimeForm;
use crate::time_reading::Reading;
use crate::zone::Zone;

/// What fills the fields of something, in the order of the model's fields. Most fields have no step, and
/// all are gone through for every row, so steps stand behind a pointer.
pub(crate) type Slots = Vec<Option<Box<Step>>>;

/// A section bound to the columns of one table: what becomes of its rows. It does not change, and
/// any number of threads may use it.
#[derive(Clone, Debug)]
pub struct Plan {
    pub(crate) kind: SectionKind,
    pub(crate) surveyed: Surveyed,
    pub(crate) fields: Slots,
    pub(crate) attachment: Slots,
    pub(crate) reaction: Slots,
    pub(crate) pin: Slots,
    pub(crate) reactions: Option<Step>,
    pub(crate) message_id: Option<Step>,
    /// The channel of the message that an attachment in a table of its own is of.
    pub(crate) attached_to: Option<Step>,
    pub(crate) custom: Vec<Custom>,
    pub(crate) people: Option<People>,
    pub(crate) channels: Option<Derived>,
    pub(crate) filter: Vec<Condition>,
    pub(crate) told: Option<Told>,
    pub(crate) is_grouped: bool,
    /// The columns by which several rows are one message, if they are.
    pub(crate) group_by: Option<Vec<usize>>,
    /// Whether messages say when they were edited or deleted.
    pub(crate) tells_of_edits: bool,
    /// What counts of rows with the same id.
    pub(crate) repeated_ids: RepeatedIds,
    /// Texts that stand for nothing.
    pub(crate) nulls: Arc<[String]>,
    /// Whether a column holds the attachments of messages.
    pub(crate) has_attachments: bool,
    /// What other sections look rows of this one up by.
    pub(crate) looked_up: Vec<(String, Step)>,
    /// The names of users, where texts mention them.
    pub(crate) name: Option<Step>,
    pub(crate) forms: Vec<TimeForm>,
    /// How columns of times are read as long as nothing is known of their cells.
    pub(crate) probes: Vec<Reading>,
    /// Whether a message whose text is `NULL` may say just that.
    pub(crate) keeps_null: bool,
    pub(crate) text_format: TextFormat,
    pub(crate) mentions: Option<Mentions>,
    pub(crate) zone: Zone,
    pub(crate) is_zone_known: bool,
    pub(crate) id_prefix: String,
    pub(crate) ids_in_channel: bool,
    /// The names of the table's columns.
    pub(crate) columns: Vec<String>,
    /// Those that no field names and that become custom data therefore.
    pub(crate) unknown: Vec<String>,
    pub(crate) secrets: Vec<String>,
}

/// A custom field.
#[derive(Clone, Debug)]
pub(crate) struct Custom {
    pub(crate) name: String,
    pub(crate) step: Step,
    pub(crate) typed: Typed,
}

/// What a custom field is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Typed {
    AsIs,
    Number,
    Flag,
    Json,
    List,
    Time,
}

/// Records that rows of messages give as well.
#[derive(Clone, Debug)]
pub(crate) struct Derived {
    pub(crate) fields: Slots,
    pub(crate) custom: Vec<Custom>,
}

impl Derived {
    /// What fills all of it but the id.
    pub(crate) fn steps(&self) -> impl Iterator<Item = &Step> {
        let fields = self.fields.iter().skip(1).flatten();
        fields
            .map(Box::as_ref)
            .chain(self.custom.iter().map(|it| &it.step))
    }
}

/// What messages tell of their authors.
#[derive(Clone, Debug)]
pub(crate) struct People {
    pub(crate) id: Option<Box<Step>>,
    pub(crate) name: Option<Box<Step>>,
    pub(crate) image_url: Option<Box<Step>>,
}

impl People {
    /// The fields that messages fill of a user.
    pub(crate) fn of(mut it: Derived) -> People {
        let shapes = bind::shapes_of(SectionKind::Users);
        let mut take = |name: &str| {
            let at = shapes.iter().position(|shape| shape.0 == name)?;
            it.fields.get_mut(at)?.take()
        };
        People {
            id: take("id"),
            name: take("name"),
            image_url: take("image_url"),
        }
    }

    /// What fills a field of theirs.
    pub(crate) fn step(&self, field: &str) -> Option<&Step> {
        let step = match field {
            "id" => &self.id,
            "name" => &self.name,
            "image_url" => &self.image_url,
            _ => return None,
        };
        step.as_deref()
    }
}

/// The steps that a [`Survey`](crate::Survey) shows every row to, put together once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Surveyed {
    pub(crate) times: Vec<Step>,
    pub(crate) ids: Vec<(Step, IdStep)>,
}

impl Surveyed {
    pub(crate) fn of(plan: &Plan) -> Surveyed {
        let ids = plan.id_steps().map(|(step, id)| (step.clone(), id));
        Surveyed {
            times: plan.time_steps().cloned().collect(),
            ids: ids.collect(),
        }
    }
}

/// A condition on a row.
#[derive(Clone, Debug)]
pub(crate) struct Condition {
    pub(crate) column: usize,
    pub(crate) test: Test,
    pub(crate) nulls: Arc<[String]>,
}

impl Condition {
    fn holds(&self, row: &(impl Row + ?Sized)) -> bool {
        let text = text_of(row.cell(self.column)).unwrap_or_default();
        match &self.test {
            Test::In(values) => values.iter().any(|value| *value == *text),
            Test::NotIn(values) => values.iter().all(|value| *value != *text),
            Test::Empty(is_empty) => {
                let is_null = text.is_empty() || self.nulls.iter().any(|null| *null == *text);
                is_null == *is_empty
            }
        }
    }
}

/// Where a row stands, and what is known from elsewhere.
pub struct Place<'p> {
    /// The number of the record, as the sink shall have it.
    pub record: u32,
    /// Where the row stands among all rows of the section.
    pub position: Position,
    /// What was found out over all rows.
    pub settled: &'p Settled,
    /// Ids of other sections' rows.
    pub lookups: &'p Lookups,
    /// Attachments of this message that stand in other rows; none for other rows. See
    /// [`Plan::joints`] and [`Plan::hung`].
    pub attachments: Vec<Attachment<'p>>,
}

/// The place of the id in the lists of users, channels and messages.
const ID: usize = 0;

/// The place of the channel's id in the list of messages, behind the message's own.
const CHANNEL: usize = 1;

impl Plan {
    /// What its rows become.
    pub fn kind(&self) -> SectionKind {
        self.kind
    }

    /// The custom data that columns become because no field names them, for a remark.
    pub fn unknown_columns(&self) -> &[String] {
        &self.unknown
    }

    /// The columns of a database that nothing names and that are left out since they look like
    /// secrets.
    pub fn secrets(&self) -> &[String] {
        &self.secrets
    }

    /// The names of the columns that it is bound to.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The kind of record that its rows are in the books; an attachment is part of a message.
    pub fn record_kind(&self) -> Kind {
        bind::record_kind(self.kind)
    }

    /// Whether all rows have to be shown to a [`Survey`](crate::Survey) before the first is applied.
    pub fn needs_survey(&self) -> bool {
        let is_open = |form: &TimeForm| match form {
            TimeForm::Auto
            | TimeForm::DayFirst
            | TimeForm::MonthFirst
            | TimeForm::Epoch(None)
            | TimeForm::Apple(None) => true,
            TimeForm::Rfc3339 | TimeForm::Pattern(_) | TimeForm::Excel => !self.is_zone_known,
            TimeForm::Epoch(Some(_))
            | TimeForm::Apple(Some(_))
            | TimeForm::Slack
            | TimeForm::DotnetTicks
            | TimeForm::FileTime
            | TimeForm::Webkit
            | TimeForm::Julian
            | TimeForm::DiscordId => false,
        };
        self.needs_positions() || self.forms.iter().any(is_open)
    }

    /// Whether it matters where rows stand among all others: for equal ones, and for the first of a
    /// channel.
    pub fn needs_positions(&self) -> bool {
        self.may_have_twins() || self.makes_channels()
    }

    /// The columns that a [`Survey`](crate::Survey), the conditions of the section and
    /// [`Plan::joints`] look at, by place: the others need not be read for them.
    pub fn surveyed_columns(&self) -> Vec<bool> {
        let ids = self.id_steps().map(|(step, _)| step);
        let steps = self.time_steps().chain(self.id_step()).chain(ids);
        let channel = (0..2).filter_map(|nth| self.channel_step(nth));
        let steps = steps
            .chain(channel)
            .chain(self.told.as_ref().map(|it| &it.step));
        let of_channels = self.channels.iter().flat_map(Derived::steps);
        let mut places: Vec<usize> = steps.chain(of_channels).flat_map(Step::columns).collect();
        places.extend(self.group_by.iter().flatten());
        places.extend(self.filter.iter().map(|condition| condition.column));
        let is_read = |place| places.contains(&place);
        (0..self.columns.len()).map(is_read).collect()
    }

    /// How many cells a row must have for all fields that are not optional; beside custom data.
    pub fn needed_cells(&self) -> usize {
        let slots = [&self.fields, &self.attachment, &self.reaction, &self.pin];
        let steps = slots.into_iter().flatten().flatten().map(Box::as_ref);
        let steps = steps.chain(&self.message_id).chain(&self.attached_to);
        let needed = steps.filter(|step| !step.transform.optional);
        let columns = needed.flat_map(Step::columns);
        columns.max().map_or(0, |place| place + 1)
    }

    /// Whether a [`Survey`](crate::Survey) would tell something where showing it all rows costs
    /// little: how ids are written is found out, too.
    pub fn wants_survey(&self) -> bool {
        self.needs_survey() || self.id_steps().next().is_some()
    }

    /// Puts what a row becomes into a sink: records, what messages tell about people, and losses.
    /// A row becomes exactly one record or one loss that takes its place, and whatever was derived
    /// from it.
    ///
    /// # Errors
    /// If the sink stops.
    pub fn apply<'r, R: Row + ?Sized>(
        &'r self,
        row: &'r R,
        place: Place<'r>,
        sink: &mut dyn Sink,
    ) -> Result<(), Stop> {
        apply::row(self, row, place, sink)
    }

    /// Puts only what a row of messages tells about people into a sink, by [`Sink::meet`].
    ///
    /// # Errors
    /// If the sink stops.
    pub fn meet<'r, R: Row + ?Sized>(
        &'r self,
        row: &'r R,
        place: Place<'r>,
        sink: &mut dyn Sink,
    ) -> Result<(), Stop> {
        apply::people(self, row, place, sink)
    }

    /// The source's own id of the message that a row of messages is; `None` if it has none.
    pub(crate) fn message_id<'r, R: Row + ?Sized>(
        &'r self,
        row: &'r R,
        place: &Place<'r>,
    ) -> Option<Text<'r>> {
        let id = self.id_step()?;
        let id = ids::joining(id.text(row, place.lookups, &mut Notes::default()));
        (!id.is_empty()).then_some(id)
    }

    /// Whether a row meets the conditions of its section.
    pub(crate) fn counts(&self, row: &(impl Row + ?Sized)) -> bool {
        self.filter.iter().all(|condition| condition.holds(row))
    }

    /// Whether a row meets the conditions of its section, and no loss takes its place.
    pub(crate) fn stands(&self, row: &(impl Row + ?Sized)) -> bool {
        let lost = |told: &Told| told.read(row, &Lookups::default(), &mut Notes::default());
        self.counts(row) && self.told.as_ref().and_then(lost).is_none()
    }

    /// What fills the id of a user, a channel or a message.
    pub(crate) fn id_step(&self) -> Option<&Step> {
        self.fields.get(ID)?.as_deref()
    }

    /// How the times of a step are read as long as nothing is known of its cells.
    pub(crate) fn probe(&self, step: &Step) -> Option<&Reading> {
        self.probes.get(step.time?)
    }

    /// Whether ids of messages are made from what they say.
    pub(crate) fn derives_ids(&self) -> bool {
        let id = self.id_step();
        !self.is_grouped && id.is_some_and(|step| matches!(step.from, From::Hash(_)))
    }

    /// Whether rows of messages tell more of their channel than its id.
    pub(crate) fn makes_channels(&self) -> bool {
        let channels = self.channels.as_ref();
        channels.is_some_and(|it| {
            !it.custom.is_empty() || it.fields.iter().skip(1).any(Option::is_some)
        })
    }

    /// What fills the channel of a message: its id (0) or its members (1).
    pub(crate) fn channel_step(&self, nth: usize) -> Option<&Step> {
        self.fields.get(CHANNEL + nth)?.as_deref()
    }

    /// Whether rows of one message have the same id, if it can be used.
    pub(crate) fn id_is_of_group(&self) -> bool {
        let step = self.id_step();
        let columns = step.filter(|it| !matches!(it.from, From::Hash(_)));
        let columns = columns.map(Step::columns).unwrap_or_default();
        let group_by = self.group_by.as_deref().unwrap_or_default();
        !columns.is_empty() && columns.iter().all(|column| group_by.contains(column))
    }

    /// The columns by which records are known and told apart, by place.
    pub fn naming_columns(&self) -> Vec<bool> {
        let ids = self.id_steps().map(|(step, _)| step).chain(self.id_step());
        let is_of_messages = self.kind == SectionKind::Messages;
        let channel =
            { (0..2).filter(|_| is_of_messages) }.filter_map(|nth| self.channel_step(nth));
        let steps = ids.chain(channel).chain(&self.attached_to);
        let steps = steps.chain(self.looked_up.iter().map(|(_, step)| step));
        let mut places: Vec<usize> = steps.flat_map(Step::columns).collect();
        places.extend(self.group_by.iter().flatten());
        let names = |place| places.contains(&place);
        (0..self.columns.len()).map(names).collect()
    }

    /// All steps that read ids, with what each is.
    pub(crate) fn id_steps(&self) -> impl Iterator<Item = (&Step, IdStep)> {
        let slots = [&self.fields, &self.reaction, &self.pin];
        let steps = slots.into_iter().flatten().flatten().map(Box::as_ref);
        let steps = steps.chain(&self.message_id);
        steps.filter_map(|step| Some((step, step.id?)))
    }

    /// All steps that read times.
    pub(crate) fn time_steps(&self) -> impl Iterator<Item = &Step> {
        let channels = self.channels.iter();
        let slots = [&self.fields, &self.reaction, &self.pin];
        let slots = slots
            .into_iter()
            .chain(channels.clone().map(|it| &it.fields));
        let customs = channels.flat_map(|it| &it.custom).chain(&self.custom);
        let steps = slots
            .flatten()
            .flatten()
            .map(Box::as_ref)
            .chain(customs.map(|it| &it.step));
        steps.filter(|step| step.time.is_some())
    }
}
