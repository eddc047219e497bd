//! What became of one field of one row, for people.

use std::convert::Infallible;

use migrate_model::shape;
use migrate_model::wording::safe;
use migrate_model::{
    Attachment, ChannelRef, ChannelType, Custom, FieldVisitor, Fields, Loss, MessageKind, Origin,
    Outcome, Person, Pin, Rank, Record, Sink, Stop, Text, Time, words,
};

use crate::apply;
use crate::bind;
use crate::cell::Row;
use crate::mapping::SectionKind;
use crate::names;
use crate::notes::Notes;
use crate::plan::{Place, Plan, Slots};
use crate::step::{From, Step, text_of};

/// What became of one field of one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    /// The cells that it was made from: `column = value`.
    pub source: String,
    /// The result, or why there is none.
    pub result: String,
    /// Whether the cells hold nothing.
    pub is_empty: bool,
}

/// The longest value that is shown, in characters.
const SHOWN: usize = 200;

impl Explained {
    /// A line of its place, what the source has and what becomes of it.
    pub fn line(&self, place: &str) -> String {
        // Line ends are shown as people write them.
        let plain = |text: &str| {
            let text = text.replace('\r', "\\r").replace('\n', "\\n");
            safe(&text.replace('\t', "\\t"), SHOWN)
        };
        let (source, result) = (plain(&self.source), plain(&self.result));
        format!("{place}  {source} → {result}\n")
    }
}

/// The field that somebody asks for by `--explain`, and in which section; `None` for any.
pub fn asked_field(asked: &str) -> (Option<SectionKind>, &str) {
    let Some((section, name)) = asked.split_once('.') else {
        return (None, asked);
    };
    let kind = SectionKind::ALL.into_iter().find(|it| it.name() == section);
    match kind {
        Some(kind) => (Some(kind), name),
        None => (None, asked),
    }
}

impl Plan {
    /// Whether rows have a field of a section, or of any.
    pub fn explains(&self, section: Option<SectionKind>, field: &str) -> bool {
        match section.filter(|section| *section != self.kind) {
            Some(section) => self.derived_step(section, field).is_some(),
            None => self.step_of(field).is_some(),
        }
    }

    /// The names of all fields that can be explained.
    pub fn explained_fields(&self) -> Vec<String> {
        let shapes = bind::shapes_of(self.kind);
        let filled = shapes.iter().zip(&self.fields);
        let filled = filled.filter(|(_, step)| step.is_some());
        let mut names: Vec<String> = filled.map(|((name, _), _)| (*name).to_owned()).collect();
        let others = [
            (names::REACTIONS, &self.reactions),
            (names::MESSAGE_ID, &self.message_id),
        ];
        let others = others.into_iter().filter(|(_, step)| step.is_some());
        names.extend(others.map(|(name, _)| name.to_owned()));
        names.extend(self.custom.iter().map(|it| it.name.clone()));
        names
    }

    /// What fills a field of people or channels that are known from messages.
    fn derived_step(&self, section: SectionKind, field: &str) -> Option<&Step> {
        let derived = match section {
            SectionKind::Users => return self.people.as_ref()?.step(field),
            SectionKind::Channels => self.channels.as_ref()?,
            _ => return None,
        };
        let shapes = bind::shapes_of(section);
        let at = shapes.iter().position(|(name, _)| *name == field)?;
        derived.fields.get(at)?.as_deref()
    }

    /// What became of one field of one row; `None` if the section has no such field. A field of
    /// custom data goes by its name, with or without `custom.` before it; those of what hangs on a
    /// message are `attachment.title`, `reaction.user_id`, `pin.by`.
    pub fn explain<R: Row + ?Sized>(
        &self,
        field: &str,
        row: &R,
        place: &Place<'_>,
    ) -> Option<Explained> {
        self.explain_in(None, field, row, place)
    }

    /// As [`Plan::explain`], for the field of a section: rows of messages may tell of users and
    /// channels as well.
    pub fn explain_in<R: Row + ?Sized>(
        &self,
        section: Option<SectionKind>,
        field: &str,
        row: &R,
        place: &Place<'_>,
    ) -> Option<Explained> {
        if let Some(section) = section.filter(|section| *section != self.kind) {
            let step = self.derived_step(section, field)?;
            let value = step.text(row, place.lookups, &mut Notes::default());
            return Some(Explained {
                source: self.source_of(step, row),
                result: match value.is_empty() {
                    true => "nothing".to_owned(),
                    false => value.into_owned(),
                },
                is_empty: self.is_empty(step, row),
            });
        }
        let step = self.step_of(field)?;
        let place = Place {
            attachments: Vec::new(),
            ..*place
        };
        let mut shown = Shown::new(field);
        if self.kind == SectionKind::Attachments {
            let text = |step: &Option<Step>| {
                let text = step
                    .as_ref()?
                    .text(row, place.lookups, &mut Notes::default());
                (!text.is_empty()).then(|| text.into_owned())
            };
            match field {
                names::MESSAGE_ID => shown.value = text(&self.message_id),
                names::CHANNEL_ID => shown.value = text(&self.attached_to),
                _ => shown.look(&mut apply::attachment(
                    self,
                    row,
                    &place,
                    &mut Notes::default(),
                )),
            }
        } else if apply::row(self, row, place, &mut shown).is_err() {
            return None;
        }
        let values = [shown.value, shown.loss].into_iter().flatten();
        let values: Vec<String> = values.collect();
        Some(Explained {
            source: self.source_of(step, row),
            result: match values.is_empty() {
                true => "nothing".to_owned(),
                false => values.join("; "),
            },
            is_empty: self.is_empty(step, row),
        })
    }

    /// Whether all cells that a field is made from hold nothing; what is made of none is not.
    fn is_empty(&self, step: &Step, row: &(impl Row + ?Sized)) -> bool {
        let columns = step.columns();
        let is_empty = |column: &usize| text_of(row.cell(*column)).unwrap_or_default().is_empty();
        !columns.is_empty() && columns.iter().all(is_empty)
    }

    fn step_of(&self, field: &str) -> Option<&Step> {
        let in_slots = |slots: &'_ Slots, shapes: Vec<(&'static str, shape::Shape)>, name: &str| {
            let at = shapes.iter().position(|it| it.0 == name)?;
            slots.get(at)?.as_ref().map(|_| at)
        };
        let kind = self.kind;
        if let Some(at) = in_slots(&self.fields, bind::shapes_of(kind), field) {
            return self.fields.get(at)?.as_deref();
        }
        let parts: [(&str, &Slots, Vec<_>); 3] = [
            (
                "attachment.",
                &self.attachment,
                shape::shapes(&mut Attachment::default()),
            ),
            (
                "reaction.",
                &self.reaction,
                shape::shapes(&mut migrate_model::Reaction::default()),
            ),
            ("pin.", &self.pin, shape::shapes(&mut Pin::default())),
        ];
        for (before, slots, shapes) in parts {
            if let Some(name) = field.strip_prefix(before) {
                let at = in_slots(slots, shapes, name)?;
                return slots.get(at)?.as_deref();
            }
        }
        match field {
            names::REACTIONS => self.reactions.as_ref(),
            names::MESSAGE_ID => self.message_id.as_ref(),
            names::CHANNEL_ID if kind == SectionKind::Attachments => self.attached_to.as_ref(),
            field => {
                let name = field.strip_prefix("custom.").unwrap_or(field);
                let custom = self.custom.iter().find(|it| it.name == name)?;
                Some(&custom.step)
            }
        }
    }

    /// The cells that a field is made from.
    fn source_of(&self, step: &Step, row: &(impl Row + ?Sized)) -> String {
        let mut columns = step.columns();
        match &step.from {
            From::Const(text) => return format!("always `{text}`"),
            From::Hash(places) => {
                let steps = places
                    .iter()
                    .filter_map(|at| self.fields.get(*at)?.as_deref());
                columns = steps.flat_map(Step::columns).collect();
            }
            _ => {}
        }
        let cells = columns.iter().map(|column| {
            let name = self.columns.get(*column).map_or("", String::as_str);
            let value = text_of(row.cell(*column)).unwrap_or_default();
            format!("{name} = {value}")
        });
        cells.collect::<Vec<_>>().join(", ")
    }
}

/// A sink that keeps what one field became.
struct Shown<'f> {
    field: &'f str,
    value: Option<String>,
    loss: Option<String>,
}

impl<'f> Shown<'f> {
    fn new(field: &'f str) -> Shown<'f> {
        Shown {
            field,
            value: None,
            loss: None,
        }
    }

    fn look<'a>(&mut self, it: &mut impl Fields<'a>) {
        let Ok(()) = it.each(self);
    }

    fn show(
        &mut self,
        name: &str,
        value: impl FnOnce() -> Option<String>,
    ) -> Result<(), Infallible> {
        if name == self.field
            && let Some(value) = value()
        {
            self.value = Some(value);
        }
        Ok(())
    }
}

impl Sink for Shown<'_> {
    fn file(&mut self, _: &str) {}

    fn put(&mut self, _: u32, origin: Origin, mut it: Record<'_>) -> Result<(), Stop> {
        if origin != Origin::Read {
            return Ok(());
        }
        match (&mut it, self.field.split_once('.')) {
            (Record::Reaction(it), _) if self.field == names::REACTIONS => {
                let one = format!("{} by {}", it.reaction_type, it.user_id);
                let before = self.value.take().map(|it| it + ", ").unwrap_or_default();
                self.value = Some(before + &one);
            }
            (Record::Reaction(it), Some(("reaction", field))) => {
                let mut shown = Shown::new(field);
                shown.look(it);
                self.value = shown.value.or(self.value.take());
            }
            (Record::Message(it), Some(("attachment", field))) => {
                for it in &mut it.attachments {
                    let mut shown = Shown::new(field);
                    shown.look(it);
                    self.value = shown.value.or(self.value.take());
                }
            }
            (Record::Message(it), Some(("pin", field))) => {
                if let Some(it) = &mut it.pin {
                    let mut shown = Shown::new(field);
                    shown.look(it);
                    self.value = shown.value;
                }
            }
            (it, _) => self.look(it),
        }
        Ok(())
    }

    fn lose(&mut self, _: u32, loss: Loss<'_>) -> Result<(), Stop> {
        // Of what is lost within a record, only this field's is of interest here.
        if loss.outcome != Outcome::Field || loss.detail.starts_with(self.field) {
            let detail = match loss.detail.is_empty() {
                true => String::new(),
                false => format!(" ({})", loss.detail),
            };
            self.loss = Some(format!("{}{detail}", loss.kind));
        }
        Ok(())
    }

    fn meet(&mut self, _: Person<'_>) -> Result<(), Stop> {
        Ok(())
    }
}

impl<'a> FieldVisitor<'a> for Shown<'_> {
    type Error = Infallible;

    fn text(&mut self, name: &'static str, it: &mut Text<'a>) -> Result<(), Infallible> {
        self.show(name, || (!it.is_empty()).then(|| it.to_string()))
    }
    fn texts(&mut self, name: &'static str, it: &mut Vec<Text<'a>>) -> Result<(), Infallible> {
        self.show(name, || (!it.is_empty()).then(|| it.join(", ")))
    }
    fn flag(&mut self, name: &'static str, it: &mut bool) -> Result<(), Infallible> {
        self.show(name, || Some(it.to_string()))
    }
    fn time(&mut self, name: &'static str, it: &mut Option<Time>) -> Result<(), Infallible> {
        self.show(name, || {
            let time = chrono::DateTime::from_timestamp_micros((*it)?.micros())?;
            Some(time.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true))
        })
    }
    fn integer(&mut self, name: &'static str, it: &mut Option<u64>) -> Result<(), Infallible> {
        self.show(name, || it.map(|it| it.to_string()))
    }
    fn float(&mut self, name: &'static str, it: &mut Option<f64>) -> Result<(), Infallible> {
        self.show(name, || it.map(|it| it.to_string()))
    }
    fn floats(&mut self, name: &'static str, it: &mut Vec<f64>) -> Result<(), Infallible> {
        self.show(name, || (!it.is_empty()).then(|| format!("{it:?}")))
    }
    fn channel(&mut self, it: &mut ChannelRef<'a>) -> Result<(), Infallible> {
        match it {
            ChannelRef::Id(id) => self.show("channel_id", || Some(id.to_string())),
            ChannelRef::Members(ids) => self.show("channel_member_ids", || Some(ids.join(", "))),
            _ => Ok(()),
        }
    }
    fn channel_type(&mut self, it: &mut ChannelType<'a>) -> Result<(), Infallible> {
        match it {
            ChannelType::Named(name) => self.show("channel_type", || Some(name.to_string())),
            ChannelType::Direct => self.show("direct", || Some("true".to_owned())),
            _ => self.show("direct", || Some("false".to_owned())),
        }
    }
    fn kind(&mut self, it: &mut MessageKind) -> Result<(), Infallible> {
        self.show("kind", || {
            words::of(words::MESSAGE_KINDS, *it).map(str::to_owned)
        })
    }
    fn rank(&mut self, _: &mut Rank) -> Result<(), Infallible> {
        Ok(())
    }
    fn pin(&mut self, it: &mut Option<Pin<'a>>) -> Result<(), Infallible> {
        self.show("pin", || Some(it.is_some().to_string()))
    }
    fn attachments(&mut self, it: &mut Vec<Attachment<'a>>) -> Result<(), Infallible> {
        self.show("attachments", || {
            let all = it.iter().map(|it| {
                let urls = [&it.asset_url, &it.image_url, &it.title];
                let url = urls.into_iter().find(|it| !it.is_empty());
                format!("{} {}", it.kind, url.map_or("", |it| it))
            });
            (!it.is_empty()).then(|| all.collect::<Vec<_>>().join(", "))
        })
    }
    fn custom(&mut self, it: &mut Custom<'a>) -> Result<(), Infallible> {
        let name = self.field.strip_prefix("custom.").unwrap_or(self.field);
        let name = match name {
            names::REACTIONS => "reaction_counts",
            name => name,
        };
        if let Some((_, value)) = it.iter().find(|(other, _)| *other == name) {
            self.value = Some(shown_value(value));
        }
        Ok(())
    }
}

/// A custom value as JSON would have it, nearly.
fn shown_value(value: &migrate_model::Value<'_>) -> String {
    use migrate_model::Value;
    match value {
        Value::Bool(it) => it.to_string(),
        Value::Integer(it) => it.to_string(),
        Value::Float(it) => it.to_string(),
        Value::Text(it) => it.to_string(),
        Value::List(all) => {
            let all: Vec<String> = all.iter().map(shown_value).collect();
            format!("[{}]", all.join(", "))
        }
        Value::Object(fields) => {
            let fields = fields
                .iter()
                .map(|(name, it)| format!("{name}: {}", shown_value(it)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
        }
        _ => String::new(),
    }
}
