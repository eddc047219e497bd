//! People who are listed under other ids than those by which messages name them: by their addresses,
//! or what they log in by.
//!
//! Somebody who is joined in one place and not in another would be two people, so all are joined
//! where each value that is seen is found, and else nobody is, and people are told how a mapping
//! does it.

use std::collections::HashSet;

use migrate_model::wording;

use super::Guess;
use super::seen::Seen;
use crate::mapping::{Field, SectionKind};
use crate::transform::{Lookup, Source, Transform};
use crate::{aliases, list, names};

/// Fields that name one of the people.
const ONE: &[&str] = &["user_id", "created_by", "parent_user_id", "by"];

/// Fields that name several.
const SEVERAL: &[&str] = &[
    "member_ids",
    "channel_member_ids",
    "mentioned_user_ids",
    "restricted_visibility",
    "banned_user_ids",
];

/// How a field names people, by what is seen of it.
struct Naming {
    /// The table, for people.
    table: String,
    field: &'static str,
    column: String,
    /// The values; `None` if nobody can tell them, or they cannot be looked up.
    values: Option<Vec<String>>,
}

impl Naming {
    fn of(seen: &Seen<'_>, field: &Field) -> Option<Naming> {
        let is_one = ONE.contains(&field.name);
        // Tables of members have one person a row, or several.
        let is_list = SEVERAL.contains(&field.name) || seen.kind == SectionKind::Members;
        if !is_one && !is_list && field.name != names::REACTIONS {
            return None;
        }
        let named = seen.taken(field.name).map(|place| seen.name_of(place));
        let column = match &field.value.source {
            Source::Column(column) => Some(column.as_str()),
            // The author of a pair is an author anyway.
            Source::Template(_) if field.name == "channel_member_ids" => named,
            _ => None,
        };
        let column = column.filter(|_| is_one || is_list);
        let place = column.and_then(|it| seen.columns().iter().position(|name| name == it));
        let values = place.map(|place| {
            let cells = seen.column(place).as_written();
            let values = cells.flat_map(|cell| match (&field.value.split, is_list) {
                (Some(separator), _) => list::split(cell, separator),
                (None, true) => list::read(cell, None),
                (None, false) => vec![cell.into()],
            });
            values.map(|it| it.into_owned()).collect()
        });
        Some(Naming {
            table: seen.name(),
            field: field.name,
            column: column.or(named).unwrap_or(field.name).to_owned(),
            values,
        })
    }

    /// Whether some value is one of these and no id.
    fn holds_some(&self, known: &Known) -> bool {
        let mut values = self.values.iter().flatten();
        values.any(|it| known.has(it) && !known.ids.contains(it))
    }

    /// Whether all values are such.
    fn holds_all(&self, known: &Known) -> bool {
        let is = |it: &String| known.has(it) && !known.ids.contains(it);
        self.values.as_ref().is_some_and(|it| it.iter().all(is))
    }
}

/// What users have in a column by which they may be known.
struct Known {
    by: String,
    values: HashSet<String>,
    is_shared: bool,
    ids: HashSet<String>,
}

impl Known {
    fn of(users: &Seen<'_>, id: usize, by: usize) -> Known {
        let mut values = HashSet::new();
        let mut is_shared = false;
        for cell in users.column(by).as_written() {
            is_shared |= !values.insert(folded(cell));
        }
        Known {
            by: users.name_of(by).to_owned(),
            values,
            is_shared,
            ids: users.column(id).filled().map(str::to_owned).collect(),
        }
    }

    fn has(&self, value: &str) -> bool {
        self.values.contains(&folded(value))
    }
}

/// A value as lookups compare it: addresses in any case.
fn folded(value: &str) -> String {
    match value.contains('@') {
        true => value.to_lowercase(),
        false => value.to_owned(),
    }
}

impl Guess<'_> {
    /// Joins people in all tables to those who are listed.
    pub(super) fn join_listed(&mut self) {
        let users = { self.tables.iter() }.filter(|seen| seen.kind == SectionKind::Users);
        // Of several lists of people nobody can tell whom each names.
        let [users] = users.collect::<Vec<_>>()[..] else {
            return;
        };
        let Some(id) = id_of(users) else { return };
        let others = { self.tables.iter() }.filter(|seen| seen.kind != SectionKind::Users);
        let namings = others.flat_map(|seen| {
            let fields = seen.section.fields.iter().chain(&seen.section.pin);
            fields.filter_map(|field| Naming::of(seen, field))
        });
        let namings: Vec<Naming> = namings.collect();
        let by = [aliases::ADDRESSES, aliases::LOGINS].into_iter();
        let by = by.filter_map(|names| users.find(names).filter(|it| *it != id));
        let found = by.map(|by| Known::of(users, id, by));
        let found = found.filter(|known| namings.iter().any(|it| it.holds_some(known)));
        let found: Vec<Known> = found.collect();
        let fits = |known: &&Known| {
            !known.is_shared && namings.iter().all(|naming| naming.holds_all(known))
        };
        match (found.iter().find(fits), found.first()) {
            (Some(known), _) => self.join_by(&known.by, &namings),
            (None, Some(known)) => self.leave_apart(known, &namings),
            (None, None) => {}
        }
    }

    fn join_by(&mut self, by: &str, namings: &[Naming]) {
        let lookup = Lookup {
            section: SectionKind::Users,
            by: by.to_owned(),
        };
        for seen in &mut self.tables {
            if seen.kind == SectionKind::Users {
                continue;
            }
            let fields = seen.section.fields.iter_mut().chain(&mut seen.section.pin);
            for field in fields.filter(|it| ONE.contains(&it.name) || SEVERAL.contains(&it.name)) {
                field.value.lookup = Some(lookup.clone());
            }
            let table = seen.name();
            let mut columns: Vec<&str> = { namings.iter() }
                .filter(|it| it.table == table)
                .map(|it| it.column.as_str())
                .collect();
            columns.dedup();
            let (columns, hold) = match columns.as_slice() {
                [] => continue,
                [_] => (columns, "holds"),
                _ => (columns, "hold"),
            };
            seen.remarks.push(format!(
                "{table}: {} {hold} what users have in `{by}`, so people are joined by that",
                wording::safe(&wording::list(&columns), 300)
            ));
        }
    }

    /// Tells why people are not joined who could be, and how they are.
    fn leave_apart(&mut self, known: &Known, namings: &[Naming]) {
        let by = &known.by;
        let other = namings.iter().find(|it| !it.holds_all(known));
        let why = match other {
            _ if known.is_shared => format!("several users have one `{by}`"),
            Some(it) => {
                let column = wording::safe(&it.column, 80);
                format!(
                    "not all people in `{column}` of {} can be found so",
                    it.table
                )
            }
            None => return,
        };
        for naming in namings.iter().filter(|it| it.holds_some(known)) {
            let mut tables = self.tables.iter_mut();
            let Some(seen) = tables.find(|it| it.name() == naming.table) else {
                continue;
            };
            let first = if known.is_shared {
                ", to the first who has it"
            } else {
                ""
            };
            seen.remarks.push(format!(
                "{}: `{}` holds what users have in `{by}`; nobody is joined by that, since {why}; a \
                 mapping joins them{first}, where `{}` says `lookup = \"users\", by = \"{by}\"`",
                naming.table,
                wording::safe(&naming.column, 80),
                naming.field
            ));
        }
    }
}

/// The column of users' ids, if they have one.
fn id_of(users: &Seen<'_>) -> Option<usize> {
    let id = users.section.fields.iter().find(|it| it.name == "id")?;
    match &id.value {
        Transform {
            source: Source::Column(_),
            ..
        } => users.taken("id"),
        _ => None,
    }
}
