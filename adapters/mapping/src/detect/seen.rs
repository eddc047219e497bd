//! What tables of one layout seem to be, and the section that reads them.

use migrate_model::wording;

use super::Table;
use super::fields::Held;
use super::values::Column;
use crate::aliases;
use crate::mapping::{Field, Section, SectionKind};
use crate::names;
use crate::read;
use crate::transform::{Source, Transform};

/// How many first rows are looked at, of all tables of one layout together.
const ROWS: usize = 200;

/// Tables with the same columns that seem to be the same.
pub(super) struct Seen<'t> {
    /// At least one.
    pub(super) tables: Vec<&'t Table<'t>>,
    pub(super) kind: SectionKind,
    pub(super) fields: Vec<Held>,
    /// Some of their first rows.
    pub(super) rows: Vec<&'t Vec<String>>,
    pub(super) section: Section,
    pub(super) faults: Vec<Fault>,
    /// What people should know about how the tables are read.
    pub(super) remarks: Vec<String>,
    /// Whether other tables name messages by their ids.
    pub(super) are_ids_named: bool,
}

/// What cannot be told, or is missing.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    /// The field that it is about, if it is about one.
    pub(super) field: Option<&'static str>,
    pub(super) text: String,
    /// What belongs behind the field in a draft.
    pub(super) choice: String,
}

impl Fault {
    /// A fault of no field.
    pub(super) fn of_all(text: String) -> Fault {
        Fault {
            field: None,
            text,
            choice: String::new(),
        }
    }
}

/// What stands in a draft where nobody can tell.
pub(crate) const BLANK: &str = "?";

impl<'t> Seen<'t> {
    pub(super) fn new(table: &'t Table<'t>, kind: SectionKind, fields: Vec<Held>) -> Seen<'t> {
        let mut seen = Seen {
            tables: Vec::new(),
            kind,
            fields,
            rows: Vec::new(),
            section: Section::new(kind),
            faults: Vec::new(),
            remarks: Vec::new(),
            are_ids_named: false,
        };
        seen.add(table);
        seen
    }

    /// Adds a table of the same layout.
    pub(super) fn add(&mut self, table: &'t Table<'t>) {
        self.tables.push(table);
        let room = ROWS.saturating_sub(self.rows.len());
        self.rows.extend(table.rows.iter().take(room));
    }

    pub(super) fn columns(&self) -> &'t [String] {
        self.tables.first().map_or(&[], |table| table.columns)
    }

    /// The names of the tables, for people.
    pub(super) fn name(&self) -> String {
        let first = self.tables.first().map_or("", |table| table.name);
        let first = wording::safe(first, 80);
        match self.tables.len() {
            0 | 1 => first,
            count => format!("{first} and {} more like it", count - 1),
        }
    }

    pub(super) fn column(&self, place: usize) -> Column<'_> {
        Column::of(&self.rows, place)
    }

    pub(super) fn held(&self, field: &str) -> Option<&Held> {
        self.fields.iter().find(|held| held.field == field)
    }

    /// The column that a field is taken from.
    pub(super) fn taken(&self, field: &str) -> Option<usize> {
        self.held(field)?.places.first().copied()
    }

    pub(super) fn name_of(&self, place: usize) -> &'t str {
        self.columns().get(place).map_or("", String::as_str)
    }

    /// The first column with one of these names.
    pub(super) fn find(&self, names: &[&str]) -> Option<usize> {
        let plain: Vec<String> = { self.columns().iter() }
            .map(|name| aliases::plain(name))
            .collect();
        { names.iter() }.find_map(|name| plain.iter().position(|it| it == name))
    }

    /// The columns that hold no field.
    pub(super) fn left(&self) -> Vec<usize> {
        let is_left = |place: &usize| self.fields.iter().all(|held| !held.places.contains(place));
        (0..self.columns().len()).filter(is_left).collect()
    }

    /// Sets where a field comes from, whatever it came from before.
    pub(super) fn set(&mut self, name: &'static str, value: Transform) {
        let fields = &mut self.section.fields;
        match fields.iter_mut().find(|field| field.name == name) {
            Some(field) => field.value = value,
            None => fields.push(Field { name, value }),
        }
    }

    /// Takes note that nobody can tell which of several columns a field is, and which may be it.
    pub(super) fn ask(&mut self, field: &'static str, text: String, choice: String) {
        let text = format!("{}: {text}", self.name());
        self.set(field, Transform::column(BLANK));
        self.faults.push(Fault {
            field: Some(field),
            text,
            choice,
        });
    }

    /// The names of columns as a list, each in backticks.
    pub(super) fn listed(&self, places: &[usize]) -> String {
        let names: Vec<&str> = places.iter().map(|place| self.name_of(*place)).collect();
        wording::safe(&wording::list(&names), 300)
    }

    /// Makes the section from what is known.
    pub(super) fn settle(&mut self) {
        if self.kind == SectionKind::Messages {
            self.weigh();
        }
        let columns = self.fields.iter().filter_map(|held| {
            let place = held.places.first()?;
            Some((held.field, self.name_of(*place)))
        });
        let columns: Vec<(&'static str, &str)> = columns.collect();
        for (field, column) in columns {
            self.set(field, Transform::column(column));
        }
        match self.kind {
            SectionKind::Messages => self.finish_messages(),
            SectionKind::Users => self.name_people(),
            _ => {}
        }
        self.leave_out_index();
        self.doubts();
    }

    /// The first of several names that a person has, of which the others stay custom data. A first
    /// and a last name are better than what somebody logs in by.
    fn name_people(&mut self) {
        let known = ["displayname", "name", "fullname", "realname", "username"];
        let id = self.taken("id");
        let found = known.iter().filter_map(|name| self.find(&[name]));
        let found: Vec<usize> = found.filter(|place| Some(*place) != id).collect();
        let login = self.find(&["username"]);
        let tells_none = |place: &usize| Some(*place) == login || self.column(*place).is_empty();
        if found.iter().all(tells_none) && self.join_names() {
            return;
        }
        let [_, others @ ..] = found.as_slice() else {
            return;
        };
        if others.is_empty() {
            return;
        }
        let names = { found.iter() }.map(|place| self.name_of(*place).to_owned());
        let names: Vec<String> = names.collect();
        for place in others {
            let name = self.name_of(*place).to_owned();
            let value = Transform::column(name.clone());
            self.section.custom.push((name, Some(value)));
        }
        self.set(
            "name",
            Transform {
                source: Source::Columns(names),
                ..Transform::default()
            },
        );
    }

    /// Takes first and last names for names, if most people have one; whether it does.
    fn join_names(&mut self) -> bool {
        let halves = (
            self.find(aliases::FIRST_NAMES),
            self.find(aliases::LAST_NAMES),
        );
        let (Some(first), Some(last)) = halves else {
            return false;
        };
        let has_any = |row: &&&Vec<String>| {
            let mut cells = [first, last].into_iter().filter_map(|place| row.get(place));
            cells.any(|cell| !cell.trim().is_empty())
        };
        let named = self.rows.iter().filter(has_any).count();
        let Some(template) = self
            .template(first, " ", last)
            .filter(|_| named * 2 >= self.rows.len())
        else {
            return false;
        };
        self.set(
            "name",
            Transform {
                trim: true,
                ..template
            },
        );
        true
    }

    /// Two columns with something between them; `None` if their names cannot stand in a template.
    pub(super) fn template(&self, first: usize, between: &str, last: usize) -> Option<Transform> {
        let (first, last) = (self.name_of(first), self.name_of(last));
        let is_plain = |name: &str| !name.is_empty() && !name.contains(['{', '}']);
        (is_plain(first) && is_plain(last)).then(|| Transform {
            source: Source::Template(format!("{{{first}}}{between}{{{last}}}")),
            ..Transform::default()
        })
    }

    /// Leaves out the numbers of rows that libraries write as a first column without a name.
    fn leave_out_index(&mut self) {
        let name = self.name_of(0);
        let rows = self.tables.first().map_or(&[][..], |table| table.rows);
        let rows: Vec<&Vec<String>> = rows.iter().collect();
        let is_index = (name == "column_1" || name == "Unnamed: 0")
            && self.left().contains(&0)
            && Column::of(&rows, 0).counts_rows();
        if is_index {
            self.section.custom.push((name.to_owned(), None));
            let table = self.name();
            let text = format!("{table}: `{name}` only numbers the rows and is left out");
            self.remarks.push(text);
        }
    }

    /// Puts fields in the model's order.
    pub(super) fn sort(&mut self) {
        let known = names::of_section(self.kind);
        let place = |field: &Field| known.iter().position(|(name, _)| *name == field.name);
        self.section.fields.sort_by_key(place);
    }

    /// What cannot be told, or is missing.
    fn doubts(&mut self) {
        let is_column = |seen: &Seen<'_>, field: &str| {
            let mut fields = seen.section.fields.iter();
            let field = fields.find(|it| it.name == field);
            field.is_some_and(|it| matches!(it.value.source, Source::Column(_)))
        };
        for held in self.fields.clone() {
            if held.places.len() > 1 && is_column(self, held.field) {
                let columns = self.listed(&held.places);
                let text = format!("`{}` may be any of the columns {columns}", held.field);
                self.ask(held.field, text, choice_of(&held.places, &columns));
            }
        }
        for names in read::needed(self.kind) {
            let has = |name: &&str| self.section.fields.iter().any(|field| field.name == *name);
            if !names.iter().any(has) && !names.contains(&"channel_id") {
                self.lacks(names);
            }
        }
        if self.kind == SectionKind::Messages {
            for names in [&["user_id"][..], &["text", "attachments"]] {
                let has = |name: &&str| self.section.fields.iter().any(|it| it.name == *name);
                if !names.iter().any(has) {
                    self.lacks(names);
                }
            }
        }
    }

    /// Takes note that a field is missing, and which columns it may be.
    pub(super) fn lacks(&mut self, names: &'static [&'static str]) {
        let Some(field) = names.first() else { return };
        let likely = self.likely(field);
        let text = format!("no column is known for {}", wording::list(names));
        let text = match likely.is_empty() {
            true => text,
            false => format!("{text}; perhaps {}", self.listed(&likely)),
        };
        let others = match likely.is_empty() {
            true => self.left(),
            false => likely,
        };
        let choice = match others.is_empty() {
            true => "the column that it is".to_owned(),
            false => choice_of(&others, &self.listed(&others)),
        };
        self.ask(field, text, choice);
    }

    /// The columns without a field that may be this one, by what is in them.
    fn likely(&self, field: &str) -> Vec<usize> {
        let is_likely = |place: &usize| {
            let column = self.column(*place);
            match field {
                "created_at" => column.is_time(),
                "user_id" | "channel_id" => column.repeats() && !column.is_flag(),
                "id" | "message_id" => column.is_id(),
                _ => false,
            }
        };
        self.left().into_iter().filter(is_likely).collect()
    }
}

/// What belongs behind a blank, of some columns that were listed.
pub(super) fn choice_of(places: &[usize], listed: &str) -> String {
    match places.len() {
        1 => format!("perhaps {listed}"),
        _ => format!("one of {listed}"),
    }
}
