//! What values and other columns tell of a table of messages.

use migrate_model::wording;

use super::fields::Held;
use super::seen::Seen;
use super::values::{Column, NO, YES};
use crate::aliases;
use crate::mapping::{Field, SectionKind, TextFormat};
use crate::transform::{Source, Transform};

/// One row of so many that repeats an id is no accident.
const MANY: usize = 10;

impl Seen<'_> {
    /// Chooses among columns by what is in them.
    pub(super) fn weigh(&mut self) {
        self.drop_empty();
        self.drop_flags_of_times();
        self.choose_time();
        self.find_text();
        self.find_id();
        self.find_roots_by_time();
        self.find_parent();
        // A flag tells that a message was changed and not when.
        self.drop_if("edited_at", |column| column.is_flag());
        let is_known = !self.rows.is_empty();
        if let Some(place) = self.taken("kind").filter(|_| is_known)
            && !self.column(place).is_flag()
        {
            let may_be_time = self.column(place).is_time() || self.column(place).is_empty();
            self.drop_if("kind", |_| true);
            if may_be_time && self.held("deleted_at").is_none() {
                self.hold("deleted_at", place);
            }
        }
    }

    /// Sets what more than one column says.
    pub(super) fn finish_messages(&mut self) {
        self.join_clock();
        self.tell_clock();
        self.read_flag();
        self.read_pin();
        self.read_html();
        self.ask_for_text();
        self.join_people();
        self.ask_for_notes();
        self.derive_id();
        self.refuse_repeated_ids();
    }

    /// Objects are no texts that anybody wrote.
    fn ask_for_text(&mut self) {
        let is_object = |cell: &str| cell.starts_with("{\"") && cell.ends_with('}');
        let Some(place) = self
            .taken("text")
            .filter(|it| self.column(*it).all(is_object))
        else {
            return;
        };
        let text = format!(
            "every `{}` is an object of JSON, and nobody can tell which of its values is the text; put that \
             into a column of its own",
            self.name_of(place)
        );
        self.ask("text", text, "a column of texts".to_owned());
    }

    pub(super) fn hold(&mut self, field: &'static str, place: usize) {
        self.fields.push(Held {
            field,
            places: vec![place],
            list: 0,
        });
    }

    pub(super) fn drop_if(&mut self, field: &str, is: impl Fn(Column<'_>) -> bool) {
        if let Some(place) = self.taken(field)
            && is(self.column(place))
        {
            self.fields.retain(|held| held.field != field);
        }
    }

    /// Of several columns that may be a field those without anything in them are not, and of those
    /// that say the same the first counts.
    fn drop_empty(&mut self) {
        let mut fields = std::mem::take(&mut self.fields);
        for held in fields.iter_mut().filter(|held| held.places.len() > 1) {
            let filled = held.places.iter().copied();
            let filled: Vec<usize> = filled.filter(|it| !self.column(*it).is_empty()).collect();
            if !filled.is_empty() {
                held.places = filled;
            }
            if let [first, others @ ..] = held.places.as_slice()
                && others
                    .iter()
                    .all(|it| self.column(*it).equals(self.column(*first)))
            {
                held.places.truncate(1);
            }
        }
        self.fields = fields;
    }

    /// A flag such as `sent` tells no time, where another column has one.
    fn drop_flags_of_times(&mut self) {
        let Some(held) = self.held("created_at").cloned() else {
            return;
        };
        if !held.places.iter().all(|it| self.column(*it).is_flag()) {
            return;
        }
        let names = aliases::of(SectionKind::Messages).iter();
        let names = names.filter(|alias| alias.field == "created_at");
        let mut names = names.flat_map(|alias| alias.names.iter().copied().flatten());
        let left = self.left();
        let other = names.find_map(|name| {
            let place = self.find(&[name]).filter(|it| left.contains(it))?;
            self.column(place).is_time().then_some(place)
        });
        if let Some(other) = other {
            self.drop_if("created_at", |_| true);
            self.hold("created_at", other);
        }
    }

    /// Of several columns of times the one that has day and clock.
    fn choose_time(&mut self) {
        let Some(at) = self
            .fields
            .iter()
            .position(|held| held.field == "created_at")
        else {
            return;
        };
        let Some(places) = self.fields.get(at).map(|held| held.places.clone()) else {
            return;
        };
        let moments = { places.iter().copied() }.filter(|it| self.column(*it).is_moment());
        if let ([only], Some(held)) = (&moments.collect::<Vec<_>>()[..], self.fields.get_mut(at)) {
            held.places = vec![*only];
        }
    }

    /// A column `message` may hold ids where the text is called otherwise.
    fn find_text(&mut self) {
        let Some(Held {
            places, list: 1, ..
        }) = self.held("text")
        else {
            return;
        };
        let Some(place) = places.first().copied() else {
            return;
        };
        let others = [
            "comment", "comments", "note", "notes", "post", "html", "data",
        ];
        let other = self.find(&others).filter(|it| self.left().contains(it));
        let has_blanks = |place: usize| self.column(place).filled().any(|it| it.contains(' '));
        if let Some(other) = other
            && self.column(place).is_id()
            && !has_blanks(place)
            && has_blanks(other)
        {
            self.fields.retain(|held| held.field != "text");
            self.hold("text", other);
            if self.held("id").is_none() {
                self.hold("id", place);
            }
        }
    }

    fn find_id(&mut self) {
        // Names that are usual for other numbers as well make an id only if no value comes twice.
        if let Some(held) = self.held("id").cloned()
            && let Some(place) = held.places.first()
            && (held.list >= aliases::WEAK_IDS && !self.rows.is_empty() && !self.is_unique(*place)
                || self.column(*place).is_empty())
        {
            self.drop_if("id", |_| true);
            if let Some(other) = self.other_id() {
                self.hold("id", other);
            }
        }
        if self.held("id").is_some() {
            return;
        }
        if let Some(place) = self.taken("created_at")
            && self.column(place).is_slack()
        {
            self.hold("id", place);
            return;
        }
        // `uid` is whoever wrote where messages have another id, and the message's own otherwise.
        if let Some(place) = self.find(&["uid"])
            && (self.taken("user_id") != Some(place) || self.column(place).is_id())
            && self.is_unique(place)
        {
            let is_author = self.taken("user_id") == Some(place);
            if is_author {
                self.fields.retain(|held| held.field != "user_id");
            }
            self.hold("id", place);
        }
    }

    pub(super) fn is_unique(&self, place: usize) -> bool {
        self.column(place).is_id() && self.column(place).is_full()
    }

    /// A column without a field that is called as ids are, and that may be one by its values.
    fn other_id(&self) -> Option<usize> {
        let names = aliases::of(SectionKind::Messages).iter();
        let names = names.filter(|alias| alias.field == "id");
        let mut names = names.flat_map(|alias| alias.names.iter().copied().flatten());
        let left = self.left();
        names.find_map(|name| {
            let place = self.find(&[name]).filter(|it| left.contains(it))?;
            self.is_unique(place).then_some(place)
        })
    }

    /// A day and a time of day that stand in two columns are one time.
    fn join_clock(&mut self) {
        let (Some(day), Some(clock)) = (self.find(aliases::DAYS), self.find(aliases::CLOCKS))
        else {
            return;
        };
        let taken = self.held("created_at").map(|held| held.places.clone());
        let is_taken = |place| taken.as_ref().is_some_and(|it| it.contains(&place));
        if !is_taken(day) && !is_taken(clock) {
            return;
        }
        let is_known = !self.rows.is_empty();
        let (is_day, is_clock) = (self.column(day).is_day(), self.column(clock).is_clock());
        if is_known && !(is_day && is_clock) {
            return;
        }
        self.take_clock(day, clock);
    }

    fn take_clock(&mut self, day: usize, clock: usize) {
        if let Some(template) = self.template(day, " ", clock) {
            self.set("created_at", template);
            self.fields.retain(|held| held.field != "created_at");
            self.fields.push(Held {
                field: "created_at",
                places: vec![day, clock],
                list: 0,
            });
        }
    }

    /// Days alone beside one column of clocks may be one time, unless those say how long something
    /// was; so it is told.
    fn tell_clock(&mut self) {
        let Some([day]) = self.held("created_at").map(|held| &held.places[..]) else {
            return;
        };
        let day = *day;
        let days = self.column(day);
        let is_clock = |place: &usize| {
            let column = self.column(*place);
            column.is_clock() && column.is_full() && column.filled().all(|it| it.contains(':'))
        };
        let clocks: Vec<usize> = self.left().into_iter().filter(is_clock).collect();
        let ([clock], true) = (&clocks[..], days.is_time() && days.is_day()) else {
            return;
        };
        let (day, clock) = (self.name_of(day), self.name_of(*clock));
        let text = format!(
            "{}: `{day}` has days alone, so all messages are at midnight; if `{clock}` is their time of \
             day, a mapping says `created_at = {{ template = \"{{{day}}} {{{clock}}}\" }}`",
            self.name()
        );
        self.remarks.push(text);
    }

    /// A flag says which messages are deleted.
    fn read_flag(&mut self) {
        let Some(place) = self.taken("kind") else {
            return;
        };
        let column = self.name_of(place).to_owned();
        let words = |words: &[&str], kind: &str| {
            let pairs = words.iter().map(|it| ((*it).to_owned(), kind.to_owned()));
            pairs.collect::<Vec<_>>()
        };
        let mut map = words(YES, "deleted");
        map.extend(words(NO, "regular"));
        self.set(
            "kind",
            Transform {
                lower: true,
                map,
                ..Transform::column(&column)
            },
        );
        let text = format!(
            "{}: where `{column}` says so, a message is deleted",
            self.name()
        );
        self.remarks.push(text);
    }

    fn read_pin(&mut self) {
        let left = self.left();
        let Some(at) = self.find(aliases::PINNED_AT).filter(|it| left.contains(it)) else {
            return;
        };
        let by = self.find(aliases::PINNED_BY).filter(|it| left.contains(it));
        for (name, place) in [("at", Some(at)), ("by", by)] {
            let Some(place) = place else { continue };
            self.section.pin.push(Field {
                name,
                value: Transform::column(self.name_of(place)),
            });
            self.hold("pin", place);
        }
        self.section.fields.retain(|field| field.name != "pin");
    }

    /// Texts that all are HTML are read as that; if only some are, people are asked.
    fn read_html(&mut self) {
        let Some(place) = self.taken("text") else {
            return;
        };
        let column = self.name_of(place);
        let is_called_so = aliases::HTML.contains(&aliases::plain(column).as_str());
        let (count, are_all) = self.column(place).html();
        let table = self.name();
        if is_called_so || are_all && count >= 3 {
            self.section.text_format = TextFormat::Html;
            let text = format!("{table}: `{column}` is read as HTML");
            self.remarks.push(text);
        } else if count > 0 {
            let text = format!(
                "{table}: some texts in `{column}` hold tags of HTML and stay as they are; if they \
                 are HTML, a mapping says `text_format = \"html\"`"
            );
            self.remarks.push(text);
        }
    }

    /// Messages without an id get one from what they say.
    fn derive_id(&mut self) {
        if self.held("id").is_some() {
            return;
        }
        let named = [
            "channel_id",
            "channel_member_ids",
            "user_id",
            "created_at",
            "text",
        ];
        let has = |name: &&str| self.section.fields.iter().any(|field| field.name == *name);
        let fields = named.into_iter().filter(has).map(str::to_owned).collect();
        let id = Field {
            name: "id",
            value: Transform {
                source: Source::Hash(fields),
                ..Transform::default()
            },
        };
        self.section.fields.insert(0, id);
    }

    /// Rows that have one id and are not the same are one message only if somebody says so, unless they
    /// are versions of one, or so few that they may be told as left out.
    fn refuse_repeated_ids(&mut self) {
        let Some(id) = self.taken("id") else { return };
        let channel = self.taken("channel_id");
        let rows = self.tables.first().map_or(&[][..], |table| table.rows);
        let cell = |row: &'_ Vec<String>, place: usize| row.get(place).cloned().unwrap_or_default();
        let key = |row: &Vec<String>| (channel.map(|it| cell(row, it)), cell(row, id));
        let edited = ["edited_at", "deleted_at"].map(|field| self.taken(field));
        let kept = ["user_id", "created_at"].map(|field| self.taken(field));
        let text = [self.taken("text")];
        let (mut count, mut have_one_text) = (0, true);
        let mut differs = vec![false; self.columns().len()];
        let mut firsts = std::collections::HashMap::new();
        for row in rows.iter().filter(|row| !cell(row, id).is_empty()) {
            let first: &mut &Vec<String> = firsts.entry(key(row)).or_insert(row);
            let is_other = |place: &usize| cell(first, *place) != cell(row, *place);
            let others: Vec<usize> = (0..differs.len()).filter(is_other).collect();
            let has =
                |fields: &[Option<usize>]| others.iter().any(|it| fields.contains(&Some(*it)));
            let is_version = has(&edited) && !has(&kept);
            if others.is_empty() || is_version {
                continue;
            }
            count += 1;
            have_one_text &= !has(&text);
            for place in others {
                differs.get_mut(place).into_iter().for_each(|it| *it = true);
            }
        }
        let are_many = count * MANY >= rows.len() && (count > 1 || have_one_text);
        if count == 0 || !are_many {
            return;
        }
        let places: Vec<usize> = { differs.iter().enumerate() }
            .filter(|(_, differs)| **differs)
            .map(|(place, _)| place)
            .collect();
        let (column, others) = (self.name_of(id).to_owned(), self.listed(&places));
        let hash = "{ hash = [\"channel_id\", \"user_id\", \"created_at\", \"text\"] }";
        let text = format!(
            "several rows have the same `{column}` and differ in {others}; if they are one message \
             together, a mapping says `group_by = [\"{column}\"]` and what their columns are, such as \
             `reaction = {{ reaction_type = \"…\", user_id = \"…\" }}`; if the last of them counts, \
             `repeated_ids = \"last\"`; otherwise `{column}` is no id, and one is made by `id = {hash}`"
        );
        let column = wording::safe(&column, 80);
        let choice = format!("\"{column}\" with `group_by` or `repeated_ids`, or {hash}");
        self.ask("id", text, choice);
    }
}
