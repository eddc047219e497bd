//! Fills the fields of records from the cells of a row: the model's list of fields is walked with a
//! list of steps beside it.

use std::borrow::Cow;
use std::convert::Infallible;

use migrate_model::{
    Attachment, ChannelRef, ChannelType, Custom as CustomData, FieldVisitor, Fields, MessageKind,
    Pin, Rank, Text, Time, Value, words,
};

use crate::cell::{Cell, Row};
use crate::losses;
use crate::mapping::SectionKind;
use crate::mentions;
use crate::never;
use crate::notes::Notes;
use crate::plan::{Custom, Place, Plan, Slots, Typed};
use crate::step::{self, Holds, Step};
use crate::time_reading;
use crate::typed;

/// A row that is being read.
pub(crate) struct Context<'r, 'x, R: ?Sized> {
    pub(crate) plan: &'r Plan,
    pub(crate) row: &'r R,
    pub(crate) place: &'x Place<'r>,
    pub(crate) notes: &'x mut Notes,
    /// A kind of message that the model has no word for.
    pub(crate) odd_kind: Option<Text<'r>>,
    /// Ids of those whom the text mentions.
    pub(crate) mentioned: Vec<String>,
    /// Reactions of which only counts are known.
    pub(crate) counted: Option<CustomData<'static>>,
    /// Whether the time of deletion is no time, but says that there was one.
    pub(crate) is_flagged_deleted: bool,
}

impl<'r, 'x, R: Row + ?Sized> Context<'r, 'x, R> {
    pub(crate) fn new(
        plan: &'r Plan,
        row: &'r R,
        place: &'x Place<'r>,
        notes: &'x mut Notes,
    ) -> Context<'r, 'x, R> {
        Context {
            plan,
            row,
            place,
            notes,
            odd_kind: None,
            mentioned: Vec::new(),
            counted: None,
            is_flagged_deleted: false,
        }
    }

    /// The text of a field.
    pub(crate) fn value(&mut self, step: &'r Step, name: &str) -> Text<'r> {
        let text = step.text(self.row, self.place.lookups, self.notes);
        match step.holds {
            Holds::Id => self.id(step.id, name, text),
            Holds::Prose | Holds::Other => text,
        }
    }

    /// Custom fields.
    pub(crate) fn custom(&mut self, fields: &'r [Custom]) -> CustomData<'r> {
        let mut custom = CustomData::default();
        let values = { fields.iter() }.filter_map(|it| {
            let value = self.custom_value(it)?;
            Some((Cow::Borrowed(it.name.as_str()), value))
        });
        custom.extend(values);
        custom
    }

    fn custom_value(&mut self, it: &'r Custom) -> Option<Value<'r>> {
        let step = &it.step;
        if it.typed == Typed::Time {
            return self.custom_time(step);
        }
        if it.typed == Typed::List {
            let values = step.texts(self.row, self.place.lookups, None, self.notes);
            let values: Vec<Value<'r>> = values.into_iter().map(Value::Text).collect();
            return (!values.is_empty()).then_some(Value::List(values));
        }
        if let step::Value::Cell(cell) = step.cell(self.row) {
            match (it.typed, cell) {
                (_, Cell::Null) => return None,
                (Typed::AsIs, Cell::Integer(number)) => return Some(Value::Integer(number)),
                (Typed::AsIs, Cell::Real(number)) if !number.is_finite() => {
                    self.notes
                        .lose(&losses::BAD_NUMBER, format!("{} {number}", it.name));
                    return Some(Value::from(number.to_string()));
                }
                (Typed::AsIs, Cell::Real(number)) => return Some(Value::Float(number)),
                _ => {}
            }
        }
        let text = step.text(self.row, self.place.lookups, self.notes);
        if text.is_empty() {
            return None;
        }
        let cell = Cell::Text(&text);
        let (value, loss) = match it.typed {
            Typed::Number => (typed::number(cell), &losses::BAD_NUMBER),
            Typed::Flag => (typed::flag(cell).map(Value::Bool), &losses::BAD_FLAG),
            Typed::Json => match text.trim() == "null" {
                true => return None,
                false => (typed::json(&text), &losses::BAD_JSON),
            },
            Typed::AsIs | Typed::List | Typed::Time => return Some(Value::Text(text)),
        };
        if value.is_none() {
            self.notes.lose(loss, format!("{} {text}", it.name));
            return Some(Value::Text(text));
        }
        value
    }

    fn custom_time(&mut self, step: &'r Step) -> Option<Value<'r>> {
        if let Some(found) = self.time(step) {
            let time = chrono::DateTime::from_timestamp_micros(found.time.micros())?;
            let text = time.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true);
            return Some(Value::from(text));
        }
        let text = step.text(self.row, self.place.lookups, self.notes);
        if text.is_empty() {
            return None;
        }
        self.notes
            .lose(&losses::BAD_TIME, text.clone().into_owned());
        Some(Value::Text(text))
    }
}

/// Fills the fields of something.
pub(crate) fn fill<'r, R: Row + ?Sized>(
    it: &mut impl Fields<'r>,
    slots: &'r Slots,
    context: &mut Context<'r, '_, R>,
) {
    let mut filler = Filler {
        slots: slots.iter(),
        context,
    };
    let Ok(()) = it.each(&mut filler);
}

struct Filler<'r, 'c, 'x, R: ?Sized> {
    slots: std::slice::Iter<'r, Option<Box<Step>>>,
    context: &'c mut Context<'r, 'x, R>,
}

impl<'r, R: Row + ?Sized> Filler<'r, '_, '_, R> {
    #[inline]
    fn next(&mut self) -> Option<&'r Step> {
        self.slots.next()?.as_deref()
    }

    fn value(&mut self, step: &'r Step, name: &str) -> Text<'r> {
        self.context.value(step, name)
    }

    fn values(&mut self, step: &'r Step, name: &str) -> Vec<Text<'r>> {
        let context = &mut *self.context;
        context.ids(step, name)
    }

    /// A value that a cell is read as; one that cannot be read is lost.
    fn read<T>(
        &mut self,
        step: &'r Step,
        loss: &'static migrate_model::LossKind,
        name: &str,
        read: impl FnOnce(Cell<'_>) -> Option<T>,
    ) -> Option<T> {
        let context = &mut *self.context;
        let (value, bad) = step.with_cell(context.row, context.notes, |cell| match cell {
            Cell::Null | Cell::Text("") => (None, None),
            cell => match read(cell) {
                Some(value) => (Some(value), None),
                None => (
                    None,
                    Some(step::text_of(cell).unwrap_or_default().into_owned()),
                ),
            },
        });
        if let Some(bad) = bad {
            context.notes.lose(loss, format!("{name} {bad}"));
        }
        value
    }

    /// Text as Markdown; whom it mentions is kept, but for a text that is quoted.
    fn markdown(&mut self, name: &str, text: Text<'r>) -> Text<'r> {
        let context = &mut *self.context;
        let mut reader = mentions::Reader {
            format: context.plan.text_format,
            mentions: context.plan.mentions,
            lookups: context.place.lookups,
            mentioned: Vec::new(),
        };
        let text = reader.markdown(text);
        if name == "text" && !reader.mentioned.is_empty() {
            context.mentioned = reader.mentioned;
        }
        text
    }

    /// A text; what people write, as Markdown.
    fn text_of(&mut self, step: &'r Step, name: &str) -> Text<'r> {
        let text = self.value(step, name);
        let is_message = self.context.plan.kind == SectionKind::Messages;
        match step.holds {
            Holds::Prose if is_message => self.markdown(name, text),
            _ => text,
        }
    }

    /// A time; `None` if there is none, or if it cannot be read, which is told.
    fn time_of(&mut self, step: &'r Step, name: &str) -> Option<Time> {
        let context = &mut *self.context;
        let is_message = context.plan.kind == SectionKind::Messages;
        let is_own = is_message && name == "created_at";
        if !is_own {
            let said = step.with_cell(context.row, context.notes, never::said);
            let is_flag = said == Some(true) && is_message && name == "deleted_at";
            context.is_flagged_deleted |= is_flag;
            if is_flag || said == Some(false) {
                return None;
            }
        }
        let found = context.time(step);
        let text = match found {
            Some(found) if !found.is_odd_unit && !found.is_odd() => "".into(),
            _ => step.text(context.row, context.place.lookups, context.notes),
        };
        let notes = &mut *context.notes;
        match found {
            Some(found) if is_own && never::is_never(found.time) => {
                notes.refuse(&losses::BAD_TIME, &text);
            }
            Some(found) if never::is_never(found.time) => {}
            Some(found) => {
                if found.is_odd_unit {
                    notes.lose(&losses::ODD_UNIT, format!("{name} {text}"));
                } else if found.is_odd() {
                    let hint = match &step.transform.time {
                        // Who names a clock that few have knows it.
                        Some(form) if !form.is_common() => None,
                        _ => step.with_cell(context.row, &mut Notes::default(), time_reading::hint),
                    };
                    let hint = hint.map(|it| format!(" ({it})")).unwrap_or_default();
                    notes.lose(&losses::ODD_TIME, format!("{name} {text}{hint}"));
                }
                return Some(found.time);
            }
            None if text.trim().is_empty() => {}
            None if is_own => notes.refuse(&losses::BAD_TIME, &text),
            None => notes.lose(&losses::BAD_TIME, format!("{name} {text}")),
        }
        None
    }

    fn flag_of(&mut self, step: &'r Step, name: &str) -> bool {
        self.read(step, &losses::BAD_FLAG, name, typed::flag)
            .unwrap_or(false)
    }
}

/// Most fields have no step, which is seen where records are gone through; the rest stands apart.
impl<'r, R: Row + ?Sized> FieldVisitor<'r> for Filler<'r, '_, '_, R> {
    type Error = Infallible;

    #[inline]
    fn text(&mut self, name: &'static str, it: &mut Text<'r>) -> Result<(), Infallible> {
        if let Some(step) = self.next() {
            *it = self.text_of(step, name);
        }
        Ok(())
    }

    #[inline]
    fn texts(&mut self, name: &'static str, it: &mut Vec<Text<'r>>) -> Result<(), Infallible> {
        if let Some(step) = self.next() {
            *it = self.values(step, name);
        }
        Ok(())
    }

    #[inline]
    fn flag(&mut self, name: &'static str, it: &mut bool) -> Result<(), Infallible> {
        if let Some(step) = self.next() {
            *it = self.flag_of(step, name);
        }
        Ok(())
    }

    #[inline]
    fn time(&mut self, name: &'static str, it: &mut Option<Time>) -> Result<(), Infallible> {
        if let Some(step) = self.next() {
            *it = self.time_of(step, name);
        }
        Ok(())
    }

    #[inline]
    fn integer(&mut self, name: &'static str, it: &mut Option<u64>) -> Result<(), Infallible> {
        if let Some(step) = self.next() {
            *it = self.read(step, &losses::BAD_NUMBER, name, typed::integer);
        }
        Ok(())
    }

    #[inline]
    fn float(&mut self, name: &'static str, it: &mut Option<f64>) -> Result<(), Infallible> {
        if let Some(step) = self.next() {
            *it = self.read(step, &losses::BAD_NUMBER, name, typed::float);
        }
        Ok(())
    }

    #[inline]
    fn floats(&mut self, name: &'static str, it: &mut Vec<f64>) -> Result<(), Infallible> {
        if let Some(step) = self.next() {
            let values = self.values(step, name);
            let numbers = values.iter().map(|text| typed::float(Cell::Text(text)));
            *it = numbers.flatten().collect();
        }
        Ok(())
    }

    fn channel(&mut self, it: &mut ChannelRef<'r>) -> Result<(), Infallible> {
        if let Some(step) = self.next() {
            let id = self.value(step, "channel_id");
            if !id.is_empty() {
                *it = ChannelRef::Id(id);
            }
        }
        if let Some(step) = self.next() {
            let ids = self.values(step, "channel_member_ids");
            if !ids.is_empty() && *it == ChannelRef::Unit {
                *it = ChannelRef::Members(ids);
            }
        }
        Ok(())
    }

    fn channel_type(&mut self, it: &mut ChannelType<'r>) -> Result<(), Infallible> {
        if let Some(step) = self.next() {
            let name = self.value(step, "channel_type");
            if !name.is_empty() {
                *it = ChannelType::Named(name);
            }
        }
        if let Some(step) = self.next()
            && self.flag_of(step, "direct")
            && *it == ChannelType::Channel
        {
            *it = ChannelType::Direct;
        }
        Ok(())
    }

    fn kind(&mut self, it: &mut MessageKind) -> Result<(), Infallible> {
        if let Some(step) = self.next() {
            let word = self.value(step, "kind");
            match words::value(words::MESSAGE_KINDS, &word) {
                Some(kind) => *it = kind,
                None if word.is_empty() => {}
                None => self.context.odd_kind = Some(word),
            }
        }
        Ok(())
    }

    #[inline]
    fn rank(&mut self, _: &mut Rank) -> Result<(), Infallible> {
        self.next();
        Ok(())
    }

    fn pin(&mut self, it: &mut Option<Pin<'r>>) -> Result<(), Infallible> {
        if let Some(step) = self.next()
            && self.flag_of(step, "pin")
        {
            *it = Some(Pin::default());
        }
        let slots = &self.context.plan.pin;
        if slots.iter().any(Option::is_some) {
            let mut pin = Pin::default();
            fill(&mut pin, slots, self.context);
            if pin != Pin::default() {
                *it = Some(pin);
            }
        }
        Ok(())
    }

    fn attachments(&mut self, it: &mut Vec<Attachment<'r>>) -> Result<(), Infallible> {
        let Some(step) = self.next() else {
            return Ok(());
        };
        *it = self.context.listed_attachments(step);
        Ok(())
    }

    fn custom(&mut self, _: &mut CustomData<'r>) -> Result<(), Infallible> {
        self.next();
        Ok(())
    }
}
