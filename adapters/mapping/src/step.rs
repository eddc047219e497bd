//! A transform that is bound to the columns of a table.

use std::borrow::Cow;
use std::sync::Arc;

use migrate_model::Text;

use crate::cell::{Cell, Row};
use crate::ids::IdStep;
use crate::lookups::Lookups;
use crate::losses;
use crate::names;
use crate::notes::Notes;
use crate::transform::{Blob, Transform, Unescape};
use crate::{extended, list, typedstream, unescape};

/// Where a value comes from.
#[derive(Clone, Debug)]
pub(crate) enum From {
    Column(usize),
    Columns(Vec<usize>),
    Const(String),
    Template(Vec<Piece>),
    /// The id is made from these fields, by their places in the list of fields.
    Hash(Vec<usize>),
}

/// A piece of a template.
#[derive(Clone, Debug)]
pub(crate) enum Piece {
    Text(String),
    Column(usize),
}

/// What a field of texts holds, known from its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holds {
    /// An id, or several.
    Id,
    /// What people write.
    Prose,
    Other,
}

impl Holds {
    pub(crate) fn of_field(name: &str) -> Holds {
        match name {
            "text" | "quoted_text" => Holds::Prose,
            name if names::is_id(name) => Holds::Id,
            _ => Holds::Other,
        }
    }
}

/// A transform that is bound to the columns of a table.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) from: From,
    pub(crate) transform: Transform,
    pub(crate) nulls: Arc<[String]>,
    /// Which of the section's columns of times it is, if it is one.
    pub(crate) time: Option<usize>,
    /// Which of the section's columns of ids it is, if it is one.
    pub(crate) id: Option<IdStep>,
    /// What the field holds that it fills.
    pub(crate) holds: Holds,
    /// Whether text stays as it is.
    is_plain: bool,
    /// No text that stands for nothing is longer, in bytes.
    longest_null: usize,
}

impl Step {
    pub(crate) fn new(from: From, transform: Transform, nulls: Arc<[String]>) -> Step {
        let has_steps = transform.blob.is_some()
            || transform.trim
            || transform.lower
            || !transform.null_if.is_empty()
            || !transform.unescape.is_empty()
            || transform.strip_prefix.is_some();
        let is_exchanged = !transform.map.is_empty() || transform.lookup.is_some();
        Step {
            from,
            longest_null: nulls.iter().map(String::len).max().unwrap_or_default(),
            nulls,
            time: None,
            id: None,
            holds: Holds::Other,
            is_plain: !has_steps && !is_exchanged,
            transform,
        }
    }

    /// The columns that it reads.
    pub(crate) fn columns(&self) -> Vec<usize> {
        match &self.from {
            From::Column(column) => vec![*column],
            From::Columns(columns) => columns.clone(),
            From::Const(_) | From::Hash(_) => Vec::new(),
            From::Template(pieces) => {
                let columns = pieces.iter().filter_map(|piece| match piece {
                    Piece::Column(column) => Some(*column),
                    Piece::Text(_) => None,
                });
                columns.collect()
            }
        }
    }

    /// A cell of a row, or nothing if it holds what stands for nothing.
    fn of_row<'r>(&self, row: &'r (impl Row + ?Sized), column: usize) -> Cell<'r> {
        match row.cell(column) {
            Cell::Text(text) => self.of_text(text).map_or(Cell::Null, Cell::Text),
            cell => cell,
        }
    }

    /// What the text of a cell is; `None` if it stands for nothing.
    #[inline]
    fn of_text<'t>(&self, text: &'t str) -> Option<&'t str> {
        if text.len() <= self.longest_null && self.nulls.iter().any(|null| null == text) {
            return None;
        }
        let is_typed = self.time.is_some() || self.id.is_some();
        Some(if is_typed {
            extended::plain(text)
        } else {
            text
        })
    }

    /// The value as it stands, before any step; a template is text.
    pub(crate) fn cell<'r>(&'r self, row: &'r (impl Row + ?Sized)) -> Value<'r> {
        match &self.from {
            From::Column(column) => Value::Cell(self.of_row(row, *column)),
            From::Columns(columns) => {
                let cells = columns.iter().map(|column| self.of_row(row, *column));
                let mut some = cells.filter(|cell| !matches!(cell, Cell::Null | Cell::Text("")));
                Value::Cell(some.next().unwrap_or(Cell::Null))
            }
            From::Const(text) => Value::Cell(Cell::Text(text)),
            From::Template(pieces) => match self.template(pieces, row) {
                Some(text) => Value::Text(text),
                None => Value::Cell(Cell::Null),
            },
            From::Hash(_) => Value::Cell(Cell::Null),
        }
    }

    /// A template with its columns; `None` if it has some and all are empty.
    fn template(&self, pieces: &[Piece], row: &(impl Row + ?Sized)) -> Option<String> {
        let mut out = String::new();
        let (mut columns, mut filled) = (0, 0);
        for piece in pieces {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Column(column) => {
                    columns += 1;
                    if let Some(text) = text_of(self.of_row(row, *column)) {
                        filled += usize::from(!text.is_empty());
                        out.push_str(&text);
                    }
                }
            }
        }
        (columns == 0 || filled > 0).then_some(out)
    }

    /// The value as text, after all steps up to the split of lists; empty if there is none.
    #[inline]
    pub(crate) fn whole<'r>(&'r self, row: &'r (impl Row + ?Sized), notes: &mut Notes) -> Text<'r> {
        // Nearly all values are the text of one cell as it stands.
        if let (true, From::Column(column)) = (self.is_plain, &self.from)
            && let Cell::Text(text) = row.cell(*column)
        {
            return Cow::Borrowed(self.of_text(text).unwrap_or_default());
        }
        self.any_whole(row, notes)
    }

    /// The same of a value that is more than the text of one cell.
    fn any_whole<'r>(&'r self, row: &'r (impl Row + ?Sized), notes: &mut Notes) -> Text<'r> {
        let value = match self.cell(row) {
            Value::Text(text) => Some(Cow::Owned(text)),
            Value::Cell(cell @ Cell::Blob(bytes)) => {
                let text = match self.transform.blob {
                    Some(Blob::AppleAttributed) => typedstream::text(bytes).map(Cow::Borrowed),
                    None => text_of(cell),
                };
                if text.is_none() {
                    notes.lose(&losses::NOT_TEXT, String::new());
                }
                text
            }
            Value::Cell(cell) => text_of(cell),
        };
        match value {
            None => Cow::Borrowed(""),
            Some(text) if self.is_plain => text,
            Some(text) => self.cook(text, notes),
        }
    }

    fn cook<'r>(&self, mut text: Text<'r>, notes: &mut Notes) -> Text<'r> {
        let it = &self.transform;
        if it.blob == Some(Blob::AppleAttributed)
            && let Some(clean) = typedstream::without_placeholders(&text)
        {
            text = Cow::Owned(clean);
        }
        if it.trim {
            text = within(text, str::trim);
        }
        if it.null_if.iter().any(|null| *null == *text) {
            return Cow::Borrowed("");
        }
        for how in &it.unescape {
            let before = text.len();
            text = unescape::unescape(*how, text);
            let is_guard = matches!(how, Unescape::Formula | Unescape::Arithmetic);
            if is_guard && text.len() < before {
                notes.lose(&losses::FORMULA_GUARD, String::new());
            }
        }
        if let Some(prefix) = &it.strip_prefix {
            text = within(text, |text| {
                text.strip_prefix(prefix.as_str()).unwrap_or(text)
            });
        }
        if it.lower && text.chars().any(char::is_uppercase) {
            text = Cow::Owned(text.to_lowercase());
        }
        text
    }

    /// The value as one text; empty if there is none.
    pub(crate) fn text<'r>(
        &'r self,
        row: &'r (impl Row + ?Sized),
        lookups: &'r Lookups,
        notes: &mut Notes,
    ) -> Text<'r> {
        let text = self.whole(row, notes);
        match self.is_plain {
            true => text,
            false => self.exchange(text, lookups, notes),
        }
    }

    /// The value as a list of texts; `separator` is what stands between them in the column, if it
    /// shows that.
    pub(crate) fn texts<'r>(
        &'r self,
        row: &'r (impl Row + ?Sized),
        lookups: &'r Lookups,
        separator: Option<&str>,
        notes: &mut Notes,
    ) -> Vec<Text<'r>> {
        let values = match self.whole(row, notes) {
            Cow::Borrowed(text) => self.split(text, separator),
            Cow::Owned(text) => {
                let values = self.split(&text, separator).into_iter();
                values.map(|it| Cow::Owned(it.into_owned())).collect()
            }
        };
        let is_id = self.id.is_some();
        let values = values.into_iter().map(|it| match is_id {
            true => within(it, extended::plain),
            false => it,
        });
        let values = values.map(|it| self.exchange(it, lookups, notes));
        values.filter(|it| !it.is_empty()).collect()
    }

    fn split<'t>(&self, text: &'t str, separator: Option<&str>) -> Vec<Text<'t>> {
        match &self.transform.split {
            Some(told) if list::is_set(text) => list::read(text, Some(told)),
            Some(told) => list::split(text, told),
            None => list::read(text, separator),
        }
    }

    /// The value with steps taken that exchange it for another.
    fn exchange<'r>(&'r self, text: Text<'r>, lookups: &'r Lookups, notes: &mut Notes) -> Text<'r> {
        if text.is_empty() {
            return text;
        }
        let mapped = self.transform.map.iter().find(|(from, _)| *from == *text);
        let text = mapped.map_or(text, |(_, to)| Cow::Borrowed(to));
        let Some(lookup) = &self.transform.lookup else {
            return text;
        };
        match lookups.find(lookup, &text) {
            Some(id) => Cow::Borrowed(id),
            None => {
                notes.lose(&losses::LOOKUP_MISSED, text.clone().into_owned());
                text
            }
        }
    }

    /// Shows a value of one cell, after all steps for text, to `see`.
    pub(crate) fn with_cell<T>(
        &self,
        row: &(impl Row + ?Sized),
        notes: &mut Notes,
        see: impl FnOnce(Cell<'_>) -> T,
    ) -> T {
        if self.is_plain {
            return match self.cell(row) {
                Value::Cell(cell) => see(cell),
                Value::Text(text) => see(Cell::Text(&text)),
            };
        }
        let text = self.whole(row, notes);
        let mapped = self.transform.map.iter().find(|(from, _)| *from == *text);
        let text: &str = mapped.map_or(&text, |(_, to)| to);
        match text.is_empty() {
            true => see(Cell::Null),
            false => see(Cell::Text(text)),
        }
    }
}

/// A value before any step.
pub(crate) enum Value<'r> {
    Cell(Cell<'r>),
    Text(String),
}

/// A cell as text; `None` for nothing, and for bytes that are no text.
pub(crate) fn text_of(cell: Cell<'_>) -> Option<Text<'_>> {
    match cell {
        Cell::Null => None,
        Cell::Text(text) => Some(Cow::Borrowed(text)),
        Cell::Integer(number) => Some(Cow::Owned(number.to_string())),
        Cell::Real(number) => Some(Cow::Owned(number.to_string())),
        Cell::Blob(bytes) => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
    }
}

/// A part of a text, borrowed where the text is.
fn within<'t>(text: Text<'t>, part: impl Fn(&str) -> &str) -> Text<'t> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(part(text)),
        Cow::Owned(text) => Cow::Owned(part(&text).to_owned()),
    }
}
